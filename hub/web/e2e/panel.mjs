// The panel in a real browser, worked as by a scanner that types: PANEL=http://… node e2e/panel.mjs
// What to scan comes by environment (defaults fit the mock): BADGE, TASK (number), PLACE, RIGHT and WRONG (what is scanned at the place),
// STATION (an id; a browser station of its own when empty), PHOTO (a picture of RIGHT's label; no photo when empty). SHOTS=folder keeps pictures.

import { Checks, launch, must } from './lib.mjs';
import { handheld, is, makeStation, scan } from './operator.mjs';

const base = must(process.env.PANEL, 'PANEL: address of the edge').replace(/\/$/, '');
const badge = process.env.BADGE ?? 'QT-OP-1001';
const task = process.env.TASK ?? 'PK-000456';
const place = process.env.PLACE ?? 'A-01-2';
const rightScan = process.env.RIGHT ?? 'YG-OAK-2400/5-7';
const wrongScan = process.env.WRONG ?? 'SJ-WAL-0900/1-3';
const mock = process.env.MOCK === '1';
const checks = new Checks('panel');
const browser = await launch();

async function open(look) {
  const made = await handheld(browser, look);
  checks.watch(made.page);
  return made;
}

const tone = async (page, wanted) =>
  must((await page.locator('.verdict').getAttribute('class')).includes(`verdict-${wanted}`), `the verdict is not shown as ${wanted}`);

const { context, page } = await open();
try {
  await checks.step('stations are offered', async () => {
    await page.goto(`${base}/`);
    await page.locator('.chooser').waitFor();
  });
  await checks.accessible(page, 'chooser');
  await checks.fits(page, 'chooser');
  await checks.shot(page, 'panel-chooser-390-zh');

  await checks.step('a station is taken', async () => {
    if (process.env.STATION) {
      await page.evaluate(id => localStorage.setItem('qitao.station', id), process.env.STATION);
      await page.reload();
    } else {
      await makeStation(page, '测试手持机');
    }
    await page.locator('.verdict').waitFor();
  });
  await checks.step('without a badge nothing is taken', async () => {
    if ((await page.locator('.ask').count()) === 0) return;
    is(await scan(page, place), 'need_operator');
    await tone(page, 'wrong');
  });
  await checks.shot(page, 'panel-badge-390-zh');
  await checks.step('a badge typed by a scanner logs in', async () => {
    is(await scan(page, badge), 'logged_in');
    await tone(page, 'right');
  });
  await checks.step('a task is chosen on the panel', async () => {
    await page.locator('.below button').first().click();
    const choice = page.locator('dialog .pick', { hasText: task });
    await choice.waitFor();
    await checks.shot(page, 'panel-tasks-390-zh');
    await choice.click();
    await page.locator('.verdict[data-verdict=task_opened]').waitFor();
  });
  await checks.step('the next place is shown very large', async () => {
    const size = await page.locator('.place-code').evaluate(e => Number.parseFloat(getComputedStyle(e).fontSize));
    must(size >= 48, `the place is only ${size} px high`);
  });
  await checks.step('the place is scanned', async () => {
    is(await scan(page, place), 'at_location');
  });
  await checks.accessible(page, 'at the place');
  await checks.step('the right carton is right, in colour, icon and word', async () => {
    is(await scan(page, rightScan), 'picked', 'set_complete', 'put_away', 'counted');
    await tone(page, 'right');
    const text = await page.locator('.verdict').innerText();
    must(text.includes('✓') && text.includes('正确'), `the verdict says: ${text}`);
  });
  await checks.shot(page, 'panel-right-390-zh');
  await checks.step('a wrong carton is wrong and says what to do', async () => {
    is(await scan(page, wrongScan), 'wrong_item', 'wrong_carton', 'too_many');
    await tone(page, 'wrong');
    must((await page.locator('.verdict-next').innerText()).length > 1, 'nothing says what to do now');
  });
  await checks.accessible(page, 'wrong');
  await checks.shot(page, 'panel-wrong-390-zh');
  await checks.step('the screen flashes and is not blocked', async () => {
    must((await page.locator('.flash-wrong').count()) === 1, 'no flash');
    must((await page.locator('.flash').evaluate(e => getComputedStyle(e).pointerEvents)) === 'none', 'the flash takes taps');
  });
  await checks.step('an unknown barcode is said to be unknown', async () => {
    is(await scan(page, 'NOBODY-KNOWS-THIS'), 'unknown_barcode');
  });
  await checks.step('a focused button is not pressed by a scanner', async () => {
    await page.locator('.buttons button').first().focus();
    is(await scan(page, wrongScan), 'wrong_item', 'wrong_carton', 'too_many');
  });
  await checks.step('undo by its button takes the last booking back', async () => {
    await page.locator('.buttons button').first().click();
    await page.locator('.verdict[data-verdict=undone]').waitFor();
    await tone(page, 'attention');
  });
  await checks.step('the same carton can be scanned again, and undone by control barcode', async () => {
    is(await scan(page, rightScan), 'picked', 'set_complete', 'put_away', 'counted');
    is(await scan(page, 'QT-UNDO'), 'undone');
  });
  if (process.env.PHOTO) {
    await checks.step('a photo of the label is a scan of it', async () => {
      await page.locator('input[type=file]').setInputFiles(process.env.PHOTO);
      await page.locator('.verdict[data-verdict=picked], .verdict[data-verdict=set_complete]').waitFor();
      is(await scan(page, 'QT-UNDO'), 'undone');
    });
  }
  await checks.step('the last scans are listed with their verdicts', async () => {
    await page.locator('.below button').nth(1).click();
    await page.locator('dialog .past').first().waitFor();
    must((await page.locator('dialog .past').count()) >= 5, 'too few');
    await checks.accessible(page, 'history');
    await checks.shot(page, 'panel-history-390-zh');
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
  });
  await checks.step('an older scan is undone from the list', async () => {
    is(await scan(page, rightScan), 'picked', 'set_complete', 'put_away', 'counted');
    await page.locator('.below button').nth(1).click();
    await page.locator('dialog .past button').first().click();
    await page.locator('.verdict[data-verdict=undone]').waitFor();
  });
  await checks.step('a quantity is set by the pad', async () => {
    await page.locator('.buttons button').nth(2).click();
    await page.locator('.keypad button', { hasText: '3' }).click();
    await checks.shot(page, 'panel-keypad-390-zh');
    await page.locator('dialog .primary').click();
    await page.locator('.verdict[data-verdict=quantity_set]').waitFor();
    await scan(page, 'QT-UNDO');
  });
  await checks.step('buttons are large enough for a thumb', async () => {
    const heights = await page.locator('.buttons button, .below button').evaluateAll(all => all.map(b => b.getBoundingClientRect().height));
    must(heights.length >= 9 && Math.min(...heights) >= 56, `heights ${heights.join(', ')}`);
  });
  await checks.step('everything fits a handheld without scrolling', async () => {
    const [tall, screen] = await page.evaluate(() => [document.documentElement.scrollHeight, innerHeight]);
    must(tall <= screen + 1, `${tall} px on a screen of ${screen} px`);
  });
  await checks.fits(page, 'station');

  await checks.step('the link badge is there', async () => must(/[●○✕]/.test(await page.locator('.badge').innerText()), 'no badge'));
  if (mock) {
    await checks.step('the badge tells how many wait', async () => {
      await page.request.post(`${base}/api/mock/link`, { data: { state: 'offline', backlog: 23 } });
      await page.locator('.badge', { hasText: '23' }).waitFor();
      must((await page.locator('.badge').innerText()).includes('○'), 'still a full dot');
      await checks.shot(page, 'panel-waiting-390-zh');
      await page.request.post(`${base}/api/mock/link`, { data: { state: 'online', backlog: 0 } });
      await page.locator('.badge', { hasText: '●' }).waitFor();
    });
  }

  await checks.step('with the edge unreachable scans are kept and said to be kept, and go out in order when it is back', async () => {
    await page.route('**/api/**', route => route.abort());
    for (const text of [place, wrongScan]) {
      await page.keyboard.type(text);
      await page.keyboard.press('Enter');
    }
    await page.locator('.bar-wrong').waitFor();
    await checks.accessible(page, 'edge away');
    await checks.shot(page, 'panel-away-390-zh');
    must((await page.evaluate(() => JSON.parse(localStorage.getItem('qitao.queue')).length)) === 2, 'not both are kept');
    await page.unroute('**/api/**');
    await page.waitForFunction(() => JSON.parse(localStorage.getItem('qitao.queue')).length === 0, null, { timeout: 20_000 });
    await page.locator('.bar-wrong').waitFor({ state: 'detached' });
    is(await page.locator('.verdict').getAttribute('data-verdict'), 'wrong_item', 'wrong_carton', 'too_many');
  });
  await checks.step('an answer lost on the way doubles nothing', async () => {
    const before = Number((await page.locator('.total-right b').innerText()).replace(/\D/g, ''));
    let lost = 0;
    await page.route('**/scan', async route => {
      if (lost > 0) return route.continue();
      lost += 1;
      await route.fetch();
      return route.abort();
    });
    await scan(page, place);
    await page.waitForFunction(() => JSON.parse(localStorage.getItem('qitao.queue')).length === 0, null, { timeout: 20_000 });
    await page.unroute('**/scan');
    await page.waitForTimeout(500);
    const after = Number((await page.locator('.total-right b').innerText()).replace(/\D/g, ''));
    must(after === before + 1, `right went from ${before} to ${after}`);
  });
  const station = await page.evaluate(() => localStorage.getItem('qitao.station'));
  const token = await page.evaluate(id => localStorage.getItem(`qitao.token.${id}`), station);
  await context.close();

  for (const [name, look] of [
    ['panel-390-en-dark', { lang: 'en', theme: 'dark' }],
    ['panel-360-zh-dark', { theme: 'dark', width: 360, height: 640 }],
    ['panel-1280-zh-light', { width: 1280, height: 800 }],
    ['panel-1280-en-dark', { lang: 'en', theme: 'dark', width: 1280, height: 800 }],
  ]) {
    const other = await open({ ...look, station, token });
    await checks.step(`${name}: opens where the work stands`, async () => {
      await other.page.goto(`${base}/`);
      await other.page.locator('.verdict').waitFor();
    });
    await checks.fits(other.page, name);
    await checks.step(`${name}: needs no scrolling`, async () => {
      const [tall, screen] = await other.page.evaluate(() => [document.documentElement.scrollHeight, innerHeight]);
      must(tall <= screen + 1, `${tall} px on a screen of ${screen} px`);
    });
    await checks.accessible(other.page, name);
    await checks.shot(other.page, name);
    await other.context.close();
  }

  const sheet = await open({ width: 900, height: 1200 });
  await checks.step('the control barcodes are drawn', async () => {
    await sheet.page.goto(`${base}/#/sheet`);
    await sheet.page.locator('.sheet svg').first().waitFor();
    must((await sheet.page.locator('.sheet svg').count()) >= 12, 'too few');
  });
  await checks.accessible(sheet.page, 'sheet');
  await checks.shot(sheet.page, 'panel-sheet', true);
  await sheet.context.close();
} finally {
  await browser.close();
}
process.exit(checks.end() ? 0 : 1);
