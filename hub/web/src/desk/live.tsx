// Server-sent events: one connection for the whole desk. Pages listen for rows; lists that an event outdates are fetched again,
// at most once a second each.

import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { query } from './api';
import { usePart } from './app';

export type LiveKind = 'movement' | 'task' | 'edge' | 'exception' | 'fact' | 'sale' | 'order' | 'ticket' | 'notification';
const kinds: LiveKind[] = ['movement', 'task', 'edge', 'exception', 'fact', 'sale', 'order', 'ticket', 'notification'];

/** Which cached lists an event outdates. */
const outdates: Record<LiveKind, string[]> = {
  movement: ['movements', 'stock', 'stock-summary', 'floor', 'item', 'location'],
  task: ['tasks', 'task', 'floor', 'home', 'order'],
  edge: ['edges', 'edge', 'devices', 'floor', 'home', 'figures-now'],
  exception: ['exceptions', 'exception', 'stock-limits', 'floor', 'home', 'figures-now'],
  fact: ['scans', 'floor'],
  sale: ['figures', 'figures-now', 'orders', 'orders-sum'],
  order: ['orders', 'order'],
  ticket: ['tickets', 'ticket'],
  notification: ['notifications', 'home'],
};

type Listener = (kind: LiveKind, row: unknown) => void;
interface Live {
  state: 'connecting' | 'live' | 'lost';
  since: number;
  listen: (listener: Listener) => () => void;
}

const LiveContext = createContext<Live | null>(null);

const RECONNECT_MS = 3000;
/** A browser does not tell pages of the stream's pings, so a network that swallows everything would look alive: the hub is asked besides. */
const ALIVE_EVERY_MS = 20_000;
const ALIVE_WITHIN_MS = 8000;

async function answers(): Promise<boolean> {
  try {
    await fetch('/api/v1/health', { signal: AbortSignal.timeout(ALIVE_WITHIN_MS), cache: 'no-store' });
    return true;
  } catch {
    return false;
  }
}

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const { below } = usePart();
  const listeners = useRef(new Set<Listener>());
  const [state, setState] = useState<{ state: Live['state']; since: number }>({ state: 'connecting', since: Date.now() });

  useEffect(() => {
    let source: EventSource | null = null;
    let again: ReturnType<typeof setTimeout> | undefined;
    const stale = new Set<string>();
    let flushing: ReturnType<typeof setTimeout> | undefined;
    let wasLost = false;
    let gone = false;

    const outdate = (keys: string[]) => {
      for (const key of keys) stale.add(key);
      flushing ??= setTimeout(() => {
        flushing = undefined;
        for (const key of stale) {
          const isDeep = (data: unknown) => ((data as { pages?: unknown[] } | undefined)?.pages?.length ?? 0) > 1;
          // Nothing moves under somebody who reads far down: such a list says itself that something is new.
          void client.invalidateQueries({ queryKey: [key], predicate: q => !isDeep(q.state.data) });
        }
        stale.clear();
      }, 1000);
    };

    const lost = () => {
      wasLost = true;
      setState(now => (now.state === 'lost' ? now : { state: 'lost', since: Date.now() }));
    };
    const reopen = () => {
      source?.close();
      clearTimeout(again);
      open();
    };
    const open = () => {
      source = new EventSource(`/api/v1/events${query({ below })}`);
      source.onopen = () => {
        setState({ state: 'live', since: Date.now() });
        // Whatever was missed meanwhile is fetched, not guessed.
        if (wasLost) void client.invalidateQueries();
        wasLost = false;
      };
      source.onerror = () => {
        lost();
        if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, RECONNECT_MS);
      };
      for (const kind of kinds) {
        source.addEventListener(kind, event => {
          let row: unknown;
          try {
            row = JSON.parse((event as MessageEvent<string>).data);
          } catch {
            return;
          }
          for (const told of listeners.current) told(kind, row);
          outdate(outdates[kind]);
        });
      }
    };
    open();
    const watch = setInterval(async () => {
      if ((await answers()) || gone) return;
      lost();
      reopen();
    }, ALIVE_EVERY_MS);
    addEventListener('offline', lost);
    addEventListener('online', reopen);
    return () => {
      gone = true;
      source?.close();
      clearInterval(watch);
      removeEventListener('offline', lost);
      removeEventListener('online', reopen);
      clearTimeout(again);
      clearTimeout(flushing);
    };
  }, [client, below]);

  const [listen] = useState(() => (listener: Listener) => {
    listeners.current.add(listener);
    return () => {
      listeners.current.delete(listener);
    };
  });
  return <LiveContext value={{ ...state, listen }}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('outside LiveProvider');
  return live;
}

/** Calls back with every row of these kinds while mounted. */
export function useLiveRows<T>(kind: LiveKind, take: (row: T) => void): void {
  const { listen } = useLive();
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => listen((k, row) => k === kind && latest.current(row as T)), [listen, kind]);
}
