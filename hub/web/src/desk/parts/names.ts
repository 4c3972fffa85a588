// Names for verdicts that come without: the hub's facts carry ids, so what is not known yet is asked for once and kept.

import { useQueries } from '@tanstack/react-query';
import type { Names, Verdict } from '../../shared/verdict';
import { get, type ItemRow, type LocationRow, Refusal, type TaskRow } from '../api';

const KEPT_MS = 600_000;
/** More than this in one list would be a flood of questions; the rest stays without names. */
const MOST = 40;

function idsIn(verdicts: Verdict[]) {
  const items = new Set<number>();
  const locations = new Set<number>();
  const tasks = new Set<number>();
  for (const v of verdicts) {
    for (const id of [v.item, v.stock?.item, ...(v.missing ?? []).map(([stock]) => stock.item)]) if (id !== undefined) items.add(id);
    for (const id of [v.location, v.suggested, v.expected]) if (id !== undefined && id !== null) locations.add(id);
    if (v.task !== undefined) tasks.add(v.task);
  }
  return { items, locations, tasks };
}

/** `known` and, for the rest, what the hub says. */
export function useNames(verdicts: Verdict[], known: Names): Names {
  const wanted = idsIn(verdicts);
  const rest = (of: Set<number>, have: Record<string, unknown> | undefined) => [...of].filter(id => !have?.[id]).slice(0, MOST);
  const ask = <T>(what: string, ids: number[]) =>
    ids.map(id => ({
      queryKey: ['name', what, id],
      queryFn: ({ signal }: { signal: AbortSignal }) => get<T>(`/${what}/${id}`, signal),
      staleTime: KEPT_MS,
      retry: (count: number, fault: unknown) => !(fault instanceof Refusal) && count < 2,
    }));
  const itemIds = rest(wanted.items, known.items);
  const locationIds = rest(wanted.locations, known.locations);
  const taskIds = rest(wanted.tasks, known.tasks);
  const items = useQueries({ queries: ask<ItemRow>('items', itemIds) });
  const locations = useQueries({ queries: ask<LocationRow>('locations', locationIds) });
  const tasks = useQueries({ queries: ask<TaskRow>('tasks', taskIds) });
  const found: Required<Pick<Names, 'items' | 'locations' | 'tasks'>> = {
    items: { ...known.items },
    locations: { ...known.locations },
    tasks: { ...known.tasks },
  };
  for (const { data } of items) if (data) found.items[data.id] = data;
  for (const { data } of locations) if (data) found.locations[data.id] = data.code;
  for (const { data } of tasks) if (data) found.tasks[data.id] = data.number;
  return { ...found, operators: known.operators };
}
