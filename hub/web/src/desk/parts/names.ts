// Who and what things are called, in the reader's language: items, stations, edges. Nothing on a page is shown by its bare id.

import { useQuery } from '@tanstack/react-query';
import { readableStation } from '../../shared/stations';
import type { Names } from '../../shared/verdict';
import {
  type EdgeRow,
  get,
  type ItemRow,
  type LocationRow,
  type OrganisationRow,
  type Page,
  type PersonRow,
  query,
  type Site,
  type TaskRow,
} from '../api';
import { useMay, usePrefs } from '../app';
import { edgesKnown } from './known';

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

export interface MachineNames {
  station: (edge: string | null | undefined, station: string | null | undefined) => string;
  edge: (id: string | null | undefined) => string;
}

const named = (edge: EdgeRow): [id: string, name: string][] =>
  (edge.devices ?? []).flatMap(d => (d.station ? [[`${edge.id}/${d.station}`, d.model] as [string, string]] : []));

/** Gives what edges and their stations are called; names change rarely. */
export function useMachineNames(): MachineNames {
  const { lang } = usePrefs();
  const may = useMay();
  const known = edgesKnown.use();
  const of = may('edges.see', 'edges') ? known : () => undefined;
  return {
    station: (edge, station) => {
      if (!station) return '';
      const row = of(edge);
      return (row && new Map(named(row)).get(`${edge}/${station}`)) ?? readableStation(station, lang);
    },
    edge: id => (id ? of(id)?.name || id : ''),
  };
}

/** Stations of a part of the chain that have a name, for choosing: `edge/station`. Of a large one, those of the first edges. */
export function useStations(below: number | null): [id: string, name: string][] {
  const may = useMay();
  const asked = useQuery({
    queryKey: ['edges', 'stations', below],
    enabled: may('edges.see', 'edges'),
    staleTime: 60_000,
    queryFn: ({ signal }) => get<Page<EdgeRow>>(`/edges${query({ below, limit: 200 })}`, signal),
  });
  return (asked.data?.items ?? []).flatMap(named);
}

/** The name of an organisation in the reader's language. */
export function useOrganisationName(id: number): string {
  const { lang } = usePrefs();
  const asked = useQuery({
    queryKey: ['organisation', id],
    staleTime: 300_000,
    queryFn: ({ signal }) => get<OrganisationRow>(`/organisations/${id}`, signal),
  });
  return (lang === 'en' && asked.data?.name_en) || asked.data?.name || '…';
}

/** The name of a person; who may not see people sees that it is somebody. */
export function usePersonName(id: number): string {
  const may = useMay();
  const asked = useQuery({
    queryKey: ['person', String(id)],
    enabled: may('people.see'),
    staleTime: 300_000,
    retry: false,
    queryFn: ({ signal }) => get<PersonRow>(`/people/${id}`, signal),
  });
  return asked.data?.name ?? (asked.isLoading ? '…' : `№ ${id}`);
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

/** The name of a site. */
export function useSiteName(id: number): string {
  const asked = useQuery({
    queryKey: ['site', id],
    staleTime: 300_000,
    queryFn: ({ signal }) => get<Page<Site>>(`/sites${query({ ids: id })}`, signal),
  });
  return asked.data?.items[0]?.name ?? (asked.isLoading ? '…' : `№ ${id}`);
}

/** Records that are called by a number for people, or by a name. */
export type Linked = 'orders' | 'quotes' | 'contracts' | 'customers' | 'opportunities' | 'items' | 'tickets' | 'tasks';
const BY_NAME: Linked[] = ['customers', 'items', 'opportunities'];

/** What a record is called; who may not see it sees its bare number. */
export function useRecordName(of: Linked, id: number): string {
  const item = useItemName();
  const asked = useQuery({
    queryKey: ['called', of, id],
    staleTime: 300_000,
    retry: false,
    queryFn: ({ signal }) => get<Named & { title?: string; number?: string }>(`/${of}/${id}`, signal),
  });
  const row = asked.data;
  if (!row) return asked.isLoading ? '…' : `№ ${id}`;
  return (BY_NAME.includes(of) ? row.title || item(row) : row.code || row.number) || `№ ${id}`;
}
