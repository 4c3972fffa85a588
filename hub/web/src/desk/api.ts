// The hub's API as the desk uses it: types, one fetch function, refusals as problem details.

import type { Lang } from '../shared/lang';
import type { Names, Tone, Verdict } from '../shared/verdict';

export interface Page<T> {
  items: T[];
  next: string | null;
  total: number;
  /** There are more than `total`: counting ended there. */
  at_least?: boolean;
}
/** Words of the rights that pages ask about; the hub knows them all. */
export type Right =
  | 'stock.see'
  | 'work.see'
  | 'edges.see'
  | 'tasks'
  | 'cases'
  | 'approvals'
  | 'edges'
  | 'people.see'
  | 'people'
  | 'organisations'
  | 'roles'
  | 'settings'
  | 'items'
  | 'prices.see'
  | 'prices'
  | 'prices.cost'
  | 'customers.see'
  | 'customers'
  | 'customers.assign'
  | 'sales.see'
  | 'sales'
  | 'sales.approve'
  | 'sales.ship'
  | 'sales.ship_short'
  | 'figures.see'
  | 'payments.see'
  | 'payments'
  | 'payments.refund'
  | 'payments.reconcile'
  | 'opportunities.see'
  | 'opportunities'
  | 'tickets.see'
  | 'tickets'
  | 'visits'
  | 'import'
  | 'hub'
  | 'reveal'
  | 'audit.see'
  | 'tokens';
export interface User {
  id: number;
  login: string;
  name: string;
  role: string;
  roles: { id: number; code: string; name: string; name_en: string }[];
  rights: Right[];
  switched_off: string[];
  organisation?: number | null;
  site?: number | null;
}
export interface Session {
  user: User;
  csrf: string;
  /** A role demands one-time codes that are not set up yet: nothing else is possible before. */
  codes_missing: boolean;
}
export interface Site {
  id: number;
  code: string;
  name: string;
  time_zone: string;
}
/** Values of the fields that a chain added by itself, by their keys. */
export type Custom = Record<string, unknown>;
export interface ItemRow {
  id: number;
  code: string;
  name: string;
  name_en?: string;
  unit: string;
  cartons: number;
  by_lot: boolean;
  is_kit: boolean;
  /** Not there for whom a role hides it; so are stock and sets of its page. */
  on_hand?: string;
  barcodes_count?: number;
  custom?: Custom;
  version?: number;
}
export interface ItemStock {
  location: number;
  location_code: string;
  site: number;
  carton: number;
  lot?: string;
  quantity: string;
}
export interface ItemPage extends ItemRow {
  barcodes: { text: string; quantity: string; carton?: number | null }[];
  parts: { item: number; code: string; name: string; name_en?: string; unit?: string; quantity: string }[];
  by_carton?: { carton: number; quantity: string }[];
  /** At how many locations it lies; `stock` is the first 200 rows of it. */
  places?: number;
  stock?: ItemStock[];
  sets?: string;
}
export interface LocationRow {
  id: number;
  site: number;
  code: string;
  kind: string;
  name?: string;
  on_hand: string;
}
/** So much of one carton of an item. */
export interface Goods {
  item: number;
  code: string;
  name: string;
  name_en?: string;
  unit?: string;
  carton: number;
  of: number;
  lot?: string;
  quantity: string;
}
export interface LocationPage extends LocationRow {
  stock: Goods[];
}
export interface StockByItem {
  item: number;
  code: string;
  name: string;
  name_en?: string;
  unit: string;
  cartons: { carton: number; quantity: string }[];
  sets: string;
  quantity: string;
}
export interface StockByLocation {
  location: number;
  code: string;
  kind: string;
  lines: number;
  quantity: string;
}
export interface Movement extends Goods {
  id: number;
  at_ms: number;
  from: number;
  from_code: string;
  from_kind?: string;
  to: number;
  to_code: string;
  to_kind?: string;
  task?: number | null;
  task_number?: string | null;
  edge?: string | null;
  station?: string | null;
  operator_name?: string | null;
  scan_id?: string | null;
  reversed: boolean;
}
export interface TaskRow {
  id: number;
  number: string;
  kind: string;
  site: number;
  reference: string;
  state: string;
  complete?: boolean | null;
  lines: number;
  asked: string;
  done: string;
  short: string;
  created_ms: number;
  started_ms?: number | null;
  finished_ms?: number | null;
}
export interface TaskLine {
  id: number;
  item?: number | null;
  code?: string | null;
  name?: string | null;
  name_en?: string | null;
  carton?: number | null;
  of?: number | null;
  lot?: string | null;
  set: number;
  location?: number | null;
  location_code?: string | null;
  quantity: string;
  done: string;
  short: string;
}
export interface TaskPage extends Omit<TaskRow, 'lines'> {
  lines: TaskLine[];
  edges?: { id: string; name: string; has_it: boolean }[];
}
export interface ScanRow {
  scan: string;
  seq: number;
  edge: string;
  epoch?: number;
  site: number;
  at_ms: number;
  station: string;
  task?: number | null;
  task_number?: string | null;
  operator_name?: string | null;
  source: string;
  payload: string;
  verdict: Verdict;
  tone: Tone;
  effects_count: number;
  arrived_ms: number;
  skew_ms?: number | null;
  names?: Names;
}
export interface EdgeRow {
  id: string;
  site: number;
  name: string;
  state: string;
  refused?: string | null;
  epoch: number;
  committed: number;
  backlog?: number | null;
  lag_ms?: number | null;
  last_seen_ms?: number | null;
  clock_skew_ms?: number | null;
  agent?: string | null;
  devices?: { id: string; kind: string; model: string; state: string; station?: string | null; settings?: DeviceSettings }[];
  disk_free?: number | null;
  memory?: number | null;
  label_fonts?: 'same' | 'other';
  datasets?: { name: string; version: number; current: boolean }[];
}
/** A setting that is not as it should be, as it is written and as people read it. */
export interface Drift extends DriftWords {
  zh: DriftWords;
  en: DriftWords;
}
interface DriftWords {
  setting: string;
  has: string;
  wants: string;
}
export interface DeviceSettings {
  profile: string;
  family: string;
  state: string;
  since_ms: number;
  drift: Drift[];
  differs: number;
  flash_writes: number;
}
export interface ExceptionRow {
  id: number;
  kind: string;
  site?: number | null;
  edge?: string | null;
  opened_ms: number;
  data: Record<string, unknown>;
  names?: Names;
  state: string;
  actions?: string[];
  resolved_ms?: number | null;
  resolved_by?: string | number | null;
  resolution?: Record<string, unknown> | string | null;
}
export interface OrganisationRow {
  id: number;
  parent?: number;
  kind: string;
  code: string;
  name: string;
  name_en: string;
  time_zone: string;
  active: boolean;
  switches: Record<string, boolean>;
  switched_off: string[];
  site?: number;
  children: number;
  version: number;
}
export interface RoleOfPerson {
  role: number;
  organisations: number[];
}
export interface PersonRow {
  id: number;
  login: string;
  name: string;
  organisation?: number;
  organisation_name?: string;
  /** This and the roles are not there for whom a role hides them. */
  disabled?: boolean;
  codes: boolean;
  roles?: RoleOfPerson[];
  phone?: string;
  email?: string;
  custom?: Custom;
  version: number;
}
export interface SessionRow {
  id: string;
  current: boolean;
  created_ms: number;
  expires_ms: number;
  agent?: string;
  address?: string;
}
export interface AuditRow {
  id: number;
  at_ms: number;
  author?: string;
  entity: string;
  entity_id: string;
  action: string;
  old?: Record<string, unknown>;
  new?: Record<string, unknown>;
}
export interface Notification {
  id: number;
  kind: string;
  site?: number;
  title: string;
  body: string;
  tone: 'right' | 'information' | 'attention' | 'wrong';
  count: number;
  link: string;
  at_ms: number;
  read_ms?: number;
}
export interface Floor {
  today: { scans: number; right: number; wrong: number; moved: string | number };
  open_tasks: TaskRow[];
  movements: Movement[];
  edges: { total: number; online: number; offline: number };
  exceptions_open: number;
}
export interface FactEvent {
  scan?: string;
  edge: string;
  station: string;
  site?: number;
  task?: number | null;
  operator_name?: string | null;
  tone: Tone;
  verdict: Verdict;
  at_ms: number;
  names?: Names;
}

/** RFC 9457, with the rule, the field and who can fix it. */
export interface Problem {
  status: number;
  title: string;
  detail?: string;
  rule?: string;
  field?: string;
  who?: string;
  /** Every rule that was broken, where several can be at once. */
  faults?: { field: string; rule: string; zh: string; en: string }[];
}

export class Refusal extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }
}

/** The hub could not be reached at all. */
export class Unreachable extends Error {}

let csrf = '';
let lang: Lang = 'zh-CN';
let onSignedOut = () => {};

export function speak(next: Lang): void {
  lang = next;
}
export function trust(token: string): void {
  csrf = token;
}
export function whenSignedOut(f: () => void): void {
  onSignedOut = f;
}

/** Who asks and in which language; it stands in every request. */
export const standing = (method: string): Record<string, string> => ({
  'accept-language': lang,
  ...(method === 'GET' ? {} : { 'x-qitao-csrf': csrf }),
});

/** The refusal that an answer is. Who is not signed in any more is told so. */
export function refusalOf(status: number, statusText: string, text: string, path = ''): Refusal {
  if (status === 401 && path !== '/session') onSignedOut();
  try {
    const body: unknown = JSON.parse(text);
    if (body && typeof body === 'object' && 'title' in body) return new Refusal({ ...(body as Problem), status });
  } catch {
    // Not JSON: a proxy's page, or nothing at all. The status has to do.
  }
  return new Refusal({ status, title: `HTTP ${status} ${statusText}`.trim() });
}

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method,
      signal,
      headers: {
        accept: 'application/json',
        ...standing(method),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (fault) {
    if (signal?.aborted) throw fault;
    throw new Unreachable();
  }
  if (!answer.ok) throw refusalOf(answer.status, answer.statusText, await answer.text().catch(() => ''), path);
  return answer;
}

async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<T> {
  const answer = await ask(method, path, body, headers, signal);
  return answer.status === 204 ? (undefined as T) : answer.json().catch(() => undefined);
}

export const get = <T>(path: string, signal?: AbortSignal) => call<T>('GET', path, undefined, {}, signal);
/** What has its version in the ETag alone. */
export async function getVersioned<T>(path: string, signal?: AbortSignal): Promise<{ value: T; version: number }> {
  const answer = await ask('GET', path, undefined, {}, signal);
  return { value: await answer.json(), version: Number(answer.headers.get('etag')?.replace(/\D/g, '')) };
}
export const post = <T>(path: string, body: unknown = {}, headers?: Record<string, string>) => call<T>('POST', path, body, headers);
const ifMatch = (version?: number): Record<string, string> => (version === undefined ? {} : { 'if-match': `"${version}"` });
/** A change of part of a record, made from the version that was read. */
export const patch = <T>(path: string, body: unknown, version?: number) => call<T>('PATCH', path, body, ifMatch(version));
/** The record as it is to be, made from the version that was read. */
export const put = <T>(path: string, body: unknown, version?: number) => call<T>('PUT', path, body, ifMatch(version));
export const remove = <T = void>(path: string, version?: number) => call<T>('DELETE', path, undefined, ifMatch(version));
/** Signs out here, and goes on to the identity provider where somebody came in by it; whether the page stays. */
export async function signOut(): Promise<boolean> {
  const next = await remove<{ outside: string } | undefined>('/session').catch(() => undefined);
  if (next) location.assign(next.outside);
  return !next;
}
/** Asks for something to be done to a version that was read. */
export const postFrom = <T>(path: string, body: unknown, version: number) => call<T>('POST', path, body, ifMatch(version));

/** `?a=1&b=2` of what is given. */
export function query(of: Record<string, string | number | boolean | null | undefined>): string {
  const given = Object.entries(of).filter(([, v]) => v !== undefined && v !== null && v !== '');
  return given.length ? `?${new URLSearchParams(given.map(([k, v]) => [k, String(v)]))}` : '';
}
