// Scans on their way to the edge. Each is written to the browser's storage before it is sent, has a key of its own, and leaves only
// when the edge has answered. The edge takes a key once, so that sending again after a lost answer doubles nothing; one goes at
// a time, so that their order is kept.

export interface Waiting {
  /** 32 hexadecimal digits; the edge takes it once. */
  key: string;
  station: string;
  /** `undo` names the scan to take back as its payload. */
  what: 'scan' | 'command' | 'undo';
  payload: string;
  symbology?: string;
  at: number;
}

export interface Refused extends Waiting {
  why: string;
}

/** What became of an attempt. */
export type Sent =
  | { kind: 'done' }
  /** Nobody answered, or the answer was lost. */
  | { kind: 'away' }
  /** The edge is there and cannot take it now. */
  | { kind: 'busy'; why: string }
  /** The edge will never take it. */
  | { kind: 'refused'; why: string };

export interface Keeper {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const QUEUE = 'qitao.queue';
const REFUSED = 'qitao.refused';
const FIRST_WAIT = 500;
const LONGEST_WAIT = 5000;

export class Queue {
  state: 'idle' | 'sending' | 'away' | 'busy' = 'idle';
  why = '';
  private wait = FIRST_WAIT;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly keep: Keeper,
    private readonly send: (one: Waiting) => Promise<Sent>,
    private readonly changed: () => void,
  ) {}

  get waiting(): Waiting[] {
    return this.read<Waiting>(QUEUE);
  }

  get refused(): Refused[] {
    return this.read<Refused>(REFUSED);
  }

  add(one: Waiting): void {
    this.write(QUEUE, [...this.waiting, one]);
    this.changed();
    void this.run();
  }

  /** Sends now instead of after the pause, because the edge seems to be back. */
  nudge(): void {
    if (this.state === 'sending') return;
    this.wait = FIRST_WAIT;
    void this.run();
  }

  /** Puts a refused one at the end of the queue again, under its own key, for a station. */
  again(key: string, station: string): void {
    const one = this.refused.find(r => r.key === key);
    if (!one) return;
    const { why: _, ...rest } = one;
    // First where it is going, then away from where it was: a crash between the two leaves it twice under one key.
    this.write(QUEUE, [...this.waiting, { ...rest, station }]);
    this.discard(key);
    void this.run();
  }

  discard(key: string): void {
    this.write(
      REFUSED,
      this.refused.filter(r => r.key !== key),
    );
    this.changed();
  }

  private async run(): Promise<void> {
    if (this.state === 'sending') return;
    clearTimeout(this.timer);
    for (;;) {
      const one = this.waiting[0];
      if (!one) {
        this.state = 'idle';
        break;
      }
      this.state = 'sending';
      const sent = await this.send(one).catch((): Sent => ({ kind: 'away' }));
      if (sent.kind === 'away' || sent.kind === 'busy') {
        this.state = sent.kind;
        this.why = sent.kind === 'busy' ? sent.why : '';
        this.timer = setTimeout(() => void this.run(), this.wait);
        this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
        break;
      }
      if (sent.kind === 'refused') this.write(REFUSED, [...this.refused.filter(r => r.key !== one.key), { ...one, why: sent.why }]);
      this.write(
        QUEUE,
        this.waiting.filter(w => w.key !== one.key),
      );
      this.wait = FIRST_WAIT;
      this.changed();
    }
    this.changed();
  }

  private read<T>(name: string): T[] {
    try {
      const kept: unknown = JSON.parse(this.keep.getItem(name) ?? '[]');
      return Array.isArray(kept) ? kept : [];
    } catch {
      return [];
    }
  }

  private write(name: string, rows: unknown[]): void {
    this.keep.setItem(name, JSON.stringify(rows));
  }
}
