// What was done and has not arrived yet. Each is written to the phone before anything else happens, has an id of its own under which the hub
// takes it once, and leaves only when the hub has answered. Those of a ticket go one after the other; one that the hub does not take holds
// up the later ones of its ticket, and only those.

import type { Day, Doing, Ticket } from './model';

export type RowState = 'waiting' | 'conflict' | 'refused';

export interface Row extends Doing {
  /** The order in which it was done. */
  n: number;
  /** The version that it was made from; files have none. */
  version: number;
  state: RowState;
  /** Why the hub refused it, in its words. */
  why?: string;
  blob?: Blob;
}

export interface SentRow {
  id: string;
  ticket: number;
  act?: string;
  file?: string;
  made_ms: number;
  sent_ms: number;
}

/** What is kept over the end of the page; each call is one transaction. */
export interface Keeper {
  day(): Promise<Day | undefined>;
  keepDay(day: Day): Promise<void>;
  rows(): Promise<Row[]>;
  /** Adds a row; its number. */
  add(row: Omit<Row, 'n'>): Promise<number>;
  /** Writes rows that are there; those that are gone stay gone. */
  change(rows: Row[]): Promise<void>;
  /** Takes a row away; writes it down as sent where it was, and the day with it. */
  done(n: number, sent?: SentRow, day?: Day): Promise<void>;
  sent(): Promise<SentRow[]>;
  clear(): Promise<void>;
}

/** What the hub said. */
export type Told =
  | { kind: 'done'; version?: number; ticket?: Ticket }
  | { kind: 'conflict' | 'blocked'; ticket?: Ticket }
  | { kind: 'refused'; why: string; ticket?: Ticket }
  /** Nobody answered, or the answer was lost. */
  | { kind: 'away' }
  /** The hub is there and does not know who asks. */
  | { kind: 'stranger' };

const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 60_000;

/** A day in which a ticket is as the hub has it now. An older answer that comes late changes nothing; whoever sees it no more has it no more. */
export function withTicket(day: Day, id: number, ticket: Ticket | undefined, isGone: boolean): Day {
  if (!ticket) return isGone ? { ...day, tickets: day.tickets.filter(t => t.id !== id) } : day;
  return { ...day, tickets: day.tickets.map(t => (t.id === id && ticket.version >= t.version ? ticket : t)) };
}

/** A new day; tickets of which the phone knows something newer stay so. */
export function merged(was: Day | undefined, now: Day): Day {
  const known = new Map(was?.tickets.map(t => [t.id, t]));
  const newer = (t: Ticket) => {
    const kept = known.get(t.id);
    return kept && kept.version > t.version ? kept : t;
  };
  return { ...now, tickets: now.tickets.map(newer) };
}

export class Outbox {
  state: 'idle' | 'sending' | 'away' | 'stranger' = 'idle';
  day: Day | undefined;
  rows: Row[] = [];
  sending: number | undefined;
  private wait = FIRST_WAIT;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private again = false;

  constructor(
    private readonly keep: Keeper,
    private readonly send: (row: Row) => Promise<Told>,
    private readonly changed: () => void,
    private readonly now: () => number = Date.now,
  ) {}

  async open(): Promise<void> {
    [this.day, this.rows] = [await this.keep.day(), await this.keep.rows()];
    this.changed();
  }

  async keepDay(day: Day): Promise<void> {
    this.day = merged(this.day, day);
    await this.keep.keepDay(this.day);
    this.changed();
  }

  of(ticket: number): Row[] {
    return this.rows.filter(row => row.ticket === ticket);
  }

  /** Writes down what was done. It is safe when this comes back. */
  async add(doing: Doing, blob?: Blob): Promise<void> {
    const base = this.day?.tickets.find(t => t.id === doing.ticket)?.version ?? 0;
    const version = base + this.of(doing.ticket).filter(row => row.act).length;
    const row = { ...doing, version, state: 'waiting' as const, ...(blob ? { blob } : {}) };
    const n = await this.keep.add(row);
    this.rows = [...this.rows, { ...row, n }];
    this.changed();
    void this.run();
  }

  /** Makes all that was done with a ticket anew from what it is now. */
  async rebase(ticket: number): Promise<void> {
    let version = this.day?.tickets.find(t => t.id === ticket)?.version ?? 0;
    const anew = this.of(ticket).map(row => {
      const { why: _, ...rest } = row;
      const made: Row = { ...rest, state: 'waiting', version };
      if (row.act) version += 1;
      return made;
    });
    await this.write(anew);
    void this.run();
  }

  /** Does without one, and makes the later ones of its ticket from what is left. */
  async drop(n: number): Promise<void> {
    const row = this.rows.find(r => r.n === n);
    if (!row || n === this.sending) return;
    await this.keep.done(n);
    this.rows = this.rows.filter(r => r.n !== n);
    await this.rebase(row.ticket);
  }

  /** Sends now instead of after the pause. */
  nudge(): void {
    this.wait = FIRST_WAIT;
    void this.run();
  }

  /** The first row that may go: none before it of its ticket is held up. */
  private first(): Row | undefined {
    const held = new Set<number>();
    return this.rows.find(row => {
      if (row.state !== 'waiting') held.add(row.ticket);
      return !held.has(row.ticket);
    });
  }

  private async run(): Promise<void> {
    if (this.state === 'sending') {
      this.again = true;
      return;
    }
    clearTimeout(this.timer);
    const rebased = new Set<number>();
    for (let row = this.first(); ; row = this.first()) {
      this.again = false;
      if (!row) {
        this.state = 'idle';
        break;
      }
      [this.state, this.sending] = ['sending', row.n];
      this.changed();
      const told = await this.send(row).catch((): Told => ({ kind: 'away' }));
      this.sending = undefined;
      if (told.kind === 'away' || told.kind === 'stranger') {
        this.state = told.kind;
        this.timer = setTimeout(() => void this.run(), this.wait);
        this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
        break;
      }
      this.wait = FIRST_WAIT;
      if (told.kind === 'done') await this.arrived(row, told.ticket);
      else {
        if (this.day) await this.put(withTicket(this.day, row.ticket, told.ticket, told.kind === 'refused'));
        if (told.kind === 'blocked' && !rebased.has(row.ticket)) {
          // The phone counted wrong, as after one that was given up: from what the ticket is now it is in its turn.
          rebased.add(row.ticket);
          this.state = 'idle';
          await this.rebase(row.ticket);
          return;
        }
        const why = told.kind === 'refused' ? { why: told.why } : {};
        await this.write([{ ...row, state: told.kind === 'refused' ? 'refused' : 'conflict', ...why }]);
      }
    }
    this.changed();
    if (this.again) void this.run();
  }

  private async arrived(row: Row, ticket: Ticket | undefined): Promise<void> {
    const { n, id, ticket: of, act, file, made_ms } = row;
    let day = this.day && withTicket(this.day, of, ticket, Boolean(act));
    if (day && file) {
      const more = { photos: +(file === 'photo'), signatures: +(file === 'signature') };
      const grown = (t: Ticket) => (t.id === of ? { ...t, photos: t.photos + more.photos, signatures: t.signatures + more.signatures } : t);
      day = { ...day, tickets: day.tickets.map(grown) };
    }
    await this.keep.done(n, { id, ticket: of, act, file, made_ms, sent_ms: this.now() }, day);
    this.day = day;
    this.rows = this.rows.filter(r => r.n !== n);
    this.changed();
  }

  private async put(day: Day): Promise<void> {
    this.day = day;
    await this.keep.keepDay(day);
  }

  private async write(rows: Row[]): Promise<void> {
    const anew = new Map(rows.map(row => [row.n, row]));
    this.rows = this.rows.map(row => anew.get(row.n) ?? row);
    await this.keep.change(rows);
    this.changed();
  }
}
