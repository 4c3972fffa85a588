// The day of the four users, told once from end to end: DESK=… PANEL=… LOGIN=… PASSWORD=… BADGE=… node e2e/day.mjs
// A lead becomes a quote, a contract, an order of two guides; its goods are put away and picked by scan, shipped, installed offline; head office
// sees the sale on the dashboard, the wall and in its group. Each does their part as themselves.

import { createServer } from 'node:http';
import { ask, Checks, heading, launch, must, rested } from './lib.mjs';
import { chooseTask, handheld, is, makeStation, scan } from './operator.mjs';

const base = must(process.env.DESK, 'DESK: address of the hub').replace(/\/$/, '');
const panel = must(process.env.PANEL, 'PANEL: address of the edge').replace(/\/$/, '');
const badge = process.env.BADGE ?? 'QT-OP-1001';
const [login, password] = [process.env.LOGIN ?? 'admin', process.env.PASSWORD ?? 'qitao'];
const checks = new Checks('day');
const mark = String(Date.now()).slice(-6);
const secret = 'correct-horse-1';
const home = { latitude: 31.230416, longitude: 121.473701, accuracy: 12 };

/** A group's bot: what it is told. */
const told = [];
const bot = createServer((request, answer) => {
  let body = '';
  request.on('data', piece => {
    body += piece;
  });
  request.on('end', () => {
    told.push({ text: body, at: Date.now() });
    answer.setHeader('content-type', 'application/json');
    answer.end('{"code":0,"msg":"success","StatusCode":0}');
  });
});
await new Promise(ready => {
  bot.listen(0, '127.0.0.1', ready);
});

const browser = await launch();

/** Somebody signed in at the desk, on a page of their own. */
async function desk(who, secret) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'zh-CN', reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  checks.watch(page);
  await page.goto(`${base}/`);
  await page.locator('input[autocomplete=username]').fill(who);
  await page.locator('input[type=password]').fill(secret);
  await page.keyboard.press('Enter');
  await page.locator('input[type=password]').waitFor({ state: 'detached' });
  return page;
}

const file = (name, text) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
const on = page => ({
  dialog: page.getByRole('dialog'),
  press: name => page.getByRole('button', { name, exact: true }).first().click(),
  more: async name => {
    await page.getByRole('button', { name: '更多', exact: true }).click();
    await page.locator('.ant-dropdown:not(.ant-dropdown-hidden)').getByText(name, { exact: true }).click();
  },
  option: name => page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: name }),
});
const number = page => Number(page.url().split('?')[0].split('/').pop());

/** What the story needs: two guides, an installer, an item with options whose goods are still to come, and the group of the store. */
async function stage(admin) {
  const site = (await ask(admin, 'GET', '/sites?limit=1')).items[0];
  const place = (await ask(admin, 'GET', `/organisations?q=${site.code}`)).items.find(one => one.code === site.code);
  const roles = (await ask(admin, 'GET', '/roles')).items;
  const hire = (login, name, role) =>
    ask(admin, 'POST', '/people', {
      login: `${login}${mark}`,
      name: `${name}${mark}`,
      organisation: place.id,
      roles: [{ role: roles.find(one => one.code === role).id }],
      password: secret,
    });
  const [guide, other, fitter] = [
    await hire('guide', '陈导购', 'sales'),
    await hire('second', '林导购', 'sales'),
    await hire('fit', '赵师傅', 'installer'),
  ];
  const goods = (await ask(admin, 'GET', '/items?limit=200')).items;
  const [item, unlike] = goods.filter(one => !one.is_kit && !one.by_lot && one.cartons === 3);
  const model = await ask(admin, 'GET', '/option-models/curtain');
  const items = [...new Set([...(model.published.items ?? []), item.code])];
  const match = of => ({ 'if-match': `"${of.version}"` });
  const drafted = await ask(admin, 'PUT', '/option-models/curtain', { ...model.published, items }, match(model));
  await ask(admin, 'POST', '/option-models/curtain/publish', {}, match(drafted));
  await ask(admin, 'POST', '/channels', {
    name: `战报群 ${mark}`,
    way: 'feishu',
    target: `http://127.0.0.1:${bot.address().port}/hook`,
    organisation: place.id,
    kinds: ['win_report'],
  });
  const bins = (await ask(admin, 'GET', `/locations?site=${site.id}&kind=bin&limit=200`)).items;
  const bin = bins.find(one => one.on_hand === '0');
  return { site, place, guide, other, fitter, item, bin, wrong: `${unlike.code}/1-${unlike.cartons}` };
}

const admin = await desk(login, password);
const { site, place, guide, other, fitter, item, bin, wrong } = await stage(admin);
const carton = n => `${item.code}/${n}-${item.cartons}`;
const customerName = `许女士 ${mark}`;
const seller = await desk(guide.login, secret);
const { dialog, press, more, option } = on(seller);
/** Adds a file of the kind that is missing, once the page offers that kind. */
async function attach(kind) {
  await seller.locator('main .ant-select', { hasText: kind }).waitFor();
  await seller.locator('main input[type=file]').setInputFiles(file(`${kind}.txt`, kind));
}
let customer;
let quote;
let order;

await checks.step('a guide writes a lead down, and leads it through the gates of its stages', async () => {
  await seller.goto(`${base}/customers?new=1`);
  await dialog.locator('#name').fill(customerName);
  await seller.keyboard.press('Control+Enter');
  await seller.waitForURL(/\/customers\/\d+$/);
  customer = number(seller);
  await rested(seller);
  await press('新建商机');
  await dialog.locator('#title').fill(`婚房窗帘 ${mark}`);
  await seller.keyboard.press('Control+Enter');
  await seller.waitForURL(/\/opportunities\/\d+$/);
  const here = stage => seller.locator('.way-here .here', { hasText: stage }).waitFor();
  for (const stage of ['初步沟通', '方案设计']) {
    await rested(seller);
    await press(`推进到“${stage}”`);
    await here(stage);
  }
  for (const [stage, missing] of [
    ['报价确认', '设计草图'],
    ['合同签订', '客户签字截图'],
  ]) {
    await rested(seller);
    await press(`推进到“${stage}”`);
    await dialog.getByText(missing).waitFor();
    await seller.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    if (stage === '合同签订') break;
    await attach(missing);
    await seller.locator('.missing').waitFor({ state: 'detached' });
    await press(`推进到“${stage}”`);
    await here(stage);
  }
});
const opportunity = seller.url();

await checks.step('the options of a quote are priced term by term', async () => {
  await seller.goto(`${base}/quotes?new=1&customer=${customer}&opportunity=${number(seller)}`);
  await dialog.locator('#lines_0_item').click();
  await seller.keyboard.type(item.code);
  await option(item.code).first().click();
  const options = dialog.locator('.order-configure');
  await options.getByLabel('窗宽').fill('3');
  await options.getByText('定高布 2.8 m').click();
  await options.locator('.terms-total', { hasText: '¥288.00' }).waitFor();
  await seller.waitForFunction(() => document.querySelector('#lines_0_price')?.value === '288.00');
  await checks.shot(seller, 'day-1-quote-options', true);
  await seller.keyboard.press('Control+Enter');
  await seller.waitForURL(/\/quotes\/\d+$/);
  await heading(seller, customerName);
  quote = seller.url();
  await seller.getByText('¥288.00').first().waitFor();
});

await checks.step('the signed quote opens the last gate, and the lead is won', async () => {
  await seller.goto(opportunity);
  await rested(seller);
  await attach('客户签字截图');
  await seller.locator('.missing').waitFor({ state: 'detached' });
  await press('推进到“合同签订”');
  await seller.locator('main .page-title .tag', { hasText: '合同签订' }).waitFor();
});

await checks.step('the quote becomes a contract, signed when scan and final design hang on it', async () => {
  await seller.goto(quote);
  await heading(seller, customerName);
  await rested(seller);
  await more('签合同');
  await dialog.locator('#instalments_0_name').fill('全款');
  await dialog.locator('#instalments_0_amount').fill('288.00');
  await seller.keyboard.press('Control+Enter');
  await seller.waitForURL(/\/contracts\/\d+$/);
  await heading(seller, customerName);
  const chosen = seller.locator('main input[type=file]');
  await chosen.setInputFiles(file('合同扫描.txt', 'scan'));
  await seller.locator('.files', { hasText: '合同扫描.txt' }).waitFor();
  await chosen.setInputFiles(file('终稿.txt', 'design'));
  await seller.locator('main .tag', { hasText: '扫描件和终稿设计图都齐了' }).waitFor();
  await rested(seller);
  await press('签订');
  await dialog.getByRole('button', { name: '签订', exact: true }).click();
  await seller.locator('main .page-title .tag', { hasText: '已签订' }).waitFor();
  await checks.shot(seller, 'day-2-contract', true);
  const link = seller.locator('main .card a', { hasText: /^SO\d+/ }).first();
  order = await link.getAttribute('href');
  await link.click();
  await seller.waitForURL(/\/orders\/\d+$/);
});

await checks.step('money that the customer left before is applied to the order', async () => {
  await ask(seller, 'POST', `/customers/${customer}/payments`, { amount: '100.00', method: 'wechat' });
  await seller.goto(`${base}${order}`);
  await heading(seller, customerName);
  await rested(seller);
  await ask(seller, 'POST', `/customers/${customer}/payments/move`, { amount: '100.00', to: number(seller) });
  await seller.reload();
  await seller.getByRole('button', { name: '待付 ¥188.00' }).waitFor();
});

await checks.step('two guides share the order, 70 to 30', async () => {
  await rested(seller);
  await more('修改订单');
  await dialog.locator('summary').last().click();
  await dialog.locator('#splits_0_share').fill('70');
  await press('加一个人');
  await dialog.locator('#splits_1_person').click();
  await seller.keyboard.type(other.name);
  await option(other.name).first().click();
  await dialog.locator('#splits_1_share').fill('30');
  await dialog.getByText('合计 100%', { exact: true }).waitFor();
  await seller.keyboard.press('Control+Enter');
  await dialog.waitFor({ state: 'hidden' });
  await seller.locator('main').getByText('¥201.60').waitFor();
  await seller.locator('main').getByText('¥86.40').waitFor();
});

/** Looks at a number of yuan on a page. */
const amount = text => Number(/¥([\d,]+\.\d\d)/.exec(text)?.[1].replaceAll(',', ''));
const tile = admin.locator('.figure', { hasText: '总营收' });
/** A number that does not move any more. */
async function steady(locator) {
  for (let before = Number.NaN; ; await admin.waitForTimeout(400)) {
    const now = amount(await locator.innerText());
    if (now === before) return now;
    before = now;
  }
}
const wall = await (
  await browser.newContext({ viewport: { width: 1920, height: 1080 }, locale: 'zh-CN', storageState: await admin.context().storageState() })
).newPage();
let [before, onWall] = [0, 0];

const operator = await handheld(browser);
await checks.step('a lorry brings the goods: three cartons are put away by scan, a wrong one is refused', async () => {
  const lines = [{ item: item.id, quantity: '1', location: bin.id }];
  const task = await ask(admin, 'POST', '/tasks', { kind: 'put_away', site: site.id, reference: `到货 ${mark}`, lines });
  await operator.page.goto(`${panel}/`);
  await makeStation(operator.page, `一日手持 ${mark}`);
  is(await scan(operator.page, badge), 'logged_in');
  await operator.page.waitForFunction(
    async wanted => (await (await fetch('/api/tasks')).json()).some(one => one.number === wanted),
    task.number,
    { timeout: 30_000 },
  );
  await chooseTask(operator.page, task.number);
  is(await scan(operator.page, `QT-L-${bin.code}`), 'at_location');
  is(await scan(operator.page, wrong), 'wrong_item');
  for (let n = 1; n <= item.cartons; n += 1) is(await scan(operator.page, carton(n)), 'put_away', 'set_complete');
  is(await scan(operator.page, 'QT-OK'), 'task_complete');
  await seller.waitForFunction(
    async ([id, site]) => {
      const { sites } = await (await fetch(`/api/v1/availability?item=${id}`)).json();
      return sites.some(one => one.site === site && Number(one.available) > 0);
    },
    [item.id, site.id],
    { timeout: 30_000 },
  );
});

await checks.step('confirmed, the order holds its goods, and dashboard, wall and group hear of the sale', async () => {
  await admin.goto(`${base}/figures?period=today`);
  await heading(admin, '经营数据');
  await wall.goto(`${base}/wall`);
  await wall.waitForFunction(() => /¥/.test(document.querySelector('.wall-figure')?.textContent ?? ''));
  [before, onWall] = [await steady(tile), await steady(wall.locator('.wall-figure'))];
  await rested(seller);
  await press('确认订单');
  await dialog.getByRole('button', { name: '确认订单' }).click();
  await seller.locator('main .tag', { hasText: '待发货' }).waitFor();
  const since = Date.now();
  const shows = (page, selector, wanted) =>
    page.waitForFunction(
      ([selector, wanted]) => {
        const text = [...document.querySelectorAll(selector)].map(one => one.textContent).join(' ');
        return text.includes(wanted);
      },
      [selector, `¥${wanted.toLocaleString('en-US', { minimumFractionDigits: 2 })}`],
    );
  await shows(admin, '.figure', before + 288);
  await shows(wall, '.wall-figure', onWall + 288);
  await wall.locator('.wall-win', { hasText: guide.name }).first().waitFor();
  await checks.shot(wall, 'day-5-wall-1920');
  await checks.shot(admin, 'day-4-dashboard', true);
  while (!told.some(one => one.text.includes('288.00')) && Date.now() - since < 15_000) await seller.waitForTimeout(50);
  const post = must(
    told.find(one => one.text.includes('288.00')),
    'the group heard nothing of the sale',
  );
  must(post.text.includes(guide.name) && !post.text.includes('许女士'), `the group was told: ${post.text}`);
});

await checks.step('the pick is complete only with every carton, a wrong one is refused', async () => {
  const task = (await ask(admin, 'GET', `/orders/${number(seller)}`)).pick.number;
  const page = operator.page;
  await page.waitForFunction(async wanted => (await (await fetch('/api/tasks')).json()).some(one => one.number === wanted), task, {
    timeout: 30_000,
  });
  await chooseTask(page, task);
  const where = (await page.locator('.place-code').innerText()).trim();
  is(await scan(page, `QT-L-${where}`), 'at_location');
  is(await scan(page, carton(1)), 'picked');
  is(await scan(page, wrong), 'wrong_item');
  is(await scan(page, 'QT-OK'), 'incomplete');
  for (let n = 2; n <= item.cartons; n += 1) is(await scan(page, carton(n)), n === item.cartons ? 'set_complete' : 'picked');
  await checks.shot(page, 'day-6-set-complete-390');
  is(await scan(page, 'QT-OK'), 'task_complete', 'task_finished');
  await seller.getByText(`已拣 ${item.cartons} / ${item.cartons} 件`).waitFor({ timeout: 30_000 });
});

let ticket;
await checks.step('it is shipped, and a ticket for the installer is made and given out', async () => {
  const id = number(seller);
  const now = await ask(admin, 'GET', `/orders/${id}`);
  await ask(admin, 'POST', `/orders/${id}/ship`, {}, { 'if-match': `"${now.version}"` });
  await seller.locator('main .tag', { hasText: '已发货' }).waitFor({ timeout: 30_000 });
  const made = await ask(admin, 'POST', '/tickets', {
    kind: 'delivery_install',
    organisation: place.id,
    customer,
    order: id,
    contact: customerName,
    phone: '13812345678',
    address: '上海市徐汇区漕溪北路 88 号 1203 室',
    item: item.id,
    goods: [{ item: item.id, quantity: 1 }],
  });
  ticket = await ask(
    admin,
    'POST',
    `/tickets/${made.id}/acts`,
    { act: 'dispatch', payload: { installer: fitter.id } },
    { 'if-match': `"${made.version}"` },
  );
  await admin.goto(`${base}/orders/${id}`);
  await admin.locator('main a', { hasText: made.code }).waitFor();
});

const phone = await browser.newContext({
  viewport: { width: 390, height: 844 },
  locale: 'zh-CN',
  hasTouch: true,
  geolocation: home,
  permissions: ['geolocation'],
  reducedMotion: 'reduce',
});
let field = await phone.newPage();
field.setDefaultTimeout(10_000);
checks.watch(field);
await checks.step('the installer does the whole visit without a signal', async () => {
  await field.goto(`${base}/field/`);
  await field.locator('input[name=login]').fill(fitter.login);
  await field.locator('input[name=password]').fill(secret);
  await on(field).press('登录');
  await field.locator(`[data-ticket=${ticket.code}]`).waitFor();
  await field.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await field.close();
  await phone.setOffline(true);
  field = await phone.newPage();
  field.setDefaultTimeout(10_000);
  await field.goto(`${base}/field/#/${ticket.id}`);
  let done = 0;
  const did = async act => {
    await act;
    done += 1;
    await field.locator(`.sync[data-waiting="${done}"]`).waitFor();
  };
  await did(on(field).press('接单'));
  await did(on(field).press('已和客户约好'));
  await did(on(field).press('上门签到'));
  for (let n = 1; n <= item.cartons; n += 1) {
    await field.getByPlaceholder('扫码或输入包件条码').fill(carton(n));
    await did(field.keyboard.press('Enter'));
  }
  await did(
    (async () => {
      const png = await field.evaluate(() => {
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [1200, 900];
        canvas.getContext('2d').fillRect(0, 0, 1200, 900);
        return canvas.toDataURL('image/png').split(',')[1];
      });
      await field
        .locator('input[type=file]')
        .last()
        .setInputFiles({ name: 'p.png', mimeType: 'image/png', buffer: Buffer.from(png, 'base64') });
    })(),
  );
  await did(
    (async () => {
      await field.getByLabel('做了什么').fill('挂好窗帘，试拉顺畅');
      await field.getByLabel('结果', { exact: true }).fill('客户验收');
      await field.locator('details', { hasText: '做了什么' }).getByRole('button', { name: '保存' }).click();
    })(),
  );
  await did(
    (async () => {
      await field.locator('canvas.sign').scrollIntoViewIfNeeded();
      const box = await field.locator('canvas.sign').boundingBox();
      await field.mouse.move(box.x + 40, box.y + 60);
      await field.mouse.down();
      for (const [x, y] of [
        [120, 20],
        [160, 90],
        [240, 40],
      ])
        await field.mouse.move(box.x + x, box.y + y, { steps: 4 });
      await field.mouse.up();
      await field
        .locator('details', { has: field.locator('canvas') })
        .getByRole('button', { name: '保存' })
        .click();
    })(),
  );
  await did(on(field).press('完工'));
  await checks.shot(field, 'day-7-done-offline-390', true);
});
await checks.step('with a signal again everything arrives once, and a return visit is to be made', async () => {
  await phone.setOffline(false);
  await field.locator('.sync.right[data-waiting="0"]').waitFor({ timeout: 60_000 });
  const now = await ask(admin, 'GET', `/tickets/${ticket.id}`);
  must(now.state === 'completed' && now.photos === 1 && now.signatures === 1, `${now.state}, ${now.photos} photos`);
  must(
    now.cartons.every(one => one.scanned === 1),
    'a carton is missing or doubled',
  );
  const visits = (await ask(admin, 'GET', '/tickets?kind=return_visit&limit=50')).items;
  must(
    visits.some(one => one.customer === customer),
    'there is no return visit',
  );
  // Whoever sold it sees on the order's page that it was installed.
  await seller.locator('main .peek-line', { hasText: ticket.code }).locator('.tag', { hasText: '已完工' }).waitFor({ timeout: 30_000 });
});
await checks.step('the customer’s page tells the whole day', async () => {
  await seller.goto(`${base}/customers/${customer}`);
  await seller.locator('main h1', { hasText: customerName }).waitFor();
  await seller.locator('.timeline', { hasText: '婚房窗帘' }).waitFor();
  await seller.locator('.timeline', { hasText: `送货安装 ${ticket.code} 已完工` }).waitFor();
  await checks.accessible(seller, 'customer at the end of the day');
  await checks.shot(seller, 'day-8-customer', true);
});

await browser.close();
bot.close();
process.exit(checks.end() ? 0 : 1);
