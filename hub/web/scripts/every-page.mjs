// A picture of every page: the desk, the login, the wall, what customers open, the installer's phone and the papers, in both languages, on a
// desk and on a phone. A page of the desk that is not in the list fails it, as does one that is wider than its screen.

import { mkdirSync, readFileSync } from 'node:fs';
import { ask, must } from '../e2e/lib.mjs';

const SIZES = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];
const LANGUAGES = ['zh-CN', 'en'];
/** Records that a chain at work may not have; their pages are told as missing. */
const MAY_LACK = /^\/(imports|settings\/deliveries|settings\/channels)\//;

const listPages =
  '/ /figures /customers /contracts /quotes /orders /payments /payments/days /opportunities /opportunities?as=board /opportunities/report /tickets ' +
  '/tickets?view=board /floor /items /prices /stock /stock/summary /stock/limits /tasks /scans /movements /edges /devices /exceptions /imports ' +
  '/imports/new?kind=customers /exports /notifications /help /help/orders';
const settings =
  'profile notifications tokens people roles roles/new organisations fields fields/customer options options/opportunity_lost_reason stages stages/sales service models models/curtain ' +
  'labels labels/carton devices jobs schedules channels webhooks deliveries api audit';

/** The first records of lists, as pages. */
const records = [
  ['/customers?limit=1', '/customers/'],
  ['/contracts?limit=1', '/contracts/'],
  ['/quotes?limit=1', '/quotes/'],
  ['/orders?state=shipped&limit=1', '/orders/'],
  ['/opportunities?limit=1', '/opportunities/'],
  ['/tickets?state=appointed&limit=1', '/tickets/'],
  ['/items?limit=1', '/items/'],
  ['/price-lists?limit=1', '/prices/'],
  ['/locations?limit=1', '/locations/'],
  ['/tasks?limit=1', '/tasks/'],
  ['/edges?limit=1', '/edges/'],
  ['/exceptions?limit=1', '/exceptions/'],
  ['/imports?limit=1', '/imports/'],
  ['/people?limit=1', '/settings/people/'],
  ['/roles?limit=1', '/settings/roles/'],
  ['/jobs?limit=1', '/settings/jobs/'],
  ['/channels?limit=1', '/settings/channels/'],
  ['/webhook-deliveries?limit=1', '/settings/deliveries/'],
];
/** Which of them have a paper. */
const PAPERS = /^\/(customers|contracts|quotes|orders|opportunities|tickets|items|tasks)\/\d+$|^\/settings\/people\/\d+$/;

/** The pages of the desk as its router knows them. */
function routes() {
  const source = readFileSync(new URL('../src/desk/shell.tsx', import.meta.url), 'utf8');
  const found = [...source.matchAll(/^ {2}\[\/(\^.+\$)\/, page\(/gm)].map(([, pattern]) => new RegExp(pattern.replaceAll('\\/', '/')));
  must(found.length > 50, `the router's pages were not found: ${found.length}`);
  return found;
}

const named = path =>
  path
    .replace(/^\/$/, '/home')
    .slice(1)
    .replaceAll(/[/?=&#.:]+/g, '-')
    .replace(/-\d+$/, '-record');

async function settled(page) {
  await page.waitForFunction(
    () => !document.querySelector('main [aria-busy=true], main .ant-spin-spinning, main .ant-skeleton, main .skeleton'),
  );
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(800);
}

/** Takes them all into a folder. `signedIn` opens a page of the desk in a language and size; `fitter` is an installer's login and password. */
export async function every({ browser, desk, signedIn, fitter, folder }) {
  mkdirSync(folder, { recursive: true });
  const wide = [];
  const shot = async (page, name, lang, { width }, fullPage = true) => {
    await settled(page);
    const across = await page.evaluate(() => document.documentElement.scrollWidth);
    if (across > width) wide.push(`${name} is ${across} px wide on ${width} px, ${lang}`);
    await page.screenshot({ path: `${folder}/${name}-${width}-${lang.slice(0, 2)}.png`, fullPage, animations: 'disabled', caret: 'hide' });
  };
  const opened = async (lang, size, more = {}) => {
    const context = await browser.newContext({ viewport: size, locale: lang, colorScheme: 'light', reducedMotion: 'reduce', ...more });
    await context.addInitScript(l => localStorage.setItem('qitao.lang', l), lang);
    return context.newPage();
  };
  const made = await signedIn('zh-CN', SIZES[0]);
  await begun(made);
  await made.context().close();
  const unknown = routes();
  let taken = 0;
  for (const lang of LANGUAGES) {
    for (const size of SIZES) {
      const guest = await opened(lang, size);
      await guest.goto(`${desk}/`);
      await guest.locator('input[type=password]').waitFor();
      await shot(guest, 'login', lang, size);
      const page = await signedIn(lang, size);
      const paths = [...listPages.split(' '), '/settings', ...settings.split(' ').map(name => `/settings/${name}`)];
      for (const [list, to] of records) {
        const [first] = (await ask(page, 'GET', list)).items;
        if (first) paths.push(`${to}${first.id}`);
        else must(MAY_LACK.test(to), `there is nothing for ${to}`);
      }
      for (const path of paths) {
        await page.goto(`${desk}${path}`);
        await shot(page, named(path), lang, size);
        taken += 1;
        if (PAPERS.test(path) && size === SIZES[0]) {
          await page.getByRole('button', { name: /^(打印|Print)/ }).waitFor();
          await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
          await page.emulateMedia({ media: 'print' });
          await page.locator('.paper').waitFor();
          await page.waitForTimeout(200);
          await page.screenshot({ path: `${folder}/paper-${named(path)}-${lang.slice(0, 2)}.png`, fullPage: true });
          await page.emulateMedia({ media: null });
          await page.evaluate(() => dispatchEvent(new Event('afterprint')));
        }
      }
      const missed = unknown.filter(route => !paths.some(path => route.test(path.replace(/[?#].*$/, '')))).map(String);
      must(missed.filter(route => !/channels|deliveries|imports/.test(route)).length === 0, `no picture of ${missed.join(', ')}`);
      const [quote] = (await ask(page, 'GET', '/quotes?state=open&limit=1')).items;
      if (quote) {
        const { link } = await ask(page, 'POST', `/quotes/${quote.id}/share`, { days: 30 });
        await guest.goto(`${desk}${link.replace(/^https?:\/\/[^/]+/, '')}`);
        await shot(guest, 'customer-quote', lang, size);
      }
      await guest.context().close();
      await page.context().close();
    }
    const page = await signedIn(lang, { width: 1920, height: 1080 });
    await page.goto(`${desk}/wall`);
    await page.locator('.wall-win').first().waitFor();
    await shot(page, 'wall', lang, { width: 1920 }, false);
    await page.context().close();
    await phone(await opened(lang, SIZES[1], { hasTouch: true }), { desk, fitter, shot: (page, name) => shot(page, name, lang, SIZES[1]) });
  }
  must(wide.length === 0, wide.join('\n'));
  console.log(`${taken} pictures of the desk, and those of the others, in ${folder}`);
}

/** A quote, an export and a job, where nobody has made one. */
async function begun(page) {
  if ((await ask(page, 'GET', '/exports?limit=1')).items.length === 0) {
    await ask(page, 'POST', '/exports', { list: 'items', format: 'xlsx', filters: {} });
  }
  if ((await ask(page, 'GET', '/jobs?limit=1')).items.length === 0) {
    const [schedule] = (await ask(page, 'GET', '/schedules?limit=1')).items;
    await ask(page, 'POST', `/schedules/${schedule.id}/run`, {});
  }
  if ((await ask(page, 'GET', '/quotes?limit=1')).items.length > 0) return;
  const [customer] = (await ask(page, 'GET', '/customers?limit=1')).items;
  const [item] = (await ask(page, 'GET', '/items?limit=1')).items;
  const line = { item: item.id, quantity: '2', price: '1280.00', spec: '', discount: 0 };
  await ask(page, 'POST', '/quotes', { customer: customer.id, lines: [line], note: '含送货安装' });
}

/** The installer's phone: the login, today's tickets, one of them, what waits to be sent. */
async function phone(page, { desk, fitter, shot }) {
  await signInAtField(page, desk, fitter, () => shot(page, 'field-login'));
  await shot(page, 'field');
  await page.locator('[data-ticket]').first().click();
  await page.waitForTimeout(500);
  await shot(page, 'field-ticket');
  await page.context().close();
}

/** Signs an installer in on the phone page, whose day is then shown. */
export async function signInAtField(page, desk, { login, password }, before = () => undefined) {
  await page.goto(`${desk}/field/`);
  await page.locator('input[name=login]').waitFor();
  await before();
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill(password);
  await page.locator('button[type=submit]').click();
  await page.locator('[data-ticket]').first().waitFor();
}
