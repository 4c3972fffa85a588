// Orders as the API has them, and what the form makes of them.

import type { Lang } from '../../shared/lang';
import { amount, fen, percent, points } from '../../shared/money';
import type { Custom } from '../api';
import type { Configuration, Offer } from '../prices/model';

export type OrderState = 'draft' | 'confirmed' | 'shipped' | 'completed' | 'cancelled';

export interface OrderRow {
  id: number;
  code: string;
  state: OrderState;
  late: boolean;
  customer: number;
  customer_name: string;
  organisation: number;
  organisation_name: string;
  owner: number | null;
  owner_name: string | null;
  ordered_on: string;
  promised_on: string | null;
  delivered_on: string | null;
  amount: string;
  /** Not there for who may not see payments. */
  paid?: string;
  /** Codes of methods by which that came in. */
  paid_by?: string[];
  /** What of it is the person's to whom the list is narrowed. */
  part?: string;
  approval: '' | 'asked' | 'approved' | 'rejected';
  custom?: Custom;
  version: number;
}

/** A line of a quote, a contract or an order. */
export interface Line {
  id: number;
  item: number;
  code: string;
  name: string;
  name_en: string;
  unit: string;
  /** How it is made up, for an item with an option model. */
  configuration?: Configuration | null;
  spec: string;
  quantity: string;
  price: string;
  discount: number;
  amount: string;
  /** What the price list said. */
  offer?: Partial<Offer> | null;
}

export interface Order extends OrderRow {
  address?: string;
  note?: string;
  lines: Line[];
  splits: { person: number; name: string; share: number; amount: string }[];
  reserved: boolean;
  pick: {
    task: number;
    number: string;
    state: 'open' | 'started' | 'finished' | 'withdrawn';
    complete: boolean;
    asked: string;
    done: string;
    short: string;
  } | null;
  quote: number | null;
  quote_code: string | null;
  contract: number | null;
  contract_code: string | null;
  /** What the customer signed the lines with, as they are. */
  signed: { file: number; name: string; at_ms: number; by: string } | null;
  site_name: string | null;
  reason: string;
  approval_note: string;
}

/** What stands over a list of orders. */
export interface OrderSum {
  orders: number;
  amount: string;
  part?: string;
}

export interface SiteAvailability {
  site: number;
  code: string;
  name: string;
  on_hand: string;
  reserved: string;
  available: string;
}

/** What the form holds: numbers as people type them. */
export interface Given {
  customer?: number;
  promised_on?: string;
  address?: string;
  note?: string;
  lines: { item?: number; configuration?: Configuration; spec?: string; quantity?: string; price?: string; discount?: string }[];
  splits: { person?: number; share?: string }[];
}

/** What is read again when an order has changed. */
export const STALE = ['orders', 'order', 'contracts', 'contract', 'files', 'account', 'payments', 'timeline', 'customer', 'availability'];

/** What the lines of a form come to, in fen; lines that are not whole yet count nothing. */
export const total = (lines: Given['lines'] | undefined): bigint =>
  (lines ?? []).reduce((sum, line) => sum + (amount(line?.quantity ?? '', line?.price ?? '', points(line?.discount ?? '') ?? 0) ?? 0n), 0n);

/** Shares of a form together, in basis points. */
export const shared = (splits: Given['splits'] | undefined): number =>
  (splits ?? []).reduce((sum, split) => sum + (points(split?.share ?? '') ?? 0), 0);

/** Lines as they are sent. */
export const linesSent = (lines: Given['lines']) =>
  lines.map(line => ({
    item: line.item,
    ...(line.configuration ? { configuration: line.configuration } : {}),
    spec: line.spec ?? '',
    quantity: line.quantity,
    // What is configured is priced by the hub.
    ...(line.configuration ? {} : { price: line.price }),
    discount: points(line.discount ?? '') ?? 0,
  }));

/** Lines as the form holds them. */
export const linesOf = (lines: Order['lines']): Given['lines'] =>
  lines.map(line => ({
    item: line.item,
    ...(line.configuration ? { configuration: line.configuration } : {}),
    spec: line.spec,
    quantity: line.quantity,
    price: line.price,
    discount: line.discount ? percent(line.discount) : '',
  }));

/** What is sent of a form. What was not touched of address and note is not sent. */
export function bodyOf(given: Given): Record<string, unknown> {
  return {
    customer: given.customer,
    promised_on: given.promised_on || null,
    address: given.address || undefined,
    note: given.note,
    lines: linesSent(given.lines),
    splits: given.splits.map(split => ({ person: split.person, share: points(split.share ?? '') ?? 0 })),
  };
}

/** What the form holds of an order. */
export function givenOf(of: Order): Given {
  const open = (text: string | undefined) => (text?.includes('***') ? undefined : text);
  return {
    promised_on: of.promised_on ?? undefined,
    address: open(of.address),
    note: open(of.note),
    lines: linesOf(of.lines),
    splits: of.splits.map(split => ({ person: split.person, share: percent(split.share) })),
  };
}

/** What is still to pay, in fen; nothing where payments are not seen. */
export function owed(of: Pick<OrderRow, 'amount' | 'paid'>): bigint | undefined {
  const [due, paid] = [fen(of.amount), fen(of.paid)];
  return due === undefined || paid === undefined ? undefined : due - paid;
}

/** How a line is made up, in words: `窗宽 3 m`. */
export const detailsOf = (line: Pick<Line, 'offer'>, lang: Lang): string[] =>
  (line.offer?.details ?? []).map(one =>
    lang === 'en' ? `${one.title_en || one.title} ${one.value_en || one.value}` : `${one.title} ${one.value}`,
  );
