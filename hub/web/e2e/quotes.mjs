// Offering: a quote, the next version beside it, a link for the customer, and the order that it becomes.

import { heading, must, plainItem, printed, rested } from './lib.mjs';

export async function quotes(page, base, checks) {
  // The mock offers nothing.
  if (process.env.MOCK) return;
  const mark = String(Date.now()).slice(-6);
  const dialog = page.getByRole('dialog');
  const press = name => page.getByRole('button', { name, exact: true }).click();
  const more = async name => {
    await press('更多');
    await page.locator('.ant-dropdown:not(.ant-dropdown-hidden)').getByText(name).click();
  };
  await checks.step('a quote is made', async () => {
    await page.goto(`${base}/customers?new=1`);
    await dialog.locator('#name').fill(`吴先生 ${mark}`);
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(/\/customers\/\d+$/);
    const customer = page.url().split('/').pop();
    await page.goto(`${base}/quotes?new=1&customer=${customer}`);
    await plainItem(page, dialog, 0, '抱枕');
    await dialog.locator('#lines_0_quantity').fill('2');
    await dialog.locator('#lines_0_price').fill('100.00');
    await dialog.locator('#note').fill('含送货上门');
    await checks.accessible(page, 'new quote');
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(/\/quotes\/\d+$/);
    await heading(page, `吴先生 ${mark}`);
  });
  const quote = page.url();
  await checks.step('it is revised, and the versions stand side by side', async () => {
    await rested(page);
    await more('修订');
    await dialog.locator('#lines_0_quantity').fill('3');
    await page.keyboard.press('Control+Enter');
    await page.getByText('第 2 版 · 现行').waitFor();
    await page.locator('.card', { hasText: '与上一版比较' }).getByText('修改', { exact: true }).waitFor();
    await checks.accessible(page, 'quote');
    await checks.shot(page, 'quote-1280-zh-light');
    await checks.onPhone(page, async () => {
      await checks.fits(page, 'quote');
      await checks.shot(page, 'quote-390-zh-light');
    });
    must((await printed(page, checks, 'print-quote')).includes(`吴先生 ${mark}`), 'the printed quote does not say for whom it is');
  });
  await checks.step('a link shows it to the customer, and no more of their name than its first letter', async () => {
    await rested(page);
    await more('分享链接');
    await dialog.getByRole('button', { name: '分享链接' }).click();
    const link = await page.locator('.ant-modal-confirm .break').innerText();
    const guest = await (
      await page
        .context()
        .browser()
        .newContext({ viewport: { width: 390, height: 844 } })
    ).newPage();
    await guest.goto(link.replace(/^https?:\/\/[^/]+/, base));
    await guest.getByText('吴*').waitFor();
    await guest.getByText('¥300.00').first().waitFor();
    must(!(await guest.locator('body').innerText()).includes('先生'), 'the link tells the name');
    await checks.accessible(guest, 'shared quote');
    await checks.shot(guest, 'quote-shared-390-zh-light');
    await guest.context().close();
  });
  await checks.step('accepted, it is an order without being typed again', async () => {
    await page.goto(quote);
    await heading(page, `吴先生 ${mark}`);
    await rested(page);
    await press('成交，转为订单');
    await dialog.getByRole('button', { name: '成交，转为订单' }).click();
    await page.waitForURL(/\/orders\/\d+$/);
    await page.getByText('¥300.00').first().waitFor();
    await page.goto(quote);
    await heading(page, `吴先生 ${mark}`);
    const story = page.locator('.timeline', { hasText: /SO\d+/ });
    await story.waitFor();
    must(!/№|\b30000\b|_fen|_ms/.test(await story.innerText()), 'the timeline shows raw values');
    await checks.shot(page, 'quote-accepted-1280-zh-light', true);
  });
}
