// Rights by name, in the groups that the grid of a role shows. The hub is asked for all of them; one that is not here stands in a group of its own.

import type { Lang } from '../../shared/lang';
import type { Right } from '../api';

const names: Record<Right, [zh: string, en: string]> = {
  'stock.see': ['查看库存和流水', 'See stock and movements'],
  'work.see': ['查看任务、现场和异常', 'See tasks, the floor, cases'],
  'edges.see': ['查看边缘机', 'See edges'],
  tasks: ['创建和撤回任务', 'Create and withdraw tasks'],
  cases: ['处理日常异常', 'Resolve everyday cases'],
  approvals: ['审批盘差和入账异常，设库存上下限', 'Decide on count differences, set limits of stock'],
  edges: ['登记和停用边缘机', 'Enrol and disable edges'],
  'people.see': ['查看人员和角色', 'See people and roles'],
  people: ['维护人员、分配角色', 'Look after people'],
  organisations: ['维护组织架构', 'Look after organisations'],
  roles: ['修改角色', 'Change roles'],
  settings: ['维护自定义字段和阶段', 'Look after custom fields and stages'],
  items: ['修改商品资料', 'Change items'],
  'prices.see': ['查看价目表和价格', 'See price lists and prices'],
  prices: ['维护价目表、价格和选配模型', 'Keep price lists, prices and option models'],
  'prices.cost': ['查看和维护进价', 'See and keep what items cost'],
  'customers.see': ['查看客户和跟进', 'See customers and follow-ups'],
  customers: ['新建、修改、跟进客户', 'Make, change and follow up customers'],
  'sales.see': ['查看报价、合同和订单', 'See quotes, contracts and orders'],
  sales: ['报价、签合同、开订单', 'Make quotes, contracts and orders'],
  'sales.approve': ['审批超出价目表的折扣', 'Approve discounts beyond the price list'],
  'sales.ship': ['订单发货', 'Ship orders'],
  'sales.ship_short': ['说明原因后缺货发货', 'Ship orders without everything, for a reason'],
  'figures.see': ['查看经营数据和业务大屏', 'See figures and the wall screen'],
  'payments.see': ['查看收款和客户账户', 'See payments and accounts of customers'],
  payments: ['收款，用到订单、转移、退回', 'Take money, apply it to orders, move it'],
  'payments.refund': ['退款，撤销收款', 'Pay money back, undo payments'],
  'payments.reconcile': ['每日对账', 'Count tills and close their days'],
  'customers.assign': ['转交客户和商机给其他人或组织', 'Give customers and opportunities to others'],
  'opportunities.see': ['查看商机', 'See opportunities'],
  opportunities: ['新建、修改、推进商机', 'Make, change and move opportunities'],
  'tickets.see': ['查看服务工单', 'See service tickets'],
  tickets: ['新建、派发、关闭服务工单', 'Make, give out and close service tickets'],
  visits: ['接单、上门、完工', 'Take tickets, visit, complete'],
  import: ['导入数据、管理商品附件', 'Import sheets, add files to items'],
  hub: ['管理系统', 'Run the hub'],
  reveal: ['查看完整的个人信息', 'See personal fields whole'],
  'audit.see': ['查看审计', 'Read the audit'],
  tokens: ['创建访问令牌', 'Make API tokens'],
};

export function rightName(right: string, lang: Lang): string {
  return names[right as Right]?.[lang === 'en' ? 1 : 0] ?? right;
}

export const groups: { name: Record<Lang, string>; rights: Right[] }[] = [
  {
    name: { 'zh-CN': '仓储', en: 'Warehouse' },
    rights: ['stock.see', 'work.see', 'tasks', 'cases', 'approvals', 'items', 'import'],
  },
  { name: { 'zh-CN': '价格', en: 'Prices' }, rights: ['prices.see', 'prices', 'prices.cost'] },
  {
    name: { 'zh-CN': '客户', en: 'Customers' },
    rights: ['customers.see', 'customers', 'customers.assign', 'opportunities.see', 'opportunities'],
  },
  {
    name: { 'zh-CN': '销售', en: 'Sales' },
    rights: ['sales.see', 'sales', 'sales.approve', 'sales.ship', 'sales.ship_short', 'figures.see'],
  },
  {
    name: { 'zh-CN': '收款', en: 'Payments' },
    rights: ['payments.see', 'payments', 'payments.refund', 'payments.reconcile'],
  },
  { name: { 'zh-CN': '服务', en: 'Service' }, rights: ['tickets.see', 'tickets', 'visits'] },
  { name: { 'zh-CN': '边缘机', en: 'Edges' }, rights: ['edges.see', 'edges'] },
  {
    name: { 'zh-CN': '公司和人员', en: 'Company and people' },
    rights: ['people.see', 'people', 'reveal', 'organisations', 'roles'],
  },
  { name: { 'zh-CN': '系统', en: 'The hub' }, rights: ['settings', 'hub', 'audit.see', 'tokens'] },
];
