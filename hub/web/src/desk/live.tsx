// Server-sent events: one connection for the whole desk. Pages listen for rows; lists that an event outdates are fetched again,
// at most once a second each.

import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { useSites } from './app';

export type LiveKind = 'movement' | 'task' | 'edge' | 'exception' | 'fact';
const kinds: LiveKind[] = ['movement', 'task', 'edge', 'exception', 'fact'];

/** Which cached lists an event outdates. */
const outdates: Record<LiveKind, string[]> = {
  movement: ['movements', 'stock', 'floor', 'item', 'location'],
  task: ['tasks', 'task', 'floor'],
  edge: ['edges', 'edge', 'floor'],
  exception: ['exceptions', 'exception', 'floor'],
  fact: ['task-scans', 'floor'],
};

type Listener = (kind: LiveKind, row: unknown) => void;
interface Live {
  state: 'connecting' | 'live' | 'lost';
  since: number;
  listen: (listener: Listener) => () => void;
}

const LiveContext = createContext<Live | null>(null);

/** Without any byte for so long the connection is held to be dead: the hub pings every 15 s, but the browser hides pings, so only the
 *  browser's own error report and a failed reconnect count. */
const RECONNECT_MS = 3000;

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const { site } = useSites();
  const listeners = useRef(new Set<Listener>());
  const [state, setState] = useState<{ state: Live['state']; since: number }>({ state: 'connecting', since: Date.now() });

  useEffect(() => {
    let source: EventSource | null = null;
    let again: ReturnType<typeof setTimeout> | undefined;
    const stale = new Set<string>();
    let flushing: ReturnType<typeof setTimeout> | undefined;
    let wasLost = false;

    const outdate = (keys: string[]) => {
      for (const key of keys) stale.add(key);
      flushing ??= setTimeout(() => {
        flushing = undefined;
        for (const key of stale) void client.invalidateQueries({ queryKey: [key] });
        stale.clear();
      }, 1000);
    };

    const open = () => {
      source = new EventSource(`/api/v1/events${site === null ? '' : `?site=${site}`}`);
      source.onopen = () => {
        setState({ state: 'live', since: Date.now() });
        // Whatever was missed meanwhile is fetched, not guessed.
        if (wasLost) void client.invalidateQueries();
        wasLost = false;
      };
      source.onerror = () => {
        wasLost = true;
        setState(now => (now.state === 'lost' ? now : { state: 'lost', since: Date.now() }));
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
    return () => {
      source?.close();
      clearTimeout(again);
      clearTimeout(flushing);
    };
  }, [client, site]);

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
