import { describe, expect, it } from 'vitest';
import { after, type Day, type Doing, metres, missing, next, plain, scanned, type Ticket } from './model';
import { type Keeper, merged, Outbox, type Row, type SentRow, type Told } from './outbox';

function ticket(more: Partial<Ticket> = {}): Ticket {
  return {
    id: 1,
    code: 'S000001',
    kind: 'delivery_install',
    fault: '',
    state: 'dispatched',
    version: 2,
    appointed_ms: null,
    due_ms: null,
    done_ms: null,
    needs: { photos: 1, signature: true, cartons: true },
    photos: 0,
    signatures: 0,
    cartons: [
      {
        item: 7,
        item_code: 'YG',
        item_name: '衣柜',
        carton: 1,
        of: 2,
        expected: 1,
        scanned: 0,
        codes: ['YG/1-2', '8006069012345678920102'],
      },
      { item: 7, item_code: 'YG', item_name: '衣柜', carton: 2, of: 2, expected: 1, scanned: 0, codes: ['YG/2-2'] },
    ],
    ...more,
  };
}
const day = (...tickets: Ticket[]): Day => ({ now_ms: 0, name: '赵', tickets, choices: { faults: [] }, far_m: 500 });

/** A phone's memory that outlives its page. */
class Memory implements Keeper {
  kept: Day | undefined;
  box: Row[] = [];
  gone: SentRow[] = [];
  private n = 0;
  day = async () => this.kept;
  rows = async () => structuredClone(this.box);
  sent = async () => this.gone;
  async keepDay(of: Day) {
    this.kept = structuredClone(of);
  }
  async add(row: Omit<Row, 'n'>) {
    this.n += 1;
    this.box.push({ ...row, n: this.n });
    return this.n;
  }
  async change(rows: Row[]) {
    this.box = this.box.map(row => rows.find(r => r.n === row.n) ?? row);
  }
  async done(n: number, sent?: SentRow, of?: Day) {
    this.box = this.box.filter(row => row.n !== n);
    if (sent) this.gone.push(sent);
    if (of) this.kept = structuredClone(of);
  }
  async clear() {
    [this.kept, this.box, this.gone] = [undefined, [], []];
  }
}

/** A hub as the real one answers: each id once, versions in turn. Answers can be lost. */
class Hub {
  readonly applied = new Map<string, number>();
  readonly done: string[] = [];
  online = true;
  loses = false;
  constructor(readonly tickets: Map<number, Ticket>) {}
  send = async (row: Row): Promise<Told> => {
    if (!this.online) return { kind: 'away' };
    const told = this.take(row);
    return this.loses ? { kind: 'away' } : told;
  };
  private take(row: Row): Told {
    const of = this.tickets.get(row.ticket);
    if (!of) return { kind: 'refused', why: 'no ticket' };
    if (this.applied.has(row.id)) return { kind: 'done', ticket: structuredClone(of) };
    if (row.file) {
      this.applied.set(row.id, 0);
      this.done.push(row.file);
      return { kind: 'done' };
    }
    if (row.version !== of.version) return { kind: row.version < of.version ? 'conflict' : 'blocked', ticket: structuredClone(of) };
    const then = after(of, [row]);
    if (then === of) return { kind: 'refused', why: 'not legal', ticket: structuredClone(of) };
    this.tickets.set(of.id, then);
    this.applied.set(row.id, then.version);
    this.done.push(row.act ?? '');
    return { kind: 'done', ticket: structuredClone(then) };
  }
}

let ids = 0;
const doing = (act: Doing['act'], more: Partial<Doing> = {}): Doing => {
  ids += 1;
  return { id: String(ids).padStart(32, '0'), ticket: 1, act, made_ms: ids, ...more };
};
const settled = async (box: Outbox) => {
  for (let n = 0; n < 200 && box.state === 'sending'; n += 1) await new Promise(done => setTimeout(done, 0));
};

describe('the outbox', () => {
  it('sends what was done once and in order, though the page ends after each step and answers are lost', async () => {
    const memory = new Memory();
    const hub = new Hub(new Map([[1, ticket()]]));
    hub.online = false;
    const steps: [Doing['act'], Partial<Doing>?][] = [
      ['accept'],
      ['appoint', { payload: { appointed_ms: 5 } }],
      ['check_in'],
      ['scan', { carton: { item: 7, carton: 1 } }],
      [undefined, { file: 'photo' }],
      ['complete'],
    ];
    await new Outbox(memory, hub.send, () => undefined).keepDay(day(ticket()));
    for (const [act, more] of steps) {
      const page = new Outbox(memory, hub.send, () => undefined);
      await page.open();
      await page.add(doing(act, more));
      await settled(page);
    }
    expect(memory.box.map(row => row.version)).toEqual([2, 3, 4, 5, 6, 6]);
    hub.online = true;
    for (hub.loses = true; memory.box.length; hub.loses = !hub.loses) {
      const page = new Outbox(memory, hub.send, () => undefined);
      await page.open();
      page.nudge();
      await settled(page);
    }
    expect(hub.done).toEqual(['accept', 'appoint', 'check_in', 'scan', 'photo', 'complete']);
    expect(hub.tickets.get(1)?.state).toBe('completed');
    expect(memory.kept?.tickets[0]).toMatchObject({ state: 'completed', version: 7 });
    expect(memory.gone).toHaveLength(6);
  });

  it('holds up the ticket of a conflict alone, and goes on from what it is now', async () => {
    const memory = new Memory();
    const hub = new Hub(
      new Map([
        [1, ticket({ version: 5 })],
        [2, ticket({ id: 2 })],
      ]),
    );
    const page = new Outbox(memory, hub.send, () => undefined);
    hub.online = false;
    await page.keepDay(day(ticket(), ticket({ id: 2 })));
    for (const of of [1, 2]) {
      await page.add(doing('accept', { ticket: of }));
      await page.add(doing('appoint', { ticket: of, payload: { appointed_ms: 5 } }));
    }
    await settled(page);
    hub.online = true;
    page.nudge();
    await settled(page);
    expect(page.rows.map(row => [row.ticket, row.act, row.state])).toEqual([
      [1, 'accept', 'conflict'],
      [1, 'appoint', 'waiting'],
    ]);
    expect(page.day?.tickets[0]?.version).toBe(5);
    await page.rebase(1);
    await settled(page);
    expect(hub.done).toEqual(['accept', 'appoint', 'accept', 'appoint']);
    expect(page.rows).toEqual([]);
  });

  it('tells what the hub refused, and goes on without it', async () => {
    const memory = new Memory();
    const hub = new Hub(new Map([[1, ticket({ state: 'on_site' })]]));
    const page = new Outbox(memory, hub.send, () => undefined);
    await page.keepDay(day(ticket({ state: 'on_site' })));
    hub.online = false;
    await page.add(doing('appoint'));
    await page.add(doing('complete'));
    await settled(page);
    hub.online = true;
    page.nudge();
    await settled(page);
    expect(page.rows[0]).toMatchObject({ state: 'refused', why: 'not legal' });
    await page.drop(page.rows[0]?.n ?? 0);
    await settled(page);
    expect(hub.done).toEqual(['complete']);
  });

  it('keeps what it knows better than a late answer', () => {
    const known = day(ticket({ version: 9, state: 'on_site' }));
    expect(merged(known, day(ticket({ version: 8 }), ticket({ id: 2 }))).tickets.map(t => t.version)).toEqual([9, 2]);
  });
});

describe('a ticket on the phone', () => {
  it('moves as the hub moves it', () => {
    expect(next(ticket(), 'accept')).toBe('accepted');
    expect(next(ticket(), 'complete')).toBeUndefined();
    expect(next(ticket({ kind: 'after_sales', state: 'on_site' }), 'after_sales')).toBeUndefined();
    expect(after(ticket(), [doing('complete')])).toEqual(ticket());
  });

  it('is complete when nothing is missing', () => {
    expect(missing(ticket())).toEqual(['photos', 'signature', 'cartons']);
    const done = after(ticket({ state: 'on_site' }), [
      doing(undefined, { file: 'photo' }),
      doing(undefined, { file: 'signature' }),
      doing('scan', { carton: { item: 7, carton: 1 } }),
      doing('scan', { carton: { item: 7, carton: 2 } }),
    ]);
    expect(missing(done)).toEqual([]);
  });

  it('knows its cartons by every label, and no others', () => {
    const of = ticket({ state: 'on_site' });
    for (const code of ['YG/1-2', ' YG/1-2/L7', '(8006)069012345678920102', ']C18006069012345678920102'])
      expect(scanned(of, code)).toMatchObject({ kind: 'right', carton: { carton: 1 } });
    expect(scanned(of, 'YG/3-2').kind).toBe('wrong');
    expect(scanned(after(of, [doing('scan', { carton: { item: 7, carton: 1 } })]), 'YG/1-2').kind).toBe('twice');
    expect(plain('6901234567892')).toBe('06901234567892');
  });

  it('measures like the hub', () => {
    const here = { latitude_e7: 312_304_160, longitude_e7: 1_214_737_010 };
    expect(metres(here, { ...here, latitude_e7: here.latitude_e7 + 90_000 })).toBe(1001);
    expect(metres(here, { ...here, datum: 'gcj02' })).toBeUndefined();
  });
});
