// The pictures of the documentation, from the running system: see `make screenshots`, which sets a stage and tells where everything is
// (DESK, LOGIN, PASSWORD, PANEL, BADGE, TASK, PLACE, RIGHT, WRONG, ITEM, HALF_DONE). OUT is the folder, docs/images by default. EVERY names a folder
// for a picture of every page, in both languages, on a desk and on a phone; pages that are wider than their screen are told.

import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { launch, must } from '../e2e/lib.mjs';
import { chooseTask, handheld, is, makeStation, scan } from '../e2e/operator.mjs';

const { LOGIN: login, PASSWORD: password, BADGE: badge, TASK: task, PLACE: place, RIGHT: rightScan, WRONG: wrongScan } = process.env;
const desk = must(process.env.DESK, 'DESK: address of the hub').replace(/\/$/, '');
const panel = must(process.env.PANEL, 'PANEL: address of the edge').replace(/\/$/, '');
const out = process.env.OUT ?? fileURLToPath(new URL('../../../docs/images', import.meta.url));
const LARGEST = 300 * 1024;

mkdirSync(out, { recursive: true });
const browser = await launch();

/** At rest: nothing loads, nothing moves, no pointer over anything. */
async function take(page, name) {
  await page.waitForFunction(() => !document.querySelector('main [aria-busy=true]'));
  await page.evaluate(() => document.fonts.ready);
  const path = `${out}/${name}.png`;
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
  const { size } = statSync(path);
  must(size < LARGEST, `${name} has ${size} bytes, more than ${LARGEST}`);
  console.log(`${name}.png ${Math.round(size / 1024)} KB`);
}

async function signedIn(lang, viewport = { width: 1280, height: 800 }) {
  const context = await browser.newContext({ viewport, locale: lang, colorScheme: 'light', reducedMotion: 'reduce' });
  await context.addInitScript(l => localStorage.setItem('qitao.lang', l), lang);
  const page = await context.newPage();
  await page.goto(`${desk}/`);
  await page.locator('input[autocomplete=username]').fill(login);
  await page.locator('input[type=password]').fill(password);
  await page.locator('button[type=submit]').click();
  await page.locator('input[type=password]').waitFor({ state: 'detached' });
  return page;
}

/** The first record of a list, as its page. */
async function record(page, list, to) {
  const [first] = await page.evaluate(async path => (await (await fetch(`/api/v1/${path}`)).json()).items, list);
  return [to, `/${to}/${first?.id ?? 1}`];
}

/** Every page of the desk in both languages and sizes. */
async function every(folder) {
  mkdirSync(folder, { recursive: true });
  let wide = 0;
  for (const lang of ['zh-CN', 'en']) {
    for (const width of [1280, 390]) {
      const page = await signedIn(lang, { width, height: width === 390 ? 844 : 800 });
      const lists =
        'customers,opportunities,quotes,orders,contracts,payments,tickets,items,prices,stock,tasks,exceptions,movements,scans,edges,imports,exports,notifications,figures,floor';
      const settings =
        'profile,notifications,tokens,people,roles,organisations,fields,options,stages,service,models,labels,jobs,schedules,channels,webhooks,deliveries,api,audit';
      const pages = [
        ['home', '/'],
        ...lists.split(',').map(name => [name, `/${name}`]),
        ['opportunities-board', '/opportunities?as=board'],
        ['stage-report', '/opportunities/report'],
        ['dispatch-board', '/tickets?view=board'],
        ['till', '/payments/days'],
        ['stock-summary', '/stock/summary'],
        ['stock-limits', '/stock/limits'],
        ['settings', '/settings'],
        ...settings.split(',').map(name => [`settings-${name}`, `/settings/${name}`]),
        ['option-model', '/settings/models/curtain'],
        ['label', '/settings/labels/carton'],
        ['help', '/help'],
        ...(
          await Promise.all([
            record(page, 'customers?limit=1', 'customers'),
            record(page, 'opportunities?limit=1', 'opportunities'),
            record(page, 'orders?state=shipped&limit=1', 'orders'),
            record(page, 'tickets?state=appointed&limit=1', 'tickets'),
            record(page, 'items?limit=1', 'items'),
            record(page, 'price-lists?limit=1', 'prices'),
          ])
        ).map(([to, path]) => [`${to}-record`, path]),
      ];
      for (const [name, path] of pages) {
        await page.goto(`${desk}${path}`);
        await page.waitForFunction(() => !document.querySelector('main [aria-busy=true]'));
        await page.waitForTimeout(400);
        const across = await page.evaluate(() => document.documentElement.scrollWidth);
        if (across > width) {
          wide += 1;
          console.log(`${path} is ${across} px wide on ${width} px, ${lang}`);
        }
        await page.screenshot({ path: `${folder}/${name}-${width}-${lang.slice(0, 2)}.png`, fullPage: true, animations: 'disabled' });
      }
      await page.context().close();
    }
  }
  must(wide === 0, `${wide} pages are wider than their screen`);
}

try {
  // The panel first: what is scanned there shows on the floor.
  const { page: hand } = await handheld(browser, { scale: 2 });
  await hand.goto(`${panel}/`);
  await makeStation(hand, '2 号手持机');
  is(await scan(hand, badge), 'logged_in');
  await chooseTask(hand, task);
  is(await scan(hand, place), 'at_location');
  is(await scan(hand, rightScan), 'picked', 'set_complete');
  await take(hand, 'panel-right');
  is(await scan(hand, wrongScan), 'wrong_item', 'wrong_carton');
  await take(hand, 'panel-wrong');

  const page = await signedIn('zh-CN');
  await page.goto(`${desk}/floor`);
  await page.locator('.counter').first().waitFor();
  await take(page, 'floor');
  await page.goto(`${desk}/items/${process.env.ITEM}`);
  await page.locator('.facts').first().waitFor();
  await take(page, 'item');
  await page.goto(`${desk}/tasks/${process.env.HALF_DONE}`);
  await page.locator('.chip').first().waitFor();
  await take(page, 'task');
  await page.goto(`${desk}/exceptions?kind=count_variance`);
  await page.locator('main .table tbody a.row-link').first().click();
  await page.locator('.table tbody tr').first().waitFor();
  await take(page, 'exception');
  await page.goto(`${desk}/figures?period=month`);
  await page.locator('.figure').first().waitFor();
  await take(page, 'figures');
  await page.goto(`${desk}/opportunities?as=board`);
  await page.locator('.board-card').first().waitFor();
  await take(page, 'opportunities');
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.goto(`${desk}/wall`);
  await page.locator('.wall-win').first().waitFor();
  await take(page, 'wall');
  if (process.env.EVERY) await every(process.env.EVERY);
} finally {
  await browser.close();
}
