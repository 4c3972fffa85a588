// An operator with a handheld whose scanner types: what the browser tests of the panel and the pictures share.

import { must } from './lib.mjs';

/** A handheld's page of its own, with nothing of another test in its storage. */
export async function handheld(
  browser,
  { lang = 'zh-CN', width = 390, height = 760, theme = 'light', station = '', token = '', scale = 1 } = {},
) {
  const context = await browser.newContext({ viewport: { width, height }, locale: lang, colorScheme: theme, deviceScaleFactor: scale });
  await context.addInitScript(
    ([l, t, s, k]) => {
      localStorage.setItem('qitao.lang', l);
      localStorage.setItem('qitao.theme', t);
      if (s) localStorage.setItem('qitao.station', s);
      if (k) localStorage.setItem(`qitao.token.${s}`, k);
    },
    [lang, theme, station, token],
  );
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  return { context, page };
}

/** The last scan and what the page said of it, for whoever reads a failure. */
let typed = '';
let said = '';

/** Types as a keyboard wedge does: fast, ended by Enter, wherever the focus is. Answers when its verdict is there. */
export async function scan(page, text) {
  typed = text;
  const before = await page.locator('.verdict').getAttribute('data-scan');
  for (const c of text) await (c === '\x1d' ? page.keyboard.press('Control+]') : page.keyboard.press(c === ' ' ? 'Space' : c));
  await page.keyboard.press('Enter');
  await page.waitForFunction(old => document.querySelector('.verdict')?.getAttribute('data-scan') !== old, before);
  said = (await page.locator('.verdict').innerText()).replaceAll('\n', ' ');
  return page.locator('.verdict').getAttribute('data-verdict');
}

/** Makes a station for this browser by its name. */
export async function makeStation(page, name) {
  await page.locator('.chooser input').fill(name);
  await page.locator('.chooser button[type=submit]').click();
  await page.locator('.verdict').waitFor();
}

/** Opens a task from the panel's list. */
export async function chooseTask(page, number) {
  await page.locator('.below button').first().click();
  await page.locator('dialog .pick', { hasText: number }).click();
  await page.locator('.verdict[data-verdict=task_opened]').waitFor();
}

export const is = (got, ...wanted) =>
  must(wanted.includes(got), `the verdict of ${typed} is ${got} (“${said}”), not ${wanted.join(' or ')}`);
