// The way of somebody's day through the desk, in each language and on each size of screen: a list, a view of it, a record with its files, a
// sheet in and taken back, a sheet out, settings. Everything that it makes it takes away again.

import { firstRow, heading, must, printed, rested } from './lib.mjs';

const words = {
  'zh-CN': {
    saveView: '存为视图',
    save: '保存',
    check: '检查',
    undo: '撤销这次导入',
    bad: '不合格',
    export: '导出',
    addField: '添加字段',
    close: '关闭',
    discard: '放弃草稿',
    send: '发送',
  },
  en: {
    saveView: 'Save as a view',
    save: 'Save',
    check: 'Check',
    undo: 'Undo this import',
    bad: 'Bad',
    export: 'Export',
    addField: 'Add a field',
    close: 'Close',
    discard: 'Throw the draft away',
    send: 'Send',
  },
};

const csv = mark => `code,name,unit\nT${mark}A,测试柜 ${mark},件\n,no code ${mark},件\nT${mark}B,测试桌 ${mark},件\n`;
const titles = ['编码', '名称', '单位'];

/** `t` are the words of the pages' heads; `at` names the look for pictures. */
export async function journey(page, { lang, t, at, base, checks }) {
  const w = words[lang];
  const mark = String(Date.now()).slice(-6);
  const button = name => page.getByRole('button', { name, exact: true });
  const look = async (name, tall = false) => {
    await checks.fits(page, at(name));
    await checks.accessible(page, at(name));
    await checks.shot(page, at(name), tall);
  };
  const step = (what, run) => checks.step(`${at(what)}`, run);

  await step('a view of a list is saved, opened and forgotten', async () => {
    await page.goto(`${base}/items?q=${encodeURIComponent('柜')}`);
    await heading(page, t.items);
    await button(w.saveView).click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('input').first().fill(`J${mark}`);
    await dialog.getByRole('button', { name: w.save, exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.goto(`${base}/items`);
    await heading(page, t.items);
    const tab = page.locator('.views nav a', { hasText: `J${mark}` });
    await tab.click();
    await page.waitForFunction(() => new URLSearchParams(location.search).get('q') === '柜');
    await rested(page);
    await look('items-view');
    await page.locator('.views .ant-dropdown-trigger').click();
    await page.locator('.ant-dropdown-menu-item-danger').click();
    await page.getByRole('dialog').locator('.ant-btn-dangerous').click();
    await tab.waitFor({ state: 'detached' });
  });

  await step('a file is added to a record, a wrong one is refused beside its name, and it is removed', async () => {
    await page.goto(`${base}/items`);
    await heading(page, t.items);
    await firstRow(page).click();
    await page.waitForURL(/\/items\/\d+/);
    // A phone's card opens the page as well.
    const field = page.locator('main input[type=file]');
    await field.waitFor({ state: 'attached' });
    await field.setInputFiles([
      { name: `note-${mark}.txt`, mimeType: 'text/plain', buffer: Buffer.from('柜门左开') },
      { name: `wrong-${mark}.pdf`, mimeType: 'application/pdf', buffer: Buffer.from([0x4d, 0x5a, 0, 0, 1, 2, 3, 4]) },
    ]);
    const file = page.locator('.file', { hasText: `note-${mark}.txt` });
    await file.waitFor();
    await page
      .locator('.part-fault', { hasText: `wrong-${mark}.pdf` })
      .locator('.fault')
      .waitFor();
    await look('item-files', true);
    await file.locator('button').click();
    await page.locator('.ant-popconfirm .ant-btn-primary').click();
    await file.waitFor({ state: 'detached' });
  });

  let imported = '';
  await step('a sheet is uploaded and its columns are matched', async () => {
    await page.goto(`${base}/imports/new`);
    await page.locator('.pick-card').first().waitFor();
    await page.locator('.pick-card').first().click();
    await page.waitForFunction(() => new URLSearchParams(location.search).get('kind') === 'items');
    await look('import-new');
    const head = lang === 'en' ? csv(mark) : csv(mark).replace('code,name,unit', titles.join(','));
    await page
      .locator('main input[type=file]')
      .setInputFiles({ name: `items-${mark}.csv`, mimeType: 'text/csv', buffer: Buffer.from(head) });
    await page.waitForURL(/\/imports\/\d+$/);
    imported = page.url();
    await page.locator('.matching li').nth(2).waitFor();
    await look('import-columns');
  });
  await step('it is checked: what is new, what is bad and why; a reload shows the same', async () => {
    await button(w.check).click();
    await page.locator('.counts').waitFor();
    await page.reload();
    await page.locator('.counts').waitFor();
    await rested(page);
    const counts = await page.locator('.counts-word strong').allInnerTexts();
    must(counts.join() === '3,2,0,0,1', `all, new, changed, same, bad are ${counts.join()}`);
    await look('import-checked', true);
    await page.locator('.counts-word', { hasText: w.bad }).click();
    await page.waitForFunction(() => new URLSearchParams(location.search).get('outcome') === 'bad');
    await page.locator('.faults li').first().waitFor();
  });
  await step('it is run, its bad row comes back as a file, and it is undone', async () => {
    await page.locator('.buttons .ant-btn-primary').click();
    await page.locator('.result-head .tag-right').waitFor();
    await rested(page);
    await look('import-done', true);
    const [file] = await Promise.all([page.waitForEvent('download'), page.locator('.buttons button:has(svg)').first().click()]);
    must(file.suggestedFilename().endsWith('.xlsx'), `the file of bad rows is ${file.suggestedFilename()}`);
    await button(w.undo).click();
    await look('import-undo');
    await page.getByRole('dialog').getByRole('button', { name: w.undo, exact: true }).click();
    await page.locator('.result-head .tag-info').waitFor();
    await rested(page);
    await page.goto(`${base}/items?q=T${mark}A`);
    await page.locator('.empty').waitFor();
    await page.goto(`${base}/imports`);
    await heading(page, t.imports);
    must((await page.locator(`main a[href="${new URL(imported).pathname}"]`).count()) > 0, 'the import is not in the list');
  });

  await step('a list is exported with its filter, and kept in the export centre', async () => {
    await page.goto(`${base}/items?q=${encodeURIComponent('柜')}`);
    await heading(page, t.items);
    await page.getByRole('button', { name: w.export }).click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.locator('.ant-dropdown-menu-item').first().click()]);
    must(file.suggestedFilename().endsWith('.xlsx'), `the export is ${file.suggestedFilename()}`);
    await page.goto(`${base}/exports`);
    await heading(page, t.exports);
    must((await page.locator('main', { hasText: '柜' }).count()) > 0, 'the export does not tell its filter');
    await look('exports-kept', true);
    const rows = page.locator('main tbody tr, main .cards > li');
    await rows.first().getByRole('button').last().click();
    await page.locator('.ant-popconfirm .ant-btn-primary').click();
    await rows.first().locator('.row-doing').waitFor({ state: 'detached' });
  });

  await step('a field is drafted, its wrong rule is underlined at its place, and the draft is thrown away', async () => {
    await page.goto(`${base}/settings/fields/item`);
    await heading(page, t.fields);
    await page.getByRole('button', { name: w.addField }).first().click();
    const drawer = page.locator('.ant-drawer-body');
    await drawer.locator('#title').fill(`测试字段 ${mark}`);
    await drawer.locator('#key').fill(`t${mark}`);
    await drawer.locator('.cel textarea').first().fill('record.cartons > 3 &&\n  recorded');
    await drawer.locator('.cel-said p').first().waitFor();
    must((await drawer.locator('.cel mark').first().innerText()) === 'recorded', 'the wrong word is not the one that is underlined');
    await look('field-wrong');
    await page.locator('.drawer-foot .ant-btn-primary').click();
    await drawer.locator('.tag-attention').last().waitFor();
    await page.locator('.drawer-foot').getByRole('button', { name: w.close, exact: true }).click();
    await page.locator('.defs li', { hasText: mark }).locator('.faults').waitFor();
    await look('fields-draft', true);
    await button(w.discard).click();
    await page.getByRole('dialog').getByRole('button', { name: w.discard, exact: true }).click();
    await page.locator('.defs li', { hasText: mark }).waitFor({ state: 'detached' });
  });

  await step('an operation of the API is found and tried', async () => {
    await page.goto(`${base}/settings/api?op=${encodeURIComponent('get /api/v1/sites')}`);
    await heading(page, t.api);
    await button(w.send).click();
    await page.locator('.answer').waitFor();
    must((await page.locator('.answer').innerText()).includes('items'), 'the answer is not shown');
    await look('api-answer', true);
  });
}

/** A field from draft to publication, on a record, in the list and its filter, and taken away again. In Chinese, on a desk. */
export async function customField(page, t, base, checks) {
  const mark = String(Date.now()).slice(-6);
  const drawer = page.locator('.ant-drawer-body');
  const publish = async () => {
    await page.getByRole('button', { name: '发布', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: '发布', exact: true }).click();
    await page.locator('.page-title .tag-attention').waitFor({ state: 'detached' });
  };
  await checks.step('a custom field is published and stands on a record, in the list and in its filter', async () => {
    await page.goto(`${base}/settings/fields/item`);
    await heading(page, t.fields);
    await page.getByRole('button', { name: '添加字段' }).first().click();
    await drawer.locator('#title').fill(`标价 ${mark}`);
    await drawer.locator('#key').fill(`p${mark}`);
    await drawer.locator('#kind').click();
    await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: '金额' }).click();
    await drawer.locator('.check-row .ant-checkbox-wrapper').nth(2).click();
    await drawer.getByRole('button', { name: '加一条规则' }).click();
    await drawer.locator('.def-line textarea').fill(`custom.p${mark} >= 10.0`);
    await drawer.locator('.def-line input').first().fill('标价不能低于 10 元');
    await page.locator('.drawer-foot .ant-btn-primary').click();
    await drawer.waitFor({ state: 'detached' });
    await publish();
    await page.goto(`${base}/items`);
    await heading(page, t.items);
    await firstRow(page).click();
    await page.waitForURL(/\/items\/\d+/);
    const card = page.locator('.card', { hasText: `标价 ${mark}` });
    await card.getByRole('button', { name: '修改', exact: true }).click();
    const dialog = page.getByRole('dialog');
    const field = dialog.getByLabel(`标价 ${mark}`);
    // By its place: while the sign of its last press fades, its name has that too.
    const save = dialog.locator('.ant-modal-footer .ant-btn-primary');
    await field.fill('5');
    await save.click();
    await dialog.locator('.ant-form-item-explain-error').waitFor();
    await checks.accessible(page, 'a custom field refused');
    await checks.shot(page, 'custom-refused-1280-zh-light');
    await field.fill('1999');
    await save.click();
    await card.locator('dd', { hasText: '¥1,999' }).waitFor();
    const paper = await printed(page, checks, 'print-item');
    must(paper.includes(`标价 ${mark}`) && paper.includes('¥1,999'), 'the printed item lacks the custom field');
    await page.goto(`${base}/items?custom.p${mark}.from=100`);
    await heading(page, t.items);
    must((await page.locator('main tbody tr').count()) === 1, 'the filter does not narrow the list');
    await page.locator('.narrowed button').first().click();
    await page.locator('.narrow-form').waitFor();
    await checks.accessible(page, 'filtering by a custom field');
    await checks.shot(page, 'custom-filter-1280-zh-light');
  });
  await checks.step('the field is taken away again', async () => {
    await page.goto(`${base}/settings/fields/item`);
    await heading(page, t.fields);
    await page.locator('.defs li', { hasText: mark }).getByRole('button').last().click();
    await page.getByRole('dialog').locator('.ant-btn-dangerous').click();
    await page.locator('.defs li', { hasText: mark }).waitFor({ state: 'detached' });
    await publish();
  });
  await checks.step('a task is printed as a list of what is to be done', async () => {
    await page.goto(`${base}/tasks`);
    await heading(page, t.tasks);
    await firstRow(page).click();
    await page.waitForURL(/\/tasks\/\d+/);
    await page.getByRole('button', { name: '打印', exact: true }).waitFor();
    const paper = await printed(page, checks, 'print-task');
    must(/拣货单|上架单|盘点单/.test(paper) && paper.includes('复核'), 'the printed task lacks its kind or who signs');
  });
  await checks.step('tasks are a board, and a card that may not move says why', async () => {
    await page.goto(`${base}/tasks?as=board`);
    await heading(page, t.tasks);
    await page.locator('.board-column').nth(3).waitFor();
    await rested(page);
    await checks.accessible(page, 'the board');
    await checks.shot(page, 'board-1280-zh-light');
    const card = page.locator('.board-column').first().locator('.board-card').first();
    if ((await card.count()) === 0) return;
    const [from, to] = [await card.boundingBox(), await page.locator('.board-column').nth(2).boundingBox()];
    await page.mouse.move(from.x + 40, from.y + 40);
    await page.mouse.down();
    await page.mouse.move(from.x + 60, from.y + 50, { steps: 4 });
    await page.mouse.move(to.x + 60, to.y + 80, { steps: 12 });
    await page.locator('.board-why:not(:empty)').waitFor();
    await page.mouse.up();
  });
}
