// Tickets as the phone has them, and what becomes of one by what was done and not sent yet. Pure.

export type Kind = 'delivery_install' | 'after_sales' | 'return_visit';
export type State = 'new' | 'dispatched' | 'accepted' | 'appointed' | 'on_site' | 'completed' | 'closed' | 'cancelled';
export type Act = 'accept' | 'decline' | 'appoint' | 'check_in' | 'scan' | 'report' | 'complete' | 'after_sales';
export type FileKind = 'photo' | 'signature' | 'check_in';

export interface Place {
  latitude_e7: number;
  longitude_e7: number;
  datum?: 'wgs84' | 'gcj02';
}
export interface Carton {
  item: number;
  item_code: string;
  item_name: string;
  carton: number;
  of: number;
  expected: number;
  scanned: number;
  codes: string[];
}
export interface Ticket {
  id: number;
  code: string;
  kind: Kind;
  fault: string;
  state: State;
  version: number;
  contact?: string;
  phone?: string;
  address?: string;
  problem?: string;
  steps?: string;
  result?: string;
  note?: string;
  item_name?: string | null;
  appointed_ms: number | null;
  due_ms: number | null;
  done_ms: number | null;
  place?: Place;
  needs: { photos: number; signature: boolean; cartons: boolean };
  photos: number;
  signatures: number;
  cartons: Carton[];
  custom?: Record<string, unknown>;
}
export interface Option {
  code: string;
  title: string;
  title_en?: string;
  active?: boolean;
}
/** A field that the chain added to tickets. */
export interface Added {
  key: string;
  title: string;
  title_en: string;
  kind: string;
  options?: Option[];
}
export interface Day {
  now_ms: number;
  name: string;
  tickets: Ticket[];
  /** Fields that the chain added to tickets, in order; not there in a day that an older version kept. */
  fields?: Added[];
  choices: { faults: Option[] };
  far_m: number;
}
export interface Payload {
  reason?: string;
  appointed_ms?: number;
  place?: Place;
  accuracy_m?: number;
  code?: string;
  steps?: string;
  result?: string;
  note?: string;
  fault?: string;
  problem?: string;
}

/** What was done: an act, or a file of a ticket. */
export interface Doing {
  /** 32 hexadecimal digits; the hub takes it once. */
  id: string;
  ticket: number;
  made_ms: number;
  act?: Act;
  payload?: Payload;
  /** Which carton a scan was found to be, for what is shown before the hub has answered. */
  carton?: { item: number; carton: number };
  file?: FileKind;
}

const moves: Record<Act, Partial<Record<State, State>>> = {
  accept: { dispatched: 'accepted' },
  decline: { dispatched: 'new', accepted: 'new', appointed: 'new' },
  appoint: { accepted: 'appointed', appointed: 'appointed' },
  check_in: { appointed: 'on_site', on_site: 'on_site' },
  scan: { accepted: 'accepted', appointed: 'appointed', on_site: 'on_site' },
  report: { accepted: 'accepted', appointed: 'appointed', on_site: 'on_site' },
  complete: { on_site: 'completed' },
  after_sales: { accepted: 'accepted', appointed: 'appointed', on_site: 'on_site', completed: 'completed', closed: 'closed' },
};

/** Where an act leads; nothing where it is not legal. */
export function next(ticket: Pick<Ticket, 'kind' | 'state'>, act: Act): State | undefined {
  if (act === 'after_sales' && ticket.kind !== 'delivery_install') return undefined;
  if (act === 'complete' && ticket.kind === 'return_visit' && isOpen(ticket.state)) return 'completed';
  return moves[act][ticket.state];
}

export const isOpen = (state: State): boolean => !['completed', 'closed', 'cancelled'].includes(state);

/** A ticket after one more thing that was done; what is not legal changes nothing. */
function one(was: Ticket, { act, payload = {}, carton, file, made_ms }: Doing): Ticket {
  if (file) return { ...was, photos: was.photos + +(file === 'photo'), signatures: was.signatures + +(file === 'signature') };
  const state = act && next(was, act);
  if (!state) return was;
  const { steps, result, note, appointed_ms } = payload;
  const more = (c: Carton) => (carton && c.item === carton.item && c.carton === carton.carton ? { ...c, scanned: c.scanned + 1 } : c);
  return {
    ...was,
    state,
    version: was.version + 1,
    appointed_ms: appointed_ms ?? was.appointed_ms,
    steps: steps ?? was.steps,
    result: result ?? was.result,
    note: note ?? was.note,
    cartons: was.cartons.map(more),
    done_ms: act === 'complete' ? made_ms : was.done_ms,
  };
}

/** A ticket as it will be when what was done has arrived. */
export const after = (ticket: Ticket, done: Doing[]): Ticket => done.filter(of => of.ticket === ticket.id).reduce(one, ticket);

export type Missing = 'photos' | 'signature' | 'cartons';

/** What is needed to complete a ticket and not there. */
export function missing({ needs, photos, signatures, cartons }: Ticket): Missing[] {
  const lacks: [Missing, boolean][] = [
    ['photos', photos < needs.photos],
    ['signature', needs.signature && signatures === 0],
    ['cartons', needs.cartons && cartons.some(c => c.scanned < c.expected)],
  ];
  return lacks.filter(([, is]) => is).map(([what]) => what);
}

export type Scanned = { kind: 'right'; carton: Carton } | { kind: 'twice'; carton: Carton } | { kind: 'wrong' };

/** What GS1 puts between elements. */
const GS = String.fromCharCode(29);

/** A barcode without what stands around it: the symbology's mark, brackets, separators; a GTIN always of 14 digits. */
export function plain(code: string): string {
  const bare = code.trim().replace(/^\]\w\w/, '');
  const elements = bare.replace(/^\((\d{4})\)/, '$1').replaceAll(GS, '');
  return /^\d{8}$|^\d{12,13}$/.test(elements) ? elements.padStart(14, '0') : elements;
}

/** Which carton of a ticket a barcode is on, by what the hub says that they can say. */
export function scanned(ticket: Ticket, code: string): Scanned {
  const text = plain(code);
  const house = text.replace(/^(.+\/\d+-\d+)\/.*$/, '$1');
  const is = (of: string) => of === text || of === house || (of.length === 22 && of.startsWith('8006') && text.startsWith(of));
  const found = ticket.cartons.filter(c => c.codes.some(is));
  const open = found.find(c => c.scanned < c.expected);
  if (open) return { kind: 'right', carton: open };
  return found[0] ? { kind: 'twice', carton: found[0] } : { kind: 'wrong' };
}

const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** Metres between two places of the same datum, for what is shown; the hub measures for itself. */
export function metres(a: Place, b: Place): number | undefined {
  if ((a.datum ?? 'wgs84') !== (b.datum ?? 'wgs84')) return undefined;
  const [la, lb] = [radians(a.latitude_e7 / 1e7), radians(b.latitude_e7 / 1e7)];
  const half = (x: number) => Math.sin(x / 2) ** 2;
  const h = half(lb - la) + Math.cos(la) * Math.cos(lb) * half(radians((b.longitude_e7 - a.longitude_e7) / 1e7));
  return Math.round(2 * 6_371_008.8 * Math.asin(Math.sqrt(Math.min(1, h))));
}
