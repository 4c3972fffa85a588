import { expect, it } from 'vitest';
import { bytes, difference, moment, quantity, ranges, relative, stretch } from './format';

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
  expect(relative(0, 180_000, 'zh-CN')).toBe('3 分钟前');
  expect(relative(0, 1000, 'zh-CN')).toBe('刚刚');
  expect(relative(0, 7_200_000, 'en')).toMatch(/2 hr\. ago/);
  expect(relative(0, 47 * 3_600_000, 'zh-CN')).toBe('1 天前');
  expect(relative(0, 47 * 3_600_000, 'en')).toMatch(/1 day ago/);
  expect(stretch(90, 'en')).toBe('90 ms');
  expect(stretch(5_400_000, 'zh-CN')).toBe('2 小时');
  expect(bytes(5_368_709_120)).toBe('5.0 GB');
});

it('says a moment that was agreed by the calendar of its place', () => {
  const [zone, now] = ['Asia/Shanghai', Date.parse('2026-11-24T09:30:00+08:00')];
  const at = (text: string) => Date.parse(text);
  expect(moment(at('2026-11-24T20:30:00+08:00'), now, 'zh-CN', zone)).toBe('今天 20:30');
  expect(moment(at('2026-11-25T00:00:00+08:00'), now, 'en', zone)).toBe('tomorrow 00:00');
  expect(moment(at('2026-11-23T23:59:00+08:00'), now, 'zh-CN', zone)).toBe('昨天 23:59');
  expect(moment(at('2026-12-02T09:00:00+08:00'), now, 'zh-CN', zone)).toBe('12月2日 09:00');
  expect(moment(at('2027-01-02T09:00:00+08:00'), now, 'zh-CN', zone)).toBe('2027年1月2日 09:00');
});

it('says three numbers in a row and more as one stretch', () => {
  expect(ranges([7, 1, 2, 3, 5, 6], '、')).toBe('1–3、5–7');
  expect(ranges([3, 5], ', ')).toBe('3, 5');
  expect(ranges([], ', ')).toBe('');
  expect(ranges(['A12', 'A13'], ', ')).toBe('A12, A13');
});
