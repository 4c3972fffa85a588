import { expect, it } from 'vitest';
import { barPath, bars } from './code128';

it('gives every symbol eleven modules and the stop thirteen', () => {
  for (const text of ['QT-OK', 'QT-UNDO', 'QT-TASK-PK-000456', '12345678', '1234AB']) {
    const total = bars(text).reduce((a, b) => a + b, 0);
    expect((total - 13) % 11).toBe(0);
    expect(barPath(text).width).toBe(total + 20);
  }
});

it('encodes a known symbol', () => {
  // Start B, P, J, 1, check 54 … the widely printed example "PJJ123C" has check value 55.
  const widths = bars('PJJ123C').join('');
  expect(widths.startsWith('211214')).toBe(true);
  expect(widths.endsWith('2331112')).toBe(true);
  expect(widths.length).toBe(6 * 9 + 7);
});

it('refuses what it cannot hold', () => {
  expect(() => bars('中')).toThrow(RangeError);
});
