// Service tickets as a dispatcher meets them: made, given to an installer, seen on the board, cancelled for a reason.

import { choose, heading, must, rested } from './lib.mjs';

export async function tickets(page, t, base, checks) {
  // The mock knows no tickets.
  if (process.env.MOCK) return;
  const mark = String(Date.now()).slice(-6);
  const dialog = page.getByRole('dialog');
  const press = name => page.getByRole('button', { name, exact: true }).click();
  await checks.step('an installer is there to be given tickets', async () => {
    const made = await page.evaluate(async login => {
      const read = path => fetch(`/api/v1${path}`).then(answer => answer.json());
      const { csrf } = await read('/session');
      const role = (await read('/roles')).items.find(one => one.code === 'installer');
      const place = (await read('/organisations?limit=1')).items[0];
      const body = { login, name: `钱师傅 ${login}`, organisation: place.id, roles: [{ role: role.id }], password: 'correct-horse-1' };
      const headers = { 'content-type': 'application/json', 'x-qitao-csrf': csrf };
      const answer = await fetch('/api/v1/people', { method: 'POST', headers, body: JSON.stringify(body) });
      return answer.status;
    }, `fit${mark}`);
    must(made === 201, `a person was answered ${made}`);
  });
  await checks.step('a ticket is made with whom, where and what', async () => {
    await page.goto(`${base}/tickets`);
    await heading(page, t.tickets);
    await page.locator('.list-head, main').getByRole('button', { name: '新建工单' }).first().click();
    await dialog.getByText('售后', { exact: true }).click();
    await dialog.locator('#problem').fill(`窗帘褪色 ${mark}，先生电话 13900000001`);
    await dialog.locator('#contact').fill(`李女士 ${mark}`);
    await dialog.locator('#phone').fill('138 1234 5678');
    await dialog.locator('#address').fill('上海市徐汇区漕溪北路 88 号 1203 室');
    if (await dialog.locator('.ant-form-item', { hasText: '服务组织' }).count()) {
      await dialog.locator('.ant-form-item', { hasText: '服务组织' }).locator('.ant-select').click();
      await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option').first().click();
    }
    await checks.accessible(page, 'new ticket');
    await checks.shot(page, 'ticket-new-1280-zh-light');
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(/\/tickets\/\d+$/);
    await page.locator('main h1', { hasText: `李女士 ${mark}` }).waitFor();
    await rested(page);
  });
  await checks.step('it is given to an installer', async () => {
    await press('派单');
    await choose(page, dialog.locator('.ant-select').first(), `钱师傅 fit${mark}`);
    await checks.accessible(page, 'dispatch');
    await page.keyboard.press('Control+Enter');
    await dialog.waitFor({ state: 'hidden' });
    await page.locator('main .tag', { hasText: '已派单' }).first().waitFor();
    await page.locator('.timeline', { hasText: '派单' }).waitFor();
    await checks.fits(page, 'ticket');
    await checks.accessible(page, 'ticket');
    await checks.shot(page, 'ticket-1280-zh-light', true);
  });
  const made = page.url();
  await checks.step('the board shows who has it, and gives it out by keyboard', async () => {
    await page.goto(`${base}/tickets?view=board`);
    await heading(page, t.tickets);
    const card = page.locator('.dispatch-board .dispatch-card', { hasText: `李女士 ${mark}` });
    await card.waitFor();
    await checks.accessible(page, 'dispatch board');
    await checks.shot(page, 'dispatch-board-1280-zh-light');
    await card.getByRole('button', { name: '派单' }).focus();
    await page.keyboard.press('Enter');
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await checks.onPhone(page, async () => {
      await checks.fits(page, 'dispatch board');
      await checks.shot(page, 'dispatch-board-390-zh-light');
    });
  });
  await checks.step('it is cancelled for a reason', async () => {
    await page.goto(made);
    await rested(page);
    await press('更多');
    await page.getByRole('menuitem', { name: '取消工单' }).click();
    await dialog.locator('#reason').fill('客户自己处理了');
    await page.keyboard.press('Control+Enter');
    await dialog.waitFor({ state: 'hidden' });
    await page.locator('main .tag', { hasText: '已取消' }).first().waitFor();
    await page.getByText('客户自己处理了').first().waitFor();
  });
}
