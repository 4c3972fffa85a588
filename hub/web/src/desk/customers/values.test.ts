import { expect, it } from 'vitest';
import { NO_MORE } from './times';
import { bodyOf, changesOf } from './values';

const ZONE = 'Asia/Shanghai';

it('sends only what was given', () => {
  expect(bodyOf({ name: ' 王女士 ', phone: '', tags: [], birth_year: '1990', next_follow_ms: '2020-03-01' }, ZONE)).toEqual({
    name: '王女士',
    birth_year: 1990,
    next_follow_ms: Date.parse('2020-03-01T09:00:00+08:00'),
  });
  expect(bodyOf({ next_follow_ms: NO_MORE }, ZONE)).toEqual({});
});

it('sends only what differs, and takes away what was emptied', () => {
  const before = {
    name: '王女士',
    note: '看过沙发',
    gender: 'female',
    birth_year: '1990',
    tags: ['style.modern'],
    next_follow_ms: '2020-03-01',
  };
  expect(changesOf(before, before, ZONE)).toEqual({});
  expect(changesOf(before, { name: '王女士' }, ZONE)).toEqual({});
  expect(changesOf(before, { ...before, phone: '13800138000', note: '' }, ZONE)).toEqual({ phone: '13800138000', note: '' });
  expect(changesOf(before, { ...before, gender: undefined, birth_year: '', tags: [], next_follow_ms: NO_MORE }, ZONE)).toEqual({
    gender: null,
    birth_year: null,
    tags: [],
    next_follow_ms: null,
  });
});
