// Saved views: a filter becomes a tab, is found again, shared, changed and forgotten; and several rows at once.

import { choose, heading, must } from './lib.mjs';

export async function views(page, t, base, checks) {
  const name = `测试视图 ${Date.now() % 100_000}`;
  const tab = page.locator('.views nav a', { hasText: name });
  await checks.step('a filter is saved as a view and stands as a tab', async () => {
    await page.goto(`${base}/tasks?kind=pick`);
    await heading(page, t.tasks);
    await page.getByRole('button', { name: '存为视图' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('input').first().fill(name);
    await checks.accessible(page, 'saving a view');
    await checks.shot(page, 'view-save-1280-zh-light');
    await dialog.getByRole('button', { name: '保存', exact: true }).click();
    await page.waitForFunction(() => new URLSearchParams(location.search).has('view'));
    await tab.waitFor();
    must((await tab.getAttribute('aria-current')) === 'page', 'the new view is not the one that is shown');
  });
  await checks.step('a view opens with its filters, also from a link to it alone', async () => {
    await page.locator('.views nav a').first().click();
    await page.waitForFunction(() => location.search === '');
    await tab.click();
    await page.waitForFunction(() => new URLSearchParams(location.search).get('kind') === 'pick');
    const id = new URL(page.url()).searchParams.get('view');
    await page.goto(`${base}/tasks?view=${id}`);
    await page.waitForFunction(() => new URLSearchParams(location.search).get('kind') === 'pick');
  });
  await checks.step('what is changed about a view is saved to it', async () => {
    await choose(page, page.locator('.sentence .ant-select').nth(1), '未完成');
    await page.locator('.views nav a', { hasText: '有改动' }).waitFor();
    await page.locator('.views').getByRole('button', { name: '保存', exact: true }).click();
    await page.locator('.views nav a', { hasText: '有改动' }).waitFor({ state: 'detached' });
    await checks.shot(page, 'tasks-view-1280-zh-light');
  });
  await checks.step('a view is shared with an organisation', async () => {
    await page.locator('.views .ant-dropdown-trigger').click();
    await page.locator('.ant-dropdown-menu-item', { hasText: '改名和共享' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('.ant-select').first().click();
    await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option').first().click();
    await dialog.getByRole('button', { name: '保存', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    await tab.locator('svg').waitFor();
  });
  await checks.step('home offers the view, and it is forgotten again', async () => {
    await page.goto(`${base}/`);
    await heading(page, t.home);
    await page.locator('.steps a', { hasText: name }).click();
    await heading(page, t.tasks);
    await page.locator('.views .ant-dropdown-trigger').click();
    await page.locator('.ant-dropdown-menu-item', { hasText: '删除视图' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '删除视图' }).click();
    await tab.waitFor({ state: 'detached' });
    must(new URL(page.url()).search === '', 'the filters of the forgotten view are still there');
  });
  await checks.step('several rows are chosen, and what is done to them is asked first', async () => {
    await page.goto(`${base}/tasks`);
    await heading(page, t.tasks);
    const rows = page.locator('main .table tbody .pick input');
    must((await rows.count()) > 0, 'no row can be chosen');
    await rows.first().check();
    await page.locator('.batch').waitFor();
    await page.keyboard.press('Escape');
    await checks.accessible(page, 'rows chosen');
    await checks.shot(page, 'tasks-batch-1280-zh-light');
    await page.locator('.batch button').last().click();
    await page.locator('.batch').waitFor({ state: 'detached' });
  });
}
