// Opportunities as a seller meets them: made of a customer, held by a gate until the sketch is there, moved on the board, lost for a reason.

import { choose, heading, must, printed, rested } from './lib.mjs';

export async function opportunities(page, t, base, checks) {
  // The mock knows no customers.
  if (process.env.MOCK) return;
  const mark = String(Date.now()).slice(-6);
  const dialog = page.getByRole('dialog');
  const press = name => page.getByRole('button', { name, exact: true }).first().click();
  const done = () => dialog.waitFor({ state: 'hidden' });
  await checks.step('an opportunity is made on the page of its customer', async () => {
    await page.goto(`${base}/customers`);
    await heading(page, t.customers);
    await page.locator('main .table tbody tr a').first().click();
    await page.waitForURL(/\/customers\/\d+$/);
    await press('新建商机');
    await dialog.locator('#title').fill(`三居室全屋 ${mark}`);
    await dialog.locator('#amount').fill('88000');
    await checks.accessible(page, 'new opportunity');
    await checks.shot(page, 'opportunity-new-1280-zh-light');
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(/\/opportunities\/\d+$/);
    await page.locator('main h1', { hasText: `三居室全屋 ${mark}` }).waitFor();
    await page.getByText('¥88,000').first().waitFor();
  });
  const made = page.url();
  await checks.step('a gate names the sketch that is missing, and opens when it is there', async () => {
    for (const stage of ['初步沟通', '方案设计']) {
      await rested(page);
      await press(`推进到“${stage}”`);
      await page.locator('.way-here .here', { hasText: stage }).waitFor();
    }
    await rested(page);
    await press('推进到“报价确认”');
    await dialog.getByText('设计草图').waitFor();
    await checks.accessible(page, 'a gate that is closed');
    await checks.shot(page, 'opportunity-gate-1280-zh-light');
    await page.keyboard.press('Escape');
    await done();
    await page.locator('.missing li', { hasText: '设计草图' }).waitFor();
    await page.locator('main input[type=file]').setInputFiles({ name: '草图.txt', mimeType: 'text/plain', buffer: Buffer.from('sketch') });
    await page.locator('.files', { hasText: '设计草图 ·' }).waitFor();
    await page.locator('.missing').waitFor({ state: 'detached' });
    await checks.shot(page, 'opportunity-1280-zh-light');
    await press('推进到“报价确认”');
    await page.locator('.way-here .here', { hasText: '报价确认' }).waitFor();
  });
  await checks.step('the board shows it in its stage, and its menu takes it back', async () => {
    await page.goto(`${base}/opportunities?as=board`);
    await heading(page, t.opportunities);
    const column = name => page.locator('.board-column', { has: page.getByRole('heading', { name }) });
    const card = name => column(name).locator('.board-card', { hasText: mark });
    await card('报价确认').waitFor();
    await checks.accessible(page, 'board of opportunities');
    await checks.shot(page, 'opportunities-board-1280-zh-light');
    await card('报价确认').getByRole('button').click();
    await page.getByRole('menuitem', { name: '方案设计' }).click();
    await card('方案设计').waitFor();
  });
  await checks.step('one is lost for a reason of the list', async () => {
    await page.goto(made);
    await rested(page);
    await press('更多');
    await page.getByRole('menuitem', { name: '标为流失' }).click();
    await choose(page, dialog.locator('.ant-select').first(), '选择了竞品');
    await checks.accessible(page, 'losing an opportunity');
    await page.keyboard.press('Control+Enter');
    await done();
    await page.locator('main', { hasText: '选择了竞品' }).waitFor();
    const paper = await printed(page, checks, 'print-opportunity');
    must(paper.includes(`三居室全屋 ${mark}`) && paper.includes('¥88,000'), 'the printed opportunity lacks what it may bring');
    must(paper.includes('方案设计') && paper.includes('选择了竞品'), 'the printed opportunity does not say how it went');
  });
  await checks.step('the stage report counts what left each stage', async () => {
    await page.goto(`${base}/opportunities/report`);
    await page.locator('.figures tbody tr', { hasText: '线索获取' }).getByText('100%').waitFor();
    must((await page.locator('.figures').first().innerText()).includes('平均停留天数'), 'the report has no days');
    await checks.accessible(page, 'stage report');
    await checks.shot(page, 'opportunities-report-1280-zh-light');
  });
  await checks.step('the story of the opportunity stands in the timeline of its customer', async () => {
    await page.goto(made);
    await page.locator('.facts a').first().click();
    await page.waitForURL(/\/customers\/\d+$/);
    await page.locator('.timeline', { hasText: `商机“三居室全屋 ${mark}”` }).waitFor();
  });
}
