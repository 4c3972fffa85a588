// The filters of a list, as they stand in its page's address.

import { go, usePlace } from '../route';

export interface Filters {
  /** What each is set to; empty when it is not. */
  of: Record<string, string>;
  set: (name: string, value: string) => void;
  /** Whether any of them narrows the list. */
  narrow: boolean;
  /** Takes all that narrow it away. */
  clear: () => void;
  /** The address' part without the view's number. */
  text: string;
}

/** The address' own words that are no filters: the chosen view, and what opens a form. */
const NO_FILTERS = ['view', 'new'];

/** `how` are filters that show the same rows differently: they narrow nothing, and stay when the others are cleared. */
export function useFilters(names: string[], how: string[] = []): Filters {
  const { path, search } = usePlace();
  const leadTo = (next: URLSearchParams) => go(path + (String(next) ? `?${next}` : ''), true);
  const shown = new URLSearchParams(search);
  for (const name of NO_FILTERS) shown.delete(name);
  shown.sort();
  return {
    of: Object.fromEntries([...names, ...how].map(name => [name, search.get(name) ?? ''])),
    set: (name, value) => {
      const next = new URLSearchParams(location.search);
      if (value) next.set(name, value);
      else next.delete(name);
      leadTo(next);
    },
    narrow: names.some(name => search.get(name)),
    clear: () => {
      const next = new URLSearchParams(location.search);
      for (const name of names) next.delete(name);
      leadTo(next);
    },
    text: shown.toString(),
  };
}
