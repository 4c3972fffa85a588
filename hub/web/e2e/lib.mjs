// What both browser tests share: a browser, named checks, accessibility, screenshots.

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const flags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --autoplay-policy=no-user-gesture-required';

export async function launch(more = []) {
  const executablePath = candidates.find(path => path && existsSync(path));
  if (!executablePath) {
    console.error('no Chromium found: install it (apt-get install chromium fonts-noto-cjk) or name it in CHROMIUM');
    process.exit(2);
  }
  return chromium.launch({ executablePath, headless: true, args: [...flags.split(' '), ...more] });
}

/** Counts checks; a failed one says what was expected and goes on, so that one run tells everything. */
export class Checks {
  passed = 0;
  failed = 0;
  #shots = process.env.SHOTS ?? '';

  constructor(name) {
    this.name = name;
    if (this.#shots) mkdirSync(this.#shots, { recursive: true });
  }

  /** Runs one named step; what it throws is its failure. */
  async step(what, run) {
    try {
      await run();
      this.passed += 1;
      if (process.env.VERBOSE) console.log(`ok   ${what}`);
      return true;
    } catch (fault) {
      this.failed += 1;
      const [first, ...rest] = String(fault?.message ?? fault).split('\n');
      console.error(`FAIL ${this.name}: ${what}\n     ${first}\n     ${rest.slice(0, 6).join('\n     ')}`);
      return false;
    }
  }

  /** No serious accessibility fault on the page as it is now. */
  async accessible(page, what) {
    await this.step(`${what}: no serious accessibility fault`, async () => {
      // Colours are measured at rest.
      await page.evaluate(() =>
        Promise.allSettled(
          document
            .getAnimations()
            .filter(a => a.effect?.getTiming().iterations !== Number.POSITIVE_INFINITY)
            .map(a => a.finished),
        ),
      );
      await page.evaluate(axe);
      const faults = await page.evaluate(async () => {
        const found = await window.axe.run(document, { resultTypes: ['violations'] });
        return found.violations
          .filter(v => v.impact === 'serious' || v.impact === 'critical')
          .map(
            v =>
              `${v.id}: ${v.help}; ${v.nodes
                .map(n => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`)
                .slice(0, 3)
                .join(' | ')}`,
          );
      });
      if (faults.length) throw new Error(faults.join('\n'));
    });
  }

  /** Nothing wider than the screen, once the page has come to rest; what is too wide is named. */
  async fits(page, what) {
    await this.step(`${what}: fits the width`, async () => {
      const rest = () => document.documentElement.scrollWidth <= innerWidth;
      if (await page.waitForFunction(rest, null, { timeout: 3000 }).catch(() => false)) return;
      const tooWide = await page.evaluate(() => {
        const name = e => `${e.tagName.toLowerCase()}${e.className ? `.${String(e.className).replaceAll(' ', '.')}` : ''}`;
        const over = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 0.5);
        const named = over.slice(0, 12).map(e => `${name(e)} to ${Math.round(e.getBoundingClientRect().right)}`);
        return [`the page is ${document.documentElement.scrollWidth} px wide on a screen of ${innerWidth} px`, ...named].join('\n');
      });
      throw new Error(tooWide);
    });
  }

  /** What `look` does on a screen of a phone's size; afterwards the page is on the desk again, whatever came of it. */
  async onPhone(page, look) {
    await page.setViewportSize({ width: 390, height: 844 });
    try {
      await rested(page);
      await look();
    } finally {
      await page.setViewportSize({ width: 1280, height: 800 });
    }
  }

  async shot(page, name, fullPage = false) {
    if (this.#shots) await page.screenshot({ path: join(this.#shots, `${name}.png`), fullPage });
  }

  /** Script errors and failed requests of a page are failures too. */
  watch(page, expected = () => false) {
    page.on('pageerror', fault => {
      this.failed += 1;
      console.error(`FAIL ${this.name}: script error on ${page.url()}: ${fault.message}`);
    });
    page.on('console', message => {
      if (message.type() !== 'error' || expected(message.text()) || /Failed to load resource|EventSource/.test(message.text())) return;
      this.failed += 1;
      console.error(`FAIL ${this.name}: console on ${page.url()}: ${message.text().slice(0, 300)}`);
    });
  }

  end() {
    console.log(`${this.name}: ${this.passed} passed, ${this.failed} failed`);
    return this.failed === 0;
  }
}

export function must(value, what) {
  if (!value) throw new Error(what);
  return value;
}

/** Nothing on the page is being read any more. */
export const rested = page => page.waitForFunction(() => !document.querySelector('main [aria-busy=true]'));

export async function heading(page, name) {
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  await rested(page);
}

/** The link of a list's first row. */
export const firstRow = page => page.locator('main .table tbody a.row-link, main .cards a.row-card').first();

/** Chooses in a select of a dialog or a page: opens it, types, takes the first option. */
export async function choose(page, select, typed) {
  await select.click();
  await page.keyboard.type(typed);
  await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: typed }).first().click();
}

/** Asks the hub as the page's reader: what it answers. A refusal is a failure. */
export async function ask(page, method, path, body, headers = {}) {
  const [status, text] = await page.evaluate(
    async ([method, path, body, headers]) => {
      const { csrf } = await fetch('/api/v1/session').then(answer => answer.json());
      const all = { 'content-type': 'application/json', 'x-qitao-csrf': csrf, ...headers };
      const answer = await fetch(`/api/v1${path}`, { method, headers: all, body: body && JSON.stringify(body) });
      return [answer.status, await answer.text()];
    },
    [method, path, body, headers],
  );
  must(status < 300, `${method} ${path} was answered ${status}: ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** Chooses an item for a line of a document that is sold as it is: of those that are found, the first without options. */
export async function plainItem(page, dialog, at, typed) {
  const found = page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: typed });
  const row = dialog.locator('.order-row').nth(at);
  for (let n = 0; n < 10; n += 1) {
    await dialog.locator(`#lines_${at}_item`).click();
    await page.keyboard.type(typed);
    await found.nth(n).click();
    await page.waitForFunction(one => one.getAttribute('aria-busy') === 'false', await row.elementHandle());
    if ((await row.locator('.order-configure').count()) === 0) return;
  }
  throw new Error(`every ${typed} has options`);
}

/** What a printer would get of the page: the document alone. */
export async function printed(page, checks, name) {
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  await page.emulateMedia({ media: 'print' });
  const paper = page.locator('.paper');
  await paper.waitFor();
  must(!(await page.locator('.shell').isVisible()), 'the page is printed beside its document');
  must((await paper.locator('.paper-link svg').count()) === 1, 'the document has no QR code of its page');
  await checks.shot(page, name, true);
  const text = await paper.innerText();
  await page.emulateMedia({ media: null });
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  await paper.waitFor({ state: 'detached' });
  return text;
}
