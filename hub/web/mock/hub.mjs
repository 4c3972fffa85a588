// The hub's API over the data of `data.mjs`: enough of it, with its refusals, for the desk's pages and their tests.

import { routes as custom, customOf, within } from './custom.mjs';
import * as d from './data.mjs';
import { routes as platform, user } from './platform.mjs';
import { routes as sheets } from './sheets.mjs';

const sessions = new Set();
const listeners = new Set();
let event = 0;

export function tell(kind, row) {
  event += 1;
  for (const send of listeners) send(`id: ${event}\nevent: ${kind}\ndata: ${JSON.stringify(row)}\n\n`);
}

const problem = (status, title, detail, more = {}) => ({ status, problem: { type: 'about:blank', title, status, detail, ...more } });

function paged(rows, query) {
  const limit = Math.min(Number(query.get('limit') ?? 50), 200);
  const from = Number(query.get('cursor') ?? 0);
  return { items: rows.slice(from, from + limit), next: from + limit < rows.length ? String(from + limit) : null, total: rows.length };
}
const matches = (query, ...texts) => {
  const q = (query.get('q') ?? '').toLowerCase();
  return !q || texts.some(t => t?.toLowerCase().includes(q));
};

const itemRow = i => ({
  id: i.id,
  code: i.code,
  name: i.name,
  name_en: i.name_en,
  unit: i.unit,
  cartons: i.cartons,
  by_lot: i.by_lot,
  is_kit: i.is_kit,
  on_hand: String(d.sets(i)),
  barcodes_count: i.barcodes.length,
  ...customOf(i.id),
});
const total = rows => rows.reduce((sum, s) => sum + s.quantity, 0);
const locationRow = l => ({ ...l, on_hand: String(total(d.stock.filter(s => s.location === l.id))) });
const sum = (lines, field) => String(lines.reduce((n, l) => n + l[field], 0));
export const taskRow = t => ({
  id: t.id,
  number: t.number,
  kind: t.kind,
  site: 1,
  reference: t.reference,
  state: t.state,
  complete: t.complete,
  lines: t.lines.length,
  asked: t.kind === 'count' ? String(t.lines.length) : sum(t.lines, 'quantity'),
  done: t.kind === 'count' ? String(t.lines.filter(l => l.done).length) : sum(t.lines, 'done'),
  short: sum(t.lines, 'short'),
  created_ms: t.created,
  started_ms: t.started,
  finished_ms: t.finished,
});
const taskLine = l => {
  const i = l.item ? d.item(l.item) : null;
  return {
    ...l,
    code: i?.code ?? null,
    name: i?.name ?? null,
    name_en: i?.name_en ?? null,
    of: i?.cartons ?? null,
    location_code: l.location ? d.location(l.location).code : null,
    quantity: String(l.quantity),
    done: String(l.done),
    short: String(l.short),
  };
};

const actionsOf = x =>
  x.state === 'open'
    ? ({ count_variance: ['approve', 'reject'], unknown_barcode: ['bind', 'dismiss'], unappliable_fact: ['retry', 'dismiss'] }[x.kind] ?? [
        'dismiss',
      ])
    : [];
const caseRow = x => ({ ...x, actions: actionsOf(x), names: d.namesOf(x.data) });

function resolve(x, body) {
  const allowed = actionsOf(x);
  if (!allowed.includes(body.action))
    return problem(422, '不允许的处理', `这类异常只能：${allowed.join('、')}`, {
      rule: 'exception.action',
      field: 'action',
      who: '管理员',
    });
  if (x.state !== 'open')
    return problem(409, '已经处理过', `由 ${x.resolved_by} 处理`, { rule: 'exception.open_once', who: x.resolved_by });
  if (body.action === 'bind')
    d.item(body.item).barcodes.push({ text: x.data.text, quantity: body.quantity ?? '1', carton: body.carton ?? null });
  if (body.action === 'approve')
    for (const l of x.data.lines)
      tell(
        'movement',
        d.book({
          key: l,
          quantity: Math.abs(Number(l.variance)),
          from: Number(l.variance) > 0 ? 2 : x.data.location,
          to: Number(l.variance) > 0 ? x.data.location : 2,
          task: null,
          operator: user.name,
        }),
      );
  Object.assign(x, { state: 'resolved', resolved_ms: d.now(), resolved_by: user.name, resolution: body });
  tell('exception', caseRow(x));
  return { body: caseRow(x) };
}

function createTask(body) {
  if (!body.lines?.length)
    return problem(422, '任务没有行', '至少要有一行。', { rule: 'task.lines_not_empty', field: 'lines', who: '建任务的人' });
  const prefix = { pick: 'PK', put_away: 'PA', count: 'CT' }[body.kind];
  const lines = body.lines.flatMap((l, n) =>
    body.kind === 'count' ? [d.countLine(l.location)] : d.linesFor(l.item, Number(l.quantity), n + 1, l.location),
  );
  const task = {
    id: d.tasks.length + 1,
    number: `${prefix}-${String(d.tasks.length + 500).padStart(6, '0')}`,
    kind: body.kind,
    reference: body.reference ?? '',
    state: 'open',
    complete: null,
    lines,
    created: d.now(),
    started: null,
    finished: null,
    scans: [],
  };
  d.tasks.unshift(task);
  tell('task', taskRow(task));
  return { status: 201, body: taskRow(task) };
}

const routes = [
  ['GET', /^\/sites$/, () => ({ body: { items: [d.site], next: null, total: 1 } })],
  [
    'GET',
    /^\/items$/,
    (_, q) => ({ body: paged(d.items.filter(i => matches(q, i.code, i.name, i.name_en) && within(q, i.id)).map(itemRow), q) }),
  ],
  [
    'GET',
    /^\/items\/(\d+)$/,
    ([id]) => {
      const i = d.item(id);
      if (!i) return problem(404, '没有这个商品', `编号 ${id} 不存在。`);
      const stock = d
        .realStock()
        .filter(s => s.item === i.id)
        .map(s => ({ ...s, location_code: d.location(s.location).code, quantity: String(s.quantity) }));
      const parts = i.parts.map(p => ({
        ...p,
        code: d.item(p.item).code,
        name: d.item(p.item).name,
        name_en: d.item(p.item).name_en,
        unit: d.item(p.item).unit,
      }));
      const lies = carton => stock.filter(s => s.carton === carton).reduce((sum, s) => sum + Number(s.quantity), 0);
      const by_carton = Array.from({ length: i.cartons }, (_, n) => ({ carton: n + 1, quantity: String(lies(n + 1)) }));
      return { body: { ...itemRow(i), barcodes: i.barcodes, parts, stock, by_carton, sets: String(d.sets(i)) } };
    },
  ],
  [
    'GET',
    /^\/locations$/,
    (_, q) => ({
      body: paged(d.locations.filter(l => matches(q, l.code, l.name) && (!q.get('kind') || l.kind === q.get('kind'))).map(locationRow), q),
    }),
  ],
  [
    'GET',
    /^\/locations\/(\d+)$/,
    ([id]) => {
      const l = d.location(id);
      if (!l) return problem(404, '没有这个库位', `编号 ${id} 不存在。`);
      const stock = d.stock
        .filter(s => s.location === l.id && s.quantity)
        .map(s => ({
          item: s.item,
          code: d.item(s.item).code,
          name: d.item(s.item).name,
          name_en: d.item(s.item).name_en,
          unit: d.item(s.item).unit,
          carton: s.carton,
          of: d.item(s.item).cartons,
          lot: s.lot,
          quantity: String(s.quantity),
        }));
      return { body: { ...locationRow(l), stock } };
    },
  ],
  [
    'GET',
    /^\/stock$/,
    (_, q) => {
      if (q.get('by') === 'location') {
        const rows = d.locations
          .filter(l => matches(q, l.code))
          .map(l => ({ l, rows: d.realStock().filter(s => s.location === l.id) }))
          .filter(x => x.rows.length);
        return {
          body: paged(
            rows.map(({ l, rows }) => ({ location: l.id, code: l.code, kind: l.kind, lines: rows.length, quantity: String(total(rows)) })),
            q,
          ),
        };
      }
      const rows = d.items
        .filter(i => !i.is_kit && matches(q, i.code, i.name))
        .map(i => ({ i, rows: d.realStock().filter(s => s.item === i.id) }))
        .filter(x => x.rows.length);
      return {
        body: paged(
          rows.map(({ i, rows }) => ({
            item: i.id,
            code: i.code,
            name: i.name,
            name_en: i.name_en,
            unit: i.unit,
            cartons: Array.from({ length: i.cartons }, (_, c) => ({
              carton: c + 1,
              quantity: String(total(rows.filter(s => s.carton === c + 1))),
            })),
            sets: String(d.sets(i)),
            quantity: String(total(rows)),
          })),
          q,
        ),
      };
    },
  ],
  [
    'GET',
    /^\/movements$/,
    (_, q) => {
      const is = (name, ...of) => !q.get(name) || of.includes(Number(q.get(name)));
      return {
        body: paged(
          d.movements.filter(m => is('item', m.item) && is('location', m.from, m.to) && is('task', m.task)),
          q,
        ),
      };
    },
  ],
  [
    'GET',
    /^\/tasks$/,
    (_, q) => ({
      body: paged(
        d.tasks
          .filter(
            t =>
              matches(q, t.number, t.reference) &&
              (!q.get('kind') || t.kind === q.get('kind')) &&
              (!q.get('state') || q.get('state').split(',').includes(t.state)),
          )
          .map(taskRow),
        q,
      ),
    }),
  ],
  [
    'GET',
    /^\/tasks\/(\d+)$/,
    ([id]) => {
      const t = d.tasks.find(x => x.id === Number(id));
      return t
        ? { body: { ...taskRow(t), lines: t.lines.map(taskLine), edges: [{ id: d.edges[0].id, name: d.edges[0].name, has_it: true }] } }
        : problem(404, '没有这个任务', `编号 ${id} 不存在。`);
    },
  ],
  ['GET', /^\/tasks\/(\d+)\/scans$/, ([id], q) => ({ body: paged(d.tasks.find(t => t.id === Number(id))?.scans ?? [], q) })],
  [
    'GET',
    /^\/scans$/,
    (_, q) => {
      const is = (name, of) => !q.get(name) || q.get(name).split(',').includes(String(of));
      const since = q.get('days') ? d.now() - Number(q.get('days')) * 86_400_000 : 0;
      const wanted = s =>
        is('tone', s.tone) && is('station', s.station) && is('edge', s.edge) && is('task', s.task) && s.arrived_ms >= since;
      return {
        body: paged(
          d.scans.filter(s => wanted(s) && matches(q, s.payload)),
          q,
        ),
      };
    },
  ],
  ['POST', /^\/tasks$/, (_, __, body) => createTask(body)],
  [
    'POST',
    /^\/tasks\/(\d+)\/withdraw$/,
    ([id]) => {
      const t = d.tasks.find(x => x.id === Number(id));
      if (t.state === 'finished')
        return problem(409, '任务已经完成', '完成的任务不能撤回。', {
          rule: 'task.withdraw_open_only',
          field: 'state',
          who: '库管员：请新建反向任务',
        });
      t.state = 'withdrawn';
      tell('task', taskRow(t));
      return { body: taskRow(t) };
    },
  ],
  ['GET', /^\/edges$/, (_, q) => ({ body: paged(d.edges, q) })],
  ['GET', /^\/edges\/([\w.:-]+)$/, ([id]) => ({ body: d.edges.find(e => e.id === id) })],
  [
    'POST',
    /^\/edges$/,
    (_, __, body) => {
      const id = `e-sh1-${d.edges.length + 1}`;
      d.edges.push({ id, site: body.site, name: body.name, state: 'never', epoch: 0, committed: 0, devices: [], datasets: [] });
      return { status: 201, body: { id, token: 'Zk3v-9XqT-77Lm-QP0c' } };
    },
  ],
  [
    'POST',
    /^\/edges\/([\w.:-]+)\/(disable|enable|forgive)$/,
    ([id, what]) => {
      const edge = d.edges.find(e => e.id === id);
      edge.state = what === 'disable' ? 'disabled' : 'offline';
      tell('edge', edge);
      return { body: edge };
    },
  ],
  [
    'GET',
    /^\/exceptions$/,
    (_, q) => ({
      body: paged(
        d.exceptions
          .filter(x => (!q.get('state') || x.state === q.get('state')) && (!q.get('kind') || x.kind === q.get('kind')))
          .map(caseRow),
        q,
      ),
    }),
  ],
  [
    'GET',
    /^\/exceptions\/(\d+)$/,
    ([id]) => {
      const x = d.exceptions.find(e => e.id === Number(id));
      return x ? { body: caseRow(x) } : problem(404, '没有这个异常', `编号 ${id} 不存在。`);
    },
  ],
  [
    'POST',
    /^\/exceptions\/(\d+)\/resolve$/,
    ([id], _, body) =>
      resolve(
        d.exceptions.find(x => x.id === Number(id)),
        body,
      ),
  ],
  [
    'GET',
    /^\/floor$/,
    () => ({
      body: {
        today: d.today,
        open_tasks: d.tasks.filter(t => ['open', 'started'].includes(t.state)).map(taskRow),
        movements: d.movements.slice(0, 30),
        edges: d.edges,
        exceptions_open: d.exceptions.filter(x => x.state === 'open').length,
      },
    }),
  ],
  ['GET', /^\/health$/, () => ({ body: { ok: true, version: '0.1.0', database: true, broker: true } })],
];

/** Answers one request under /api/v1. */
export function hub(request, response, path, query, body) {
  const cookie = /qitao_session=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
  const signedIn = sessions.has(cookie);
  const send = ({ status = 200, body: out, problem: refused, file }, headers = {}) => {
    if (file) {
      response.writeHead(200, {
        'content-type': file.media ?? 'application/octet-stream',
        'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
      });
      return response.end(file.bytes);
    }
    response.writeHead(status, {
      'content-type': refused ? 'application/problem+json' : 'application/json',
      'cache-control': 'no-store',
      ...headers,
    });
    response.end(status === 204 ? undefined : JSON.stringify(refused ?? out));
  };
  if (path === '/session') {
    if (request.method === 'POST') {
      if (body.login !== user.login || body.password !== 'qitao')
        return send(
          problem(401, '登录失败', '账号或密码不对。', { rule: 'session.credentials', field: 'password', who: '管理员可以重设密码' }),
        );
      const token = Math.random().toString(36).slice(2);
      sessions.add(token);
      return send(
        { body: { user, csrf: token, codes_missing: false } },
        { 'set-cookie': `qitao_session=${token}; Path=/; HttpOnly; SameSite=Lax` },
      );
    }
    if (request.method === 'DELETE') {
      sessions.delete(cookie);
      return send({ status: 204 });
    }
    return signedIn ? send({ body: { user, csrf: cookie, codes_missing: false } }) : send(problem(401, '没有登录', '请先登录。'));
  }
  if (path === '/session/outside') return send(problem(404, '找不到', '没有设置统一登录。', { rule: 'outside_sign_in_on' }));
  if (!signedIn && path !== '/health') return send(problem(401, '没有登录', '请先登录。'));
  if (path === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': hello\n\n');
    const listener = text => response.write(text);
    listeners.add(listener);
    request.on('close', () => listeners.delete(listener));
    return undefined;
  }
  if (request.method !== 'GET' && request.headers['x-qitao-csrf'] !== cookie)
    return send(problem(403, '请求没有凭据', '请刷新页面再试。', { rule: 'session.csrf' }));
  for (const [method, pattern, answer] of [...routes, ...platform, ...sheets, ...custom]) {
    const found = pattern.exec(path);
    if (found && method === request.method) return send(answer(found.slice(1), query, body, path));
  }
  return send(problem(404, '没有这个地址', path));
}
