// Addresses of the pages, by the history API. Every list keeps its filters in the address, so that a link shows what was seen.

import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
const tell = () => {
  for (const told of listeners) told();
};

/** Asks whoever is on the page whether it may be left. */
type Ask = (leave: () => void) => void;
let asks: Ask | null = null;

/** Another page is shown only when `ask` lets it, until what this answers with is called. */
export function guard(ask: Ask): () => void {
  asks = ask;
  return () => {
    if (asks === ask) asks = null;
  };
}

function subscribe(told: () => void): () => void {
  listeners.add(told);
  return () => listeners.delete(told);
}

const here = () => location.pathname + location.search;

/** Where the reader is, as far as the page knows; after Back the browser is elsewhere already. */
let at = here();

const leaves = (to: string) => new URL(to, location.href).pathname !== at.split('?')[0];

export function go(to: string, replace = false): void {
  if (to === here()) return;
  const show = () => {
    history[replace ? 'replaceState' : 'pushState'](null, '', to);
    at = here();
    tell();
    if (!replace) scrollTo(0, 0);
  };
  if (asks && leaves(to)) asks(show);
  else show();
}

addEventListener('popstate', () => {
  const to = here();
  if (asks && leaves(to)) {
    // The browser has gone; the page has not, and its address comes back until somebody has decided.
    history.pushState(null, '', at);
    asks(() => {
      asks = null;
      history.back();
    });
    return;
  }
  at = to;
  tell();
});

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
