// Rows that many parts of a page speak of by number, such as sites and edges: those wanted in the same moment are fetched together and kept
// for some minutes. A chain has thousands of them, a page speaks of a few.

import { useSyncExternalStore } from 'react';
import { type EdgeRow, get, type Page, query, Refusal, type Site } from '../api';

/** Most that are asked for in one request. */
const TOGETHER = 100;
const FRESH_MS = 300_000;
/** How long one waits for others. */
const GATHER_MS = 5;

export interface Known<T> {
  /** The row of a number, when it is known; it is asked for otherwise. */
  of: (id: string | number | null | undefined) => T | undefined;
  /** A hook: gives the row of a number, or nothing while it is not known; the page is drawn again when it is. */
  use: () => (id: string | number | null | undefined) => T | undefined;
  /** What was known is asked for again: somebody else reads, or something was renamed. */
  forget: () => void;
}

/** Rows of a list that takes `ids`. `fetch` is how it is asked. */
export function knownBy<T extends { id: string | number }>(fetch: (ids: string) => Promise<T[]>, now: () => number = Date.now): Known<T> {
  const rows = new Map<string, { row: T | undefined; at: number }>();
  const wanted = new Set<string>();
  const asked = new Set<string>();
  const listeners = new Set<() => void>();
  let version = 0;
  let isGathering = false;

  const changed = () => {
    version += 1;
    for (const listener of listeners) listener();
  };
  const ask = async (ids: string[]) => {
    for (const id of ids) asked.add(id);
    let found: T[] = [];
    let isAnswered = true;
    try {
      found = await fetch(ids.join(','));
    } catch (refused) {
      // Who may not see them is not asked again and again; a network that is away is.
      isAnswered = refused instanceof Refusal;
    }
    for (const id of ids) {
      asked.delete(id);
      if (isAnswered) rows.set(id, { row: found.find(row => String(row.id) === id), at: now() });
    }
    if (isAnswered) changed();
  };
  const flush = () => {
    isGathering = false;
    const ids = [...wanted];
    wanted.clear();
    for (let from = 0; from < ids.length; from += TOGETHER) void ask(ids.slice(from, from + TOGETHER));
  };
  const of = (id: string | number | null | undefined): T | undefined => {
    if (id === null || id === undefined || id === '') return undefined;
    const key = String(id);
    const known = rows.get(key);
    if ((!known || now() - known.at > FRESH_MS) && !wanted.has(key) && !asked.has(key)) {
      wanted.add(key);
      if (!isGathering) setTimeout(flush, GATHER_MS);
      isGathering = true;
    }
    return known?.row;
  };
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    of,
    use: () => {
      useSyncExternalStore(subscribe, () => version);
      return of;
    },
    forget: () => {
      rows.clear();
      changed();
    },
  };
}

const listed =
  <T>(path: string) =>
  (ids: string) =>
    get<Page<T>>(path + query({ ids, limit: 200 })).then(page => page.items);

export const sitesKnown = knownBy<Site>(listed('/sites'));
export const edgesKnown = knownBy<EdgeRow>(listed('/edges'));
