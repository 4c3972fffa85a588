import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Refusal } from '../api';
import { knownBy } from './known';

interface Row {
  id: number;
  name: string;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const row = (id: string): Row => ({ id: Number(id), name: `site ${id}` });

test('rows wanted in the same moment are asked for together, and once', async () => {
  const asked: string[] = [];
  const known = knownBy<Row>(async ids => {
    asked.push(ids);
    return ids.split(',').map(row);
  });
  expect([known.of(1), known.of(2), known.of('2'), known.of(null), known.of('')]).toEqual(Array(5).fill(undefined));
  await vi.advanceTimersByTimeAsync(10);
  expect(known.of('1')?.name).toBe('site 1');
  expect(known.of(2)?.name).toBe('site 2');
  await vi.advanceTimersByTimeAsync(10);
  expect(asked).toEqual(['1,2']);
});

test('many are asked for in several requests', async () => {
  const asked: number[] = [];
  const known = knownBy<Row>(async ids => {
    asked.push(ids.split(',').length);
    return [];
  });
  for (let id = 0; id < 250; id++) known.of(id + 1);
  await vi.advanceTimersByTimeAsync(10);
  expect(asked).toEqual([100, 100, 50]);
});

test('what is not there or may not be seen is not asked for again; what the network swallowed is', async () => {
  let answer: () => Promise<Row[]> = async () => [];
  let asked = 0;
  const known = knownBy<Row>(() => {
    asked += 1;
    return answer();
  });
  known.of(1);
  await vi.advanceTimersByTimeAsync(10);
  answer = () => Promise.reject(new Refusal({ status: 403, title: '', rule: 'role' } as Refusal['problem']));
  known.of(2);
  await vi.advanceTimersByTimeAsync(10);
  known.of(1);
  known.of(2);
  await vi.advanceTimersByTimeAsync(10);
  expect(asked).toBe(2);
  answer = () => Promise.reject(new TypeError('away'));
  known.of(3);
  await vi.advanceTimersByTimeAsync(10);
  known.of(3);
  await vi.advanceTimersByTimeAsync(10);
  expect(asked).toBe(4);
});

test('what is old is asked for again and shown meanwhile; what was forgotten is not shown', async () => {
  let now = 0;
  let name = 'old';
  const known = knownBy<Row>(
    async () => [{ id: 1, name }],
    () => now,
  );
  known.of(1);
  await vi.advanceTimersByTimeAsync(10);
  name = 'new';
  now = 400_000;
  expect(known.of(1)?.name).toBe('old');
  await vi.advanceTimersByTimeAsync(10);
  expect(known.of(1)?.name).toBe('new');
  known.forget();
  expect(known.of(1)).toBeUndefined();
});
