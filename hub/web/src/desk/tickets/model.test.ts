import { expect, it } from 'vitest';
import { hundredths, isOpen, nextAct } from './model';
import { words } from './words';

it('offers the one thing that comes next', () => {
  expect(nextAct({ kind: 'delivery_install', state: 'new', acts: ['dispatch', 'cancel'] })).toBe('dispatch');
  expect(nextAct({ kind: 'delivery_install', state: 'accepted', acts: ['dispatch', 'appoint', 'cancel'] })).toBeUndefined();
  expect(nextAct({ kind: 'after_sales', state: 'completed', acts: ['close'] })).toBe('close');
  expect(nextAct({ kind: 'return_visit', state: 'new', acts: ['dispatch', 'complete', 'cancel'] })).toBe('complete');
  expect(nextAct({ kind: 'after_sales', state: 'new', acts: [] })).toBeUndefined();
});

it('knows what is over, and means in hundredths', () => {
  expect(['new', 'on_site', 'completed', 'cancelled'].map(state => isOpen(state as 'new'))).toEqual([true, true, false, false]);
  expect([hundredths(467), hundredths(null), hundredths(500)]).toEqual(['4.67', '–', '5.00']);
});

it('says how far somebody was', () => {
  expect(words['zh-CN'].distance(1001)).toBe('距客户 1001 米');
  expect(words.en.distance(1001)).toBe('1001 m from the customer');
});
