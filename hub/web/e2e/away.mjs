// A hub that goes away under an open panel: PANEL=… BADGE=… TASK=… PLACE=… RIGHT=… WRONG=… node e2e/away.mjs
// Says `ready` when the panel stands and is online: then the hub is to go away. Says `away` when scans went on without it: then it is to come back.

import { Checks, launch, must } from './lib.mjs';
import { chooseTask, handheld, is, makeStation, scan } from './operator.mjs';

const base = must(process.env.PANEL, 'PANEL: address of the edge').replace(/\/$/, '');
const { BADGE: badge, TASK: task, PLACE: place, RIGHT: rightScan, WRONG: wrongScan } = process.env;
const checks = new Checks('away');
const browser = await launch();
try {
  const { page } = await handheld(browser);
  checks.watch(page);
  const badgeSays = text => page.locator('.badge', { hasText: text }).waitFor({ timeout: 60_000 });
  const waiting = async () => Number((await page.locator('.badge').innerText()).replace(/\D/g, ''));
  await checks.step('the panel stands and is online', async () => {
    await page.goto(`${base}/`);
    await makeStation(page, '断网手持机');
    is(await scan(page, badge), 'logged_in');
    await chooseTask(page, task);
    await badgeSays('●');
  });
  console.log('ready');
  await checks.step('the badge tells that the hub is away', () => badgeSays('○'));
  await checks.step('scans are decided as before, and the badge counts what waits', async () => {
    is(await scan(page, place), 'at_location');
    is(await scan(page, rightScan), 'picked', 'set_complete');
    is(await scan(page, wrongScan), 'wrong_item', 'wrong_carton');
    is(await scan(page, 'QT-UNDO'), 'undone');
    await page.waitForFunction(() => Number(document.querySelector('.badge')?.textContent?.replace(/\D/g, '')) >= 4);
  });
  await checks.accessible(page, 'hub away');
  await checks.shot(page, 'panel-hub-away-390-zh');
  await checks.step('the page opens anew without the hub', async () => {
    await page.reload();
    await page.locator('.verdict[data-verdict=undone]').waitFor();
    must((await waiting()) >= 4, 'the badge forgot what waits');
  });
  console.log('away');
  await checks.step('the hub is back and nothing waits any more', async () => {
    await badgeSays('●');
    await page.waitForFunction(() => !/\d/.test(document.querySelector('.badge')?.textContent ?? '0'), null, { timeout: 60_000 });
  });
} finally {
  await browser.close();
}
process.exit(checks.end() ? 0 : 1);
