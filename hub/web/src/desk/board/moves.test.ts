import { expect, test } from 'vitest';
import { columnsOf, moveOf, states } from './moves';

test('only taking a task back is done by hand', () => {
  for (const from of states)
    for (const to of states) {
      const withdraws = to === 'withdrawn' && (from === 'open' || from === 'started');
      expect(moveOf(from, to, true) === 'withdraws', `${from} → ${to}`).toBe(withdraws);
    }
});

test('a card that may not move says why', () => {
  expect(moveOf('open', 'started', true)).toBe('follows_scans');
  expect(moveOf('finished', 'withdrawn', true)).toBe('is_over');
  expect(moveOf('withdrawn', 'open', true)).toBe('is_over');
  expect(moveOf('open', 'withdrawn', false)).toBe('no_right');
  expect(moveOf('open', 'open', false)).toBe('stays');
});

test('a filter by state leaves its columns, in their order', () => {
  expect(columnsOf('')).toEqual(states);
  expect(columnsOf('started,open')).toEqual(['open', 'started']);
});
