// What an exception is about, in one line, from its data.

import { stretch } from '../../shared/format';
import type { Lang } from '../../shared/lang';
import type { ExceptionRow } from '../api';

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
    return {
      item: Number(stock.item ?? r.item ?? 0),
      code: text(r.code),
      name: text(r.name) || text(r.code) || `#${text(stock.item)}`,
      carton: Number(stock.carton ?? 1),
      of: Number(r.of ?? 0),
      lot: text(stock.lot ?? r.lot),
      expected: text(r.expected) || '0',
      counted: text(r.counted) || '0',
      moved: Boolean(r.moved_during ?? r.moved ?? data.moved_during),
    };
  });
}

export function subject(x: ExceptionRow, lang: Lang): string {
  const d = dataOf(x);
  const en = lang === 'en';
  const carton = d.carton ? (en ? `carton ${text(d.carton)}` : `包件 ${text(d.carton)}`) : '';
  const shorts = (Array.isArray(d.lines) ? (d.lines as Record<string, unknown>[]) : []).map(
    l => `${text(l.name)} ${text(l.carton)}/${text(l.of)} ${en ? 'short' : '缺'} ${text(l.short)}`,
  );
  const parts: Record<string, unknown[]> = {
    unknown_barcode: [d.text, Number(d.count) > 1 && (en ? `${text(d.count)} times` : `${text(d.count)} 次`), d.station],
    count_variance: [d.location_code, d.number, en ? `${varianceLines(x).length} lines` : `${varianceLines(x).length} 行`],
    negative_stock: [d.location_code, d.code ?? (d.item && `#${text(d.item)}`), carton, d.lot, d.quantity],
    short_pick: [d.number, ...shorts.slice(0, 3), shorts.length > 3 && '…'],
    over_pick: [d.number, d.code, carton, d.lot, `${text(d.done)} / ${text(d.asked)}`],
    printer: [d.outcome, d.job, d.station],
    clock_skew: [d.edge, d.skew_ms && stretch(Math.abs(Number(d.skew_ms)), lang)],
  };
  const said = (parts[x.kind] ?? [d.reason, d.error, d.detail, d.text, d.seq && `#${text(d.seq)}`]).map(text).filter(Boolean);
  return said.join(' · ');
}
