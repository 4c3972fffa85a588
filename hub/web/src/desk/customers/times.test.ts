import { expect, it } from 'vitest';
import { dayInWords, dayOf, daysAfter, daysBetween, localOf, momentOf, onDay } from './times';

const NEW_YEAR = Date.parse('2026-01-01T00:30:00+08:00');

it('shows and reads the clock of a zone', () => {
  expect(localOf(NEW_YEAR, 'Asia/Shanghai')).toBe('2026-01-01T00:30');
  expect(dayOf(NEW_YEAR, 'UTC')).toBe('2025-12-31');
  for (const zone of ['Asia/Shanghai', 'UTC', 'America/New_York']) expect(momentOf(localOf(NEW_YEAR, zone), zone)).toBe(NEW_YEAR);
});

it('plans for a day and counts days across months', () => {
  const zone = 'Asia/Shanghai';
  const now = Date.parse('2026-02-28T15:00:00+08:00');
  expect(onDay('2026-03-01', zone, now)).toBe(Date.parse('2026-03-01T09:00:00+08:00'));
  expect(onDay('2026-02-28', zone, now)).toBe(Date.parse('2026-02-28T23:59:00+08:00'));
  expect(daysAfter('2026-02-27', 3)).toBe('2026-03-02');
  expect(daysBetween('2026-02-27', '2026-03-02')).toBe(3);
  expect(daysBetween('2026-03-02', '2026-03-01')).toBe(-1);
});

it('says a day without its year while that is this one', () => {
  expect(dayInWords(NEW_YEAR, 'zh-CN', 'Asia/Shanghai', NEW_YEAR)).toBe('1月1日');
  expect(dayInWords(NEW_YEAR, 'en', 'UTC', NEW_YEAR)).toBe('Dec 31');
  expect(dayInWords(NEW_YEAR, 'en', 'UTC', NEW_YEAR + 86_400_000)).toBe('Dec 31, 2025');
});
