// Prices as head office keeps them and a seller meets them: a list with its prices, an option model, and a formula that changes the next price.

import { heading, rested } from './lib.mjs';

export async function prices(page, t, base, checks) {
  // The mock knows no prices.
  if (process.env.MOCK) return;
  const mark = String(Date.now()).slice(-6);
  const dialog = page.getByRole('dialog');
  const drawer = page.locator('.ant-drawer-content-wrapper:visible');
  const option = name => page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: name });
  let item;
  await checks.step('a price list is made for the whole chain', async () => {
    await page.goto(`${base}/prices`);
    await heading(page, t.prices);
    await page.getByRole('button', { name: '新建价目表' }).first().click();
    await dialog.locator('#code').fill(`E2E-${mark}`);
    await dialog.locator('#name').fill(`全国价目表 ${mark}`);
    await dialog.locator('#most_discount').fill('10');
    await checks.accessible(page, 'new price list');
    await checks.shot(page, 'price-list-new-1280-zh-light');
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(/\/prices\/\d+$/);
    await page.locator('main h1', { hasText: `全国价目表 ${mark}` }).waitFor();
  });
  const list = page.url();
  await checks.step('a price is added and changed where it stands', async () => {
    await rested(page);
    await page.getByRole('button', { name: '添加价格' }).first().click();
    await dialog.locator('.ant-select').first().click();
    await option('').first().click();
    await dialog.locator('#unit_price').fill('1,280.5');
    await page.keyboard.press('Control+Enter');
    await dialog.waitFor({ state: 'hidden' });
    const row = page.locator('main .table tbody tr').first();
    await row.getByText('¥1,280.50').waitFor();
    item = new URL(await row.locator('a').first().getAttribute('href'), base).pathname.split('/').pop();
    await row
      .getByRole('button', { name: /编辑: 单价|单价/ })
      .first()
      .click();
    await row.locator('input').fill('1300');
    await page.keyboard.press('Enter');
    await row.getByText('¥1,300.00').waitFor();
    await page.getByRole('button', { name: '启用', exact: true }).click();
    await page.locator('main .page-title .tag', { hasText: '启用' }).waitFor();
    await checks.accessible(page, 'price list');
    await checks.shot(page, 'price-list-1280-zh-light');
  });
  await checks.step('the item says its price and whence it comes', async () => {
    await page.goto(`${base}/items/${item}`);
    await page.getByText('¥1,300.00').first().waitFor();
    await page.locator(`a[href="${new URL(list).pathname}"]`).waitFor();
  });
  const code = (await page.locator('main .page-title .code').first().innerText()).trim();
  await checks.step('an option model is tried before it is published', async () => {
    await page.goto(`${base}/settings/models/curtain`);
    await page.getByRole('heading', { level: 1, name: '窗帘' }).waitFor();
    await rested(page);
    const side = page.locator('.record-side');
    await side.getByLabel('窗宽').fill('3');
    await side.getByText('定高布 2.8 m').click();
    await side.locator('.terms-total', { hasText: '¥288.00' }).waitFor();
    await side.getByText('(3 + 0.2) × 2 × 45').waitFor();
    await checks.accessible(page, 'option model');
    await checks.shot(page, 'option-model-1280-zh-light');
  });
  const publish = async () => {
    await page.getByRole('button', { name: '发布', exact: true }).click();
    await dialog.getByRole('button', { name: '发布', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
  };
  await checks.step('the model is given to an item and published', async () => {
    const items = page.locator('.record-main .ant-select').nth(1);
    await items.click();
    await page.keyboard.type(`${code},`);
    await page.getByRole('button', { name: '发布', exact: true }).waitFor();
    await publish();
  });
  const configured = async wanted => {
    await page.goto(`${base}/items/${item}`);
    await page.getByText('选配试算').click();
    const form = page.locator('.configure');
    await form.getByLabel('窗宽').fill('3');
    await form.getByText('定高布 2.8 m').click();
    await form.locator('.terms-total', { hasText: wanted }).waitFor();
    return form;
  };
  await checks.step('a seller configures it, and is told what does not go', async () => {
    const form = await configured('¥288.00');
    await form.getByLabel('成品高').fill('2.8');
    await form.locator('.configure-said', { hasText: '定高布' }).waitFor();
    await checks.accessible(page, 'configured item');
    await checks.shot(page, 'configure-1280-zh-light');
    await checks.onPhone(page, async () => {
      await checks.fits(page, 'configured item');
      await checks.shot(page, 'configure-390-zh-light', true);
    });
  });
  await checks.step('a changed formula changes the next price with no code', async () => {
    await page.goto(`${base}/settings/models/curtain`);
    await rested(page);
    await page.getByRole('button', { name: '修改 布料（定高）' }).click();
    await drawer.locator('textarea').first().fill('(width + 0.3) * fold.times * cloth.price_per_m');
    await drawer.getByRole('button', { name: '存入草稿' }).click();
    await drawer.waitFor({ state: 'hidden' });
    await publish();
    await configured('¥297.00');
  });
  await checks.step('taking the publication back brings the old price again', async () => {
    await page.goto(`${base}/settings/models/curtain`);
    await rested(page);
    await page.locator('.versions li').nth(1).getByRole('button', { name: '恢复' }).click();
    await dialog.getByRole('button', { name: '恢复' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await configured('¥288.00');
  });
}
