// The answer to a scan in words. One function for the panel and the desk, so that both always say the same.
//
// The verdict is data (see the domain's `work::verdict`); names come beside it in the answer. Where a name is missing the
// sentence simply does without it.

import { quantity, ranges } from './format';
import type { Lang } from './lang';
import type { Meaning } from './tokens';
import { unitName } from './units';

export interface Stock {
  item: number;
  carton: number;
  lot?: string;
}

/** A verdict as it comes over the wire: `is` says which, the rest depends on it. */
export interface Verdict {
  is: string;
  stock?: Stock;
  quantity?: string;
  location?: number;
  left?: string;
  total?: string;
  suggested?: number;
  expected?: number;
  set?: number;
  task?: number;
  missing?: [Stock, string][];
  operator?: number;
  item?: number;
  of?: number;
  carton?: number;
  needed?: (number | string)[];
  lot?: string;
  asked?: string;
  done?: string;
  number?: string;
  code?: string;
  text?: string;
  position?: number;
  rule?: string;
  reason?: string;
  labels?: number;
  scan?: string;
  minutes?: number;
}

export interface ItemName {
  code: string;
  name: string;
  name_en?: string;
  cartons?: number;
  unit?: string;
}

/** Names of everything a verdict may mention. */
export interface Names {
  items?: Record<string, ItemName>;
  locations?: Record<string, string>;
  operators?: Record<string, string>;
  tasks?: Record<string, string>;
}

export type Tone = 'right' | 'wrong' | 'attention';

export interface Said {
  /** Short enough for a big line. */
  title: string;
  /** The goods, place or rule it is about. */
  detail: string;
  /** What to do now, when there is something. */
  next: string;
}

export const toneWords: Record<Lang, Record<Meaning, string>> = {
  'zh-CN': { right: '正确', attention: '注意', wrong: '错误', info: '信息' },
  en: { right: 'Right', attention: 'Look', wrong: 'Wrong', info: 'Note' },
};

export const toneIcons: Record<Meaning, string> = { right: '✓', attention: '!', wrong: '✕', info: 'i' };

/** Item name in the reader's language. */
export function itemName(item: ItemName | undefined, lang: Lang): string {
  if (!item) return '';
  return (lang === 'en' && item.name_en) || item.name || item.code;
}

/** `包件 3/7`; nothing for an item of one carton. */
export function cartonWords(carton: number, of: number | undefined, lang: Lang): string {
  if (of === 1) return '';
  return lang === 'en' ? `carton ${carton}${of ? ` of ${of}` : ''}` : `包件 ${carton}${of ? `/${of}` : ''}`;
}

/** An amount of an item. Of one in several cartons it is cartons, and the item's unit would say something else. */
export function amountWords(of: string | undefined, item: ItemName | undefined, lang: Lang): string {
  const unit = item?.cartons === 1 ? unitName(item.unit, lang) : '';
  return quantity(of) + (unit ? ` ${unit}` : '');
}

/** Joins what is there with the language's comma. */
function join(parts: (string | undefined | false)[], separator = ' '): string {
  return parts.filter(Boolean).join(separator);
}

/** Goods: `橡木衣柜 2.4 m 包件 3/7 色号 A12`. */
export function stockWords(stock: Stock | undefined, names: Names, lang: Lang): string {
  if (!stock) return '';
  const item = names.items?.[stock.item];
  return join([
    itemName(item, lang),
    cartonWords(stock.carton, item?.cartons, lang),
    stock.lot && (lang === 'en' ? `lot ${stock.lot}` : `色号 ${stock.lot}`),
  ]);
}

const titles: Record<string, [zh: string, en: string]> = {
  logged_in: ['已登录', 'Logged in'],
  logged_out: ['已退出', 'Logged out'],
  task_opened: ['任务已打开', 'Task opened'],
  task_closed: ['任务已离开', 'Task left open'],
  at_location: ['库位正确', 'At the place'],
  put_away: ['已上架', 'Put away'],
  held: ['先拿着，等扫库位', 'In hand, scan its shelf'],
  put_away_elsewhere: ['已上架，但不是建议库位', 'Put away, but not on the suggested shelf'],
  counted: ['已清点', 'Counted'],
  location_counted: ['本库位盘点完成', 'This place is counted'],
  picked: ['已拣', 'Picked'],
  set_complete: ['齐套', 'Set complete'],
  short_declared: ['已记缺货', 'Noted as short'],
  task_complete: ['任务完成，全部齐套', 'Task complete, every set whole'],
  task_finished_short: ['任务完成，有缺货', 'Task finished with shorts'],
  quantity_set: ['下一扫数量', 'Quantity for the next scan'],
  undone: ['已撤销', 'Undone'],
  skipped: ['已跳过', 'Skipped'],
  need_operator: ['请先扫工牌', 'Scan your badge first'],
  need_task: ['请先扫任务', 'Scan a task first'],
  need_location: ['请先扫库位', 'Scan a place first'],
  need_carton: ['标签没有包件号', 'This label does not say which carton'],
  need_lot: ['标签没有色号', 'This label has no dye lot'],
  wrong_item: ['不是本任务的商品', 'Not in this task'],
  wrong_carton: ['包件不对', 'Wrong carton'],
  wrong_lot: ['色号不对', 'Wrong dye lot'],
  wrong_location: ['库位不对', 'Wrong place'],
  too_many: ['超出数量', 'More than asked for'],
  kit_not_stock: ['套件本身不入库', 'A kit is not stocked itself'],
  incomplete: ['还没齐，不能完成', 'Not complete yet'],
  task_already_finished: ['任务已经完成', 'The task is already finished'],
  unknown_task: ['没有这个任务', 'No such open task here'],
  unknown_location: ['没有这个库位', 'No such place at this site'],
  unknown_operator: ['不认识的工牌', 'Unknown badge'],
  need_pin: ['请输入密码', 'Enter your PIN'],
  wrong_pin: ['密码不对，请重新扫工牌', 'Wrong PIN, scan your badge again'],
  pin_locked: ['密码错了太多次，暂不能登录', 'Too many wrong PINs, no login for now'],
  unknown_barcode: ['不认识的条码', 'Unknown barcode'],
  bad_barcode: ['条码不合规则', 'The barcode breaks a rule'],
  bad_frame: ['没扫完整，请重扫', 'Not read whole, scan again'],
  nothing_to_undo: ['没有可撤销的', 'Nothing to undo'],
  not_now: ['现在不需要这个', 'Not needed now'],
  virtual_location: ['账面库位，不能作业', 'This place exists only in the books'],
  disk_nearly_full: ['磁盘快满，暂停收单', 'Disk nearly full, no new work'],
  labels_printed: ['标签已打印', 'Labels printed'],
  printer_fault: ['打印机故障', 'Printer fault'],
  noted: ['已记录', 'Noted'],
};

/** Every verdict that has words; the test compares it with the domain. */
export const knownVerdicts = Object.keys(titles);

/** The answer in words. */
export function say(v: Verdict, names: Names, lang: Lang): Said {
  const en = lang === 'en';
  const pick = (zh: string, english: string) => (en ? english : zh);
  const [zhTitle, enTitle] = titles[v.is] ?? [v.is, v.is];
  let title = pick(zhTitle, enTitle);
  const place = (id: number | undefined) => (id === undefined ? '' : (names.locations?.[id] ?? ''));
  const goods = stockWords(v.stock, names, lang);
  const item = v.item === undefined ? undefined : names.items?.[v.item];
  const amount = (n: string | undefined) => amountWords(n, names.items?.[v.stock?.item ?? -1], lang);
  const times = v.quantity && v.quantity !== '1' ? `× ${amount(v.quantity)}` : '';
  const left =
    v.left === undefined
      ? ''
      : v.left === '0'
        ? // For one carton its tick says enough; of many, that they are enough is news.
          times && pick('数量已够', 'that is all of it')
        : pick(`还差 ${amount(v.left)}`, `${amount(v.left)} left`);
  const at = (id: number | undefined) => (place(id) ? pick(`在 ${place(id)}`, `at ${place(id)}`) : '');
  const sep = en ? ', ' : '、';
  let detail = '';
  let next = '';
  switch (v.is) {
    case 'logged_in':
    case 'need_pin':
    case 'wrong_pin':
      detail = names.operators?.[v.operator ?? -1] ?? '';
      break;
    case 'pin_locked':
      detail = names.operators?.[v.operator ?? -1] ?? '';
      next = pick(
        `${v.minutes ?? 1} 分钟后再扫工牌；忘了密码请让管理员在中心换工牌`,
        `Scan the badge again in ${v.minutes ?? 1} min; if the PIN is forgotten, ask for a new badge at the hub`,
      );
      break;
    case 'task_opened':
    case 'task_closed':
    case 'task_complete':
    case 'task_already_finished':
      detail = names.tasks?.[v.task ?? -1] ?? '';
      break;
    case 'at_location':
    case 'location_counted':
    case 'virtual_location':
      detail = place(v.location);
      break;
    case 'put_away':
      detail = join([goods, times, place(v.location) && pick(`→ ${place(v.location)}`, `→ ${place(v.location)}`)]);
      next = left;
      break;
    case 'put_away_elsewhere':
      detail = join([goods, times, place(v.location) && `→ ${place(v.location)}`]);
      next = place(v.suggested) ? pick(`建议库位是 ${place(v.suggested)}`, `suggested: ${place(v.suggested)}`) : '';
      break;
    case 'held':
      detail = join([goods, times]);
      next = place(v.suggested)
        ? pick(`放到 ${place(v.suggested)}`, `Put it at ${place(v.suggested)}`)
        : pick('扫要放的库位', 'Scan the shelf it goes to');
      break;
    case 'counted':
      detail = join([goods, times, at(v.location)]);
      next = v.total ? pick(`本库位共 ${amount(v.total)}`, `${amount(v.total)} here so far`) : '';
      break;
    case 'picked':
      detail = join([goods, times]);
      next = left;
      break;
    case 'set_complete':
      title = v.set ? pick(`齐套：第 ${v.set} 套已齐`, `Set ${v.set} is complete`) : title;
      detail = join([goods, times]);
      break;
    case 'short_declared':
      detail = join([goods, v.quantity && pick(`缺 ${amount(v.quantity)}`, `${amount(v.quantity)} missing`)]);
      break;
    case 'task_finished_short':
    case 'incomplete': {
      const gone = v.missing ?? [];
      const first = gone.slice(0, 3).map(([stock, n]) => join([stockWords(stock, names, lang), `× ${quantity(n)}`]));
      const more = gone.length > 3 ? pick(`等 ${gone.length} 项`, `and ${gone.length - 3} more`) : '';
      detail = gone.length ? pick(`缺 ${join([first.join(sep), more])}`, `Missing: ${join([first.join(sep), more])}`) : '';
      next = v.is === 'incomplete' ? pick('拣到它，或扫“缺货”', 'Pick it, or scan “short”') : '';
      break;
    }
    case 'quantity_set':
      title = pick(`下一扫算 ${quantity(v.quantity)} 件`, `The next scan counts ${quantity(v.quantity)}`);
      break;
    case 'need_carton':
      detail = itemName(item, lang);
      next = v.of ? pick(`请扫包件标签（共 ${v.of} 件）`, `Scan the carton label (1 to ${v.of})`) : '';
      break;
    case 'need_lot':
    case 'kit_not_stock':
      detail = itemName(item, lang);
      next = v.is === 'need_lot' ? pick('请扫带色号的标签', 'Scan the label with the lot') : pick('请扫它的包件', 'Scan its cartons');
      break;
    case 'wrong_item':
      detail = join([itemName(item, lang), item?.code && `(${item.code})`]);
      next = pick('放回去，扫要的那件', 'Put it back, scan the one asked for');
      break;
    case 'wrong_carton': {
      const of = item?.cartons;
      detail = join([itemName(item, lang), v.carton !== undefined && cartonWords(v.carton, of, lang)]);
      const needed = ranges(v.needed ?? [], sep);
      next = needed
        ? pick(`要的是包件 ${needed}${of ? `（共 ${of}）` : ''}`, `Needed: carton ${needed}${of ? ` of ${of}` : ''}`)
        : pick('这一件已经齐了', 'This one is already there');
      break;
    }
    case 'wrong_lot':
      detail = join([itemName(item, lang), v.lot && pick(`色号 ${v.lot}`, `lot ${v.lot}`)]);
      next = v.needed?.length ? pick(`要的色号 ${v.needed.join(sep)}`, `Needed: lot ${v.needed.join(sep)}`) : '';
      break;
    case 'wrong_location':
      detail = place(v.location);
      next = place(v.expected) ? pick(`应该去 ${place(v.expected)}`, `Go to ${place(v.expected)}`) : '';
      break;
    case 'too_many':
      detail = goods;
      next = pick(`只要 ${amount(v.asked)}，已有 ${amount(v.done)}`, `${amount(v.asked)} asked for, ${amount(v.done)} done`);
      break;
    case 'unknown_task':
      detail = v.number ?? '';
      next = pick('在“任务”里选一个', 'Choose one under “Tasks”');
      break;
    case 'unknown_location':
      detail = v.code ?? '';
      break;
    case 'unknown_barcode':
      detail = v.text ?? '';
      next = pick('已报给总部，先放一边', 'Reported to the hub; put it aside');
      break;
    case 'bad_barcode':
      detail = join([v.rule, v.position !== undefined && pick(`第 ${v.position + 1} 位`, `at position ${v.position + 1}`)]);
      break;
    case 'labels_printed':
      detail = v.labels ? pick(`${v.labels} 张`, `${v.labels}`) : '';
      break;
    case 'printer_fault':
      detail = v.reason ?? '';
      break;
  }
  return { title, detail, next };
}
