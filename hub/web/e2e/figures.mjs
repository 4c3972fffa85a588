// Head office's day: figures that follow a new order by themselves, each opening the orders that it counts, and the screen on the wall.

import { heading, must, rested } from './lib.mjs';

/** Longest until a new order is on an open screen: two seconds are promised, a busy machine gets some more. */
const LIVE_MS = 6000;

/** Makes an order of one item for a new customer and confirms it, as another program would; what it comes to. */
const sell = (page, name) =>
  page.evaluate(async name => {
    const { csrf } = await (await fetch('/api/v1/session')).json();
    const send = async (path, body, headers = {}) => {
      const answer = await fetch(`/api/v1${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-qitao-csrf': csrf, ...headers },
        body: JSON.stringify(body),
      });
      const made = await answer.json();
      if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(made)}`);
      return made;
    };
    const items = await (await fetch('/api/v1/items?q=%E6%8A%B1%E6%9E%95&limit=1')).json();
    const customer = await send('/customers', { name });
    const lines = [{ item: items.items[0].id, quantity: '1', price: '1234.56' }];
    const order = await send('/orders', { customer: customer.id, lines });
    await send(`/orders/${order.id}/confirm`, { without_goods: true }, { 'if-match': `"${order.version}"` });
    return order.amount;
  }, name);

const amount = text => Number(/¥([\d,]+\.\d\d)/.exec(text)?.[1].replaceAll(',', ''));

export async function figures(page, t, base, checks) {
  // The mock sells nothing.
  if (process.env.MOCK) return;
  const mark = String(Date.now()).slice(-6);
  const tile = page.locator('.figure', { hasText: '总营收' });
  const shown = async () => amount(await tile.innerText());
  /** How long it takes until `text` of the page holds a number that is larger by what was sold. */
  const follows = async (locator, before, sold) => {
    const since = Date.now();
    while (Date.now() - since < LIVE_MS) {
      if (Math.abs(amount(await locator.innerText()) - before - sold) < 0.005) return Date.now() - since;
      await page.waitForTimeout(50);
    }
    throw new Error(`a new order is not on the screen after ${LIVE_MS} ms: ${await locator.innerText()}`);
  };

  await checks.step('a new order is on the open dashboard by itself', async () => {
    await page.goto(`${base}/figures?period=today`);
    await heading(page, t.figures);
    await page.locator('.top .tag-right').waitFor();
    const before = await shown();
    const sold = Number(await sell(page, `陈先生 ${mark}`));
    const took = await follows(tile, before, sold);
    if (process.env.VERBOSE) console.log(`     after ${took} ms`);
    await rested(page);
    await checks.accessible(page, 'figures with sales');
    await checks.shot(page, 'figures-today-1280-zh-light', true);
  });
  await checks.step('a figure opens its orders, and they come to the same', async () => {
    const figure = await shown();
    await tile.click();
    await page.waitForURL(/\/orders\?counted=true/);
    await heading(page, t.orders);
    const sum = page.locator('.orders-sum strong').first();
    await sum.waitFor();
    must(amount(await sum.innerText()) === figure, `the list comes to ${await sum.innerText()}, the figure to ${figure}`);
    must((await page.locator('main .table tbody tr').count()) > 0, 'the list is empty');
    await checks.accessible(page, 'orders of a figure');
    await checks.shot(page, 'figures-orders-1280-zh-light');
    await page.goBack();
    await heading(page, t.figures);
  });
  await checks.step('a person’s bar opens the orders of their shares', async () => {
    const bar = page.locator('section.card', { hasText: '员工业绩' }).locator('a.bars-row').first();
    const figure = amount(await bar.innerText());
    await bar.click();
    await page.waitForURL(/\/orders\?.*person=\d/);
    const part = page.locator('.orders-sum strong').nth(1);
    await part.waitFor();
    must(amount(await part.innerText()) === figure, `their shares come to ${await part.innerText()}, the bar to ${figure}`);
    await page.goBack();
    await heading(page, t.figures);
  });
  await checks.step('this month has a line of days with a table beneath it', async () => {
    await page.goto(`${base}/figures?period=quarter`);
    await heading(page, t.figures);
    await page.locator('.line-chart svg[role=img]').waitFor();
    await page.locator('.line-chart summary').click();
    await page.locator('.line-chart table a').first().waitFor();
    await checks.accessible(page, 'figures of a quarter');
    await checks.shot(page, 'figures-quarter-1280-zh-light', true);
  });
  await checks.step('days of one’s own stand in the address', async () => {
    await page.goto(`${base}/figures?period=custom&from=2020-01-01&to=2020-01-31`);
    await heading(page, t.figures);
    await page.locator('main .empty').first().waitFor();
    must((await page.getByLabel('从', { exact: true }).inputValue()) === '2020-01-01', 'the first day is not that of the address');
    await checks.shot(page, 'figures-none-1280-zh-light');
  });
  await checks.step('the dashboard fits a phone', async () => {
    await page.goto(`${base}/figures`);
    await heading(page, t.figures);
    await checks.onPhone(page, async () => {
      await checks.fits(page, 'figures');
      await checks.accessible(page, 'figures on a phone');
      await checks.shot(page, 'figures-390-zh-light', true);
    });
  });
  await checks.step('the wall fills its screen, follows a new order, and says when the link is lost', async () => {
    await page.setViewportSize({ width: 1920, height: 1080 });
    try {
      await page.goto(`${base}/wall`);
      const figure = page.locator('.wall-figure');
      await page.waitForFunction(() => /¥/.test(document.querySelector('.wall-figure')?.textContent ?? ''));
      await page.locator('.wall .tag-right').waitFor();
      const before = amount(await figure.innerText());
      const sold = Number(await sell(page, `林女士 ${mark}`));
      const took = await follows(figure, before, sold);
      if (process.env.VERBOSE) console.log(`     after ${took} ms`);
      await page.locator('.wall-win').first().waitFor();
      await checks.fits(page, 'wall');
      await checks.accessible(page, 'wall');
      await checks.shot(page, 'wall-1920-zh-dark');
      await page.context().setOffline(true);
      await page.getByText(/和中心的连接断了，数字停在/).waitFor();
      await checks.shot(page, 'wall-lost-1920-zh-dark');
      await page.context().setOffline(false);
      await page.locator('.wall .tag-right').waitFor();
      await page.getByRole('link', { name: '退出大屏' }).click();
      await page.waitForURL(/\/figures$/);
    } finally {
      await page.context().setOffline(false);
      await page.setViewportSize({ width: 1280, height: 800 });
    }
  });
}
