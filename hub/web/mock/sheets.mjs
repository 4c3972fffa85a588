// Imports, exports and files in memory: enough of each to walk its pages.

import * as d from './data.mjs';

const page = rows => ({ body: { items: rows, next: null, total: rows.length } });
const refused = (status, title, detail, more = {}) => ({ status, problem: { type: 'about:blank', title, status, detail, ...more } });
const gone = refused(404, '没有这条记录', '没有这条记录，或它不在您能看到的范围内。', { rule: 'not_found' });

const column = (id, title, needed, hint = '') => ({ id, title, needed, hint, options: [], open: true });
const kinds = [
  {
    id: 'items',
    title: '商品',
    columns: [
      column('code', '商品编码', 'always', '不能重复'),
      column('name', '商品名称', 'new'),
      column('name_en', '英文名称', 'never'),
      column('unit', '单位', 'new', '件、套、张'),
    ],
  },
  { id: 'locations', title: '库位', columns: [column('site', '站点编码', 'always'), column('code', '库位编码', 'always')] },
  { id: 'operators', title: '操作员', columns: [column('badge', '工牌号', 'always'), column('name', '姓名', 'new')] },
  { id: 'opening_stock', title: '期初库存', columns: [column('location', '库位编码', 'always'), column('quantity', '数量', 'always')] },
];
const titles = { 编码: 'code', code: 'code', 货号: 'code', 名称: 'name', name: 'name', 单位: 'unit', unit: 'unit' };

const imports = [];
const none = { rows: 0, new: 0, changed: 0, same: 0, bad: 0, undone: 0, kept: 0 };
const one = id => imports.find(i => i.id === Number(id));
const shown = ({ rows, ...of }) => of;
const told = i => ({ ...shown(i), samples: i.state === 'uploaded' ? i.rows.slice(0, 5) : undefined, preview: i.preview ?? [] });

function checked(i) {
  const at = id => i.mapping.indexOf(id);
  i.preview = i.rows.map((row, n) => {
    const code = row[at('code')] ?? '';
    const there = d.items.some(item => item.code === code);
    const faults = code
      ? there && !i.update_existing
        ? [{ column: 'code', rule: 'exists', text: '已经有这个编码。', zh: '已经有这个编码。', en: 'This code is taken.' }]
        : []
      : [{ column: 'code', rule: 'required', text: '必须填写。', zh: '必须填写。', en: 'It has to be filled.' }];
    const changes = faults.length ? [] : [{ column: 'name', old: there ? '旧名称' : '', new: row[at('name')] ?? '' }];
    return { row: n + 2, key: code, outcome: faults.length ? 'bad' : there ? 'changed' : 'new', changes, faults };
  });
  const n = outcome => i.preview.filter(row => row.outcome === outcome).length;
  i.counts = { ...none, rows: i.rows.length, new: n('new'), changed: n('changed'), bad: n('bad') };
  return Object.assign(i, { state: 'checked', actions: ['map', 'check', 'run', 'failed'] });
}

const exports = [];
const exportOf = id => exports.find(e => e.id === Number(id));
const files = [];
const looksRight = bytes => bytes.length > 0 && !bytes.includes(0);

export const routes = [
  ['GET', /^\/import-kinds$/, () => page(kinds)],
  ['GET', /^\/import-kinds\/(\w+)\/template$/, ([id]) => ({ file: { name: `${id}.xlsx`, bytes: Buffer.from('PK') } })],
  ['GET', /^\/imports$/, () => page(imports.map(shown))],
  [
    'POST',
    /^\/imports$/,
    (_, __, { kind, file }) => {
      const [head = '', ...lines] = file.bytes.toString('utf8').trim().split(/\r?\n/);
      const headers = head.split(',');
      const made = {
        ...{ id: imports.length + 1, kind, name: file.name, state: 'uploaded', counts: none, created_by: 'admin', created_ms: Date.now() },
        ...{ headers, mapping: headers.map(title => titles[title] ?? null), unmatched: [], update_existing: false },
        ...{ rows: lines.map(line => line.split(',')), actions: ['map', 'check'] },
      };
      imports.unshift(made);
      return { status: 201, body: told(made) };
    },
  ],
  ['GET', /^\/imports\/(\d+)$/, ([id]) => (one(id) ? { body: told(one(id)) } : gone)],
  [
    'PUT',
    /^\/imports\/(\d+)$/,
    ([id], _, body) => ({ body: told(Object.assign(one(id), body, { state: 'uploaded', actions: ['map', 'check'] })) }),
  ],
  ['POST', /^\/imports\/(\d+)\/check$/, ([id]) => ({ status: 202, body: told(checked(one(id))) })],
  [
    'POST',
    /^\/imports\/(\d+)\/run$/,
    ([id]) => ({ status: 202, body: told(Object.assign(one(id), { state: 'done', actions: ['undo', 'failed'] })) }),
  ],
  [
    'POST',
    /^\/imports\/(\d+)\/undo$/,
    ([id]) => {
      const i = one(id);
      const undone = i.counts.new + i.counts.changed;
      return { status: 202, body: told(Object.assign(i, { state: 'undone', actions: [], counts: { ...i.counts, undone } })) };
    },
  ],
  ['GET', /^\/imports\/(\d+)\/failed$/, ([id]) => ({ file: { name: `${one(id).name} 失败行.xlsx`, bytes: Buffer.from('PK') } })],
  [
    'GET',
    /^\/imports\/(\d+)\/rows$/,
    ([id], q) => {
      const wanted = q.get('outcome');
      const rows = (one(id)?.preview ?? []).filter(row => (wanted ? row.outcome === wanted : q.get('refused') !== 'true'));
      return page(rows.map(row => ({ ...row, taken_back: one(id).state === 'undone' && row.outcome !== 'bad' })));
    },
  ],
  ['GET', /^\/exports$/, () => page(exports)],
  [
    'POST',
    /^\/exports$/,
    (_, __, { list, format, filters }) => {
      const id = exports.length + 1;
      const made = {
        ...{ id, list, format: format ?? 'xlsx', filters: filters ?? {}, state: 'done', rows: d.items.length, created_ms: Date.now() },
        ...{ expires_ms: Date.now() + 7 * 86_400_000, content: `/api/v1/exports/${id}/content` },
      };
      exports.unshift(made);
      return { status: 201, body: made };
    },
  ],
  [
    'GET',
    /^\/exports\/(\d+)\/content$/,
    ([id]) => ({ file: { name: `${exportOf(id).list}.${exportOf(id).format}`, bytes: Buffer.from('PK') } }),
  ],
  [
    'DELETE',
    /^\/exports\/(\d+)$/,
    ([id]) => {
      Object.assign(exportOf(id), { state: 'expired', content: undefined });
      return { status: 204 };
    },
  ],
  ['GET', /^\/((?:items|tasks|exceptions)\/\d+)\/files$/, ([of]) => page(files.filter(f => f.of === of))],
  [
    'POST',
    /^\/((?:items|tasks|exceptions)\/\d+)\/files$/,
    ([of], _, { file }) => {
      if (!looksRight(file.bytes))
        return refused(415, '格式不支持', '不接受这种类型的文件；可以上传 PNG、JPEG、PDF、xlsx、docx、txt 和 csv。', {
          rule: 'file_type',
          field: 'file',
        });
      const made = { id: files.length + 1, of, name: file.name, media: 'text/plain', bytes: file.bytes.length, thumbnail: false };
      files.unshift(Object.assign(made, { created_by: 'admin', created_ms: Date.now() }));
      return { status: 201, body: made };
    },
  ],
  [
    'DELETE',
    /^\/files\/(\d+)$/,
    ([id]) => {
      files.splice(
        files.findIndex(f => f.id === Number(id)),
        1,
      );
      return { status: 204 };
    },
  ],
];
