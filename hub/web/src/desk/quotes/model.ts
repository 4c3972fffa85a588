// Quotes as the API has them.

import type { Given, Line } from '../orders/model';

export type { Line };

export interface QuoteRow {
  id: number;
  code: string;
  state: 'open' | 'accepted';
  customer: number;
  customer_name: string;
  organisation_name: string;
  owner_name: string | null;
  current: number;
  valid_until: string;
  expired: boolean;
  amount: string;
  order: number | null;
  order_code: string | null;
  /** The contract of that order, unless it was cancelled. */
  contract: number | null;
  created_ms: number;
  version: number;
}

export interface Version {
  number: number;
  amount: string;
  valid_until: string;
  created_ms: number;
  created_by: string;
}

export interface Quote extends QuoteRow {
  shown: Version;
  note: string;
  lines: Line[];
  needs_approval: boolean;
  versions: Version[];
}

export interface Comparison {
  was: Version;
  now: Version;
  lines: { difference: 'same' | 'changed' | 'added' | 'removed'; was: Line | null; now: Line | null }[];
}

/** A quote as its customer opens it. */
export interface Opened {
  code: string;
  number: number;
  customer: string;
  organisation: string;
  valid_until: string;
  note: string;
  amount: string;
  lines: Omit<Line, 'id' | 'item' | 'code'>[];
}

/** What the form of a version holds. */
export type GivenQuote = Pick<Given, 'customer' | 'note' | 'lines'> & { valid_until?: string };

/** What is read again when a quote has changed. */
export const STALE = ['quotes', 'quote', 'contracts', 'orders', 'timeline', 'customer'];
