// Customers as the API has them, and what pages make of them: tags that narrow a list, age, whether somebody was left alone too long.

import type { Custom } from '../api';
import { type EntityColumn, narrowed, type Option } from '../custom/model';

export type CustomerClass = 'prospect' | 'client' | 'regular';

export interface CustomerRow {
  id: number;
  code: string;
  name: string;
  class: CustomerClass;
  organisation: number;
  organisation_name: string;
  owner?: number | null;
  owner_name?: string | null;
  gender?: 'female' | 'male';
  birth_year?: number;
  /** Whole or masked; not there for whom a role hides it. */
  phone?: string;
  email?: string;
  address?: string;
  employer?: string;
  position?: string;
  hobbies?: string;
  source?: string;
  campaign?: string;
  note?: string;
  /** Group and code: `style.modern`. */
  tags?: string[];
  created_ms: number;
  created_by: string;
  last_follow_ms?: number | null;
  next_follow_ms?: number | null;
  /** Whole days since the last follow-up, or since the customer was made. */
  idle_days: number;
  /** Orders that are confirmed, and the day of the last; not there for who may not see orders. */
  order_count?: number;
  /** How far their newest open opportunity is. */
  stands?: { opportunity: number; pipeline: string; stage: string; since_ms: number };
  last_order_on?: string;
  custom?: Custom;
  version: number;
}

export interface TagGroup {
  code: string;
  title: string;
  title_en?: string;
  options: Option[];
}

export interface Choices {
  sources: Option[];
  /** Kinds of follow-up. */
  kinds: Option[];
  tags: TagGroup[];
}

/** A follow-up as the timeline has it. */
export interface FollowUp {
  kind: string;
  text: string;
  at_ms: number;
  next_ms?: number | null;
}

/** Whose a phone is already, as far as the reader may know. */
export interface Taken {
  taken: boolean;
  owner?: string;
  customer?: number;
  name?: string;
}

/** Days without a follow-up that nobody minds. */
export const IDLE_DAYS = 5;

/** Prospects only: whoever has signed is not called every week. */
export const isIdle = (customer: Pick<CustomerRow, 'class' | 'idle_days'>): boolean =>
  customer.class === 'prospect' && customer.idle_days > IDLE_DAYS;

/** How old somebody is this year: of a birth only the year is kept. */
export function age(birthYear: number | undefined, thisYear = new Date().getFullYear()): number | undefined {
  return birthYear === undefined || birthYear > thisYear ? undefined : thisYear - birthYear;
}

/** `a,b;c` is (a or b) and c: each part is one condition, any of its tags meets it. */
export const conditionsOf = (text: string): string[][] =>
  text
    .split(';')
    .map(part => [...new Set(part.split(',').map(tag => tag.trim()))].filter(Boolean))
    .filter(part => part.length > 0);

export const conditionsText = (conditions: string[][]): string =>
  conditions
    .filter(part => part.length > 0)
    .map(part => part.join(','))
    .join(';');

/** The digits that are dialled at home: without spaces, dashes and the country's number. */
export const dialled = (phone: string): string => phone.replace(/[\s()-]/g, '').replace(/^(\+86|0086)/, '');

/** Whether a phone is typed to its end: a mobile one, which is known by its length. */
export const isMobile = (phone: string): boolean => /^1\d{10}$/.test(dialled(phone));

/** What a new customer takes from the filter of the list in which they are made. The class moves by rule, and is left out. */
export function fromFilter(of: Record<string, string>, columns: EntityColumn[], today: string): Record<string, unknown> {
  const owner = Number(of.owner);
  // Of alternatives nobody knows which one holds.
  const tags = conditionsOf(of.tags ?? '').flatMap(part => (part.length === 1 ? part : []));
  const custom = narrowed(
    columns.filter(c => c.custom),
    of,
  ).flatMap(({ key, how, value }): [string, unknown][] => {
    const kind = how === '' ? columns.find(c => c.key === key)?.kind : undefined;
    if (kind === 'choice') return [[key, value]];
    if (kind === 'choices') return [[key, [value]]];
    return kind === 'boolean' ? [[key, value === 'true']] : [];
  });
  return {
    ...(of.source ? { source: of.source } : {}),
    ...(owner > 0 ? { owner } : {}),
    ...(tags.length ? { tags } : {}),
    ...(of.due === 'today' ? { next_follow_ms: today } : {}),
    ...Object.fromEntries(custom),
  };
}
