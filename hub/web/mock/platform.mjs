// What every module stands on, over a small chain in memory: people, roles, organisations, views, notifications, jobs and the rest.

import * as d from './data.mjs';

const HOUR = 3_600_000;
const now = Date.now();
export const rights = [
  ['stock.see', '查看库位、库存和流水', 'See locations, stock and movements'],
  ['work.see', '查看任务、现场、操作员和异常', 'See tasks, the floor, operators and cases'],
  ['edges.see', '查看边缘设备', 'See edges and how they are'],
  ['tasks', '创建和撤回任务', 'Create and withdraw tasks'],
  ['cases', '处理日常异常', 'Resolve everyday cases'],
  ['approvals', '审批盘点差异和入账异常', 'Approve or reject count differences'],
  ['edges', '登记、停用和恢复边缘设备', 'Enrol, disable, enable and forgive edges'],
  ['people.see', '查看人员和角色', 'See people and roles'],
  ['people', '创建、修改、停用人员，分配角色', 'Make, change and disable people, give them roles'],
  ['organisations', '维护组织架构', 'Make, change and move organisations'],
  ['roles', '修改角色', 'Change what roles may do'],
  ['settings', '维护自定义字段和阶段', 'Look after custom fields and stages'],
  ['items', '修改商品资料', 'Change items'],
  ['import', '导入数据', 'Import sheets'],
  ['hub', '管理后台任务、定时任务、消息通道和 Webhook', 'Run the hub'],
  ['reveal', '说明理由后查看完整的个人信息', 'See masked personal fields whole'],
  ['audit.see', '查看审计记录', 'Read the audit'],
  ['tokens', '创建访问令牌', 'Make API tokens'],
];
const words = rights.map(([right]) => right);

const role = (id, code, name, name_en, scope, may) => ({
  ...{ id, code, name, name_en, scope, rights: may, built_in: true, fields: {}, codes_required: false, version: 1 },
});
const roles = [
  role(1, 'administrator', '系统管理员', 'Administrator', 'all', words),
  role(2, 'store_manager', '店长/主管', 'Store manager', 'below', [
    'approvals',
    'cases',
    'people',
    'people.see',
    'stock.see',
    'tasks',
    'work.see',
  ]),
  role(3, 'warehouse', '仓库', 'Warehouse', 'own', ['cases', 'stock.see', 'tasks', 'work.see']),
  role(4, 'auditor', '审计（只读）', 'Auditor', 'all', ['audit.see', 'stock.see', 'work.see']),
];
const organisation = (id, parent, kind, code, name, name_en, site) => ({
  ...{ id, parent, kind, code, name, name_en, site, time_zone: 'Asia/Shanghai', active: true, switches: {}, switched_off: [], version: 1 },
});
const organisations = [
  organisation(1, undefined, 'headquarters', 'HQ', '总部', 'Headquarters'),
  organisation(2, 1, 'region', 'EAST', '华东区', 'East'),
  organisation(3, 2, 'dealer', 'D-SH', '上海经销商', 'Shanghai dealer'),
  organisation(4, 3, 'warehouse', 'SH1', '上海一仓', 'Shanghai 1', 1),
  organisation(5, 3, 'store', 'SH-XH', '徐汇店', 'Xuhui store', 2),
];
const organisationRow = o => ({ ...o, children: organisations.filter(c => c.parent === o.id).length });
const person = (id, login, name, at, role, more = {}) => ({
  ...{ id, login, name, organisation: at, organisation_name: organisations.find(o => o.id === at).name, disabled: false, codes: false },
  ...{ roles: [{ role, organisations: [] }], phone: '138****0000', email: 'l***@example.com', version: 1, ...more },
});
const people = [
  person(1, 'admin', '王芳', 1, 1, { codes: true }),
  person(2, 'lilei', '李雷', 4, 3),
  person(3, 'hanmei', '韩梅梅', 4, 2),
  person(4, 'zhouqiang', '周强', 5, 2, { disabled: true }),
];
export const user = {
  ...{ id: 1, login: 'admin', name: '王芳', role: 'administrator', roles: [roles[0]], rights: words, switched_off: [], organisation: 1 },
};

const comments = [];
/** Two of one name, told apart by where they belong. */
const named = [
  { id: 2, name: '李雷', organisation_name: '徐汇店' },
  { id: 5, name: '李雷', organisation_name: '上海一仓' },
];
const said = of => page(comments.filter(c => c.of === of));

const views = [];
const notification = (id, kind, title, body, tone, link, ago, read) => ({
  ...{ id, kind, site: 1, title, body, tone, count: 1, link, at_ms: now - ago, ...(read ? { read_ms: now } : {}) },
});
const notifications = [
  notification(3, 'exception', '新异常：盘点差异待审', '上海一仓 · CT-000412', 'attention', '/exceptions?kind=count_variance', HOUR / 4),
  notification(2, 'edge_away', '边缘机离线：1 号机', '上海一仓。现场可以继续作业，数据会在恢复后补传。', 'wrong', '/edges', HOUR),
  notification(1, 'daily_summary', '汇总：上海一仓', '扫描 812 次（错误 9 次）\n完成任务 14 个', 'information', '/floor', 5 * HOUR, true),
];
const unread = () => ({ unread: notifications.filter(n => !n.read_ms).length });
const kinds = [
  ['exception', '新的异常', 'New case'],
  ['edge_away', '边缘机离线', 'Edge away'],
  ['daily_summary', '每日汇总', 'Daily summary'],
];
let choices = { mail: null, kinds: kinds.map(([kind, name]) => ({ kind, name, app: true, mail: false })) };

const job = (id, kind, state, more = {}) => ({
  ...{ id, kind, state, args: {}, run_at_ms: now - HOUR, attempts: 1, max_attempts: 5, progress: 0, created_by: 'hub' },
  ...{ created_ms: now - HOUR, cancel_asked: false, ...more },
});
const jobs = [
  job(12, 'daily_summary', 'running', { progress: 420, words: '第 42 步，共 100 步' }),
  job(11, 'channel', 'dead', { attempts: 5, last_error: 'the bot answered 19024: keyword not found', ended_ms: now - HOUR / 2 }),
  job(10, 'daily_summary', 'done', { ended_ms: now - HOUR / 2, result: { notices: 1 } }),
];
const schedules = [
  {
    ...{
      id: 1,
      name: '每天早上汇总',
      kind: 'daily_summary',
      args: {},
      cron: '0 9 * * *',
      zone: 'Asia/Shanghai',
      missed: 'once',
      enabled: true,
    },
    ...{ next: [1, 2, 3, 4, 5].map(n => now + n * 24 * HOUR), last_planned_ms: now - 3 * HOUR, last_job: 10, version: 1 },
  },
];
const channels = [
  {
    ...{
      id: 1,
      name: '仓库群',
      way: 'feishu',
      language: 'zh',
      kinds: [],
      enabled: true,
      signed: true,
      created_by: 'admin',
      created_ms: now,
    },
    ...{ last_error: 'the bot answered 19024: keyword not found', version: 1 },
  },
];
const webhooks = [{ id: 1, name: 'ERP', host: 'erp.example.com', kinds: ['exception'], enabled: true, version: 1 }];
const deliveries = [
  { id: 2, webhook: 1, event: 'evt_2', kind: 'exception', state: 'dead', created_ms: now - HOUR, job: 11 },
  { id: 1, webhook: 1, event: 'evt_1', kind: 'exception', state: 'delivered', created_ms: now - 2 * HOUR, delivered_ms: now - 2 * HOUR },
];
const audit = [];
export function note(entity, entity_id, action, old, is) {
  audit.unshift({
    id: audit.length + 1,
    at_ms: Date.now(),
    author: user.login,
    entity,
    entity_id: String(entity_id),
    action,
    old,
    new: is,
  });
}
note('item', 1, 'change', { name: '橡木衣柜' }, { name: '橡木衣柜 2.4 m' });
note('person', 2, 'create', undefined, { name: '李雷', roles: ['warehouse'] });

const tokens = [];
const codes = { enrolled: false, required: false, recovery_left: 0 };
const session = {
  id: 's1',
  current: true,
  created_ms: now - HOUR,
  expires_ms: now + 11 * HOUR,
  agent: 'Mozilla/5.0 (X11; Linux) Chrome/138.0',
};

const page = rows => ({ body: { items: rows, next: null, total: rows.length } });
const missing = { problem: { type: 'urn:qitao:problem:not_found', title: '没有这条记录', status: 404, rule: 'not_found' }, status: 404 };
const found = (rows, id) => rows.find(row => String(row.id) === id);
const shown = (rows, id) => (found(rows, id) ? { body: found(rows, id) } : missing);
const like = (query, ...texts) => texts.some(text => text.toLowerCase().includes((query.get('q') ?? '').toLowerCase()));
const is = (query, name, value) => !query.get(name) || query.get(name) === String(value);

/** Made, changed and taken away alike: lists whose rows are written as they were sent. */
function kept(path, rows, entity, made = () => ({})) {
  const one = new RegExp(`^${path}/(\\d+)$`);
  const change = ([id], _, body) => {
    const row = found(rows, id);
    if (!row) return missing;
    note(entity, id, 'change', Object.fromEntries(Object.keys(body).map(name => [name, row[name]])), body);
    return { body: Object.assign(row, body, { version: row.version + 1 }) };
  };
  return [
    [
      'POST',
      new RegExp(`^${path}$`),
      (_, __, body) => {
        const row = { id: Math.max(0, ...rows.map(r => r.id)) + 1, version: 1, ...body };
        const more = made(row);
        rows.push(row);
        note(entity, row.id, 'create', undefined, body);
        return { status: 201, body: { ...row, ...more } };
      },
    ],
    ['GET', one, ([id]) => shown(rows, id)],
    ['PATCH', one, change],
    ['PUT', one, change],
    [
      'DELETE',
      one,
      ([id]) => {
        rows.splice(rows.indexOf(found(rows, id)), 1);
        return { status: 204 };
      },
    ],
  ];
}

function search(query) {
  const hit = (kind, id, code, name, name_en, sort) => ({ kind, id: String(id), code, name, name_en, sort, site: null });
  const items = [
    ...d.items
      .filter(i => like(query, i.code, i.name, i.name_en))
      .slice(0, 6)
      .map(i => hit('item', i.id, i.code, i.name, i.name_en, '')),
    ...d.locations
      .filter(l => like(query, l.code))
      .slice(0, 6)
      .map(l => hit('location', l.id, l.code, l.name ?? '', '', l.kind)),
    ...d.tasks
      .filter(t => like(query, t.number, t.reference))
      .slice(0, 6)
      .map(t => hit('task', t.id, t.number, t.reference, '', t.kind)),
    ...people
      .filter(p => like(query, p.login, p.name))
      .slice(0, 6)
      .map(p => hit('person', p.id, p.login, p.name, '', '')),
  ];
  return { body: { items, more: items.filter(i => i.kind === 'item').length === 6 ? ['item'] : [] } };
}

const counter = (name, count, link) => ({ name, count, link });
const open = () => d.exceptions.filter(x => x.state === 'open');

export const routes = [
  [
    'GET',
    /^\/home$/,
    () => ({
      body: {
        counters: [
          counter('approvals', open().filter(x => x.kind === 'count_variance').length, '/exceptions?kind=count_variance'),
          counter('cases', open().length, '/exceptions'),
          counter('tasks', d.tasks.filter(t => ['open', 'started'].includes(t.state)).length, '/tasks?state=open%2Cstarted'),
          counter('edges_away', d.edges.filter(e => e.state === 'offline').length, '/edges'),
          counter('jobs_dead', jobs.filter(j => j.state === 'dead').length, '/settings/jobs?state=dead'),
          counter('deliveries_dead', deliveries.filter(x => x.state === 'dead').length, '/settings/deliveries?state=dead'),
          counter('channels_failing', channels.filter(c => c.last_error).length, '/settings/channels'),
          counter('unread', unread().unread, '/notifications?unread=true'),
        ],
      },
    }),
  ],
  ['GET', /^\/search$/, (_, q) => search(q)],
  ['GET', /^\/comments\/(\w+\/\d+)$/, ([of]) => said(of)],
  ['GET', /^\/comments\/\w+\/\d+\/people$/, (_, q) => page(named.filter(person => like(q, person.name)))],
  [
    'POST',
    /^\/comments\/(\w+\/\d+)$/,
    ([of], _, { text, people }) => {
      const to = named.filter(person => people.includes(person.id));
      comments.unshift({ of, id: comments.length + 1, author: 'admin', author_name: user.name, at_ms: Date.now(), text, people: to });
      return { status: 201, ...said(of) };
    },
  ],
  ['GET', /^\/views$/, (_, q) => page(views.filter(v => is(q, 'list', v.list)))],
  ...kept('/views', views, 'view', row => Object.assign(row, { mine: true, organisation: row.organisation ?? undefined })),
  ['GET', /^\/notifications$/, (_, q) => page(notifications.filter(n => !q.get('unread') || !n.read_ms))],
  ['GET', /^\/notifications\/unread$/, () => ({ body: unread() })],
  [
    'POST',
    /^\/notifications\/(?:(\d+)\/)?read$/,
    ([id]) => {
      for (const n of notifications) if (!id || String(n.id) === id) n.read_ms ??= Date.now();
      return { body: unread() };
    },
  ],
  ['GET', /^\/notification-choices$/, () => ({ body: choices })],
  [
    'PUT',
    /^\/notification-choices$/,
    (_, __, body) => {
      choices = body;
      return { body };
    },
  ],
  [
    'GET',
    /^\/(?:tasks|items|people)\/\d+\/timeline$/,
    (_, __, ___, path) => {
      const [, kind, id] = path.split('/');
      return page(audit.filter(a => a.entity === { tasks: 'task', items: 'item', people: 'person' }[kind] && a.entity_id === id));
    },
  ],
  [
    'GET',
    /^\/audit$/,
    (_, q) => page(audit.filter(a => is(q, 'entity', a.entity) && is(q, 'id', a.entity_id) && is(q, 'action', a.action))),
  ],
  ['GET', /^\/rights$/, () => page(rights.map(([right, name, name_en]) => ({ right, name, name_en })))],
  ['GET', /^\/roles$/, () => page(roles)],
  ...kept('/roles', roles, 'role', row => Object.assign(row, { built_in: false })),
  [
    'GET',
    /^\/organisations$/,
    (_, q) => {
      const wanted = o => (q.get('tops') ? o.parent === undefined : is(q, 'parent', o.parent)) && like(q, o.code, o.name, o.name_en);
      return page(organisations.filter(wanted).map(organisationRow));
    },
  ],
  ['GET', /^\/organisations\/(\d+)$/, ([id]) => ({ body: organisationRow(found(organisations, id)) })],
  ...kept('/organisations', organisations, 'organisation', row =>
    Object.assign(row, { active: true, switches: {}, switched_off: [], time_zone: 'Asia/Shanghai' }),
  ),
  [
    'GET',
    /^\/people$/,
    (_, q) =>
      page(
        people.filter(
          p => like(q, p.login, p.name) && is(q, 'disabled', p.disabled) && (!q.get('role') || p.roles.some(r => is(q, 'role', r.role))),
        ),
      ),
  ],
  ...kept('/people', people, 'person', row => {
    Object.assign(row, { disabled: false, codes: false, roles: row.roles ?? [] });
    row.organisation_name = found(organisations, String(row.organisation))?.name;
    return { password: 'Kite-Nine-Lamp-47' };
  }),
  ['POST', /^\/people\/(\d+)\/password$/, () => ({ body: { password: 'Kite-Nine-Lamp-48' } })],
  [
    'POST',
    /^\/people\/(\d+)\/reveal$/,
    ([id]) => {
      note('person', id, 'reveal', undefined, { field: 'phone' });
      return { body: { value: '13800000000' } };
    },
  ],
  ['GET', /^\/people\/\d+\/sessions$/, () => page([{ ...session, current: false }])],
  ['DELETE', /^\/people\/\d+\/(?:sessions|codes)$/, () => ({ status: 204 })],
  ['GET', /^\/me\/sessions$/, () => page([session])],
  [
    'PATCH',
    /^\/me$/,
    (_, __, body) => {
      Object.assign(user, body);
      return { status: 204 };
    },
  ],
  ['GET', /^\/me\/codes$/, () => ({ body: codes })],
  [
    'POST',
    /^\/me\/codes$/,
    () => ({ body: { secret: 'JBSWY3DPEHPK3PXP', uri: 'otpauth://totp/Qitao:admin?secret=JBSWY3DPEHPK3PXP&issuer=Qitao' } }),
  ],
  [
    'POST',
    /^\/me\/codes\/confirm$/,
    () => {
      Object.assign(codes, { enrolled: true, recovery_left: 10 });
      return { body: { recovery: ['k3v9-xqt7', '7lmq-p0c2'] } };
    },
  ],
  [
    'POST',
    /^\/me\/codes\/remove$/,
    () => {
      codes.enrolled = false;
      return { status: 204 };
    },
  ],
  ['GET', /^\/me\/tokens$/, () => page(tokens)],
  ...kept('/me/tokens', tokens, 'api_token', row => {
    Object.assign(row, { prefix: 'qt_9f3a', created_ms: Date.now() });
    return { token: 'qt_9f3aZk3v9XqT77LmQP0c' };
  }),
  ['GET', /^\/jobs$/, (_, q) => page(jobs.filter(j => is(q, 'state', j.state) && is(q, 'kind', j.kind)))],
  ['GET', /^\/jobs\/(\d+)$/, ([id]) => shown(jobs, id)],
  [
    'POST',
    /^\/jobs\/(\d+)\/(cancel|retry)$/,
    ([id, what]) => ({ body: Object.assign(found(jobs, id), { state: what === 'retry' ? 'waiting' : 'cancelled' }) }),
  ],
  ['GET', /^\/schedules$/, () => page(schedules)],
  ['GET', /^\/schedule-kinds$/, () => page([{ kind: 'daily_summary', name: '每日汇总：前一天的扫描、移动、任务和异常' }])],
  ['POST', /^\/schedule-preview$/, () => ({ body: { next: schedules[0].next, zone: 'Asia/Shanghai' } })],
  ['POST', /^\/schedules\/\d+\/run$/, () => ({ status: 202, body: { job: 12 } })],
  ...kept('/schedules', schedules, 'schedule', row => Object.assign(row, { zone: 'Asia/Shanghai', next: schedules[0].next })),
  ['GET', /^\/channels$/, () => page(channels)],
  [
    'GET',
    /^\/channels\/\d+\/messages$/,
    () => page([{ id: 1, notice: 1, state: 'failed', created_ms: now - HOUR, attempts: 5, last_error: channels[0].last_error }]),
  ],
  [
    'POST',
    /^\/channels\/(\d+)\/test$/,
    ([id]) => {
      found(channels, id).last_error = undefined;
      return { status: 204 };
    },
  ],
  ...kept('/channels', channels, 'channel', row =>
    Object.assign(row, { signed: Boolean(row.secret), created_by: user.login, created_ms: Date.now() }),
  ),
  ['GET', /^\/webhooks$/, () => page(webhooks)],
  ['POST', /^\/webhooks\/(\d+)\/test$/, () => ({ status: 202 })],
  ['POST', /^\/webhooks\/(\d+)\/secret$/, ([id]) => ({ body: { ...found(webhooks, id), secret: 'whsec_9f3aZk3v' } })],
  ...kept('/webhooks', webhooks, 'webhook', row => {
    row.host = new URL(row.url).host;
    return { secret: 'whsec_9f3aZk3v' };
  }),
  ['GET', /^\/webhook-deliveries$/, (_, q) => page(deliveries.filter(x => is(q, 'state', x.state) && is(q, 'webhook', x.webhook)))],
  [
    'GET',
    /^\/webhook-deliveries\/(\d+)$/,
    ([id]) => ({
      body: {
        ...found(deliveries, id),
        payload: '{"kind":"exception","title":"新异常"}',
        attempts: [{ at_ms: now - HOUR, took_ms: 812, status: 503 }],
      },
    }),
  ],
  ['POST', /^\/webhook-deliveries\/(\d+)\/redeliver$/, ([id]) => ({ body: Object.assign(found(deliveries, id), { state: 'waiting' }) })],
];
