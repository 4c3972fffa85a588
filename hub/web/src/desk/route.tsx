// Addresses of the pages, by the history API. Every list keeps its filters in the address, so that a link shows what was seen.

import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
addEventListener('popstate', () => {
  for (const told of listeners) told();
});

function subscribe(told: () => void): () => void {
  listeners.add(told);
  return () => listeners.delete(told);
}

const here = () => location.pathname + location.search;

export function go(to: string, replace = false): void {
  if (to === here()) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  for (const told of listeners) told();
  if (!replace) scrollTo(0, 0);
}

export function usePlace(): { path: string; search: URLSearchParams } {
  const place = useSyncExternalStore(subscribe, here);
  const [path = '/', search = ''] = place.split('?');
  return { path, search: new URLSearchParams(search) };
}

/** One filter of the address; setting it replaces the address, so that Back leaves the list. */
export function useFilter(name: string): [string, (value: string) => void] {
  const { path, search } = usePlace();
  const set = (value: string) => {
    // A dialog of a page that was left may still close: the address is no longer its own.
    if (location.pathname !== path) return;
    const next = new URLSearchParams(location.search);
    if (value) next.set(name, value);
    else next.delete(name);
    const text = next.toString();
    go(path + (text ? `?${text}` : ''), true);
  };
  return [search.get(name) ?? '', set];
}

export function Link({ to, onClick, ...rest }: { to: string } & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'>) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return <a {...rest} href={to} onClick={follow} />;
}
