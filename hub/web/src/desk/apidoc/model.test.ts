import { expect, test } from 'vitest';
import { address, command, type Document, example, found, headersOf, operations, told } from './model';

const document: Document = {
  info: { title: 'x', version: '1' },
  paths: {
    '/api/v1/items/{id}': {
      parameters: [],
      get: { tags: ['catalog'], summary: 'An item', parameters: [{ name: 'id', in: 'path', required: true }] },
      patch: {
        tags: ['catalog'],
        summary: 'Change',
        parameters: [
          { name: 'id', in: 'path', required: true },
          { name: 'If-Match', in: 'header', required: true },
          { name: 'q', in: 'query' },
        ],
        requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/Tree' } } } },
      },
    },
  },
  components: {
    schemas: {
      Tree: {
        required: ['name', 'kind', 'parts'],
        properties: {
          name: { type: 'string', description: 'Its name' },
          kind: { oneOf: [{ $ref: '#/components/schemas/Kind' }, { type: 'null' }] },
          parts: { type: 'array', items: { $ref: '#/components/schemas/Tree' } },
          note: { type: ['string', 'null'] },
        },
      },
      Kind: { type: 'string', enum: ['a', 'b'] },
    },
  },
};
const all = operations(document);
const [show, change] = all;
if (!show || !change) throw new Error('operations');

test('operations are the methods of each path', () => {
  expect(all.map(o => o.id)).toEqual(['get /api/v1/items/{id}', 'patch /api/v1/items/{id}']);
  expect(change.body?.media).toBe('application/json');
});

test('they are found by words of path, method, summary and group', () => {
  expect(found(all, 'PATCH item').map(o => o.method)).toEqual(['patch']);
  expect(found(all, 'catalog')).toHaveLength(2);
  expect(found(all, 'nothing')).toEqual([]);
});

test('an example has what is required, and a schema within itself ends', () => {
  const made = example(change.body?.schema ?? {}, document) as { name: string; kind: string; parts: unknown[]; note?: string };
  expect(made.name).toBe('');
  expect(made.kind).toBe('a');
  expect(made.note).toBeUndefined();
  expect(JSON.stringify(made).length).toBeLessThan(500);
});

test('fields are told with their types, those within them beneath', () => {
  const fields = told(change.body?.schema ?? {}, document);
  expect(fields.map(f => [f.name, f.type, f.required])).toEqual([
    ['name', 'string', true],
    ['kind', 'Kind', true],
    ['parts', 'Tree[]', true],
    ['note', 'string', false],
  ]);
});

test('the address takes what was filled in, safely', () => {
  expect(address(change, {})).toBe('/api/v1/items/{id}');
  expect(address(change, { 'path id': 'a/b', 'query q': '柜 1', 'query more': 'custom.x=1&' })).toBe(
    '/api/v1/items/a%2Fb?q=%E6%9F%9C+1&custom.x=1',
  );
});

test('a bare version is quoted as an ETag', () => {
  expect(headersOf(change, { 'header If-Match': '3' })).toEqual({ 'if-match': '"3"' });
  expect(headersOf(change, { 'header If-Match': '"3"' })).toEqual({ 'if-match': '"3"' });
});

test('the command can be pasted, also with a quote in the body', () => {
  const text = command(change, 'http://hub', { 'path id': '7' }, `{"name":"it's"}`);
  expect(text).toContain("curl -X PATCH 'http://hub/api/v1/items/7'");
  expect(text).toContain(`-d '{"name":"it'\\''s"}'`);
});
