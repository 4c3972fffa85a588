import { expect, test } from 'vitest';
import { figures, figuresText, hundredths, type OptionModel, sizeOf, startOf, written, yuan } from './model';

test('money is told with its digits grouped, and read without a float', () => {
  expect([0, 5, 28_800, 123_456_789, -150].map(yuan)).toEqual(['0.00', '0.05', '288.00', '1,234,567.89', '−1.50']);
  expect(['288', '1,064.9', '￥99.05', '12.5%', '0.29'].map(hundredths)).toEqual([28_800, 106_490, 9_905, 1_250, 29]);
  expect(['', 'x', '1.005', '-1', '1e3', '1234567890'].map(hundredths)).toEqual(Array(6).fill(undefined));
  expect([0, 28_800, 106_490, 9_905, undefined].map(written)).toEqual(['0', '288', '1064.9', '99.05', '']);
});

test('figures are written as pairs', () => {
  expect(figures('price_per_m = 45; width＝1.45；bad; x = y')).toEqual({ price_per_m: '45', width: '1.45' });
  expect(figures(figuresText({ a: '1', b: '2.5' }))).toEqual({ a: '1', b: '2.5' });
});

test('a model begins with its defaults, a standard one with its first size', () => {
  const model: OptionModel = {
    title: '床',
    kind: 'standard',
    parameters: [
      { code: 'width', title: '宽', min: '1', max: '2' },
      { code: 'height', title: '高', min: '1', max: '2', default: '1.2' },
    ],
    sizes: [{ title: '1.5 m', values: { width: '1.5' } }],
    categories: [{ code: 'cloth', title: '布', default: 'linen', options: [{ code: 'linen', title: '麻' }] }],
    terms: [],
  };
  expect(startOf(model)).toEqual({ parameters: { width: '1.5', height: '1.2' }, options: { cloth: 'linen' } });
  expect(sizeOf(model.sizes ?? [], { width: '1.50' })?.title).toBe('1.5 m');
  expect(sizeOf(model.sizes ?? [], { width: '1.6' })).toBeUndefined();
});
