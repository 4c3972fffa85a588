// The pictures of the documentation, from the running system: see `make screenshots`, which sets a stage and tells where everything is
// (DESK, LOGIN, PASSWORD, PANEL, BADGE, TASK, PLACE, RIGHT, WRONG, ITEM, HALF_DONE, PEOPLE). OUT is the folder, docs/images by default. EVERY names a
// folder for pictures of every page beside them.

import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ask, launch, must } from '../e2e/lib.mjs';
import { chooseTask, handheld, is, makeStation, scan } from '../e2e/operator.mjs';
import { every, signInAtField } from './every-page.mjs';

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

  const fitter = JSON.parse(process.env.PEOPLE ?? '[]').find(one => one.login.includes('installer'));
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
  const first = async list => (await ask(page, 'GET', list)).items[0].id;
  for (const [name, path] of [
    ['customer', `/customers/${await first('/customers?class=regular&limit=1')}`],
    ['order', `/orders/${await first('/orders?state=shipped&limit=1')}`],
    ['dispatch', '/tickets?view=board'],
  ]) {
    await page.goto(`${desk}${path}`);
    await page.locator('main h1').first().waitFor();
    await page.waitForTimeout(600);
    await take(page, name);
  }
  const phone = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'zh-CN', hasTouch: true, deviceScaleFactor: 2 });
  const field = await phone.newPage();
  await signInAtField(field, desk, fitter);
  await field.locator('[data-ticket]').first().click();
  await field.waitForTimeout(600);
  await take(field, 'field');
  await phone.close();
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.goto(`${desk}/wall`);
  await page.locator('.wall-win').first().waitFor();
  await take(page, 'wall');
  if (process.env.EVERY) await every({ browser, desk, signedIn, fitter, folder: process.env.EVERY });
} finally {
  await browser.close();
}
