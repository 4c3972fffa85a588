// Price lists, prices and option models as the hub has them; money between fen and what people write.

import type { DraftFault } from '../custom/places';

export interface PriceList {
  id: number;
  code: string;
  name: string;
  name_en: string;
  valid_from: string;
  valid_until?: string;
  state: 'draft' | 'active';
  most_discount_bp: number;
  organisations: { id: number; name: string }[];
  for_all: boolean;
  prices: number;
  created_ms: number;
  version: number;
}
export interface PriceRow {
  item: number;
  code: string;
  name: string;
  name_en: string;
  unit: string;
  unit_price_fen: number;
  cost_fen?: number;
  most_discount_bp?: number;
  version: number;
}
export interface Source {
  id: number;
  code: string;
  name: string;
  name_en: string;
}
export interface ItemPrice {
  item: number;
  organisation: number;
  day: string;
  unit_price_fen?: number;
  cost_fen?: number;
  most_discount_bp?: number;
  list?: Source;
  model?: string;
}

export interface Parameter {
  code: string;
  title: string;
  title_en?: string;
  unit?: string;
  min: string;
  max: string;
  step?: string;
  default?: string;
}
export interface Size {
  title: string;
  title_en?: string;
  values: Record<string, string>;
}
export interface Choice {
  code: string;
  title: string;
  title_en?: string;
  item?: string;
  values?: Record<string, string>;
  when?: string;
  active?: boolean;
}
export interface Category {
  code: string;
  title: string;
  title_en?: string;
  required?: boolean;
  default?: string;
  options: Choice[];
}
export interface Formula {
  code: string;
  title: string;
  title_en?: string;
  formula: string;
  when?: string;
}
export interface Constraint {
  rule: string;
  message: string;
  message_en?: string;
  field?: string;
}
export interface PartRule {
  item?: string;
  category?: string;
  quantity: string;
  when?: string;
}
export interface OptionModel {
  title: string;
  title_en?: string;
  kind: 'standard' | 'non_standard' | 'kit';
  items?: string[];
  parameters?: Parameter[];
  sizes?: Size[];
  categories?: Category[];
  terms: Formula[];
  constraints?: Constraint[];
  parts?: PartRule[];
}
export interface OptionModelRow {
  code: string;
  published?: OptionModel;
  draft?: OptionModel;
  number: number;
  faults?: DraftFault[];
  version: number;
}

/** What somebody chose: values of parameters and options by their codes. */
export interface Configuration {
  model?: string;
  version?: number;
  parameters: Record<string, string>;
  options: Record<string, string>;
}
export interface Term {
  code: string;
  title: string;
  title_en?: string;
  formula: string;
  worked: string;
  amount_fen: number;
}
export interface Violation {
  field: string;
  rule: string;
  zh: string;
  en: string;
}
export interface Detail {
  title: string;
  title_en?: string;
  value: string;
  value_en?: string;
}
/** A price explained, as quotes and orders keep it. */
export interface Offer {
  item: number;
  code: string;
  title: string;
  title_en?: string;
  unit: string;
  quantity: string;
  unit_price_fen: number;
  amount_fen: number;
  list?: Source;
  most_discount_bp: number;
  terms: Term[];
  parts: { item: number; code: string; name: string; quantity: string; cartons: number }[];
  configuration?: Configuration;
  details: Detail[];
}

/** `1234.50` of 123450 fen, with the digits grouped. */
export function yuan(fen: number): string {
  const text = String(Math.abs(fen)).padStart(3, '0');
  const whole = text.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${fen < 0 ? '−' : ''}${whole}.${text.slice(-2)}`;
}

/** Hundredths of what somebody wrote, `1,234.5` or `￥99`; nothing when it is no such number. No float ever touches it. */
export function hundredths(text: string): number | undefined {
  const plain = text.normalize('NFKC').replace(/[¥%,\s]/g, '');
  const [, whole, part = ''] = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(plain) ?? [];
  return whole === undefined ? undefined : Number(whole + part.padEnd(2, '0'));
}

/** Hundredths as they are written into a field: `1234.5`. */
export const written = (amount: number | undefined): string =>
  amount === undefined ? '' : `${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, '0')}`.replace(/\.?0+$/, '');

/** `1.45` and the like: what the hub takes for a measure. */
export const isNumber = (text: string): boolean => /^-?\d{1,9}(\.\d{1,6})?$/.test(text);

/** `width = 1.2; height = 2` as figures by name, and back. What is no figure stays out. */
export function figures(text: string): Record<string, string> {
  const pairs = text.split(/[;；\n]/).map(one => one.split(/[=＝:：]/).map(side => side.trim()));
  return Object.fromEntries(pairs.filter(([name, value]) => name && value && isNumber(value)).map(([name, value]) => [name, value]));
}
export const figuresText = (of: Record<string, string> | undefined): string =>
  Object.entries(of ?? {})
    .map(([name, value]) => `${name} = ${value}`)
    .join('; ');

/** The standard size that was given, if any. */
export const sizeOf = (sizes: Size[], parameters: Record<string, string>): Size | undefined =>
  sizes.find(size => Object.entries(size.values).every(([code, value]) => Number(parameters[code]) === Number(value)));

/** What holds before anybody chose: the defaults of a model. */
export function startOf(model: OptionModel): Configuration {
  const parameters = (model.parameters ?? []).flatMap(p => (p.default === undefined ? [] : [[p.code, p.default] as const]));
  const options = (model.categories ?? []).flatMap(c => (c.default === undefined ? [] : [[c.code, c.default] as const]));
  const first = model.kind === 'standard' ? (model.sizes?.[0]?.values ?? {}) : {};
  return { parameters: { ...first, ...Object.fromEntries(parameters) }, options: Object.fromEntries(options) };
}
