import { expect, it } from 'vitest';
import { amount, fen, percent, points, text, yuan } from './money';

it('money is counted in fen, not in floats', () => {
  expect(fen('0.29')).toBe(29n);
  expect(fen('1999')).toBe(199_900n);
  expect(fen('-0.5')).toBe(-50n);
  for (const wrong of ['', '1.', '1.001', 'abc', '1,000', null]) expect(fen(wrong)).toBe(undefined);
  expect(text(-50n)).toBe('-0.50');
  expect(yuan('1234567.80')).toBe('¥1,234,567.80');
  expect(yuan('-0.50')).toBe('−¥0.50');
});

it('a line comes to what the hub says', () => {
  expect(amount('2.375', '128.00', 0)).toBe(30_400n);
  expect(amount('1', '4999.99', 500)).toBe(474_999n);
  expect(amount('0.5', '0.01', 0)).toBe(1n);
  expect(amount('x', '1', 0)).toBe(undefined);
});

it('percent is typed as people say it', () => {
  expect([points('5'), points('66.67'), points(''), points('101'), points('x')]).toEqual([500, 6667, 0, undefined, undefined]);
  expect([percent(6667), percent(7000), percent(50)]).toEqual(['66.67', '70', '0.5']);
});
