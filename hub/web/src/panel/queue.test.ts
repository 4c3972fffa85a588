import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Keeper, Queue, type Sent, type Waiting } from './queue';

class Memory implements Keeper {
  kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
}

const scan = (key: string): Waiting => ({ key, station: 's', what: 'scan', payload: key, at: 0 });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('sends one at a time, in order, and forgets only what was answered', async () => {
  const seen: string[] = [];
  const queue = new Queue(
    new Memory(),
    async one => {
      seen.push(one.key);
      await Promise.resolve();
      return { kind: 'done' };
    },
    () => {},
  );
  for (const key of ['a', 'b', 'c']) queue.add(scan(key));
  await vi.runAllTimersAsync();
  expect(seen).toEqual(['a', 'b', 'c']);
  expect(queue.waiting).toEqual([]);
});

it('keeps everything while the edge is away, sends it in order later under the same keys, also after a reload', async () => {
  const memory = new Memory();
  const attempts: string[] = [];
  let away = true;
  const send = async (one: Waiting): Promise<Sent> => {
    attempts.push(one.key);
    return away ? { kind: 'away' } : { kind: 'done' };
  };
  const before = new Queue(memory, send, () => {});
  before.add(scan('a'));
  before.add(scan('b'));
  await vi.advanceTimersByTimeAsync(4000);
  expect(before.waiting.map(w => w.key)).toEqual(['a', 'b']);
  expect(new Set(attempts)).toEqual(new Set(['a']));

  away = false;
  attempts.length = 0;
  const after = new Queue(memory, send, () => {});
  after.nudge();
  await vi.advanceTimersByTimeAsync(1);
  expect(attempts).toEqual(['a', 'b']);
  expect(after.waiting).toEqual([]);
});

it('puts what is refused aside with the reason and goes on with the rest', async () => {
  const memory = new Memory();
  const queue = new Queue(
    memory,
    async one => (one.key === 'bad' && one.station === 's' ? { kind: 'refused', why: 'no such station' } : { kind: 'done' }),
    () => {},
  );
  queue.add(scan('bad'));
  queue.add(scan('good'));
  await vi.runAllTimersAsync();
  expect(queue.waiting).toEqual([]);
  expect(queue.refused.map(r => [r.key, r.why])).toEqual([['bad', 'no such station']]);
  queue.again('bad', 'other');
  await vi.runAllTimersAsync();
  expect(queue.refused).toEqual([]);
});

it('waits in place while the edge cannot take it', async () => {
  let busy = true;
  const queue = new Queue(
    new Memory(),
    async () => (busy ? { kind: 'busy', why: 'disk nearly full' } : { kind: 'done' }),
    () => {},
  );
  queue.add(scan('a'));
  await vi.advanceTimersByTimeAsync(100);
  expect([queue.state, queue.why, queue.waiting.length]).toEqual(['busy', 'disk nearly full', 1]);
  busy = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect([queue.state, queue.waiting.length]).toEqual(['idle', 0]);
});
