// Customers as a seller meets them: made at the first word, followed up, found again, and nobody made twice.

import { choose, heading, must, rested } from './lib.mjs';

export async function customers(page, t, base, checks) {
  // The mock knows no customers.
  if (process.env.MOCK) return;
  const mark = String(Date.now()).slice(-6);
  const phone = `139 00${mark.slice(0, 2)} ${mark.slice(2)}`;
  const dialog = page.getByRole('dialog');
  const press = name => page.getByRole('button', { name, exact: true }).click();
  const option = name => page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: name });
  await checks.step('an empty list of customers says what to do first', async () => {
    await page.goto(`${base}/customers`);
    await heading(page, t.customers);
    await page.locator('main .empty').waitFor();
    await checks.accessible(page, 'no customers');
    await checks.shot(page, 'customers-none-1280-zh-light');
  });
  await checks.step('a customer is made with phone, source, tags and a day to call', async () => {
    await page.locator('.list-head, main').getByRole('button', { name: '新建客户' }).first().click();
    await dialog.locator('#name').fill(`王女士 ${mark}`);
    await dialog.locator('#phone').fill(phone);
    await choose(page, dialog.locator('.ant-select').nth(0), '门店自然到访');
    await dialog.locator('.ant-select').nth(1).click();
    for (const tag of ['现代简约', '衣柜']) {
      await page.keyboard.type(tag);
      await option(tag).click();
    }
    await dialog.locator('#name').click();
    await dialog.getByRole('button', { name: '明天', exact: true }).click();
    await dialog.locator('#note').fill(`想做整屋柜子，先生电话 13900000001`);
    await dialog.locator('summary').click();
    await dialog.getByText('女', { exact: true }).click();
    await dialog.locator('#address').fill('上海市徐汇区漕溪北路 88 号 1203 室');
    await checks.accessible(page, 'new customer');
    await checks.shot(page, 'customer-new-1280-zh-light');
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(/\/customers\/\d+$/);
    await page.locator('main h1', { hasText: `王女士 ${mark}` }).waitFor();
    await page.getByText(`13900${mark}`).first().waitFor();
    await page.locator('main .tag', { hasText: '现代简约' }).first().waitFor();
  });
  const made = page.url();
  await checks.step('what was said is written down and stands in the timeline', async () => {
    await rested(page);
    await press('写跟进');
    await dialog.getByText('到店', { exact: true }).click();
    await dialog.locator('#text').fill(`看了橡木衣柜 ${mark}，约好量尺`);
    await dialog.getByRole('button', { name: '3 天后', exact: true }).click();
    await checks.accessible(page, 'follow-up');
    await checks.shot(page, 'follow-up-1280-zh-light');
    await page.keyboard.press('Control+Enter');
    await dialog.waitFor({ state: 'hidden' });
    await page.locator('.timeline', { hasText: `看了橡木衣柜 ${mark}，约好量尺` }).waitFor();
    await page.locator('.timeline li').first().getByText('到店').waitFor();
  });
  await checks.step('a customer is shared with a colleague, and taken back', async () => {
    await page.goto(made);
    const card = page.locator('main .card', { has: page.locator('h2', { hasText: '协作同事' }) });
    await card.locator('.ant-select').click();
    const first = page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option').first();
    const name = (await first.innerText()).split(' · ')[0];
    await first.click();
    await card.getByRole('button', { name: '共享', exact: true }).click();
    await card.locator('li', { hasText: name }).waitFor();
    await page.locator('.timeline', { hasText: '分享' }).waitFor();
    await checks.accessible(page, 'a shared customer');
    await checks.shot(page, 'customer-shared-1280-zh-light', true);
    await card.getByRole('button', { name: `取消共享 ${name}` }).click();
    await card.locator('li', { hasText: name }).waitFor({ state: 'detached' });
  });
  await checks.step('the same phone is told while it is typed, and refused', async () => {
    await page.goto(`${base}/customers`);
    await heading(page, t.customers);
    await page.getByRole('button', { name: '新建客户' }).first().click();
    await dialog.locator('#name').fill('又一位');
    await dialog.locator('#phone').fill(`+86 ${phone.replaceAll(' ', '-')}`);
    await dialog.locator('.taken').waitFor();
    must((await dialog.locator('.taken').innerText()).includes('王女士'), 'the reader, who sees the customer, is not told who it is');
    await checks.accessible(page, 'a phone that is taken');
    await checks.shot(page, 'customer-taken-1280-zh-light');
    await page.keyboard.press('Control+Enter');
    await dialog.locator('.ant-form-item-explain-error').first().waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });
  await checks.step('the list is narrowed by tags in words, and lets go again', async () => {
    await press('标签');
    const form = page.locator('.ant-popover .narrow-form');
    await form.locator('.ant-select').first().click();
    await page.keyboard.type('北欧');
    await option('北欧').click();
    await page.locator('main .empty').waitFor();
    await page.keyboard.type('现代');
    await option('现代简约').click();
    await page.locator('main .table tbody tr', { hasText: `王女士 ${mark}` }).waitFor();
    must(/tags=style/.test(page.url()), `the address keeps no tags: ${page.url()}`);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await checks.accessible(page, 'customers by tags');
    await checks.shot(page, 'customers-tags-1280-zh-light');
    await page.goto(`${base}/customers?idle=5`);
    await page.locator('main .empty').waitFor();
  });
  await checks.step('somebody on the phone is found by four digits', async () => {
    await page.goto(`${base}/customers`);
    await heading(page, t.customers);
    await press('按电话或邮箱查找');
    await dialog.getByRole('searchbox').fill(mark.slice(2));
    await page.keyboard.press('Enter');
    await dialog
      .locator('a', { hasText: `王女士 ${mark}` })
      .first()
      .click();
    await page.waitForURL(made);
  });
  await checks.step('find and go finds a customer by the beginnings of pinyin', async () => {
    await page.keyboard.press('Control+k');
    await page.locator('.palette-field input').fill('wns');
    await page
      .locator('[role=option]', { hasText: `王女士 ${mark}` })
      .first()
      .waitFor();
    await page.keyboard.press('Escape');
  });
  await checks.step('home counts whom to call', async () => {
    await page.goto(`${base}/`);
    await heading(page, t.home);
    await page.locator('.counter[href="/customers?due=today&owner=me"]').click();
    await heading(page, t.customers);
    must(new URL(page.url()).search === '?due=today&owner=me', `the filter is ${new URL(page.url()).search}`);
  });
}
