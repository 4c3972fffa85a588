// The phone's own database: the day, what was done and not sent, and what was sent. It outlives the page, the browser and the battery.

import type { Day } from './model';
import type { Keeper, Row, SentRow } from './outbox';

const MOST_SENT = 200;

const asked = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export class Database implements Keeper {
  private constructor(private readonly db: IDBDatabase) {}

  static async open(): Promise<Database> {
    const request = indexedDB.open('qitao-field', 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('kept');
      request.result.createObjectStore('outbox', { keyPath: 'n', autoIncrement: true });
      request.result.createObjectStore('sent', { keyPath: 'id' });
    };
    const db = await asked(request);
    // Asked for once, a phone does not throw it away when it runs short of room.
    void navigator.storage?.persist?.();
    return new Database(db);
  }

  /** Does something in one transaction; it is on disk when this comes back. */
  private async within<T>(stores: string[], mode: IDBTransactionMode, work: (tx: IDBTransaction) => Promise<T>): Promise<T> {
    const tx = this.db.transaction(stores, mode, { durability: 'strict' });
    const ended = new Promise<void>((resolve, reject) => {
      tx.oncomplete = () => resolve();
      tx.onabort = tx.onerror = () => reject(tx.error);
    });
    const result = await work(tx);
    await ended;
    return result;
  }

  day(): Promise<Day | undefined> {
    return this.within(['kept'], 'readonly', tx => asked(tx.objectStore('kept').get('day')));
  }

  async keepDay(day: Day): Promise<void> {
    await this.within(['kept'], 'readwrite', tx => asked(tx.objectStore('kept').put(day, 'day')));
  }

  rows(): Promise<Row[]> {
    return this.within(['outbox'], 'readonly', tx => asked(tx.objectStore('outbox').getAll()));
  }

  add(row: Omit<Row, 'n'>): Promise<number> {
    return this.within(['outbox'], 'readwrite', async tx => Number(await asked(tx.objectStore('outbox').add(row))));
  }

  async change(rows: Row[]): Promise<void> {
    await this.within(['outbox'], 'readwrite', async tx => {
      const outbox = tx.objectStore('outbox');
      for (const row of rows) if ((await asked(outbox.count(row.n))) > 0) await asked(outbox.put(row));
    });
  }

  async done(n: number, sent?: SentRow, day?: Day): Promise<void> {
    await this.within(['outbox', 'sent', 'kept'], 'readwrite', async tx => {
      await asked(tx.objectStore('outbox').delete(n));
      if (day) await asked(tx.objectStore('kept').put(day, 'day'));
      if (!sent) return;
      const store = tx.objectStore('sent');
      await asked(store.put(sent));
      const all: SentRow[] = await asked(store.getAll());
      const old = all.sort((a, b) => b.sent_ms - a.sent_ms).slice(MOST_SENT);
      for (const one of old) await asked(store.delete(one.id));
    });
  }

  sent(): Promise<SentRow[]> {
    return this.within(['sent'], 'readonly', tx => asked(tx.objectStore('sent').getAll()));
  }

  async clear(): Promise<void> {
    await this.within(['kept', 'outbox', 'sent'], 'readwrite', async tx => {
      for (const store of ['kept', 'outbox', 'sent']) await asked(tx.objectStore(store).clear());
    });
  }
}
