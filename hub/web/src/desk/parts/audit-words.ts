// What was done, to which kind of record, and what its fields are called. Unknown words are shown as they are.

import type { Lang, Same } from '../../shared/lang';

type Values = Record<string, [zh: string, en: string]>;

export const auditActions: Values = {
  create: ['新建', 'Created'],
  change: ['修改', 'Changed'],
  delete: ['删除', 'Deleted'],
  withdraw: ['撤回', 'Withdrawn'],
  resolve: ['处理', 'Resolved'],
  bind_barcode: ['绑定条码', 'Barcode bound'],
  password: ['更换密码', 'Password changed'],
  codes_on: ['启用动态验证码', 'One-time codes set up'],
  codes_off: ['停用动态验证码', 'One-time codes taken away'],
  recovery_code: ['使用恢复码', 'Recovery code used'],
  end_sessions: ['结束会话', 'Signed out'],
  hand_over: ['交接', 'Handed over'],
  reveal: ['查看完整信息', 'Seen whole'],
  secret: ['更换密钥', 'Secret renewed'],
  run: ['立即执行', 'Run now'],
  retry: ['重试', 'Tried again'],
  cancel: ['取消', 'Cancelled'],
  redeliver: ['重新投递', 'Delivered again'],
  revoke: ['吊销', 'Revoked'],
  rotate: ['轮换密钥', 'Keys rotated'],
  retire: ['密钥退役', 'Key retired'],
  disable: ['停用', 'Disabled'],
  enable: ['启用', 'Enabled'],
  forgive: ['解除克隆拒绝', 'Forgiven'],
  token: ['更换令牌', 'Token renewed'],
};

export const auditEntities: Values = {
  person: ['人员', 'Person'],
  role: ['角色', 'Role'],
  organisation: ['组织', 'Organisation'],
  task: ['任务', 'Task'],
  item: ['商品', 'Item'],
  exception: ['异常', 'Case'],
  edge: ['边缘机', 'Edge'],
  view: ['视图', 'View'],
  job: ['后台任务', 'Job'],
  schedule: ['定时任务', 'Schedule'],
  channel: ['消息通道', 'Channel'],
  webhook: ['Webhook', 'Webhook'],
  webhook_delivery: ['投递', 'Delivery'],
  api_token: ['访问令牌', 'API token'],
  vault_key: ['密钥', 'Key'],
};

export const fieldNames: Values = {
  name: ['名称', 'Name'],
  name_en: ['英文名称', 'English name'],
  code: ['编码', 'Code'],
  state: ['状态', 'State'],
  organisation: ['组织', 'Organisation'],
  roles: ['角色', 'Roles'],
  disabled: ['停用', 'Disabled'],
  phone: ['电话', 'Phone'],
  email: ['邮箱', 'E-mail'],
  rights: ['权限', 'Rights'],
  fields: ['字段权限', 'Field rights'],
  scope: ['范围', 'Reach'],
  codes_required: ['要求动态验证码', 'Demands codes'],
  parent: ['上级', 'Above'],
  kind: ['类型', 'Kind'],
  time_zone: ['时区', 'Time zone'],
  active: ['在用', 'In business'],
  switches: ['模块', 'Modules'],
  enabled: ['启用', 'Enabled'],
  kinds: ['事件', 'Kinds'],
  site: ['站点', 'Site'],
  cron: ['时间规则', 'Pattern'],
  reason: ['理由', 'Reason'],
  field: ['字段', 'Field'],
  number: ['编号', 'Number'],
  reference: ['事由', 'Reference'],
  text: ['内容', 'Text'],
  item: ['商品', 'Item'],
  list: ['列表', 'List'],
  role: ['角色', 'Role'],
  login: ['账号', 'Login'],
  quantity: ['数量', 'Quantity'],
  carton: ['包件', 'Carton'],
  language: ['语言', 'Language'],
  way: ['方式', 'Way'],
};

const zh = { timeline: '动态', nothing: '还没有记录。' };
const en: Same<typeof zh> = { timeline: 'What happened', nothing: 'Nothing was written down yet.' };

export const words: Record<Lang, Same<typeof zh>> = { 'zh-CN': zh, en };
