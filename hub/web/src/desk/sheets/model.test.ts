import { expect, test } from 'vitest';
import { named } from '../upload';
import { exportable, looksLikeSheet, nameColumns, shares, sheetColumns, stepOf, twice } from './model';

test('an import opens at its step, also after a reload', () => {
  const at = (state: string, actions: string[] = [], back = false) => stepOf({ state, actions }, back);
  expect(at('uploaded', ['map', 'check'])).toBe('columns');
  expect(at('checking')).toBe('check');
  expect(at('checked', ['map', 'run'])).toBe('check');
  for (const state of ['running', 'stopped', 'done', 'undoing', 'undone']) expect(at(state)).toBe('result');
});

test('columns are matched again only while nothing was written', () => {
  expect(stepOf({ state: 'checked', actions: ['map', 'run'] }, true)).toBe('columns');
  expect(stepOf({ state: 'done', actions: ['undo'] }, true)).toBe('result');
});

test('a column that is meant twice is named once', () => {
  expect(twice(['code', null, 'name', 'code', null, 'code'])).toEqual(['code']);
});

test('one bad row among many is still seen, and the bar is full', () => {
  const parts = shares([130_000, 0, 0, 1]);
  expect(parts[1]).toBe(0);
  expect(parts[3]).toBeGreaterThan(1.5);
  expect(parts.reduce((sum, n) => sum + n, 0)).toBeCloseTo(100);
  expect(shares([0, 0])).toEqual([0, 0]);
});

test('sheets are told by their endings', () => {
  expect(['商品.XLSX', 'a.csv', 'old.xls', 'photo.jpg'].map(looksLikeSheet)).toEqual([true, true, false, false]);
});

test('an export takes the filters that it knows, and says which it leaves', () => {
  const narrowed = { q: '', 'custom.colour': 'red', sort: '-custom.price' };
  expect(exportable(['q', 'custom'], narrowed).filters).toEqual({ 'custom.colour': 'red', sort: '-custom.price' });
  const { filters, left } = exportable(['site', 'q'], { site: 3, q: '柜', kind: '', 'custom.colour': 'red', by: null });
  expect(filters).toEqual({ site: '3', q: '柜' });
  expect(left).toEqual(['custom.colour']);
});

test('a sheet is called what the hub calls it', () => {
  expect(named('attachment; filename="x.xlsx"; filename*=UTF-8\'\'%E5%95%86%E5%93%81.xlsx')).toBe('商品.xlsx');
  expect(named("attachment; filename*=UTF-8''%E5%ZZ")).toBeUndefined();
  expect(named(null)).toBeUndefined();
});

test('a sheet has the columns of the page in their order, each once', () => {
  const of = { name: nameColumns('en'), on_hand: ['on_hand', 'unit'], weight: ['unit'] };
  expect(sheetColumns(['code', 'name', 'on_hand', 'weight', 'custom.colour'], of)).toEqual([
    'code',
    'name',
    'name_en',
    'on_hand',
    'unit',
    'custom.colour',
  ]);
  expect(sheetColumns(['kind', 'edge'])).toEqual(['kind', 'edge']);
  expect(nameColumns('zh-CN')).toEqual(['name']);
});
