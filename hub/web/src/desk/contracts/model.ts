// Contracts as the API has them, and what the form makes of them.

import { fen, text } from '../../shared/money';
import { type Given, linesOf, linesSent, type Order, type OrderState, total } from '../orders/model';

export type ContractState = 'draft' | 'signed' | 'done' | 'void';

export interface MissingFile {
  kind: string;
  zh: string;
  en: string;
}

export interface ContractRow {
  id: number;
  code: string;
  state: ContractState;
  customer: number;
  customer_name: string;
  organisation: number;
  organisation_name: string;
  owner: number | null;
  owner_name: string | null;
  opportunity: number | null;
  quote: number | null;
  quote_number: number | null;
  amount: string;
  /** Not there for who may not see payments. */
  paid?: string;
  next_due_on?: string;
  overdue?: boolean;
  approval: Order['approval'];
  signed_on: string | null;
  missing: MissingFile[];
  created_ms: number;
  version: number;
}

export interface Instalment {
  name: string;
  amount: string;
  due_on: string | null;
  paid?: string;
  overdue?: boolean;
}

export interface Contract extends ContractRow {
  quote_code: string | null;
  opportunity_title: string | null;
  terms: string;
  lines: Order['lines'];
  instalments: Instalment[];
  orders: { id: number; code: string; state: OrderState; amount: string }[];
  needs_approval: boolean;
  approval_note: string;
  reason: string;
  /** Not there for a draft, and for one that was signed before texts were kept. */
  sealed?: Sealed;
}

/** That what was signed was kept, and whether it still stands so. */
export interface Sealed {
  digest: string;
  intact: boolean;
  differs: ('terms' | 'amount' | 'lines' | 'instalments' | 'files')[];
  customer_name: string;
  organisation_name: string;
}

/** What paper and page may say of what was signed. The fingerprint is that of a text which is shown as it was signed, and of no other. */
export function sealOf(sealed: Sealed | undefined): { fingerprint: string | undefined; broken: boolean; differs: Sealed['differs'] } {
  if (!sealed) return { fingerprint: undefined, broken: false, differs: [] };
  const { digest, intact, differs } = sealed;
  return { fingerprint: intact ? digest.slice(0, 16) : undefined, broken: !intact, differs };
}

/** What the form holds. */
export interface GivenContract {
  customer?: number;
  opportunity?: number;
  terms?: string;
  lines: Given['lines'];
  instalments: { name?: string; amount?: string; due_on?: string }[];
}

/** What is read again when a contract has changed. */
export const STALE = ['contracts', 'contract', 'orders', 'order', 'quotes', 'quote', 'timeline', 'customer', 'account', 'home'];

/** What a contract is made of: a version of a quote, an opportunity, a customer. */
export interface Begun {
  customer?: number;
  opportunity?: number;
  quote?: { id: number; code: string; number: number; customer_name: string; lines: Order['lines'] };
}

/** What the form holds of a draft, or of what a new one is made of. */
export function givenOf(of: Contract | undefined, { quote, customer, opportunity }: Begun, terms: string, whole: string): GivenContract {
  if (of)
    return {
      terms: of.terms,
      lines: linesOf(of.lines),
      instalments: of.instalments.map(part => ({ name: part.name, amount: part.amount, due_on: part.due_on ?? undefined })),
    };
  const lines = quote ? linesOf(quote.lines) : [{ quantity: '1' }];
  return { customer, opportunity, terms, lines, instalments: [{ name: whole, amount: quote ? text(total(lines)) : '' }] };
}

/** What is sent of a form. */
export const bodyOf = (given: GivenContract, { quote, customer, opportunity }: Begun) => ({
  ...(quote ? { quote: quote.id, quote_number: quote.number } : { customer: given.customer ?? customer, opportunity }),
  ...changedOf(given),
});

export const changedOf = (given: GivenContract) => ({
  terms: given.terms ?? '',
  lines: linesSent(given.lines),
  instalments: given.instalments.map(part => ({ name: part.name ?? '', amount: part.amount, due_on: part.due_on || null })),
});

/** What the instalments of a form come to, in fen. */
export const agreed = (parts: GivenContract['instalments'] | undefined): bigint =>
  (parts ?? []).reduce((sum, part) => sum + (fen(part?.amount) ?? 0n), 0n);
