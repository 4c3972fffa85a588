// What a customer's form holds, and what of it the hub is sent.

import { NO_MORE, onDay } from './times';

/** As the fields of the form are called; a day stands for the moment of the next follow-up. */
export interface Given {
  name?: string;
  phone?: string;
  email?: string;
  address?: string;
  source?: string;
  tags?: string[];
  next_follow_ms?: string;
  note?: string;
  gender?: string;
  birth_year?: string;
  employer?: string;
  position?: string;
  hobbies?: string;
  campaign?: string;
  organisation?: number;
  owner?: number;
}

const NULL_TAKES_AWAY = ['gender', 'birth_year', 'next_follow_ms'];

function sent(name: string, value: unknown, zone: string | undefined): unknown {
  if (value === undefined || value === null || value === '' || value === NO_MORE) return undefined;
  if (name === 'next_follow_ms') return onDay(String(value), zone);
  if (name === 'birth_year') return Number(value);
  if (Array.isArray(value)) return value.length ? value : undefined;
  return typeof value === 'string' ? value.trim() || undefined : value;
}

/** A new customer: only what was given. */
export function bodyOf(given: Given, zone?: string): Record<string, unknown> {
  const all = Object.entries(given).map(([name, value]) => [name, sent(name, value, zone)] as const);
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

/** Only what differs; what was taken away is told as the hub takes it. */
export function changesOf(before: Given, after: Given, zone?: string): Record<string, unknown> {
  const [old, now] = [bodyOf(before, zone), bodyOf(after, zone)];
  const gone = (name: string) => (name === 'tags' ? [] : NULL_TAKES_AWAY.includes(name) ? null : '');
  // A field that the form did not show is none that was emptied.
  const names = Object.keys(after);
  return Object.fromEntries(
    names.filter(name => JSON.stringify(old[name]) !== JSON.stringify(now[name])).map(name => [name, now[name] ?? gone(name)]),
  );
}
