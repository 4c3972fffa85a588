// A small furnishing site in memory: the fixture for browser tests of the pages without hub and edge.

const woods = [
  ['橡木', 'Oak', 'OAK'],
  ['胡桃木', 'Walnut', 'WAL'],
  ['榉木', 'Beech', 'BEE'],
  ['白蜡木', 'Ash', 'ASH'],
];
const kinds = [
  ['衣柜 2.4 m', 'wardrobe 2.4 m', 'YG', '2400', 7],
  ['餐桌 1.6 m', 'dining table 1.6 m', 'CZ', '1600', 2],
  ['双人床 1.8 m', 'bed 1.8 m', 'CH', '1800', 4],
  ['书架', 'bookshelf', 'SJ', '0900', 3],
  ['床头柜', 'bedside table', 'CT', '0450', 1],
];

export const now = () => Date.now();
export const site = { id: 1, code: 'SH1', name: '上海一仓', time_zone: 'Asia/Shanghai' };

export const items = [];
for (let n = 0; n < 130; n += 1) {
  const [zh, en, wood] = woods[n % woods.length];
  const [zhKind, enKind, short, size, cartons] = kinds[Math.floor(n / woods.length) % kinds.length];
  const series = Math.floor(n / 20);
  items.push({
    id: n + 1,
    code: `${short}-${wood}-${size}${series ? `-${series}` : ''}`,
    name: `${zh}${zhKind}${series ? ` ${series} 系` : ''}`,
    name_en: `${en} ${enKind}${series ? ` series ${series}` : ''}`,
    unit: '件',
    cartons,
    by_lot: n % 11 === 0,
    is_kit: false,
    parts: [],
    barcodes: [{ text: `0690123${String(n).padStart(6, '0')}7`, quantity: '1', carton: null }],
  });
}
items.push({
  id: 131,
  code: 'TJ-WOSHI-OAK',
  name: '橡木卧室三件套：衣柜、双人床与两只床头柜，含安装五金与说明书',
  name_en: 'Oak bedroom set: wardrobe, bed and two bedside tables',
  unit: '套',
  cartons: 1,
  by_lot: false,
  is_kit: true,
  barcodes: [],
  parts: [
    { item: 1, quantity: '1' },
    { item: 9, quantity: '1' },
    { item: 17, quantity: '2' },
  ],
});

export const locations = [
  { id: 1, site: 1, code: 'SUPPLIER', kind: 'supplier', name: '供应商' },
  { id: 2, site: 1, code: 'VARIANCE', kind: 'variance', name: '盘差' },
  { id: 3, site: 1, code: 'STAGING', kind: 'staging', name: '待发区' },
];
for (const aisle of 'ABCD')
  for (let bay = 1; bay <= 5; bay += 1)
    for (let level = 1; level <= 3; level += 1)
      locations.push({ id: locations.length + 1, site: 1, code: `${aisle}-0${bay}-${level}`, kind: 'bin', name: '' });

export const item = id => items.find(i => i.id === Number(id));
export const location = id => locations.find(l => l.id === Number(id));
export const byCode = code => locations.find(l => l.code === code);

/** Stock rows { location, item, carton, lot, quantity } in whole units. */
export const stock = [];
for (const i of items.filter(x => !x.is_kit && x.id <= 60)) {
  const at = locations[3 + (i.id % 60)];
  for (let c = 1; c <= i.cartons; c += 1) {
    // Some wardrobes lack a carton: the page must show which.
    const quantity = i.id % 4 === 1 && c === 5 ? 1 : 3 + (i.id % 3);
    stock.push({ location: at.id, item: i.id, carton: c, lot: i.by_lot ? 'A12' : '', quantity });
  }
}

export function move(from, to, key, quantity) {
  for (const [place, by] of [
    [from, -quantity],
    [to, quantity],
  ]) {
    let row = stock.find(s => s.location === place && s.item === key.item && s.carton === key.carton && s.lot === (key.lot ?? ''));
    if (!row) {
      row = { location: place, item: key.item, carton: key.carton, lot: key.lot ?? '', quantity: 0 };
      stock.push(row);
    }
    row.quantity += by;
  }
}

const real = new Set(['bin', 'receiving', 'staging']);
export const realStock = () => stock.filter(s => real.has(location(s.location).kind) && s.quantity !== 0);

export function sets(i) {
  if (i.is_kit) return Math.min(...i.parts.map(p => Math.floor(sets(item(p.item)) / Number(p.quantity))));
  const rows = realStock().filter(s => s.item === i.id);
  return Math.min(
    ...Array.from({ length: i.cartons }, (_, c) => rows.filter(s => s.carton === c + 1).reduce((sum, s) => sum + s.quantity, 0)),
  );
}

let line = 0;
export const linesFor = (id, quantity, set, place) => {
  const i = item(id);
  if (i.is_kit) return i.parts.flatMap(p => linesFor(p.item, quantity * Number(p.quantity), set, place));
  return Array.from({ length: i.cartons }, (_, c) => {
    line += 1;
    const at = place ?? realStock().find(s => s.item === i.id && s.carton === c + 1)?.location ?? null;
    return { id: line, item: i.id, carton: c + 1, lot: i.by_lot ? 'A12' : '', set, location: at, quantity, done: 0, short: 0 };
  });
};
export const countLine = place => {
  line += 1;
  return { id: line, item: null, carton: null, lot: '', set: 0, location: place, quantity: 0, done: 0, short: 0 };
};

const ago = minutes => now() - minutes * 60_000;
export const tasks = [
  {
    id: 1,
    number: 'PK-000456',
    kind: 'pick',
    reference: '订单 SO-2044 王女士',
    state: 'started',
    complete: null,
    lines: [...linesFor(1, 1, 1), ...linesFor(17, 2, 2)],
    created: ago(90),
    started: ago(30),
    finished: null,
    scans: [],
  },
  {
    id: 2,
    number: 'PA-000123',
    kind: 'put_away',
    reference: '到货单 A-1001',
    state: 'open',
    complete: null,
    lines: linesFor(2, 4, 0, byCode('B-04-2').id),
    created: ago(60),
    started: null,
    finished: null,
    scans: [],
  },
  {
    id: 3,
    number: 'CT-000007',
    kind: 'count',
    reference: 'A 区例行盘点',
    state: 'finished',
    complete: true,
    lines: ['A-01-1', 'A-01-2'].map(c => countLine(byCode(c).id)),
    created: ago(600),
    started: ago(500),
    finished: ago(400),
    scans: [],
  },
  {
    id: 4,
    number: 'PK-000455',
    kind: 'pick',
    reference: '订单 SO-2039 李先生（门店自提，请放待发区左侧）',
    state: 'finished',
    complete: false,
    lines: linesFor(9, 1, 1),
    created: ago(1500),
    started: ago(1490),
    finished: ago(1400),
    scans: [],
  },
];
for (const l of tasks[0].lines.slice(0, 4)) l.done = 1;
for (const l of tasks[3].lines) l[l.carton === 3 ? 'short' : 'done'] = 1;
for (const l of tasks[2].lines) l.done = 1;

export const movements = [];
export function book({ key, quantity, from, to, task, operator, station = 'S1', at = now() }) {
  move(from, to, key, quantity);
  const i = item(key.item);
  const row = {
    id: movements.length + 1,
    at_ms: at,
    item: i.id,
    code: i.code,
    name: i.name,
    name_en: i.name_en,
    unit: i.unit,
    carton: key.carton,
    of: i.cartons,
    lot: key.lot ?? '',
    quantity: String(quantity),
    from,
    from_code: location(from).code,
    from_kind: location(from).kind,
    to,
    to_code: location(to).code,
    to_kind: location(to).kind,
    task: task?.id ?? null,
    task_number: task?.number ?? null,
    edge: 'e-sh1-1',
    station,
    operator_name: operator ?? '李雷',
    scan_id: 'ab'.repeat(16),
    reversed: false,
  };
  movements.unshift(row);
  return row;
}
for (let n = 0; n < 70; n += 1) {
  const i = item(1 + ((n * 7) % 40));
  book({
    key: { item: i.id, carton: 1 + (n % i.cartons), lot: i.by_lot ? 'A12' : '' },
    quantity: 1,
    from: 1,
    to: locations[3 + (i.id % 60)].id,
    task: tasks[1],
    at: ago(300 - n * 4),
  });
}
movements[3].reversed = true;

tasks[0].scans.push(
  ...[
    ['QT-TASK-PK-000456', { is: 'task_opened', task: 1 }, 'right'],
    ['A-01-2', { is: 'at_location', location: tasks[0].lines[0].location }, 'right'],
    [
      'YG-OAK-2400/1-7',
      { is: 'picked', stock: { item: 1, carton: 1 }, quantity: '1', location: tasks[0].lines[0].location, left: '0' },
      'right',
    ],
    ['YG-OAK-2400/1-7', { is: 'wrong_carton', item: 1, carton: 1, needed: [2, 3, 4, 5, 6, 7] }, 'wrong'],
    ['CT-OAK-0450', { is: 'wrong_item', item: 21 }, 'wrong'],
    ['QT-UNDO', { is: 'undone', scan: 'cd'.repeat(16) }, 'attention'],
  ].map(([payload, verdict, tone], n) => ({
    scan: String(n + 1).padStart(32, '0'),
    edge: 'e-sh1-1',
    site: 1,
    task: 1,
    task_number: tasks[0].number,
    names: namesOf(verdict),
    seq: n + 1,
    at_ms: ago(28 - n),
    station: 'S1',
    operator_name: '李雷',
    source: payload.startsWith('QT-UNDO') ? 'panel' : 'scanner',
    payload,
    verdict,
    tone,
    effects_count: tone === 'right' ? 1 : 0,
    arrived_ms: ago(28 - n) + 240,
    skew_ms: 120,
  })),
);

/** Names of what a verdict or a case speaks about, as the hub gives them. */
export function namesOf(value) {
  const names = { items: {}, locations: {}, tasks: {} };
  const find = v => {
    if (!v || typeof v !== 'object') return;
    for (const [name, inner] of Object.entries(v)) {
      if (name === 'item')
        names.items[inner] = (({ code, name, name_en, unit, cartons }) => ({ code, name, name_en, unit, cartons }))(item(inner));
      else if (['location', 'suggested', 'expected'].includes(name) && typeof inner === 'number')
        names.locations[inner] = location(inner).code;
      else if (name === 'task' && typeof inner === 'number') names.tasks[inner] = tasks.find(t => t.id === inner)?.number;
      else find(inner);
    }
  };
  find(value);
  return names;
}

/** Every scan, newest first: those of the task above and enough others to fill pages. */
export const scans = [];
for (let n = 0; n < 140; n += 1) {
  const i = item(1 + ((n * 7) % 40));
  const at = locations[3 + (i.id % 60)].id;
  const stock = { item: i.id, carton: 1 + (n % i.cartons), lot: i.by_lot ? 'A12' : '' };
  const [verdict, tone, payload] = [
    [{ is: 'put_away', stock, quantity: '1', location: at, left: '2' }, 'right', `${i.code}/${stock.carton}-${i.cartons}`],
    [{ is: 'put_away', stock, quantity: '1', location: at, left: '1' }, 'right', `${i.code}/${stock.carton}-${i.cartons}`],
    [{ is: 'at_location', location: at }, 'right', `QT-L-${location(at).code}`],
    [{ is: 'wrong_location', location: at, expected: locations[4].id }, 'wrong', `QT-L-${location(at).code}`],
    [{ is: 'put_away_elsewhere', stock, quantity: '1', location: at, suggested: locations[5].id, left: '0' }, 'attention', i.code],
    [{ is: 'unknown_barcode', text: '6932571036117' }, 'wrong', '6932571036117'],
  ][n % 6];
  scans.push({
    scan: `f${String(n).padStart(31, '0')}`,
    edge: 'e-sh1-1',
    epoch: 1,
    seq: 1000 - n,
    site: 1,
    at_ms: ago(30 + n * 9),
    station: ['S1', 'web-5f0c2a91', 'web-0b1c2d3e'][n % 3],
    task: n % 4 === 3 ? null : 2,
    task_number: n % 4 === 3 ? null : tasks[1].number,
    operator_name: n % 5 ? '李雷' : '韩梅梅',
    source: 'scanner',
    payload,
    verdict,
    tone,
    effects_count: tone === 'right' ? 1 : 0,
    arrived_ms: ago(30 + n * 9) + 240,
    skew_ms: 120,
    names: namesOf(verdict),
  });
}
scans.unshift(...[...tasks[0].scans].reverse());

export const edges = [
  {
    id: 'e-sh1-1',
    site: 1,
    name: '上海一仓 1 号机',
    state: 'online',
    epoch: 1,
    committed: 18234,
    backlog: 0,
    lag_ms: 0,
    last_seen_ms: now(),
    clock_skew_ms: 120,
    agent: '0.1.0',
    devices: [
      { id: 'zebra-ds2208-1', kind: 'scanner', model: '1 号扫码枪', state: 'online', station: 'S1' },
      { id: 'web-5f0c2a91', kind: 'panel', model: '2 号手持机', state: 'known', station: 'web-5f0c2a91' },
      { id: 'tsc-te210', kind: 'printer', model: 'TSC TE210', state: 'paper out' },
    ],
    disk_free: 51_234_567_890,
    memory: 88_000_000,
    datasets: [
      { name: 'items', version: 412, current: true },
      { name: 'locations', version: 12, current: false },
    ],
  },
  {
    id: 'e-sh1-2',
    site: 1,
    name: '上海一仓 2 号机',
    state: 'offline',
    epoch: 1,
    committed: 902,
    backlog: 23,
    lag_ms: 640_000,
    last_seen_ms: ago(11),
    clock_skew_ms: -90_000,
    agent: '0.1.0',
    devices: [],
    datasets: [],
  },
];

export const exceptions = [
  {
    id: 1,
    kind: 'unknown_barcode',
    site: 1,
    edge: 'e-sh1-1',
    opened_ms: ago(42),
    data: { text: '6932571036117', count: 3, station: 'S1', operator_name: '李雷' },
    state: 'open',
  },
  {
    id: 2,
    kind: 'count_variance',
    site: 1,
    edge: 'e-sh1-1',
    opened_ms: ago(400),
    data: {
      task: 3,
      number: 'CT-000007',
      location: byCode('A-01-2').id,
      location_code: 'A-01-2',
      lines: [
        {
          item: 1,
          code: items[0].code,
          name: items[0].name,
          carton: 5,
          of: 7,
          lot: '',
          expected: '1',
          counted: '3',
          variance: '2',
          moved_during: true,
        },
        {
          item: 1,
          code: items[0].code,
          name: items[0].name,
          carton: 6,
          of: 7,
          lot: '',
          expected: '4',
          counted: '3',
          variance: '-1',
          moved_during: false,
        },
      ],
    },
    state: 'open',
  },
  {
    id: 3,
    kind: 'negative_stock',
    site: 1,
    edge: 'e-sh1-1',
    opened_ms: ago(20),
    data: { location: byCode('C-02-1').id, location_code: 'C-02-1', item: 5, carton: 1, lot: '', quantity: '-1' },
    state: 'open',
  },
  {
    id: 4,
    kind: 'unappliable_fact',
    site: 1,
    edge: 'e-sh1-2',
    opened_ms: ago(900),
    data: { edge: 'e-sh1-2', epoch: 1, seq: 88, rule: 'unknown_item', detail: 'there is no item 9999' },
    state: 'open',
  },
  {
    id: 5,
    kind: 'short_pick',
    site: 1,
    edge: 'e-sh1-1',
    opened_ms: ago(1400),
    data: {
      number: 'PK-000455',
      task: 4,
      lines: [{ item: 9, code: items[8].code, name: items[8].name, carton: 3, of: 4, quantity: '1', done: '0', short: '1' }],
    },
    state: 'resolved',
    resolved_ms: ago(1300),
    resolved_by: '王芳',
    resolution: { action: 'dismiss', note: '已补发' },
  },
];
export const today = { scans: 412, right: 396, wrong: 16, moved: '371' };
