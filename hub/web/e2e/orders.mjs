// Selling as a shop does: an order with goods that are there, shared by two, a deposit by WeChat, confirmed into a pick; and the till counted.

import { choose, heading, plainItem, rested } from './lib.mjs';

export async function orders(page, t, base, checks) {
  // The mock sells nothing.
  if (process.env.MOCK) return;
  const mark = String(Date.now()).slice(-6);
  const dialog = page.getByRole('dialog');
  const press = name => page.getByRole('button', { name, exact: true }).click();
  const option = name => page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: name });
  await checks.step('a list without orders says what to do first', async () => {
    await page.goto(`${base}/orders?customer=999999999`);
    await heading(page, t.orders);
    await page.locator('main .empty').waitFor();
    await checks.accessible(page, 'no orders');
    await checks.shot(page, 'orders-none-1280-zh-light');
  });
  await checks.step('an order is made on a customer’s page, with what is in stock told beneath the item', async () => {
    await page.goto(`${base}/customers?new=1`);
    await dialog.locator('#name').fill(`周女士 ${mark}`);
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(/\/customers\/\d+$/);
    await rested(page);
    await press('新建订单');
    await page.waitForURL(/\/orders\?new=1&customer=\d+$/);
    await plainItem(page, dialog, 0, '抱枕');
    await dialog.getByText(/可用 \d+/).waitFor();
    await dialog.locator('#lines_0_quantity').fill('2');
    await dialog.locator('#lines_0_price').fill('199.99');
    await dialog.locator('#lines_0_discount').fill('5');
    await dialog.getByText('¥379.98').waitFor();
    await dialog.locator('#address').fill('上海市徐汇区漕溪北路 88 号 1203 室');
    await dialog.locator('summary').click();
    await dialog.locator('#splits_0_share').fill('70');
    await dialog.getByText('合计 70%', { exact: true }).waitFor();
    await press('加一个人');
    await dialog.locator('#splits_1_person').click();
    await option(/manager|主管|经理/)
      .first()
      .click();
    await dialog.locator('#splits_1_share').fill('30');
    await dialog.getByText('合计 100%', { exact: true }).waitFor();
    await checks.accessible(page, 'new order');
    await checks.shot(page, 'order-new-1280-zh-light');
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(/\/orders\/\d+$/);
    await heading(page, `周女士 ${mark}`);
    await page.locator('main').getByText('¥265.99').waitFor();
    await page.locator('main').getByText('¥113.99').waitFor();
  });
  const order = page.url();
  await checks.step('a deposit is taken for the order, with method and slip', async () => {
    await rested(page);
    await page.getByRole('button', { name: '待付 ¥379.98' }).click();
    await dialog.locator('#amount').fill('200.00');
    await choose(page, dialog.locator('.ant-select').first(), '微信');
    await dialog.locator('#reference').fill(`4200${mark}`);
    await checks.accessible(page, 'take money');
    await checks.shot(page, 'order-pay-1280-zh-light');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('button', { name: '待付 ¥179.98' }).waitFor();
  });
  await checks.step('confirming it reserves goods and makes their pick', async () => {
    await rested(page);
    await press('确认订单');
    await checks.accessible(page, 'confirm an order');
    await dialog.getByRole('button', { name: '确认订单' }).click();
    await page.locator('main .tag', { hasText: '待发货' }).waitFor();
    await page.getByText('已拣 0 / 2 件').waitFor();
    await checks.accessible(page, 'order');
    await checks.shot(page, 'order-1280-zh-light');
    await page.locator('main .card a', { hasText: /^PK-/ }).first().click();
    await page.waitForURL(/\/tasks\/\d+$/);
    await page.goto(order);
    await heading(page, `周女士 ${mark}`);
  });
  await checks.step('the order fits a phone, and so does a new one', async () => {
    await checks.onPhone(page, async () => {
      await checks.fits(page, 'order');
      await checks.shot(page, 'order-390-zh-light');
      await page.goto(`${base}/orders?new=1`);
      await dialog.locator('#lines_0_item').waitFor();
      await checks.fits(page, 'new order');
      await checks.shot(page, 'order-new-390-zh-light');
      await page.keyboard.press('Escape');
    });
  });
  await checks.step('the customer’s page has the order, the money and how it came', async () => {
    await page.goto(order);
    await heading(page, `周女士 ${mark}`);
    await page.locator('.facts a', { hasText: '周女士' }).click();
    await page.waitForURL(/\/customers\/\d+$/);
    await page.locator('main .tag', { hasText: '成交客户' }).first().waitFor();
    await page.getByText('已下单 1 次').waitFor();
    await page.locator('main', { hasText: `4200${mark}` }).waitFor();
    await checks.accessible(page, 'customer with orders');
    await checks.shot(page, 'customer-sold-1280-zh-light');
  });
  await checks.step('payments are listed, and the till is counted', async () => {
    await page.goto(`${base}/payments?kind=receive`);
    await heading(page, t.payments);
    await page.locator('main .table tbody tr', { hasText: `周女士 ${mark}` }).waitFor();
    await checks.accessible(page, 'payments');
    await checks.shot(page, 'payments-1280-zh-light');
    await press('每日对账');
    await page.waitForURL(/\/payments\/days$/);
    await page.locator('.card', { hasText: '微信' }).first().waitFor();
    await checks.accessible(page, 'the count of the till');
    await checks.shot(page, 'till-1280-zh-light');
  });
  await checks.step('a cancelled order gives its money back to the customer', async () => {
    await page.goto(order);
    await heading(page, `周女士 ${mark}`);
    await rested(page);
    await press('更多');
    await page.locator('.ant-dropdown:not(.ant-dropdown-hidden)').getByText('取消订单').click();
    await dialog.locator('#reason').fill('客户改了主意');
    await dialog.getByRole('button', { name: '取消订单' }).click();
    await page.locator('main .tag', { hasText: '已取消' }).waitFor();
    await page.locator('.facts a', { hasText: '周女士' }).click();
    await page.locator('main', { hasText: '预收款余额' }).waitFor();
    await page.getByText('¥200.00').first().waitFor();
  });
}
