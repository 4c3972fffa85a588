// Stock of a period and limits of stock, as the hub gives them; the days that a word stands for.

import { daysAfter } from '../customers/times';

interface Flow {
  reason: string;
  in: string;
  out: string;
}

export interface PeriodStock {
  opening: string;
  in: string;
  out: string;
  reasons: Flow[];
  closing: string;
}

export interface SummaryRow extends PeriodStock {
  item: number;
  code: string;
  name: string;
  name_en: string;
  unit: string;
  /** Cartons that make one; of more than one, quantities are cartons. */
  cartons: number;
}

export interface TotalsRow extends PeriodStock {
  /** Empty for cartons of goods that have several. */
  unit: string;
}

export interface StockLimit {
  item: number;
  code: string;
  name: string;
  name_en: string;
  unit: string;
  site: number;
  site_name: string;
  min: string | null;
  max: string | null;
  quantity: string;
  state: 'within' | 'low' | 'high';
  version: number;
}

export interface Days {
  from: string;
  to: string;
}

/** From the first to the last day, both included; this month when nothing is said. Days that are typed win over the word. */
export function daysOf(time: string, today: string, from = '', to = ''): Days {
  const month = `${today.slice(0, 8)}01`;
  const before = daysAfter(month, -1);
  const yesterday = daysAfter(today, -1);
  const words: Record<string, Days> = {
    today: { from: today, to: today },
    yesterday: { from: yesterday, to: yesterday },
    week: { from: daysAfter(today, -6), to: today },
    last_month: { from: `${before.slice(0, 8)}01`, to: before },
  };
  const said = words[time] ?? { from: month, to: today };
  if (!from && !to) return said;
  const given = { from: from || (to < said.from ? to : said.from), to: to || (from > said.to ? from : said.to) };
  return given.from <= given.to ? given : { from: given.to, to: given.from };
}
