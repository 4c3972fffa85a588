// Words for values that the API sends: kinds, states, roles.

import type { Lang } from '../shared/lang';

/** Words for values that the API sends, by language. Unknown values are shown as they are. */
export type Values = Record<string, [zh: string, en: string]>;

const taskKinds: Values = { put_away: ['上架', 'Put-away'], count: ['盘点', 'Count'], pick: ['拣货', 'Pick'] };
const taskStates: Values = {
  'open,started': ['未完成', 'Not finished'],
  open: ['待开始', 'Open'],
  started: ['进行中', 'Started'],
  finished: ['已完成', 'Finished'],
  withdrawn: ['已撤回', 'Withdrawn'],
};
const edgeStates: Values = {
  online: ['在线', 'Online'],
  offline: ['离线', 'Offline'],
  never: ['未接入', 'Never seen'],
  refused: ['已拒绝', 'Refused'],
  disabled: ['已停用', 'Disabled'],
};
const locationKinds: Values = {
  bin: ['仓位', 'Bin'],
  receiving: ['收货区', 'Receiving'],
  staging: ['待发区', 'Staging'],
  supplier: ['供应商', 'Supplier'],
  customer: ['客户', 'Customer'],
  variance: ['盘差', 'Variance'],
  transit: ['在途', 'In transit'],
  scrap: ['报废', 'Scrap'],
};
const exceptionKinds: Values = {
  unknown_barcode: ['不认识的条码', 'Unknown barcode'],
  count_variance: ['盘差待批', 'Count variance'],
  negative_stock: ['库存为负', 'Negative stock'],
  unreadable_fact: ['读不懂的记录', 'Unreadable record'],
  unappliable_fact: ['入不了账的记录', 'Record that cannot be booked'],
  bad_signature: ['签名不对', 'Bad signature'],
  cloned_edge: ['疑似克隆的边缘机', 'Cloned edge'],
  stream_break: ['上传中断过', 'Break in the stream'],
  clock_skew: ['时钟偏差过大', 'Clock skew'],
  short_pick: ['拣货缺件', 'Short pick'],
  over_pick: ['做多了', 'More than asked for'],
  printer: ['打印机故障', 'Printer fault'],
  device_drift: ['设备设置有出入', 'Device set otherwise'],
  stock_low: ['库存低于下限', 'Stock below its minimum'],
  stock_high: ['库存高于上限', 'Stock above its maximum'],
};
const datasetNames: Values = {
  items: ['商品', 'Items'],
  locations: ['库位', 'Locations'],
  operators: ['操作员', 'Operators'],
  labels: ['标签模板', 'Label templates'],
  device_profiles: ['设备配置方案', 'Device profiles'],
};
const deviceStates: Values = {
  online: ['正常', 'Online'],
  offline: ['断开', 'Offline'],
  away: ['边缘机失联', 'Edge away'],
  'paper out': ['标签纸用完', 'Out of labels'],
  'ribbon out': ['碳带用完', 'Out of ribbon'],
  'head or cover open': ['盖子没合上', 'Cover open'],
  'paper jam': ['卡纸', 'Jammed'],
  paused: ['已暂停', 'Paused'],
  'too hot or too cold': ['温度不对', 'Too hot or too cold'],
  'buffer full': ['缓存已满', 'Buffer full'],
  fault: ['有故障', 'Fault'],
  known: ['已登记', 'Registered'],
  'no answer (paper or ribbon out, head open, or not a printer of this language)': [
    '没有应答，看纸、碳带和盖子',
    'Silent: check labels, ribbon and cover',
  ],
  'cannot be reached': ['连不上，看电源和线', 'Unreachable: check power and cable'],
};
const deviceKinds: Values = {
  scanner: ['扫码枪', 'Scanner'],
  printer: ['打印机', 'Printer'],
  panel: ['面板', 'Panel'],
  camera: ['相机', 'Camera'],
};
/** How a device's settings stand beside its profile. */
const deviceSettings: Values = {
  holds: ['设置正确', 'As it should be'],
  differs: ['设置有出入', 'Differs'],
  silent: ['问不到设置', 'Does not answer'],
  unsettable: ['只能扫码设置', 'Set by barcodes only'],
  no_profile: ['没有这个配置', 'No such profile'],
};
const roles: Values = {
  administrator: ['系统管理员', 'Administrator'],
  analyst: ['数据分析', 'Analyst'],
  region_manager: ['区域经理', 'Region manager'],
  dealer_owner: ['经销商老板', 'Dealer owner'],
  store_manager: ['店长/主管', 'Store manager'],
  sales: ['销售', 'Sales'],
  designer: ['设计师', 'Designer'],
  warehouse: ['仓库', 'Warehouse'],
  dispatcher: ['调度', 'Dispatcher'],
  installer: ['安装工', 'Installer'],
  customer_service: ['客服', 'Customer service'],
  finance: ['财务', 'Finance'],
  auditor: ['审计（只读）', 'Auditor'],
};
const tones: Values = {
  wrong: ['错误', 'wrong'],
  right: ['正确', 'right'],
  attention: ['要注意', 'attention'],
  'right,attention': ['正确或要注意', 'right and attention'],
};
const days: Values = { 1: ['今天', 'of today'], 7: ['最近 7 天', 'of the last 7 days'], 30: ['最近 30 天', 'of the last 30 days'] };
const printOutcomes: Values = {
  faulted: ['没有打印', 'Not printed'],
  uncertain: ['不确定是否打印', 'Not sure whether it printed'],
};
/** What a person should hear of an edge's stream. */
const news: Values = {
  edge_went_back: ['边缘机的磁盘回到了过去', "The edge's disk went back in time"],
  edge_started_anew: ['边缘机换了磁盘，重新开始', 'The edge started anew on another disk'],
  hub_went_back: ['总部数据库从备份恢复过', "The hub's database was restored from a backup"],
  lost: ['有记录丢失', 'Records are lost:'],
  cloned_disk: ['另一台机器用了它的磁盘副本', 'Another machine runs a copy of its disk'],
  cloned_process: ['两个程序同时以它的名义发送', 'Two programs speak in its name'],
};
/** Rules that a record broke when it was to be booked. */
const rules: Values = {
  unreadable: ['格式读不懂', 'Cannot be read'],
  foreign_site: ['属于别的站点', 'Belongs to another site'],
  unknown_location: ['库位不存在', 'No such location'],
  foreign_location: ['库位属于别的站点', 'A location of another site'],
  unknown_item: ['商品不存在', 'No such item'],
  unknown_carton: ['没有这个包件', 'No such carton'],
  unknown_task: ['任务不存在', 'No such task'],
  kit: ['套件本身没有库存', 'A kit is never in stock itself'],
  lot: ['色号不合规则', 'Not a lot'],
  quantity: ['数量不能入账', 'Not an amount that can be booked'],
  movement: ['移动不合规则', 'Not a movement'],
  reverses_nothing: ['要撤销的记录不存在', 'Takes back what is not booked'],
  scan_twice: ['同一次扫描有两种内容', 'One scan with two contents'],
  virtual_location: ['账面库位不能盘点', 'A book location cannot be counted'],
  database: ['数据库不接受', 'The database does not take it'],
};
const refusals: Values = {
  cloned: ['磁盘被克隆', 'Cloned disk'],
  protocol: ['程序版本过旧', 'Agent too old'],
  disabled: ['已停用', 'Disabled'],
};
const actions: Values = {
  approve: ['批准并过账', 'Approved and posted'],
  reject: ['驳回', 'Rejected'],
  bind: ['已绑定', 'Bound'],
  dismiss: ['已关闭', 'Closed'],
  retry: ['重新入账', 'Applied again'],
  counted_again: ['再次盘点后一致', 'Agreed after another count'],
  set_right: ['设备设置已恢复', 'Set as it should be again'],
  made_good: ['账面已补平', 'The books are right again'],
  taken_back: ['多出的已退回', 'What was too much was taken back'],
  within_limits: ['库存已回到上下限之内', 'Within its limits again'],
  limit_removed: ['上下限已取消', 'The limit was taken away'],
  passed_other_limit: ['已越过另一限', 'Passed the other limit'],
};

export const values = {
  taskKinds,
  taskStates,
  edgeStates,
  locationKinds,
  exceptionKinds,
  datasetNames,
  deviceStates,
  deviceKinds,
  deviceSettings,
  roles,
  actions,
  refusals,
  tones,
  days,
  printOutcomes,
  news,
  rules,
};

/** A word as it stands within a sentence; Chinese has no capitals. */
export const lower = (word: string) => word.charAt(0).toLowerCase() + word.slice(1);

export const within = (of: Values, key: string, lang: Lang) => lower(value(of, key, lang));

/** Every word of a kind, as choices within a sentence. */
export const optionsOf = (of: Values, lang: Lang) => Object.keys(of).map(key => ({ value: key, label: within(of, key, lang) }));

export function value(of: Values, key: string, lang: Lang): string {
  return of[key]?.[lang === 'en' ? 1 : 0] ?? key;
}
