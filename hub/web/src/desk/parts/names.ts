// Who and what things are called, in the reader's language: items, stations, edges. Nothing on a page is shown by its bare id.

import { useQuery } from '@tanstack/react-query';
import { readableStation } from '../../shared/stations';
import type { Names } from '../../shared/verdict';
import { type EdgeRow, get, type ItemRow, type LocationRow, type Page, type TaskRow } from '../api';
import { useMay, usePrefs } from '../app';

/** Anything that carries an item's names. */
interface Named {
  name?: string | null;
  name_en?: string | null;
  code?: string | null;
}

/** Gives the name of an item in the reader's language. */
export function useItemName(): (of: Named | undefined | null) => string {
  const { lang } = usePrefs();
  return of => (lang === 'en' && of?.name_en) || of?.name || of?.code || '';
}

/** All that is known, later names before earlier ones. */
export function together(...all: (Names | undefined)[]): Names {
  return {
    items: Object.assign({}, ...all.map(n => n?.items)),
    locations: Object.assign({}, ...all.map(n => n?.locations)),
    operators: Object.assign({}, ...all.map(n => n?.operators)),
    tasks: Object.assign({}, ...all.map(n => n?.tasks)),
  };
}

export interface RoleRow {
  id: number;
  code: string;
  name: string;
  name_en: string;
  built_in: boolean;
  scope: string;
  rights: string[];
  fields: Record<string, string>;
  codes_required: boolean;
  version: number;
}

/** Gives the name of a role in the reader's language. */
export function useRoleName(): (of: { name: string; name_en: string }) => string {
  const { lang } = usePrefs();
  return of => (lang === 'en' && of.name_en) || of.name;
}

interface Machines {
  stations: Map<string, string>;
  edges: Map<string, string>;
}

/** The edges with their stations, read now and then: names change rarely. */
function useMachines(): Machines | undefined {
  const may = useMay();
  const asked = useQuery({
    queryKey: ['machines'],
    enabled: may('edges.see', 'edges'),
    staleTime: 60_000,
    queryFn: ({ signal }) => get<Page<EdgeRow>>('/edges', signal),
    select: ({ items }): Machines => ({
      edges: new Map(items.map(e => [e.id, e.name || e.id])),
      stations: new Map(items.flatMap(e => (e.devices ?? []).filter(d => d.station).map(d => [`${e.id}/${d.station}`, d.model]))),
    }),
  });
  return asked.data;
}

export interface MachineNames {
  station: (edge: string | null | undefined, station: string | null | undefined) => string;
  edge: (id: string | null | undefined) => string;
  /** Every station that has a name, for choosing: `edge/station`. */
  stations: [id: string, name: string][];
}

export function useMachineNames(): MachineNames {
  const { lang } = usePrefs();
  const machines = useMachines();
  return {
    station: (edge, station) => (station ? (machines?.stations.get(`${edge}/${station}`) ?? readableStation(station, lang)) : ''),
    edge: id => (id ? (machines?.edges.get(id) ?? id) : ''),
    stations: [...(machines?.stations ?? [])],
  };
}

/** The name of one record that an address speaks of. */
export function useNameOf(what: 'items' | 'locations' | 'tasks', id: string): string {
  const item = useItemName();
  const asked = useQuery({
    queryKey: ['name', what, id],
    enabled: id !== '',
    staleTime: 600_000,
    queryFn: ({ signal }) => get<ItemRow | LocationRow | TaskRow>(`/${what}/${id}`, signal),
  });
  const row = asked.data;
  if (!row) return '…';
  return 'number' in row ? row.number : what === 'items' ? item(row as ItemRow) : row.code;
}
