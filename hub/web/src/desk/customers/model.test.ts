import { expect, it } from 'vitest';
import type { EntityColumn } from '../custom/model';
import { age, conditionsOf, conditionsText, dialled, fromFilter, isIdle, isMobile } from './model';

it('reads tags of a filter as conditions, and writes them back', () => {
  expect(conditionsOf('style.modern,style.nordic;budget.high')).toEqual([['style.modern', 'style.nordic'], ['budget.high']]);
  expect(conditionsOf('')).toEqual([]);
  expect(conditionsOf(' ;style.modern,, style.modern;')).toEqual([['style.modern']]);
  expect(conditionsText([['a.b', 'a.c'], [], ['d.e']])).toBe('a.b,a.c;d.e');
  for (const text of ['', 'a.b', 'a.b,a.c;d.e', 'a.b;a.c']) expect(conditionsText(conditionsOf(text))).toBe(text);
});

it('minds a customer who was left for more than five days', () => {
  expect(isIdle({ class: 'prospect', idle_days: 5 })).toBe(false);
  expect(isIdle({ class: 'prospect', idle_days: 6 })).toBe(true);
  expect(isIdle({ class: 'regular', idle_days: 60 })).toBe(false);
});

it('tells an age by years', () => {
  expect(age(1990, 2026)).toBe(36);
  expect(age(2026, 2026)).toBe(0);
  expect(age(2027, 2026)).toBeUndefined();
  expect(age(undefined, 2026)).toBeUndefined();
});

it('knows when a phone is typed to its end', () => {
  expect(dialled('+86 138-0013 8000')).toBe('13800138000');
  expect(isMobile('+86 138-0013 8000')).toBe(true);
  expect(isMobile('1380013800')).toBe(false);
  expect(isMobile('02161234567')).toBe(false);
});

it('gives a new customer what the filter says for sure', () => {
  const column = (key: string, kind: string): EntityColumn => ({
    key,
    custom: true,
    title: key,
    title_en: '',
    kind,
    in_list: true,
    sorts: false,
    filters: [key, `${key}.empty`],
  });
  const columns = [column('custom.house', 'choice'), column('custom.rooms', 'choices'), column('custom.moved', 'boolean')];
  const of = {
    class: 'client',
    source: 'fair',
    owner: 'me',
    due: 'today',
    tags: 'style.modern;budget.low,budget.high',
    'custom.house': 'villa',
    'custom.rooms': 'three',
    'custom.moved': 'true',
    'custom.house.empty': 'true',
  };
  expect(fromFilter(of, columns, '2026-03-01')).toEqual({
    source: 'fair',
    tags: ['style.modern'],
    next_follow_ms: '2026-03-01',
    'custom.house': 'villa',
    'custom.rooms': ['three'],
    'custom.moved': true,
  });
  expect(fromFilter({ owner: '7' }, columns, '2026-03-01')).toEqual({ owner: 7 });
  expect(fromFilter({}, columns, '2026-03-01')).toEqual({});
});
