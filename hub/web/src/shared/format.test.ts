import { expect, it } from 'vitest';
import { bytes, difference, quantity, ranges, relative, stretch } from './format';

it('groups thousands and keeps every decimal', () => {
  expect(quantity('1234567.125')).toBe('1,234,567.125');
  expect(quantity('-1200')).toBe('−1,200');
  expect(quantity(undefined)).toBe('0');
});

it('subtracts decimal texts exactly', () => {
  expect(difference('0.3', '0.1')).toBe('0.2');
  expect(difference('5', '7')).toBe('-2');
  expect(difference('1', '1.001')).toBe('-0.001');
  expect(difference('-2', '-2')).toBe('0');
});

it('says times in both languages', () => {
  expect(relative(0, 180_000, 'zh-CN')).toBe('3分钟前');
  expect(relative(0, 1000, 'zh-CN')).toBe('刚刚');
  expect(relative(0, 7_200_000, 'en')).toMatch(/2 hr\. ago/);
  expect(stretch(90, 'en')).toBe('90 ms');
  expect(stretch(5_400_000, 'zh-CN')).toBe('2 小时');
  expect(bytes(5_368_709_120)).toBe('5.0 GB');
});

it('says three numbers in a row and more as one stretch', () => {
  expect(ranges([7, 1, 2, 3, 5, 6], '、')).toBe('1–3、5–7');
  expect(ranges([3, 5], ', ')).toBe('3, 5');
  expect(ranges([], ', ')).toBe('');
  expect(ranges(['A12', 'A13'], ', ')).toBe('A12, A13');
});
