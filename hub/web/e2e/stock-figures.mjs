// Stock of a period and its limits, and the group that hears of a win: as whoever leads a warehouse looks at it.

import { firstRow, heading, must, rested } from './lib.mjs';

export async function stockFigures(page, t, base, checks) {
  // The mock sums nothing up.
  if (process.env.MOCK) return;
  const dialog = page.getByRole('dialog');
  const option = name => page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: name });
  await checks.step('the stock of this month: opening and in less out is closing, in every row and together', async () => {
    await page.goto(`${base}/stock`);
    await heading(page, t.stock);
    await page.getByRole('button', { name: '收发汇总' }).click();
    await page.waitForURL(/\/stock\/summary$/);
    await heading(page, '收发汇总');
    await firstRow(page).waitFor();
    await page.locator('.stock-totals summary').waitFor();
    if (!(await page.locator('.stock-totals table').isVisible())) await page.locator('.stock-totals summary').click();
    await page.locator('.stock-totals tbody tr').first().waitFor();
    const rows = await page
      .locator('.stock-totals tbody tr')
      .evaluateAll(all =>
        all.map(row => [...row.querySelectorAll('td.number')].map(cell => Number(cell.innerText.replaceAll(',', '').replace('−', '-')))),
      );
    for (const [opening, come, gone, closing] of rows)
      must(Math.abs(opening + come - gone - closing) < 0.0005, `${opening} ${come} ${gone} ${closing}`);
    await checks.accessible(page, 'stock of a period');
    await checks.shot(page, 'stock-summary-1280-zh-light');
  });
  await checks.step('a row opens its movements of that time', async () => {
    await firstRow(page).click();
    await page.waitForURL(/\/movements\?.*item=\d+.*from=.*flows=true/);
    await heading(page, t.movements);
    await page.locator('.days-asked input').first().waitFor();
    await checks.accessible(page, 'movements of a period');
    await checks.shot(page, 'movements-of-period-1280-zh-light');
    await page.goBack();
    await heading(page, '收发汇总');
  });
  await checks.step('the stock of a period fits a phone', async () => {
    await checks.onPhone(page, async () => {
      await page.locator('main .cards li').first().waitFor();
      await checks.fits(page, 'stock of a period, phone');
      await checks.accessible(page, 'stock of a period, phone');
      await checks.shot(page, 'stock-summary-390-zh-light');
    });
  });
  await checks.step('a limit is set; passing it makes one case that says what there is and what there should be', async () => {
    await page.goto(`${base}/stock/limits`);
    await heading(page, '库存上下限');
    await checks.accessible(page, 'limits of stock, none');
    await page.getByRole('button', { name: '设置上下限' }).first().click();
    await dialog.locator('#item').click();
    await page.keyboard.type('抱枕');
    await option('抱枕').first().click();
    await dialog.locator('#site').click();
    await option(/./).first().click();
    await dialog.locator('#max').focus();
    await page.keyboard.press('Control+Enter');
    await dialog.getByText('下限和上限至少填一个').waitFor();
    await dialog.locator('#min').fill('900000');
    await checks.accessible(page, 'set a limit');
    await checks.shot(page, 'stock-limit-form-1280-zh-light');
    await page.keyboard.press('Control+Enter');
    await page.locator('main').getByText('低于下限').first().waitFor({ timeout: 10_000 });
    await rested(page);
    await checks.accessible(page, 'limits of stock');
    await checks.shot(page, 'stock-limits-1280-zh-light');
    await page.goto(`${base}/exceptions?kind=stock_low`);
    await page
      .locator('main')
      .getByText(/抱枕.*现存.*下限 900,?000/)
      .first()
      .waitFor();
    await checks.shot(page, 'stock-low-1280-zh-light');
  });
  await checks.step('limits fit a phone, and one is taken away with its case', async () => {
    await page.goto(`${base}/stock/limits`);
    await heading(page, '库存上下限');
    await checks.onPhone(page, async () => {
      await page.locator('main .cards li').first().waitFor();
      await checks.fits(page, 'limits of stock, phone');
      await checks.accessible(page, 'limits of stock, phone');
      await checks.shot(page, 'stock-limits-390-zh-light');
    });
    await page.locator('main').getByRole('button', { name: '删除', exact: true }).first().click();
    await page.locator('.ant-popover').getByRole('button', { name: '删除', exact: true }).click();
    await page.locator('main .empty').waitFor();
  });
  await checks.step('a group of an organisation names the reports that it wants', async () => {
    await page.goto(`${base}/settings/channels`);
    await heading(page, t.channels);
    await page.getByRole('button', { name: '新建通道' }).first().click();
    await dialog.locator('#kinds').click();
    // Of a long list only what is seen is there.
    const choose = async name => {
      await option('').first().hover();
      await page.mouse.wheel(0, -5_000);
      for (let n = 0; n < 40 && (await option(name).count()) === 0; n++) {
        await page.mouse.wheel(0, 60);
        await page.waitForTimeout(100);
      }
      await option(name).click();
    };
    await choose('战报');
    await choose('昨日业绩快报');
    await page.keyboard.press('Escape');
    await checks.accessible(page, 'channel of an organisation');
    await checks.shot(page, 'channel-win-report-1280-zh-light');
  });
}
