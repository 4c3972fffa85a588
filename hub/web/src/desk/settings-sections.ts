// The pages of the settings, in the order of their list, and what somebody needs to be shown each.

import type { Lang } from '../shared/lang';
import type { Needs } from './app';
import type { IconName } from './parts/icons';

export interface Section extends Needs {
  to: string;
  icon: IconName;
  title: Record<Lang, string>;
  group: 'own' | 'chain' | 'hub';
}

const named = (zh: string, en: string): Record<Lang, string> => ({ 'zh-CN': zh, en });

export const groups: Record<Section['group'], Record<Lang, string>> = {
  own: named('我的', 'Mine'),
  chain: named('公司', 'The company'),
  hub: named('系统', 'The hub'),
};

export const sections: Section[] = [
  { to: '/settings', icon: 'settings', title: named('外观和语言', 'Look and language'), group: 'own' },
  { to: '/settings/profile', icon: 'user', title: named('账号和安全', 'Account and safety'), group: 'own' },
  { to: '/settings/notifications', icon: 'bell', title: named('通知方式', 'How I am told'), group: 'own' },
  { to: '/settings/tokens', icon: 'copy', title: named('访问令牌', 'API tokens'), group: 'own', right: 'tokens' },
  { to: '/settings/people', icon: 'people', title: named('人员', 'People'), group: 'chain', right: 'people.see' },
  { to: '/settings/roles', icon: 'person', title: named('角色和权限', 'Roles and rights'), group: 'chain', right: 'people.see' },
  { to: '/settings/organisations', icon: 'tree', title: named('组织架构', 'Organisations'), group: 'chain' },
  { to: '/settings/fields', icon: 'edit', title: named('自定义字段', 'Custom fields'), group: 'chain', right: 'settings' },
  { to: '/settings/options', icon: 'tasks', title: named('共用选项表', 'Shared options'), group: 'chain', right: 'settings' },
  { to: '/settings/stages', icon: 'movements', title: named('流程和阶段', 'Pipelines and stages'), group: 'chain', right: 'settings' },
  {
    to: '/settings/service',
    icon: 'wrench',
    title: named('售后服务', 'Service'),
    group: 'chain',
    right: 'settings',
    module: 'service',
  },
  { to: '/settings/models', icon: 'prices', title: named('选配模型', 'Option models'), group: 'chain', right: 'prices' },
  { to: '/settings/labels', icon: 'items', title: named('标签模板', 'Label templates'), group: 'chain', right: 'settings' },
  { to: '/settings/devices', icon: 'scans', title: named('设备配置方案', 'Device profiles'), group: 'chain', right: 'settings' },
  { to: '/settings/jobs', icon: 'tasks', title: named('后台任务', 'Jobs'), group: 'hub' },
  { to: '/settings/schedules', icon: 'refresh', title: named('定时任务', 'Schedules'), group: 'hub', right: 'hub' },
  { to: '/settings/channels', icon: 'bell', title: named('消息通道', 'Channels'), group: 'hub', right: 'hub' },
  { to: '/settings/webhooks', icon: 'edges', title: named('Webhook', 'Webhooks'), group: 'hub', right: 'hub' },
  { to: '/settings/deliveries', icon: 'movements', title: named('Webhook 投递', 'Webhook deliveries'), group: 'hub', right: 'hub' },
  { to: '/settings/api', icon: 'keyboard', title: named('试用接口', 'Try the API'), group: 'hub' },
  { to: '/settings/audit', icon: 'scans', title: named('审计记录', 'Audit'), group: 'hub', right: 'audit.see' },
];
