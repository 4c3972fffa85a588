import { expect, test } from 'vitest';
import { changes, type EntityColumn, type FormField, given, grouped, keyOf, narrowed, shown, variables } from './model';
import { faultsOf, marked, moved, othersOf, pathOf, tidy } from './places';

const field = (key: string, kind: string, more: Partial<FormField> = {}): FormField => ({
  ...{ key: `custom.${key}`, kind, custom: true, title: key, title_en: '', required: false, writable: true, ...more },
});
const colours = [
  { code: 'oak', title: '橡木色', title_en: 'Oak' },
  { code: 'grey', title: '灰色' },
];

test('values read as people say them, in both languages', () => {
  expect(shown({ kind: 'money' }, '1999.00', 'zh-CN')).toBe('¥1,999.00');
  expect(shown({ kind: 'money' }, '****', 'zh-CN')).toBe('****');
  expect(shown({ kind: 'choices', options: colours }, ['oak', 'grey'], 'en')).toBe('Oak, 灰色');
  expect(shown({ kind: 'choice', options: colours }, 'gone', 'zh-CN')).toBe('gone');
  expect(shown({ kind: 'boolean' }, false, 'zh-CN')).toBe('否');
  expect(shown({ kind: 'text' }, '', 'en')).toBe('–');
});

test('only what was changed is sent, and an emptied field takes its value away', () => {
  const fields = [field('price', 'money'), field('note', 'text'), field('days', 'number'), field('seen', 'text', { writable: false })];
  const before = { price: '10.00', note: 'x', days: 3, seen: 'a' };
  const after = { 'custom.price': '10.00', 'custom.note': '', 'custom.days': '4', 'custom.seen': 'b' };
  expect(changes(fields, before, after)).toEqual({ note: null, days: 4 });
});

test('numbers go as numbers, amounts as exact texts', () => {
  expect(given('number', '12')).toBe(12);
  expect(given('decimal', 2.375)).toBe('2.375');
  expect(given('boolean', false)).toBe(false);
});

test('fields stand in their groups; those of none, or of one that is gone, before them', () => {
  const parts = grouped([{ group: 'b' }, { group: undefined }, { group: 'gone' }], [{ key: 'b', title: 'B' }]);
  expect(parts.map(p => [p.group?.key ?? '', p.fields.length])).toEqual([
    ['', 2],
    ['b', 1],
  ]);
});

test('filters are found in the address by the parameters that the hub names', () => {
  const column: EntityColumn = {
    ...{ key: 'custom.price', custom: true, title: '', title_en: '', kind: 'money', in_list: true, sorts: true },
    filters: ['custom.price', 'custom.price.from', 'custom.price.empty'],
  };
  expect(narrowed([column], { 'custom.price.from': '10', 'custom.price': '', q: 'x' })).toEqual([
    { key: 'custom.price', how: 'from', value: '10' },
  ]);
});

test('the fields of a draft are variables with their types', () => {
  expect(
    variables([
      { key: 'price', kind: 'money' },
      { key: 'tags', kind: 'choices' },
    ]),
  ).toEqual({ price: 'decimal', tags: 'list<text>' });
});

test('a key is made of an English name', () => {
  expect(keyOf('List price (¥)')).toBe('list_price');
  expect(keyOf('3rd party')).toBe('rd_party');
  expect(keyOf('颜色')).toBe('');
});

test('a mistake is found at its place in the form', () => {
  expect(pathOf('fields[1].checks[0].rule')).toEqual(['fields', 1, 'checks', 0, 'rule']);
  const fault = { field: 'fields[1].checks[0].rule', rule: 'unknown_name', zh: '', en: '' };
  expect(faultsOf([fault], 'fields', 1)).toEqual([{ path: ['checks', 0, 'rule'], fault }]);
  expect(faultsOf([fault], 'fields', 0)).toEqual([]);
  expect(othersOf([fault, { ...fault, field: 'groups[0].key' }], 'fields')).toHaveLength(1);
});

test('a mistake is marked at its place in the text, also behind characters outside the first plane', () => {
  expect(marked('𠮷 custum', [{ offset: 2, length: 6 }])).toEqual([
    { text: '𠮷 ', wrong: false },
    { text: 'custum', wrong: true },
  ]);
  expect(marked('a >', [{ offset: 3, length: 0 }]).at(-1)).toEqual({ text: ' ', wrong: true });
});

test('what is moved beyond the ends stays', () => {
  expect(moved([1, 2, 3], 0, 1)).toEqual([2, 1, 3]);
  expect(moved([1, 2], 0, -1)).toEqual([1, 2]);
  expect(moved([1, 2], 1, 1)).toEqual([1, 2]);
});

test('settings are kept without what is empty, and `false` and 0 are something', () => {
  expect(tidy({ a: '', b: null, c: [], d: { e: undefined }, f: false, g: 0, h: [{ i: '' }] })).toEqual({ f: false, g: 0, h: [{}] });
});
