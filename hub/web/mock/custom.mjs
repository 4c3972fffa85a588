// Custom fields, shared options, stages and the API's document in memory. Of expressions it knows one mistake: a name that is not there.

import * as d from './data.mjs';

const page = rows => ({ body: { items: rows, next: null, total: rows.length } });
const entities = [
  { entity: 'item', title: '商品', title_en: 'Item' },
  { entity: 'person', title: '人员', title_en: 'Person' },
];

/** Settings that are drafted and published, by their addresses. */
const kept = new Map();
const settings = (path, of = {}) => {
  if (!kept.has(path)) kept.set(path, { published: { groups: [], fields: [] }, number: 0, faults: [], version: 0, versions: [], ...of });
  return kept.get(path);
};
const shown = ({ versions, ...of }) => of;
const change = (path, part) => {
  const now = settings(path);
  Object.assign(now, part, { version: now.version + 1 });
  return { body: shown(now) };
};

const KNOWN = ['record', 'custom', 'today', 'now', 'true', 'false'];

/** The first word that names nothing. */
function faultOf(source) {
  for (const found of source.matchAll(/(?<![\w."])[a-z_]\w*/g)) {
    if (KNOWN.includes(found[0])) continue;
    const before = source.slice(0, found.index).split('\n');
    return {
      ...{ rule: 'unknown_name', line: before.length, column: before.at(-1).length + 1, offset: found.index, length: found[0].length },
      ...{ zh: `没有叫 ${found[0]} 的变量。`, en: `There is no variable ${found[0]}.` },
    };
  }
  return undefined;
}

function faultsOf({ fields = [] }) {
  return fields.flatMap((field, n) => {
    const texts = [['required_when', field.required_when], ...(field.checks ?? []).map((c, k) => [`checks[${k}].rule`, c.rule])];
    return texts.flatMap(([at, text]) => {
      const fault = text && faultOf(text);
      if (!fault) return [];
      const { rule, zh, en, ...place } = fault;
      return [{ field: `fields[${n}].${at}`, rule, zh, en, place }];
    });
  });
}

const fieldsOf = entity => settings(`/entities/${entity}/fields`).published.fields ?? [];
const ranged = ['number', 'decimal', 'money', 'date', 'time'];
const columnOf = f => ({
  ...{ key: `custom.${f.key}`, custom: true, title: f.title, title_en: f.title_en ?? '', kind: f.kind, options: f.options },
  ...{ in_list: f.in_list ?? false, sorts: f.filter ?? false },
  filters: f.filter ? ['', ...(ranged.includes(f.kind) ? ['.from', '.to'] : []), '.empty'].map(how => `custom.${f.key}${how}`) : [],
});

const values = new Map();
/** The custom fields of an item, with its version. */
export const customOf = id => values.get(Number(id)) ?? { custom: {}, version: 1 };
/** Whether an item is within what is asked of its custom fields. */
export const within = (query, id) =>
  fieldsOf('item').every(f => {
    const from = query.get(`custom.${f.key}.from`);
    return !from || Number(customOf(id).custom[f.key] ?? Number.NaN) >= Number(from);
  });

const stage = (code, title, title_en, more = {}) => ({ code, title, title_en, owner_role: 'sales', limit_hours: 48, ...more });
settings('/pipelines/sales', {
  published: {
    ...{ entity: 'opportunity', title: '标准销售流程', title_en: 'Standard sales', may_skip: false },
    stages: [
      stage('lead', '线索获取', 'Lead', { chance: 5 }),
      stage('design', '方案设计', 'Design', { leave: { files: [{ kind: 'sketch', title: '设计草图', at_least: 1 }] } }),
      stage('contract', '合同签订', 'Contract signed', { end: 'won' }),
      stage('lost', '已流失', 'Lost', { end: 'lost' }),
    ],
  },
  number: 1,
  version: 1,
  versions: [{ number: 1, author: 'hub', at_ms: 0 }],
});
kept.set('/option-lists/wood', {
  published: { title: '木种', title_en: 'Wood', options: [{ code: 'oak', title: '橡木', title_en: 'Oak' }] },
  ...{ faults: [], number: 1, version: 1, versions: [{ number: 1, author: 'hub', at_ms: 0 }] },
});

const document = {
  openapi: '3.1.0',
  info: { title: '齐套 Qitao hub', version: '0.1.0' },
  tags: [{ name: 'warehouse', description: 'Sites, locations, tasks' }, { name: 'catalog' }],
  paths: {
    '/api/v1/sites': {
      get: { tags: ['warehouse'], summary: 'Sites that the reader may see.', responses: { 200: { description: 'Sites' } } },
    },
    '/api/v1/items': {
      get: {
        ...{ tags: ['catalog'], summary: 'Items by code.', responses: { 200: { description: 'Items' } } },
        parameters: [{ name: 'q', in: 'query', schema: { type: 'string' }, description: 'Part of a name or code.' }],
      },
    },
  },
};

const drafted = '((?:/entities/\\w+/fields)|(?:/pipelines/\\w+)|(?:/option-lists/\\w+))';

export const routes = [
  ['GET', /^\/openapi\.json$/, () => ({ body: document })],
  ['GET', /^\/entities$/, () => page(entities)],
  [
    'GET',
    /^\/entities\/(\w+)\/form$/,
    ([entity]) => ({
      body: {
        ...{ entity, groups: [] },
        fields: fieldsOf(entity).map(f => ({ ...columnOf(f), required: f.required ?? false, writable: true })),
      },
    }),
  ],
  ['GET', /^\/entities\/(\w+)\/columns$/, ([entity]) => ({ body: { entity, columns: fieldsOf(entity).map(columnOf) } })],
  [
    'POST',
    /^\/expressions\/check$/,
    (_, __, { source }) => {
      const { zh, ...fault } = faultOf(source) ?? {};
      return { body: { ok: !zh, faults: zh ? [{ ...fault, message: zh }] : [], variables: { record: { code: 'text' }, custom: {} } } };
    },
  ],
  [
    'GET',
    /^\/pipelines$/,
    () => page([...kept].filter(([path]) => path.startsWith('/pipelines')).map(([path, of]) => ({ code: path.slice(11), ...shown(of) }))),
  ],
  ['GET', new RegExp(`^${drafted}$`), ([path]) => ({ body: shown(settings(path)) })],
  ['PUT', new RegExp(`^${drafted}$`), ([path], _, body) => change(path, { draft: body, faults: faultsOf(body) })],
  ['DELETE', new RegExp(`^${drafted}$`), ([path]) => change(path, { draft: undefined, faults: [] })],
  [
    'POST',
    new RegExp(`^${drafted}/publish$`),
    ([path]) => {
      const { draft, number, versions } = settings(path);
      versions.unshift({ number: number + 1, author: 'admin', at_ms: Date.now() });
      return change(path, { published: draft, draft: undefined, number: number + 1 });
    },
  ],
  ['GET', new RegExp(`^${drafted}/versions$`), ([path]) => page(settings(path).versions)],
  [
    'GET',
    /^\/option-lists$/,
    () =>
      page([...kept].filter(([path]) => path.startsWith('/option-lists')).map(([path, of]) => ({ code: path.slice(14), ...shown(of) }))),
  ],
  [
    'PATCH',
    /^\/items\/(\d+)$/,
    ([id], _, { custom }) => {
      const low = fieldsOf('item').find(f => f.checks?.length && custom[f.key] && Number(custom[f.key]) < 10);
      if (low) {
        const [{ message }] = low.checks;
        const fault = { field: `custom.${low.key}`, rule: 'check', zh: message, en: message };
        return { status: 422, problem: { title: '内容不符合规则', status: 422, detail: message, ...fault, faults: [fault] } };
      }
      const { custom: before, version } = customOf(id);
      values.set(Number(id), { custom: { ...before, ...custom }, version: version + 1 });
      return { body: { ...d.item(id), ...customOf(id) } };
    },
  ],
];
