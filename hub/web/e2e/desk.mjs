// The desk in a real browser: DESK=http://… LOGIN=… PASSWORD=… node e2e/desk.mjs
// Works on whatever data the hub has, so that the same file runs against the mock and against a real hub. SHOTS=folder keeps pictures;
// TOURS=2 looks at every page in two of the four looks only.

import { Checks, launch, must } from './lib.mjs';

const base = must(process.env.DESK, 'DESK: address of the hub').replace(/\/$/, '');
const login = process.env.LOGIN ?? 'admin';
const password = process.env.PASSWORD ?? 'qitao';
const checks = new Checks('desk');
const browser = await launch();
const sizes = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };
const words = {
  'zh-CN': {
    signIn: '登录',
    floor: '现场',
    items: '商品',
    stock: '库存',
    tasks: '任务',
    edges: '边缘机',
    exceptions: '异常',
    movements: '移动记录',
    scans: '扫描记录',
    settings: '设置',
    newTask: '新建任务',
    create: '创建任务',
    approve: '批准并过账',
    bind: '绑定到商品',
    dismiss: '知道了，关闭',
  },
  en: {
    signIn: 'Sign in',
    floor: 'Floor',
    items: 'Items',
    stock: 'Stock',
    tasks: 'Tasks',
    edges: 'Edges',
    exceptions: 'Exceptions',
    movements: 'Movements',
    scans: 'Scans',
    settings: 'Settings',
    newTask: 'New task',
    create: 'Create task',
    approve: 'Approve and post',
    bind: 'Bind to item',
    dismiss: 'Noted, close',
  },
};

async function open(lang, size, theme = 'light') {
  const context = await browser.newContext({ viewport: sizes[size], locale: lang, colorScheme: theme });
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
  await page.getByRole('heading', { level: 1, name: t.floor }).waitFor();
}

async function heading(page, name) {
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  await page.waitForFunction(() => !document.querySelector('main [aria-busy=true]'));
}

const firstRow = page => page.locator('main .table tbody tr td:first-child a, main .cards a.row-card').first();

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
  await page.waitForFunction(() => !document.querySelector('main [aria-busy=true]'));
  await look('floor');

  for (const [name, path, first] of [
    ['items', '/items', 'item'],
    ['stock', '/stock', null],
    ['stock', '/stock?by=location', 'location'],
    ['tasks', '/tasks', 'task'],
    ['movements', '/movements', null],
    ['scans', '/scans', null],
    ['edges', '/edges', 'edge'],
    ['exceptions', '/exceptions', 'exception'],
    ['settings', '/settings', null],
  ]) {
    await checks.step(`${at(name)}: opens`, async () => {
      await page.goto(base + path);
      await heading(page, t[name]);
    });
    await look(path.includes('location') ? 'stock-by-location' : name);
    if (!first || (await firstRow(page).count()) === 0) continue;
    await checks.step(`${at(first)}: opens from the list`, async () => {
      await firstRow(page).click();
      await page.waitForFunction(before => location.pathname !== before, path.split('?')[0]);
      await page.locator('main h1').waitFor();
      await page.waitForFunction(() => !document.querySelector('main [aria-busy=true]'));
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
    await page.locator('.counter').first().click();
    await heading(page, t.exceptions);
    await page.goBack();
    await heading(page, t.floor);
  });

  let code = '';
  await checks.step('items are searched and their page shows cartons', async () => {
    await page.goto(`${base}/items`);
    await heading(page, t.items);
    code = (await firstRow(page).innerText()).trim();
    await page.getByRole('searchbox').fill(code);
    await page.waitForFunction(q => new URLSearchParams(location.search).get('q') === q, code);
    await page.waitForFunction(c => document.querySelector('main .table tbody tr td')?.textContent === c, code);
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

  await keyboard(page, t);

  await checks.step('find and go leads to an item by keyboard', async () => {
    await page.keyboard.press('Control+k');
    await page.locator('.palette-field input').fill(code);
    await page.locator('[role=option]', { hasText: code }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/items\/\d+$/);
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

  if (process.env.RESOLVE !== '0') await exceptions(page, t, code);

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
    await page.goto(`${base}/`);
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
    await page.locator('main .table tbody tr td:nth-child(2)').first().click();
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
    await page.goto(`${base}/`);
    await heading(page, t.floor);
    await page.locator('.counter-wrong, .counter[href*="tone=wrong"]').first().click();
    await heading(page, t.scans);
    must(new URL(page.url()).search === '?days=1&tone=wrong', `the filter is ${new URL(page.url()).search}`);
    must((await page.locator('main .table .tag:not(.tag-wrong)').count()) === 0, 'something is there that was not wrong');
    await page.goto(`${base}/scans`);
    await heading(page, t.scans);
    await checks.accessible(page, 'scans');
    const link = page.locator('main .table tbody tr td:first-child a').first();
    if ((await link.count()) === 0) return;
    await link.click();
    await page.waitForURL(/\/tasks\/\d+$/);
  });
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
