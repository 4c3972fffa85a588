import type { Lang, Same } from '../../shared/lang';

/** What the hub counts. */
export type Counted =
  | 'follow_ups_due'
  | 'customers_idle'
  | 'opportunities_unexplained'
  | 'deliveries_unplanned'
  | 'tickets_new'
  | 'tickets_given'
  | 'visits_today'
  | 'return_visits_due'
  | 'discounts_asked'
  | 'orders_late'
  | 'contracts_asked'
  | 'instalments_due'
  | 'approvals'
  | 'cases'
  | 'tasks'
  | 'edges_away'
  | 'jobs_dead'
  | 'deliveries_dead'
  | 'channels_failing'
  | 'unread';

const zh = {
  greeting: (n: string) => `${n}，这些在等你`,
  follow_ups_due: '今天要跟进',
  customers_idle: '超过 5 天未跟进',
  opportunities_unexplained: '超时未说明的商机',
  deliveries_unplanned: '已发货待安排送货',
  tickets_new: '待派工单',
  tickets_given: '待我接单',
  visits_today: '今天上门',
  return_visits_due: '到期回访',
  discounts_asked: '待审批折扣',
  orders_late: '逾期订单',
  contracts_asked: '待审批的合同折扣',
  instalments_due: '到期未付的分期',
  approvals: '待审批盘差',
  cases: '待处理异常',
  tasks: '未完成任务',
  edges_away: '离线边缘机',
  jobs_dead: '失败的后台任务',
  deliveries_dead: '放弃的 Webhook 投递',
  channels_failing: '发不出去的通道',
  unread: '未读通知',
  told: '未读通知',
  nothingTold: '没有未读通知',
  steps: '常用',
  approve: '审批盘点差异',
  stock: '查库存',
  people: '人员和角色',
  roles: '修改角色权限',
  profile: '账号和安全',
  views: '我的视图',
} satisfies Record<string, unknown> & Record<Counted, string>;

const en: Same<typeof zh> = {
  greeting: (n: string) => `${n}, this waits for you`,
  follow_ups_due: 'Follow-ups due',
  customers_idle: 'Left for over 5 days',
  opportunities_unexplained: 'Overdue opportunities without a reason',
  deliveries_unplanned: 'Shipped, delivery to plan',
  tickets_new: 'Tickets to dispatch',
  tickets_given: 'Tickets for me to take',
  visits_today: 'Visits today',
  return_visits_due: 'Return visits due',
  discounts_asked: 'Discounts to decide',
  orders_late: 'Late orders',
  contracts_asked: 'Contract discounts to decide',
  instalments_due: 'Instalments due',
  approvals: 'Count differences to decide',
  cases: 'Open cases',
  tasks: 'Tasks not finished',
  edges_away: 'Edges away',
  jobs_dead: 'Failed jobs',
  deliveries_dead: 'Webhook deliveries given up',
  channels_failing: 'Channels that fail',
  unread: 'Unread notifications',
  told: 'Unread notifications',
  nothingTold: 'Nothing unread',
  steps: 'Often done',
  approve: 'Decide on count differences',
  stock: 'Look up stock',
  people: 'People and their roles',
  roles: 'Change what roles may do',
  profile: 'Account and safety',
  views: 'My views',
};

export const words: Record<Lang, Same<typeof zh>> = { 'zh-CN': zh, en };
