// The desk in a real browser: DESK=http://… LOGIN=… PASSWORD=… node e2e/desk.mjs
// Works on whatever data the hub has, so that the same file runs against the mock and against a real hub. SHOTS=folder keeps pictures;
// TOURS=2 looks at every page in two of the four looks only.

import { contracts } from './contracts.mjs';
import { customers } from './customers.mjs';
import { figures } from './figures.mjs';
import { customField, journey } from './journey.mjs';
import { Checks, firstRow, heading, launch, must, rested } from './lib.mjs';
import { opportunities } from './opportunities.mjs';
import { orders } from './orders.mjs';
import { prices } from './prices.mjs';
import { quotes } from './quotes.mjs';
import { settings } from './settings.mjs';
import { stockFigures } from './stock-figures.mjs';
import { tickets } from './tickets.mjs';
import { views } from './views.mjs';

const base = must(process.env.DESK, 'DESK: address of the hub').replace(/\/$/, '');
const login = process.env.LOGIN ?? 'admin';
const password = process.env.PASSWORD ?? 'qitao';
const checks = new Checks('desk');
const browser = await launch();
const sizes = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };
const words = {
  'zh-CN': {
    signIn: '登录',
    home: '首页',
    customers: '客户',
    quotes: '报价',
    contracts: '合同台账',
    orders: '订单',
    figures: '经营数据',
    payments: '收款',
    prices: '价目表',
    models: '选配模型',
    opportunities: '商机',
    stageReport: '阶段报表',
    tickets: '服务工单',
    floor: '现场',
    items: '商品',
    stock: '库存',
    tasks: '任务',
    edges: '边缘机',
    exceptions: '异常',
    movements: '移动记录',
    scans: '扫描记录',
    settings: '设置',
    notifications: '通知',
    profile: '账号和安全',
    howTold: '通知方式',
    tokens: '访问令牌',
    people: '人员',
    roles: '角色',
    organisations: '组织架构',
    jobs: '后台任务',
    schedules: '定时任务',
    channels: '消息通道',
    webhooks: 'Webhook',
    deliveries: 'Webhook 投递',
    audit: '审计记录',
    imports: '导入',
    exports: '导出',
    newImport: '新的导入',
    fields: '自定义字段',
    options: '共用选项表',
    stages: '流程和阶段',
    api: '试用接口',
    help: '帮助',
    newTask: '新建任务',
    create: '创建任务',
    approve: '批准并过账',
    bind: '绑定到商品',
    dismiss: '知道了，关闭',
  },
  en: {
    signIn: 'Sign in',
    home: 'Home',
    customers: 'Customers',
    quotes: 'Quotes',
    contracts: 'Contracts',
    orders: 'Orders',
    figures: 'Figures',
    payments: 'Payments',
    prices: 'Price lists',
    models: 'Option models',
    opportunities: 'Opportunities',
    stageReport: 'Stage report',
    tickets: 'Tickets',
    floor: 'Floor',
    items: 'Items',
    stock: 'Stock',
    tasks: 'Tasks',
    edges: 'Edges',
    exceptions: 'Exceptions',
    movements: 'Movements',
    scans: 'Scans',
    settings: 'Settings',
    notifications: 'Notifications',
    profile: 'Account and safety',
    howTold: 'How I am told',
    tokens: 'API tokens',
    people: 'People',
    roles: 'Roles',
    organisations: 'Organisations',
    jobs: 'Jobs',
    schedules: 'Schedules',
    channels: 'Channels',
    webhooks: 'Webhooks',
    deliveries: 'Webhook deliveries',
    audit: 'Audit',
    imports: 'Imports',
    exports: 'Exports',
    newImport: 'New import',
    fields: 'Custom fields',
    options: 'Shared options',
    stages: 'Pipelines and stages',
    api: 'Try the API',
    help: 'Help',
    newTask: 'New task',
    create: 'Create task',
    approve: 'Approve and post',
    bind: 'Bind to item',
    dismiss: 'Noted, close',
  },
};

async function open(lang, size, theme = 'light') {
  // Without motion: a press on what is still moving into place is lost now and then, faster than any hand.
  const context = await browser.newContext({ viewport: sizes[size], locale: lang, colorScheme: theme, reducedMotion: 'reduce' });
  await context.addInitScript(
    ([l, t]) => {
      localStorage.setItem('qitao.lang', l);
      localStorage.setItem('qitao.theme', t);
    },
    [lang, theme],
  );
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  checks.watch(page);
  return { context, page, t: words[lang] };
}

async function signIn(page, t) {
  await page.goto(`${base}/`);
  await page.locator('input[autocomplete=username]').fill(login);
  await page.locator('input[type=password]').fill(password);
  await page.getByRole('button', { name: t.signIn, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: t.home }).waitFor();
}

/** Every page once: it opens, fits, is accessible. */
async function tour(lang, size, theme) {
  const { context, page, t } = await open(lang, size, theme);
  const at = name => `${name}-${size === 'wide' ? 1280 : 390}-${lang === 'en' ? 'en' : 'zh'}-${theme}`;
  const look = async (name, tall = false) => {
    await checks.fits(page, at(name));
    await checks.accessible(page, at(name));
    await checks.shot(page, at(name), tall);
  };
  await page.goto(`${base}/`);
  await page.locator('input[autocomplete=username]').waitFor();
  await look('login');
  if (!(await checks.step(`${at('login')}: signs in`, () => signIn(page, t)))) return context.close();
  await rested(page);
  await look('home');
  await journey(page, { lang, t, at, base, checks });

  for (const [name, path, first] of [
    ...(process.env.MOCK
      ? []
      : [
          ['figures', '/figures', null],
          ['customers', '/customers', 'customer'],
          ['quotes', '/quotes', 'quote'],
          ['contracts', '/contracts', 'contract'],
          ['orders', '/orders', 'order'],
          ['payments', '/payments'],
          ['prices', '/prices', 'price-list'],
          ['opportunities', '/opportunities', 'opportunity'],
          ['opportunities', '/opportunities?as=board', null],
          ['stageReport', '/opportunities/report', null],
          ['tickets', '/tickets', null],
        ]),
    ['floor', '/floor', null],
    ['items', '/items', 'item'],
    ['stock', '/stock', null],
    ['stock', '/stock?by=location', 'location'],
    ['tasks', '/tasks', 'task'],
    ['movements', '/movements', null],
    ['scans', '/scans', null],
    ['edges', '/edges', 'edge'],
    ['exceptions', '/exceptions', 'exception'],
    ['settings', '/settings', null],
    ['notifications', '/notifications', null],
    ['profile', '/settings/profile', null],
    ['howTold', '/settings/notifications', null],
    ['tokens', '/settings/tokens', null],
    ['people', '/settings/people', 'person'],
    ['roles', '/settings/roles', 'role'],
    ['organisations', '/settings/organisations', null],
    ['jobs', '/settings/jobs', 'job'],
    ['schedules', '/settings/schedules', null],
    ['channels', '/settings/channels', 'channel'],
    ['webhooks', '/settings/webhooks', null],
    ['deliveries', '/settings/deliveries', 'delivery'],
    ['audit', '/settings/audit', null],
    ['imports', '/imports', 'import'],
    ['newImport', '/imports/new?kind=items', null],
    ['exports', '/exports', null],
    ['fields', '/settings/fields', null],
    ['options', '/settings/options', null],
    ['stages', '/settings/stages', 'pipeline'],
    ['api', '/settings/api', null],
    ['tasks', '/tasks?as=board', null],
    ['help', '/help', null],
    ['tasks', '/help/tasks', null],
  ]) {
    await checks.step(`${at(name)}: opens`, async () => {
      await page.goto(base + path);
      await heading(page, t[name]);
      must((await page.locator('main .fault').count()) === 0, 'the page shows a fault');
    });
    await look(
      path.includes('location')
        ? 'stock-by-location'
        : path.startsWith('/help/')
          ? 'help-tasks'
          : path.includes('board')
            ? name === 'tasks'
              ? 'board'
              : `${name}-board`
            : name,
    );
    if (!first || (await firstRow(page).count()) === 0) continue;
    await checks.step(`${at(first)}: opens from the list`, async () => {
      await firstRow(page).click();
      await page.waitForFunction(before => location.pathname !== before, path.split('?')[0]);
      await page.locator('main h1').waitFor();
      await rested(page);
      must((await page.locator('main .fault').count()) === 0, 'the page shows a fault');
    });
    await look(first, true);
  }
  await context.close();
}

/** What a person does in a day: search, make a task, resolve exceptions, find and go. */
async function work() {
  const { context, page, t } = await open('zh-CN', 'wide');
  await checks.step('a wrong password is refused in words', async () => {
    await page.goto(`${base}/`);
    await page.locator('input[autocomplete=username]').fill(login);
    await page.locator('input[type=password]').fill('certainly-not-it');
    await page.getByRole('button', { name: t.signIn, exact: true }).click();
    await page.locator('[role=alert]').waitFor();
    must((await page.locator('[role=alert]').innerText()).length > 4, 'the refusal says nothing');
  });
  if (!(await checks.step('signs in', () => signIn(page, t)))) return context.close();

  await checks.step('the live link is up', () => page.locator('.top .tag-right').waitFor());
  await checks.step('counters open their lists', async () => {
    await page.locator('.counter[href="/exceptions"]').first().click();
    await heading(page, t.exceptions);
    await page.goBack();
    await heading(page, t.home);
    await page.locator('.counter[href="/settings/jobs?state=dead"]').click();
    await heading(page, t.jobs);
    await page.goBack();
    await heading(page, t.home);
  });

  let code = '';
  await checks.step('items are searched and their page shows cartons', async () => {
    await page.goto(`${base}/items`);
    await heading(page, t.items);
    code = (await firstRow(page).innerText()).trim();
    await page.getByRole('searchbox').fill(code);
    await page.waitForFunction(q => new URLSearchParams(location.search).get('q') === q, code);
    await page.waitForFunction(c => document.querySelector('main .table tbody a.row-link')?.textContent === c, code);
    await firstRow(page).click();
    await page.locator('.facts').first().waitFor();
    must((await page.locator('main').innerText()).includes(code), 'the item page does not name its code');
  });
  await checks.step('long lists go on below', async () => {
    await page.goto(`${base}/items`);
    await heading(page, t.items);
    const before = await page.locator('main .table tbody tr').count();
    if (before < 50) return;
    await page.locator('.list-end').scrollIntoViewIfNeeded();
    await page.waitForFunction(n => document.querySelectorAll('main .table tbody tr').length > n, before);
  });

  await checks.step('the desk shows one organisation, and all of them again', async () => {
    await page.goto(`${base}/edges`);
    await heading(page, t.edges);
    await firstRow(page).waitFor();
    await page.locator('.part-picker input[role=combobox]').click();
    await page.keyboard.type('徐汇');
    const narrowed = page.waitForResponse(answer => /\/api\/v1\/edges\?.*below=\d/.test(answer.url()));
    await page.locator('.ant-select-item-option', { hasText: '徐汇店' }).first().click();
    must((await narrowed).ok(), 'the list of that organisation is refused');
    await page.locator('main .empty').waitFor();
    await checks.accessible(page, 'part picker');
    await page.reload();
    await page.locator('main .empty').waitFor();
    must((await page.locator('.part-picker').innerText()).includes('徐汇店'), 'the choice is not kept');
    await page.locator('.part-picker').hover();
    await page.locator('.part-picker .ant-select-clear').click();
    await firstRow(page).waitFor();
  });

  await keyboard(page, t);

  await checks.step('find and go leads to an item by keyboard', async () => {
    await page.keyboard.press('Control+k');
    await page.locator('.palette-field input').fill(code);
    await page.locator('[role=option]', { hasText: code }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/items\/\d+$/);
    await page.keyboard.press('Control+k');
    await page.locator('.palette-field input').fill('审计');
    await page.locator('[role=option]', { hasText: t.audit }).first().waitFor();
    await checks.accessible(page, 'find and go');
    await checks.shot(page, 'palette-1280-zh-light');
    await page.keyboard.press('Enter');
    await heading(page, t.audit);
  });
  await checks.step('the bell shows what one was told', async () => {
    await page.locator('.top .ant-badge button').click();
    await page.locator('.ant-drawer-body .plain, .ant-drawer-body .empty').first().waitFor();
    await checks.accessible(page, 'the bell');
    await checks.shot(page, 'bell-1280-zh-light');
    await page.keyboard.press('Escape');
    await page.locator('.ant-drawer-body').waitFor({ state: 'detached' });
  });
  await checks.step('it can be installed: manifest, icons and a worker that keeps the shell', async () => {
    const manifest = await page.evaluate(() => fetch('/manifest.webmanifest').then(answer => answer.json()));
    for (const { src } of manifest.icons) {
      const type = await page.evaluate(at => fetch(at).then(answer => answer.headers.get('content-type')), src);
      must(type === 'image/png', `${src} is ${type}`);
    }
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    const kept = await page.evaluate(async () => (await (await caches.open('shell')).keys()).map(one => new URL(one.url).pathname));
    must(kept.includes('/') && !kept.some(path => path.startsWith('/api')), `kept is ${kept.join(', ')}`);
  });

  await checks.step('a task is made and opens', async () => {
    await page.goto(`${base}/tasks`);
    await heading(page, t.tasks);
    await page.getByRole('button', { name: t.newTask }).first().click();
    const drawer = page.getByRole('dialog');
    await drawer.locator('input[maxlength="120"]').fill('浏览器测试单');
    await drawer.locator('.task-line input[role=combobox]').first().click();
    await page.keyboard.type(code);
    await page.locator('.ant-select-item-option', { hasText: code }).first().click();
    await checks.accessible(page, 'new task, drawer');
    await checks.shot(page, 'new-task-1280-zh-light');
    await drawer.getByRole('button', { name: t.create, exact: true }).click();
    await page.waitForURL(/\/tasks\/\d+$/);
    await page.locator('.chip').first().waitFor();
    must((await page.locator('main').innerText()).includes('浏览器测试单'), 'the task does not show what it is for');
  });
  await checks.accessible(page, 'new task');
  await views(page, t, base, checks);

  if (process.env.RESOLVE !== '0') await exceptions(page, t, code);
  await customers(page, t, base, checks);
  await figures(page, t, base, checks);
  await prices(page, t, base, checks);
  await quotes(page, base, checks);
  await orders(page, t, base, checks);
  await contracts(page, t, base, checks);
  await opportunities(page, t, base, checks);
  await tickets(page, t, base, checks);
  await stockFigures(page, t, base, checks);
  await customField(page, t, base, checks);
  await settings(page, t, base, checks, { login, password });

  await checks.step('an unknown address says so', async () => {
    await page.goto(`${base}/nowhere`);
    await page.locator('.empty').waitFor();
  });
  await checks.step('the language switches in place', async () => {
    await page.goto(`${base}/settings`);
    await heading(page, t.settings);
    await page.getByText('English', { exact: true }).last().click();
    await heading(page, words.en.settings);
    must((await page.evaluate(() => document.documentElement.lang)) === 'en', 'the page keeps saying it is Chinese');
  });
  await checks.step('a lost live link is said in words and the page stays', async () => {
    await page.route('**/api/v1/events*', route => route.abort());
    await page.goto(`${base}/floor`);
    await heading(page, t.floor);
    await page.locator('.notice').waitFor({ timeout: 15_000 });
    must((await page.locator('.counter').count()) > 0, 'the counters are gone');
  });
  await checks.accessible(page, 'live link lost');
  await checks.shot(page, 'floor-lost-1280-zh-light');
  return context.close();
}

/** A list by keyboard, the record beside it, and its look as its reader likes it. */
async function keyboard(page, t) {
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('href') ?? '');
  await checks.step('rows are walked with j, k and arrows, looked at with o and opened with Enter', async () => {
    await page.goto(`${base}/items`);
    await heading(page, t.items);
    await page.keyboard.press('j');
    const first = await focused();
    await page.keyboard.press('ArrowDown');
    const second = await focused();
    must(first && second && first !== second, `the focus went from ${first} to ${second}`);
    await page.keyboard.press('o');
    await page.locator('.peek-body > h2').waitFor();
    await page.keyboard.press('k');
    await page.waitForFunction(to => document.querySelector('.peek-open')?.getAttribute('href') === to, first);
    await page.locator('.peek .facts').waitFor();
    await page.waitForFunction(() => !document.querySelector('.peek [aria-busy=true]'));
    await checks.accessible(page, 'an item beside the list');
    await checks.shot(page, 'items-peek-1280-zh-light');
    await page.keyboard.press('Escape');
    await page.locator('.peek').waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    await page.waitForFunction(to => location.pathname === to, first);
  });
  await checks.step('a click on a row looks at it beside the list', async () => {
    await page.goto(`${base}/tasks`);
    await heading(page, t.tasks);
    if ((await firstRow(page).count()) === 0) return;
    await page.locator('main .table tbody tr td:nth-child(3)').first().click();
    await page.locator('.peek-body > h2').waitFor();
    must(new URL(page.url()).pathname === '/tasks', 'the click left the list');
    await page.locator('.peek .set').first().waitFor();
    await checks.accessible(page, 'a task beside the list');
    await checks.shot(page, 'tasks-peek-1280-zh-light');
  });
  await checks.step('/ goes to the search and ? shows the shortcuts', async () => {
    await page.goto(`${base}/tasks`);
    await heading(page, t.tasks);
    await page.keyboard.press('/');
    await page.keyboard.type('zzz');
    await page.waitForFunction(() => new URLSearchParams(location.search).get('q') === 'zzz');
    await page.locator('.empty').waitFor();
    await checks.shot(page, 'tasks-none-1280-zh-light');
    await page.locator('.empty button').click();
    await page.waitForFunction(() => location.search === '');
    await page.evaluate(() => document.activeElement?.blur());
    await page.keyboard.press('?');
    await page.locator('.keys').waitFor();
    await checks.accessible(page, 'shortcuts');
    await checks.shot(page, 'shortcuts-1280-zh-light');
    await page.keyboard.press('Escape');
    await page.locator('.keys').waitFor({ state: 'hidden' });
  });
  await checks.step('columns and density are kept', async () => {
    await page.goto(`${base}/items`);
    await heading(page, t.items);
    const columns = () => page.locator('main .table thead th').count();
    const before = await columns();
    await page.locator('.list-head button').last().click();
    await page.locator('.ant-dropdown-menu-item').first().click();
    await page.waitForFunction(n => document.querySelectorAll('main .table thead th').length === n - 1, before);
    await page.reload();
    await heading(page, t.items);
    must((await columns()) === before - 1, 'the column is back after a reload');
    await page.locator('.list-head button').last().click();
    await page.locator('.ant-dropdown-menu-item').first().click();
    await page.waitForFunction(n => document.querySelectorAll('main .table thead th').length === n, before);
  });
  await checks.step('what was wrong today is listed, and a scan leads to its task', async () => {
    await page.goto(`${base}/floor`);
    await heading(page, t.floor);
    await page.locator('.counter[href*="tone=wrong"]').first().click();
    await heading(page, t.scans);
    must(new URL(page.url()).search === '?days=1&tone=wrong', `the filter is ${new URL(page.url()).search}`);
    must((await page.locator('main .table .tag:not(.tag-wrong)').count()) === 0, 'something is there that was not wrong');
    await page.goto(`${base}/scans`);
    await heading(page, t.scans);
    await checks.accessible(page, 'scans');
    const link = page.locator('main .table tbody a.row-link').first();
    if ((await link.count()) === 0) return;
    await link.click();
    await page.waitForURL(/\/tasks\/\d+$/);
  });
}

/** Somebody who sees what is beneath the first organisation; their name. */
async function colleague(page) {
  const name = `孙店长${Date.now()}`;
  const status = await page.evaluate(async called => {
    const read = path => fetch(`/api/v1${path}`).then(answer => answer.json());
    const { csrf } = await read('/session');
    const role = (await read('/roles')).items.find(one => one.code === 'store_manager');
    const place = (await read('/organisations?limit=1')).items[0];
    const body = {
      login: `sun${called.slice(-8)}`,
      name: called,
      organisation: place.id,
      roles: [{ role: role.id }],
      password: 'correct-horse-1',
    };
    const headers = { 'content-type': 'application/json', 'x-qitao-csrf': csrf };
    return (await fetch('/api/v1/people', { method: 'POST', headers, body: JSON.stringify(body) })).status;
  }, name);
  must(status === 201, `a person was answered ${status}`);
  return name;
}

/** Resolves one open exception of each kind that needs a decision: without one to decide, a step fails. */
async function exceptions(page, t, code) {
  const openOf = async kind => {
    await page.goto(`${base}/exceptions?kind=${kind}`);
    await heading(page, t.exceptions);
    must((await firstRow(page).count()) > 0, `no open case of the kind ${kind}`);
    await firstRow(page).click();
    await page.waitForURL(/\/exceptions\/\d+$/);
    await page.locator('main h1').waitFor();
  };
  const resolved = () => page.locator('.card .tag-right').first().waitFor();
  await checks.step('whoever sees a case reads what was said of it, and says something, without the right to the audit', async () => {
    const session = '**/api/v1/session';
    await page.route(session, async route => {
      const answer = await route.fetch();
      const body = await answer.json();
      body.user.rights = body.user.rights.filter(right => right !== 'audit.see');
      await route.fulfill({ response: answer, json: body });
    });
    try {
      await openOf('unknown_barcode');
      const said = `条码贴错了 ${Date.now()}`;
      const field = page.locator('.say textarea');
      await field.fill(said);
      await page.getByRole('button', { name: '发送', exact: true }).click();
      await page.locator('.comments .comment', { hasText: said }).waitFor();
      must((await page.locator('.timeline').count()) === 0, 'the timeline is shown to who may not read it');
      await checks.accessible(page, 'what was said');
      const [name, place] = process.env.MOCK ? ['李雷', '上海一仓'] : [await colleague(page), ''];
      await field.pressSequentially(`@${name.slice(0, 2)}`);
      await page.locator('.ant-mentions-dropdown-menu-item', { hasText: place || name }).click();
      await page.locator('.say', { hasText: `会通知：${name} · ${place}` }).waitFor();
      await page.getByRole('button', { name: '发送', exact: true }).click();
      await page.locator('.comments .named', { hasText: `@${name}` }).waitFor();
      await page.route('**/api/v1/comments/**', route => route.fulfill({ status: 500, json: {} }));
      await page.reload();
      await page.locator('.record-side .fault').waitFor();
    } finally {
      await page.unroute(session);
      await page.unroute('**/api/v1/comments/**');
    }
  });
  await checks.step('an unknown barcode is bound to an item', async () => {
    await openOf('unknown_barcode');
    await checks.shot(page, 'exception-unknown-1280-zh-light');
    await page.locator('form input[role=combobox]').click();
    await page.keyboard.type(code);
    await page.locator('.ant-select-item-option', { hasText: code }).first().click();
    await page.getByRole('button', { name: t.bind, exact: true }).click();
    await resolved();
  });
  await checks.step('a count variance is shown line by line and approved', async () => {
    await openOf('count_variance');
    await page.locator('.table tbody tr').first().waitFor();
    await page.getByRole('button', { name: t.approve, exact: true }).click();
    await checks.shot(page, 'exception-variance-1280-zh-light');
    await page.locator('.ant-popover').getByRole('button', { name: t.approve, exact: true }).click();
    await resolved();
  });
}

try {
  await work();
  const tours = [
    ['zh-CN', 'wide', 'light'],
    ['en', 'narrow', 'dark'],
    ['zh-CN', 'narrow', 'light'],
    ['en', 'wide', 'dark'],
  ];
  for (const [lang, size, theme] of tours.slice(0, Number(process.env.TOURS ?? tours.length))) await tour(lang, size, theme);
} finally {
  await browser.close();
}
process.exit(checks.end() ? 0 : 1);
