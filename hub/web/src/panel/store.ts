// What the panel knows: the edge's state, the chosen station, what waits to be sent. Views draw it, events change it.

import { freshKey } from '../shared/keys';
import { keepLang, type Lang, storedLang } from '../shared/lang';
import { signal, wakeSound } from '../shared/sounds';
import { applyTheme, type Theme } from '../shared/tokens';
import type { Tone } from '../shared/verdict';
import {
  type Answer,
  deliver,
  type EdgeState,
  moveJob,
  type PrintJob,
  readJobs,
  readState,
  reprintJob,
  type ScanView,
  type StationView,
  settleJob,
  tokenOf,
} from './edge';
import { Queue } from './queue';
import { Wedge } from './wedge';
import { dictionaries } from './words';

/** For keys that were pressed and not heard yet. */
const SETTLE_MS = 30;
const POLL_MS = 10_000;
const POLL_AWAY_MS = 1500;

export interface Flash {
  scan: string;
  tone: Tone;
}

class Store {
  lang: Lang = storedLang();
  theme = (localStorage.getItem('qitao.theme') as Theme | null) ?? 'system';
  isDark = applyTheme(this.theme);
  sound = localStorage.getItem('qitao.sound') !== 'off';
  stationId = localStorage.getItem('qitao.station');
  edge: EdgeState | null = null;
  away = false;
  /** The station has been answered as unknown by the edge. */
  gone = false;
  flash: Flash | null = null;
  jobs: PrintJob[] = [];
  notice = '';
  readonly wedge = new Wedge();
  readonly queue: Queue;
  private readonly seen = new Set<string>();
  private readonly told = new Set<() => void>();
  private source: EventSource | null = null;
  private poll: ReturnType<typeof setTimeout> | undefined;
  private idle: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.queue = new Queue(
      localStorage,
      one => deliver(one, answer => this.answered(answer)),
      () => this.queueChanged(),
    );
  }

  get t() {
    return dictionaries[this.lang];
  }

  get station(): StationView | null {
    return this.known(this.stationId) ?? this.unused(this.stationId);
  }

  private known(id: string | null): StationView | null {
    return this.edge?.stations.find(s => s.id === id) ?? null;
  }

  /** A station of this browser that has not scanned yet is not in the edge's list. */
  private unused(id: string | null): StationView | null {
    if (!id || !tokenOf(id)) return null;
    return {
      id,
      name: localStorage.getItem(`qitao.name.${id}`) ?? id,
      prompt: { ask: 'scan_badge' },
      last: [],
      counts: { right: 0, wrong: 0 },
    };
  }

  /** Stations that this browser may use: those with a scanner, and its own. */
  get choices(): StationView[] {
    return (this.edge?.stations ?? []).filter(s => s.device || tokenOf(s.id));
  }

  subscribe(told: () => void): () => void {
    this.told.add(told);
    return () => this.told.delete(told);
  }

  changed(): void {
    for (const told of this.told) told();
  }

  start(): void {
    keepLang(this.lang);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.setTheme(this.theme));
    this.listen();
    void this.refresh();
    this.queue.nudge();
    addEventListener('online', () => this.back());
    document.addEventListener('visibilitychange', () => document.hidden || this.back());
  }

  setLang(lang: Lang): void {
    this.lang = lang;
    keepLang(lang);
    this.changed();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    localStorage.setItem('qitao.theme', theme);
    this.isDark = applyTheme(theme);
    this.changed();
  }

  setSound(on: boolean): void {
    this.sound = on;
    localStorage.setItem('qitao.sound', on ? 'on' : 'off');
    this.changed();
  }

  choose(station: string | null): void {
    this.stationId = station;
    this.gone = false;
    if (station) localStorage.setItem('qitao.station', station);
    else localStorage.removeItem('qitao.station');
    this.seen.clear();
    this.remember(this.station);
    this.listen();
    void this.refresh();
    this.changed();
  }

  scan(payload: string, symbology?: string): void {
    if (!this.stationId) return;
    wakeSound();
    this.queue.add({ key: freshKey(), station: this.stationId, what: 'scan', payload, symbology, at: Date.now() });
    if (this.away || this.queue.state === 'away') signal('attention', this.sound);
  }

  /** Takes one scan back. */
  undo(scan: string): void {
    if (!this.stationId) return;
    this.queue.add({ key: freshKey(), station: this.stationId, what: 'undo', payload: scan, at: Date.now() });
  }

  command(command: string): void {
    if (!this.stationId) return;
    this.queue.add({ key: freshKey(), station: this.stationId, what: 'command', payload: command, at: Date.now() });
  }

  /** The edge's answer to something sent from here. */
  answered({ scan, station }: Answer): void {
    this.away = false;
    if (station) this.putStation(station);
    if (scan) this.verdict(scan, station?.id ?? this.stationId);
    this.changed();
  }

  /** A key anywhere on the page. Answers whether it was taken. */
  key(event: KeyboardEvent): void {
    if (!this.stationId || inField(event.target)) return;
    const taken = this.wedge.press(event, event.timeStamp);
    if (taken.kind === 'pass') return;
    event.preventDefault();
    event.stopPropagation();
    if (taken.kind === 'scan') this.scan(taken.payload);
    this.awaitIdle();
    this.changed();
  }

  /** Text that arrived in the catcher without keys. */
  typed(text: string): void {
    for (const payload of this.wedge.type(text, performance.now())) this.scan(payload);
    this.awaitIdle();
    this.changed();
  }

  private awaitIdle(): void {
    clearTimeout(this.idle);
    const end = () => {
      const payload = this.wedge.idle(performance.now());
      if (payload) this.scan(payload);
      this.changed();
    };
    // A page that stood still finds its timer due before the keys that came meanwhile: these are heard first, and begin the wait anew.
    this.idle = setTimeout(() => {
      this.idle = setTimeout(end, SETTLE_MS);
    }, this.wedge.idleMs);
  }

  async refresh(): Promise<void> {
    clearTimeout(this.poll);
    try {
      const state = await readState();
      const first = this.edge === null;
      const wasAway = this.away;
      const known = new Map(this.edge?.stations.map(s => [s.id, s]));
      const newest = (view: StationView) => {
        const before = known.get(view.id);
        return before && isOvertaken(view, before) ? before : view;
      };
      this.edge = { ...state, stations: state.stations.map(newest) };
      this.away = false;
      if (state.printers?.length) void this.readPrinting();
      this.gone = this.stationId !== null && !this.station;
      if (first) this.remember(this.station);
      else for (const scan of [...(this.station?.last ?? [])].reverse()) this.verdict(scan, this.stationId, wasAway);
      if (wasAway) this.back();
    } catch {
      this.away = true;
    }
    this.poll = setTimeout(() => void this.refresh(), this.away ? POLL_AWAY_MS : POLL_MS);
    this.changed();
  }

  /** The edge may be there again: ask it, send what waits, listen anew. */
  private back(): void {
    this.queue.nudge();
    if (!this.source || this.source.readyState === EventSource.CLOSED) this.listen();
    if (this.away) void this.refresh();
  }

  settle(job: PrintJob, printed: number): Promise<void> {
    return this.printing(() => settleJob(job, printed));
  }

  reprint(job: PrintJob): Promise<void> {
    return this.printing(() => reprintJob(job.number));
  }

  /** Takes all that waits for a printer to another one. */
  movePrinting(from: string, to: string): Promise<void> {
    const waiting = this.jobs.filter(j => j.printer === from && j.state.state === 'queued');
    return this.printing(async () => {
      for (const job of waiting.reverse()) await moveJob(job.number, to);
    });
  }

  private async printing(decide: () => Promise<void>): Promise<void> {
    try {
      await decide();
    } catch (refused) {
      this.notice = refused instanceof Error ? refused.message : String(refused);
    }
    await this.readPrinting();
  }

  private async readPrinting(): Promise<void> {
    this.jobs = await readJobs().catch(() => this.jobs);
    this.changed();
  }

  private listen(): void {
    this.source?.close();
    const station = this.stationId ? `?station=${encodeURIComponent(this.stationId)}` : '';
    const source = new EventSource(`/api/events${station}`);
    this.source = source;
    const on = <T>(name: string, take: (data: T) => void) =>
      source.addEventListener(name, event => {
        try {
          take(JSON.parse((event as MessageEvent<string>).data));
        } catch {
          return;
        }
        this.changed();
      });
    on<StationView>('state', view => this.putStation(view));
    on<ScanView & { station?: string }>('verdict', scan => this.verdict(scan, scan.station ?? this.stationId));
    on<EdgeState['link']>('link', link => {
      if (this.edge) this.edge = { ...this.edge, link: { ...this.edge.link, ...link } };
    });
    on('print', () => void this.readPrinting());
    source.onopen = () => {
      if (this.away) void this.refresh();
      this.queue.nudge();
    };
    source.onerror = () => {
      if (this.source !== source) return;
      clearTimeout(this.poll);
      this.poll = setTimeout(() => void this.refresh(), 200);
    };
  }

  private putStation(view: StationView): void {
    if (!this.edge) return;
    const known = this.edge.stations.find(s => s.id === view.id);
    if (known && isOvertaken(view, known)) return;
    this.edge = {
      ...this.edge,
      stations: known ? this.edge.stations.map(s => (s.id === view.id ? view : s)) : [...this.edge.stations, view],
    };
  }

  /** Everything already there when the page opened is not news. */
  private remember(view: StationView | null): void {
    for (const scan of view?.last ?? []) this.seen.add(scan.scan);
  }

  private verdict(scan: ScanView, station: string | null, quietly = false): void {
    if (station !== this.stationId || this.seen.has(scan.scan)) return;
    this.seen.add(scan.scan);
    const view = this.station;
    if (view && !view.last.some(s => s.scan === scan.scan)) this.putStation({ ...view, last: [scan, ...view.last].slice(0, 20) });
    if (quietly) return;
    this.flash = { scan: scan.scan, tone: scan.tone };
    signal(scan.tone, this.sound);
  }

  private queueChanged(): void {
    if (this.queue.state === 'away' && !this.away) {
      this.away = true;
      void this.refresh();
    }
    this.changed();
  }
}

/** News and answers travel apart: a view whose last scan is not the last one known any more was overtaken by a newer view. */
export function isOvertaken(view: StationView, known: StationView): boolean {
  const last = view.last[0]?.scan;
  return known.last.findIndex(s => s.scan === last) > 0;
}

/** A real field keeps its keys; the catcher is none. */
function inField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement) || target.id === 'catcher') return false;
  return (
    target.isContentEditable ||
    target.matches('textarea, select, input:not([type=button], [type=submit], [type=checkbox], [type=radio], [type=file])')
  );
}

export const store = new Store();
