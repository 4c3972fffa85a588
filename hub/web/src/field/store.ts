// What the page knows: who is here, the day, what waits. Views draw it.

import { freshKey } from '../shared/keys';
import { keepLang, type Lang, storedLang } from '../shared/lang';
import { applyTheme } from '../shared/tokens';
import { Database } from './db';
import * as hub from './hub';
import { type Act, after, type Doing, type FileKind, type Payload, type Ticket } from './model';
import { Outbox, type SentRow } from './outbox';
import { dictionaries, named } from './words';

const LOOK_MS = 60_000;

class Store {
  lang: Lang = storedLang();
  /** Nobody is signed in, as far as this phone knows. */
  stranger = false;
  /** The database is open and was read. */
  ready = false;
  away = false;
  sent: SentRow[] = [];
  /** Something that could not be kept. */
  fault = '';
  outbox!: Outbox;
  private db!: Database;
  private readonly told = new Set<() => void>();

  get t() {
    return dictionaries[this.lang];
  }

  get names() {
    return named[this.lang];
  }

  async start(): Promise<void> {
    applyTheme('system');
    hub.speak(this.lang);
    this.db = await Database.open();
    this.outbox = new Outbox(this.db, hub.deliver, () => void this.outboxChanged());
    await this.outbox.open();
    this.sent = await this.db.sent();
    this.ready = true;
    this.stranger = !this.outbox.day;
    this.tell();
    this.outbox.nudge();
    void this.look();
    addEventListener('online', () => void this.look());
    addEventListener('offline', () => this.tell());
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && void this.look());
    setInterval(() => void this.look(), LOOK_MS);
  }

  subscribe(draw: () => void): () => void {
    this.told.add(draw);
    return () => this.told.delete(draw);
  }

  tell(): void {
    for (const draw of this.told) draw();
  }

  speak(lang: Lang): void {
    this.lang = lang;
    keepLang(lang);
    hub.speak(lang);
    this.tell();
  }

  /** Looks whether the hub is there, sends what waits, and takes the day along. */
  async look(): Promise<void> {
    try {
      this.stranger = !(await hub.who());
      this.away = false;
      if (!this.stranger) {
        this.outbox.nudge();
        await this.outbox.keepDay(await hub.day());
      }
    } catch (fault) {
      this.away = !(fault instanceof hub.Refused);
      this.fault = fault instanceof hub.Refused ? fault.message : '';
    }
    this.tell();
  }

  async signIn(login: string, password: string, code: string): Promise<string> {
    try {
      await hub.signIn(login, password, code);
    } catch (fault) {
      return fault instanceof hub.Refused ? fault.message || this.t.wrongLogin : this.t.noHub;
    }
    await this.look();
    return '';
  }

  async signOut(): Promise<void> {
    const waiting = this.outbox.rows.length;
    if (waiting > 0 && !confirm(this.t.signOutHeld(waiting))) return;
    const next = await hub.signOut().catch(() => undefined);
    await this.db.clear();
    location.replace(next?.outside ?? '/field/');
  }

  /** Tickets as they will be when everything has arrived. */
  get tickets(): Ticket[] {
    return (this.outbox.day?.tickets ?? []).map(ticket => after(ticket, this.outbox.of(ticket.id)));
  }

  async act(ticket: number, act: Act, payload: Payload = {}, carton?: Doing['carton']): Promise<void> {
    await this.kept({ id: freshKey(), ticket, act, payload, made_ms: Date.now(), ...(carton ? { carton } : {}) });
  }

  async attach(ticket: number, file: FileKind, blob: Blob): Promise<void> {
    await this.kept({ id: freshKey(), ticket, file, made_ms: Date.now() }, blob);
  }

  private async kept(doing: Doing, blob?: Blob): Promise<void> {
    this.fault = '';
    try {
      await this.outbox.add(doing, blob);
    } catch (fault) {
      // Said aloud: what is not kept was not done.
      this.fault = String(fault);
      this.tell();
    }
  }

  private async outboxChanged(): Promise<void> {
    if (this.outbox.state === 'stranger') this.stranger = true;
    this.away = this.outbox.state === 'away' || (this.away && this.outbox.state !== 'sending');
    this.tell();
    this.sent = await this.db.sent();
    this.tell();
  }
}

export const store = new Store();
