// The edge's local API: one scanner's station, a pick that can be worked to its end, and idempotent scans.

import { randomBytes } from 'node:crypto';
import * as d from './data.mjs';
import { taskRow, tell } from './hub.mjs';

const operators = { 1001: { id: 1, name: '李雷' }, 1002: { id: 2, name: '韩梅梅' } };
const link = { state: 'online', backlog: 0, since_ms: d.now() };
const stations = new Map();
const answered = new Map();
const listeners = new Set();

function station(id, name, device = null) {
  const made = {
    id,
    name,
    device,
    device_state: device ? 'online' : null,
    operator: null,
    task: null,
    location: null,
    last: [],
    counts: { right: 0, wrong: 0 },
    history: [],
  };
  stations.set(id, made);
  return made;
}
station('S1', '1 号工位 扫码枪', 'zebra-ds2208-1');

const next = s => s.task?.lines.find(l => l.done + l.short < l.quantity);
function names(s) {
  const tasks = Object.fromEntries(d.tasks.map(t => [t.id, t.number]));
  const ids = new Set(
    [...(s.task?.lines.map(l => l.item) ?? []), ...s.last.map(x => x.verdict.item ?? x.verdict.stock?.item)].filter(Boolean),
  );
  const items = Object.fromEntries(
    [...ids].map(id => [id, { code: d.item(id).code, name: d.item(id).name, name_en: d.item(id).name_en, cartons: d.item(id).cartons }]),
  );
  const locations = Object.fromEntries(d.locations.map(l => [l.id, l.code]));
  return { items, locations, tasks, operators: Object.fromEntries(Object.values(operators).map(o => [o.id, o.name])) };
}
function prompt(s) {
  if (!s.operator) return { ask: 'scan_badge' };
  if (!s.task) return { ask: 'scan_task' };
  const l = next(s);
  if (!l) return { ask: 'confirm' };
  const stock = { item: l.item, carton: l.carton, ...(l.lot ? { lot: l.lot } : {}) };
  return {
    ask: s.location?.id === l.location ? 'scan_goods' : 'go_to',
    location: l.location,
    stock,
    left: String(l.quantity - l.done - l.short),
  };
}
function view(s) {
  const t = s.task && taskRow(s.task);
  return {
    id: s.id,
    name: s.name,
    device: s.device,
    device_state: s.device_state,
    operator: s.operator,
    task: t && { id: t.id, number: t.number, kind: t.kind, reference: t.reference, done: t.done, asked: t.asked, lines: t.lines },
    location: s.location,
    prompt: { ...prompt(s), names: names(s) },
    last: s.last.slice(0, 20).map(x => ({ ...x, names: names(s), undoable: s.history.includes(x.scan) })),
    counts: s.counts,
  };
}

function goods(s, i, carton) {
  if (!s.task) return [{ is: 'need_task' }, 'wrong'];
  const lines = s.task.lines.filter(l => l.item === i.id);
  if (!lines.length) return [{ is: 'wrong_item', item: i.id }, 'wrong'];
  const open = lines.filter(l => l.done + l.short < l.quantity);
  if (!carton && i.cartons > 1) return [{ is: 'need_carton', item: i.id, of: i.cartons }, 'wrong'];
  const l = open.find(x => x.carton === (carton || 1));
  if (!l) return [{ is: 'wrong_carton', item: i.id, carton: carton || 1, needed: open.map(x => x.carton) }, 'wrong'];
  if (s.location?.id !== l.location)
    return s.location
      ? [{ is: 'wrong_location', location: s.location.id, expected: l.location }, 'wrong']
      : [{ is: 'need_location' }, 'wrong'];
  l.done += 1;
  tell('movement', d.book({ key: l, quantity: 1, from: l.location, to: 3, task: s.task, operator: s.operator.name, station: s.id }));
  const stock = { item: l.item, carton: l.carton };
  const whole = s.task.lines.filter(x => x.set === l.set).every(x => x.done >= x.quantity);
  const undo = () => {
    l.done -= 1;
    tell('movement', d.book({ key: l, quantity: 1, from: 3, to: l.location, task: s.task, operator: s.operator.name, station: s.id }));
  };
  return [
    whole
      ? { is: 'set_complete', stock, quantity: '1', location: l.location, set: l.set }
      : { is: 'picked', stock, quantity: '1', location: l.location, left: String(l.quantity - l.done - l.short) },
    'right',
    undo,
  ];
}

function decide(s, text) {
  if (text.startsWith('QT-OP-')) {
    const operator = operators[text.slice(6)];
    if (!operator) return [{ is: 'unknown_operator' }, 'wrong'];
    s.operator = operator;
    return [{ is: 'logged_in', operator: operator.id }, 'right'];
  }
  if (!s.operator) return [{ is: 'need_operator' }, 'wrong'];
  if (text === 'QT-OUT') {
    Object.assign(s, { operator: null, task: null, location: null });
    return [{ is: 'logged_out' }, 'right'];
  }
  if (text === 'QT-CLOSE' && s.task) {
    const task = s.task.id;
    s.task = null;
    return [{ is: 'task_closed', task }, 'right'];
  }
  if (text.startsWith('QT-TASK-')) {
    const task = d.tasks.find(t => t.number === text.slice(8) && ['open', 'started'].includes(t.state));
    if (!task) return [{ is: 'unknown_task', number: text.slice(8) }, 'wrong'];
    task.state = 'started';
    s.task = task;
    return [{ is: 'task_opened', task: task.id }, 'right'];
  }
  if (text.startsWith('QT-QTY-')) return [{ is: 'quantity_set', quantity: text.slice(7) }, 'right'];
  if (text === 'QT-NEXT') return [{ is: 'skipped' }, 'attention'];
  if (text === 'QT-SHORT') {
    const l = s.task && next(s);
    if (!l) return [{ is: 'not_now' }, 'wrong'];
    l.short += 1;
    return [{ is: 'short_declared', stock: { item: l.item, carton: l.carton }, quantity: '1' }, 'attention', () => (l.short -= 1)];
  }
  if (text === 'QT-OK') {
    if (!s.task) return [{ is: 'not_now' }, 'wrong'];
    const missing = s.task.lines.filter(l => l.done + l.short < l.quantity);
    if (missing.length)
      return [
        { is: 'incomplete', missing: missing.map(l => [{ item: l.item, carton: l.carton }, String(l.quantity - l.done - l.short)]) },
        'wrong',
      ];
    const task = s.task;
    Object.assign(task, { state: 'finished', complete: task.lines.every(l => !l.short), finished: d.now() });
    s.task = null;
    return [
      { is: task.complete ? 'task_complete' : 'task_finished_short', task: task.id, missing: [] },
      task.complete ? 'right' : 'attention',
    ];
  }
  const place = d.byCode(text.replace(/^QT-L-/, ''));
  if (place) {
    s.location = { id: place.id, code: place.code };
    return [{ is: 'at_location', location: place.id }, 'right'];
  }
  const [, code, carton] = /^(.+?)(?:\/(\d+)-\d+)?$/.exec(text) ?? [];
  const i = d.items.find(x => x.code === code || x.barcodes.some(b => b.text === text));
  return i ? goods(s, i, Number(carton ?? 0)) : [{ is: 'unknown_barcode', text }, 'wrong'];
}

const undoes = new Map();
function scan(s, text, key) {
  if (answered.has(key)) return answered.get(key);
  let verdict;
  let tone;
  let undo;
  const id = randomBytes(16).toString('hex');
  if (text === 'QT-UNDO') {
    const last = s.history.pop();
    if (last) undoes.get(last)();
    [verdict, tone] = last ? [{ is: 'undone', scan: last }, 'attention'] : [{ is: 'nothing_to_undo' }, 'wrong'];
  } else [verdict, tone, undo] = decide(s, text);
  if (undo) {
    s.history.push(id);
    undoes.set(id, undo);
  }
  if (tone === 'right') s.counts.right += 1;
  if (tone === 'wrong') s.counts.wrong += 1;
  const at_ms = d.now();
  s.last.unshift({ scan: id, at_ms, payload: text, tone, verdict });
  s.task?.scans.push({
    seq: s.task.scans.length + 1,
    at_ms,
    station: s.id,
    operator_name: s.operator?.name,
    source: 'scanner',
    payload: text,
    verdict,
    tone,
    effects_count: undo ? 1 : 0,
    arrived_ms: at_ms,
    skew_ms: 0,
  });
  if (s.task) tell('task', taskRow(s.task));
  tell('fact', { edge: 'e-sh1-1', station: s.id, operator_name: s.operator?.name, tone, verdict, at_ms, names: names(s) });
  const shown = view(s);
  const answer = { scan: shown.last[0], station: shown };
  if (key) answered.set(key, answer);
  for (const l of listeners)
    if (l.station === s.id) {
      l.send(`event: verdict\ndata: ${JSON.stringify(answer.scan)}\n\n`);
      l.send(`event: state\ndata: ${JSON.stringify(shown)}\n\n`);
    }
  return answer;
}

/** Answers one request under /api. */
export function edge(request, response, path, query, body) {
  const send = (status, out) => {
    response.writeHead(status, {
      'content-type': status >= 400 ? 'application/problem+json' : 'application/json',
      'cache-control': 'no-store',
    });
    response.end(JSON.stringify(out));
  };
  if (path === '/state')
    return send(200, {
      edge: 'e-sh1-1',
      site: d.site,
      link,
      stations: [...stations.values()].filter(s => s.device || s.last.length).map(view),
      disk: { free: 5e10, state: 'ok' },
      printers: [],
      practice: query.get('practice') === '1',
    });
  if (path === '/print/jobs') return send(200, []);
  if (path === '/tasks') return send(200, d.tasks.filter(t => ['open', 'started'].includes(t.state)).map(taskRow));
  if (path === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': hello\n\n');
    const listener = { station: query.get('station'), send: text => response.write(text) };
    listeners.add(listener);
    request.on('close', () => listeners.delete(listener));
    return undefined;
  }
  // Only for tests: what the link badge shows.
  if (path === '/mock/link') {
    Object.assign(link, body);
    for (const l of listeners) l.send(`event: link\ndata: ${JSON.stringify(link)}\n\n`);
    return send(200, link);
  }
  if (path === '/stations' && request.method === 'POST')
    return send(200, { id: station(`web-${stations.size}`, body.name).id, token: randomBytes(8).toString('hex') });
  const [, id, what] = /^\/stations\/([^/]+)\/(scan|command|undo|photo)$/.exec(path) ?? [];
  const at = stations.get(decodeURIComponent(id ?? ''));
  if (!at) return send(404, { title: '没有这个工位', detail: '请重新选择工位。', status: 404 });
  if (what === 'photo')
    return send(300, {
      codes: [
        { text: 'A-01-2', format: 'Code128', aim: ']C0' },
        { text: '06901230000017', format: 'EAN-13', aim: ']E0' },
      ],
    });
  if (what === 'undo') {
    at.history = [...at.history.filter(h => h !== body.scan), body.scan];
    return send(200, scan(at, 'QT-UNDO', request.headers['idempotency-key']));
  }
  return send(200, scan(at, what === 'scan' ? body.payload : body.command, request.headers['idempotency-key']));
}
