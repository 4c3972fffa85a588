// What an exception is about, in one line, from its data.

import { quantity, stretch } from '../../shared/format';
import type { Lang } from '../../shared/lang';
import { cartonWords, itemName } from '../../shared/verdict';
import type { ExceptionRow } from '../api';
import { value, values } from '../values';
import type { MachineNames } from './names';

function text(of: unknown): string {
  return typeof of === 'string' ? of : typeof of === 'number' ? String(of) : '';
}

/** The data may be an object or, from a database that keeps it so, its text. */
export function dataOf(x: ExceptionRow): Record<string, unknown> {
  if (typeof x.data === 'string') {
    try {
      return JSON.parse(x.data);
    } catch {
      return { text: x.data };
    }
  }
  return x.data ?? {};
}

export interface VarianceLine {
  item: number;
  code: string;
  name: string;
  name_en: string;
  carton: number;
  of: number;
  lot: string;
  expected: string;
  counted: string;
  moved: boolean;
}

/** Lines of a count variance, by whichever of its names the hub gives the list. */
export function varianceLines(x: ExceptionRow): VarianceLine[] {
  const data = dataOf(x);
  const rows = [data.lines, data.variances, data.rows].find(Array.isArray) as Record<string, unknown>[] | undefined;
  return (rows ?? []).map(r => {
    const stock = (typeof r.stock === 'object' && r.stock ? r.stock : r) as Record<string, unknown>;
    const named = x.names?.items?.[text(stock.item)];
    return {
      item: Number(stock.item ?? r.item ?? 0),
      code: named?.code ?? text(r.code),
      name: named?.name ?? text(r.name),
      name_en: named?.name_en ?? '',
      carton: Number(stock.carton ?? 1),
      of: Number(r.of ?? 0),
      lot: text(stock.lot ?? r.lot),
      expected: text(r.expected) || '0',
      counted: text(r.counted) || '0',
      moved: Boolean(r.moved_during ?? r.moved ?? data.moved_during),
    };
  });
}

/** `news` of an edge's stream, in words. */
function newsWords(of: unknown, lang: Lang): string {
  const news = (typeof of === 'object' && of ? of : { news: of }) as Record<string, unknown>;
  const lost = news.news === 'lost' ? ` ${text(news.first)}–${text(news.last)}` : '';
  return value(values.news, text(news.news), lang) + lost;
}

/** What a case is about, by the names of its time or, better, of now. */
export function subject(x: ExceptionRow, lang: Lang, machines: MachineNames): string {
  const d = dataOf(x);
  const en = lang === 'en';
  const item = itemName(x.names?.items?.[text(d.item)], lang) || text(d.code);
  const of = x.names?.items?.[text(d.item)]?.cartons;
  const carton = d.carton ? cartonWords(Number(d.carton), of, lang) : '';
  const place = x.names?.locations?.[text(d.location)] ?? d.location_code;
  const lines = Array.isArray(d.lines) ? (d.lines as Record<string, unknown>[]) : [];
  const shorts = lines.map(l => {
    const name = itemName(x.names?.items?.[text(l.item)], lang) || text(l.name);
    return `${name} ${text(l.carton)}/${text(l.of)} ${en ? 'short' : '缺'} ${text(l.short)}`;
  });
  const times = Number(d.count) > 1 && (en ? `${text(d.count)} times` : `${text(d.count)} 次`);
  const parts: Record<string, unknown[]> = {
    unknown_barcode: [d.text, times, machines.station(x.edge, text(d.station))],
    count_variance: [place, d.number, en ? `${lines.length} lines` : `${lines.length} 行`],
    negative_stock: [
      place,
      item,
      carton,
      d.lot && (en ? `lot ${text(d.lot)}` : `色号 ${text(d.lot)}`),
      `${en ? 'on hand' : '现存'} ${quantity(text(d.quantity))}`,
    ],
    stock_low: [
      item || itemName({ code: text(d.code), name: text(d.name), name_en: text(d.name_en) }, lang),
      d.site_name,
      `${en ? 'on hand' : '现存'} ${quantity(text(d.quantity))}`,
      `${en ? 'at least' : '下限'} ${quantity(text(d.min))}`,
    ],
    stock_high: [
      item || itemName({ code: text(d.code), name: text(d.name), name_en: text(d.name_en) }, lang),
      d.site_name,
      `${en ? 'on hand' : '现存'} ${quantity(text(d.quantity))}`,
      `${en ? 'at most' : '上限'} ${quantity(text(d.max))}`,
    ],
    short_pick: [d.number, ...shorts.slice(0, 3), shorts.length > 3 && '…'],
    over_pick: [d.number, item, carton, d.lot && (en ? `lot ${text(d.lot)}` : `色号 ${text(d.lot)}`), `${text(d.done)} / ${text(d.asked)}`],
    printer: [value(values.printOutcomes, text(d.outcome), lang), machines.station(x.edge, text(d.station))],
    device_drift: [machines.edge(x.edge), d.name, d.profile, en ? `${text(d.differs)} settings differ` : `${text(d.differs)} 处不同`],
    clock_skew: [machines.edge(x.edge), d.skew_ms && stretch(Math.abs(Number(d.skew_ms)), lang)],
    cloned_edge: [machines.edge(x.edge), newsWords(d.news, lang)],
    stream_break: [machines.edge(x.edge), newsWords(d.news, lang)],
    bad_signature: [machines.edge(x.edge), times],
  };
  const rule = text(d.rule) && value(values.rules, text(d.rule), lang);
  const said = (parts[x.kind] ?? [rule || d.reason || d.error || d.detail || d.text, machines.edge(x.edge), times])
    .map(text)
    .filter(Boolean);
  return said.join(' · ');
}
