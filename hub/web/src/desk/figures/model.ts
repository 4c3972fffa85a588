// Figures as the API has them, the periods that they are of, and the lists that they open.

import { rough } from '../../shared/format';
import { query } from '../api';

export interface SalesSums {
  orders: number;
  customers: number;
  sales: string;
  /** Not there for who may not see payments. */
  average?: string | null;
  /** Not there for who may not see what things cost; nor is how much of the sales has a known cost, in tenths of a percent. */
  profit?: string;
  cost_known?: number | null;
}

export interface OfOrganisation {
  organisation: number;
  name: string;
  name_en: string;
  orders: number;
  sales: string;
}

export interface Ranking {
  organisations: OfOrganisation[];
  organisations_count: number;
  brands: OfOrganisation[];
  people: { person: number; name: string; orders: number; sales: string }[];
}

export interface SalesFigures extends Ranking {
  from: string;
  to: string;
  previous_from: string;
  previous_to: string;
  /** Nothing but the reader's own shares is in it. */
  own_only: boolean;
  all: SalesSums;
  previous: SalesSums;
  classes: { class: string; orders: number; sales: string }[];
  /** Of more than 62 days the months, each by its first day among them. */
  days: { day: string; orders: number; sales: string }[];
}

export interface FunnelStage {
  stage: string;
  title: string;
  title_en: string;
  open: number;
  overdue: number;
  amount?: string;
  rate: number | null;
}

export interface StockFigures {
  value?: string;
  items: number;
  unknown: number;
  sites: { site: number; name: string; value: string }[];
}

export interface Measure {
  code: 'repurchase' | 'average_order' | 'returns' | 'nps' | 'turnover' | 'turnover_days';
  title: string;
  title_en: string;
  definition: string;
  definition_en: string;
  value: string | null;
  of: number | null;
}

export interface Win {
  order: number;
  organisation_name: string;
  person_name: string;
  amount: string;
  at_ms: number;
}

export interface FiguresNow {
  at_ms: number;
  cases?: { kind: string; count: number }[];
  edges?: { total: number; online: number; offline: number };
  tickets?: { open: number; overdue: number };
  orders_late?: number;
  wins: Win[];
}

export const PERIODS = ['today', 'yesterday', 'week', 'month', 'quarter', 'year', 'custom'] as const;
export type PeriodWord = (typeof PERIODS)[number];
export interface Span {
  from: string;
  to: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** So many days after one, as `2026-11-23`. */
export function plus(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** The day that it is in a zone. */
export const todayIn = (zone: string | undefined, now: Date): string => new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(now);

/** The days of a period, by its word in the address. */
export function spanOf(word: string, today: string, from = '', to = ''): Span {
  const [year = '', month = '1'] = today.split('-');
  switch (word) {
    case 'today':
      return { from: today, to: today };
    case 'yesterday':
      return { from: plus(today, -1), to: plus(today, -1) };
    case 'week':
      return { from: plus(today, -6), to: today };
    case 'quarter': {
      const first = Math.floor((Number(month) - 1) / 3) * 3 + 1;
      return { from: `${year}-${String(first).padStart(2, '0')}-01`, to: today };
    }
    case 'year':
      return { from: `${year}-01-01`, to: today };
    case 'custom': {
      const first = DAY.test(from) ? from : today;
      const last = DAY.test(to) ? to : first;
      return first <= last ? { from: first, to: last } : { from: last, to: first };
    }
    default:
      return { from: `${today.slice(0, 7)}-01`, to: today };
  }
}

/** Every day of a span with what was sold on it; months where there are too many days to be told apart. */
export function series(span: Span, days: SalesFigures['days']): { name: string; value: number; from: string; to: string }[] {
  const known = new Map(days.map(day => [day.day, rough(day.sales)]));
  const each = [];
  for (let day = span.from; day <= span.to; day = plus(day, 1)) each.push({ name: day, value: known.get(day) ?? 0, from: day, to: day });
  if (each.length <= 62) return each;
  const months = new Map<string, { name: string; value: number; from: string; to: string }>();
  for (const day of each) {
    const name = day.name.slice(0, 7);
    const month = months.get(name) ?? { name, value: 0, from: day.from, to: day.to };
    month.value += day.value;
    month.to = day.to;
    months.set(name, month);
  }
  return [...months.values()];
}

/** By how many tenths of a percent something changed; nothing when there was nothing before. */
export function change(now: string | number | null | undefined, before: string | number | null | undefined): number | null {
  const [is, was] = [rough(now), rough(before)];
  return was > 0 && now !== null && now !== undefined ? Math.round(((is - was) / was) * 1000) : null;
}

/** `+12.5%`, `−3.0%`, `0%`. */
export function changeText(tenths: number): string {
  if (tenths === 0) return '0%';
  return `${tenths > 0 ? '+' : '−'}${(Math.abs(tenths) / 10).toFixed(1)}%`;
}

/** The list of the orders that a figure counts. */
export const ordersOf = (span: Span, more: Record<string, string | number | null | undefined> = {}): string =>
  `/orders${query({ counted: 'true', from: span.from, to: span.to, ...more })}`;

/** `12.3万` of 123,000: for charts; exact amounts stand beside them. */
export function short(value: number, isEnglish: boolean): string {
  const at = (n: number, unit: string) => `${n.toFixed(1).replace(/\.0$/, '')}${unit}`;
  if (isEnglish) return value >= 1e6 ? at(value / 1e6, 'M') : value >= 1e3 ? at(value / 1e3, 'k') : String(Math.round(value));
  return value >= 1e8 ? at(value / 1e8, '亿') : value >= 1e4 ? at(value / 1e4, '万') : String(Math.round(value));
}
