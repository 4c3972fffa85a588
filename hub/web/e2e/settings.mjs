// The settings as somebody who runs the company uses them: a person, a role, an organisation, tokens, one-time codes, a channel, a schedule.

import { createHmac } from 'node:crypto';
import { choose, firstRow, heading, must, rested } from './lib.mjs';

/** The six digits that an authenticator shows for a secret (RFC 6238). */
function digits(secret) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replace(/=+$/, '')].map(c => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map(byte => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac('sha1', key).update(counter).digest();
  const at = hash[19] & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

export async function settings(page, t, base, checks, { password }) {
  const mark = String(Date.now()).slice(-6);
  const dialog = page.getByRole('dialog');
  const press = name => page.getByRole('button', { name, exact: true }).click();
  await checks.step('an organisation is made beneath another', async () => {
    await page.goto(`${base}/settings/organisations`);
    await heading(page, t.organisations);
    await page.locator('.ant-tree-list-holder .ant-tree-treenode').first().waitFor();
    await press('新建下级');
    await dialog.locator('#code').fill(`T${mark}`);
    await dialog.locator('#name').fill(`测试门店 ${mark}`);
    await checks.accessible(page, 'new organisation');
    await dialog.getByRole('button', { name: '创建', exact: true }).click();
    await page.waitForURL(/\/settings\/organisations\/\d+$/);
    await page.locator('.card h2', { hasText: `测试门店 ${mark}` }).waitFor();
    await page.locator('.ant-tree-list-holder .ant-tree-treenode', { hasText: `测试门店 ${mark}` }).waitFor();
    await checks.shot(page, 'organisation-1280-zh-light');
  });
  await checks.step('it is renamed where it stands', async () => {
    await page.locator('.card-head .inline button').first().click();
    await page.locator('.card-head .inline input').fill(`测试店 ${mark}`);
    await page.keyboard.press('Control+Enter');
    await page.locator('.card h2', { hasText: `测试店 ${mark}` }).waitFor();
  });
  await checks.step('a role is made with rights, and has a timeline', async () => {
    await page.goto(`${base}/settings/roles/new`);
    await page.getByLabel('编码').fill(`test_${mark}`);
    await page.getByLabel('名称', { exact: true }).fill(`测试角色 ${mark}`);
    await page.locator('.rights .ant-checkbox-wrapper', { hasText: '库存' }).first().click();
    await press('创建');
    await page.waitForURL(/\/settings\/roles\/\d+$/);
    await page.locator('.timeline li').first().waitFor();
  });
  await checks.step('a person is made with that role and gets a first password', async () => {
    await page.goto(`${base}/settings/people`);
    await heading(page, t.people);
    await press('新建人员');
    await dialog.locator('#name').fill('测试员');
    await dialog.locator('#login').fill(`test${mark}`);
    await dialog.locator('#phone').fill(`138 00${mark.slice(0, 2)} ${mark.slice(2)}`);
    await choose(page, dialog.locator('.ant-select').first(), `测试店 ${mark}`);
    await dialog.getByRole('button', { name: '加一个角色' }).click();
    await choose(page, dialog.locator('.role-line .ant-select').first(), `测试角色 ${mark}`);
    await checks.accessible(page, 'new person');
    await checks.shot(page, 'person-new-1280-zh-light');
    await dialog.getByRole('button', { name: '创建', exact: true }).click();
    await page.locator('.once pre').waitFor();
    must((await page.locator('.once pre').textContent()).length >= 8, 'no password is shown');
    await dialog.last().getByRole('button', { name: '打开页面' }).click();
    await page.waitForURL(/\/settings\/people\/\d+$/);
    await page.locator('main h1', { hasText: '测试员' }).waitFor();
    await page.locator('.steps a', { hasText: `测试角色 ${mark}` }).waitFor();
  });
  await checks.step('a login that is taken is refused beside its field', async () => {
    await page.goto(`${base}/settings/people`);
    await heading(page, t.people);
    if (process.env.MOCK) return;
    await press('新建人员');
    await dialog.locator('#name').fill('另一个');
    await dialog.locator('#login').fill(`test${mark}`);
    await choose(page, dialog.locator('.ant-select').first(), `测试店 ${mark}`);
    await dialog.getByRole('button', { name: '创建', exact: true }).click();
    await dialog.locator('.ant-form-item-explain-error').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });
  await checks.step('somebody is found by the last digits of their phone', async () => {
    if (process.env.MOCK) return;
    await press('按电话或邮箱找人');
    await dialog.getByRole('searchbox').fill(mark.slice(2));
    await page.keyboard.press('Enter');
    await dialog.locator('.steps a', { hasText: '测试员' }).first().waitFor();
    await checks.accessible(page, 'find a person');
    await checks.shot(page, 'person-find-1280-zh-light');
    await dialog
      .locator('.steps li', { hasText: `test${mark}` })
      .locator('a')
      .click();
    await page.waitForURL(/\/settings\/people\/\d+$/);
    await page.getByText(`13800${mark}`, { exact: false }).first().waitFor();
    await page.goto(`${base}/settings/people`);
    await heading(page, t.people);
  });
  await checks.step('people are found by name and disabled', async () => {
    await page.getByRole('searchbox').fill(`test${mark}`);
    await page.waitForFunction(q => new URLSearchParams(location.search).get('q') === q, `test${mark}`);
    await page.waitForFunction(() => document.querySelectorAll('main .table tbody tr').length === 1);
    await firstRow(page).click();
    await page.waitForURL(/\/settings\/people\/\d+$/);
    await rested(page);
    await press('更多');
    await page.locator('.ant-dropdown-menu-item', { hasText: '停用' }).click();
    await dialog.getByRole('button', { name: '停用', exact: true }).click();
    await page.locator('.page-title .tag-attention').waitFor();
    await checks.shot(page, 'person-1280-zh-light', true);
  });
  await checks.step('an API token is made, shown once and revoked', async () => {
    await page.goto(`${base}/settings/tokens`);
    await heading(page, t.tokens);
    await page.getByRole('button', { name: '新建令牌' }).first().click();
    await dialog.locator('#name').fill(`令牌 ${mark}`);
    await dialog.locator('.ant-checkbox-wrapper input').first().check();
    await dialog.getByRole('button', { name: '创建', exact: true }).click();
    await page.locator('.once pre').waitFor();
    await press('完成');
    await page.locator('.once pre').waitFor({ state: 'hidden' });
    const row = page.locator('main tr', { hasText: `令牌 ${mark}` });
    await row.getByRole('button', { name: '吊销' }).click();
    await page.locator('.ant-popconfirm').getByRole('button', { name: '吊销', exact: true }).click();
    if (!process.env.MOCK) await row.getByText('已吊销').waitFor();
  });
  await checks.step('one-time codes are set up with an authenticator and taken away with a recovery code', async () => {
    await page.goto(`${base}/settings/profile`);
    await heading(page, t.profile);
    await press('设置动态验证码');
    await dialog.locator('input[type=password]').fill(password);
    await dialog.getByRole('button', { name: '设置动态验证码' }).click();
    await dialog.locator('.qr svg').waitFor();
    await checks.accessible(page, 'setting codes up');
    await checks.shot(page, 'codes-1280-zh-light');
    const secret = (await dialog.locator('.once pre').textContent()).trim();
    await dialog.locator('input[autocomplete=one-time-code]').fill(digits(secret));
    await dialog.getByRole('button', { name: '确认启用' }).click();
    await dialog.getByRole('button', { name: '我已经保存好' }).waitFor();
    const recovery = (await dialog.locator('.once pre').textContent()).trim().split('\n')[0];
    await dialog.getByRole('button', { name: '我已经保存好' }).click();
    await press('停用动态验证码');
    await dialog.locator('input[autocomplete=one-time-code]').fill(recovery);
    await dialog.getByRole('button', { name: '停用动态验证码' }).click();
    await page.getByRole('button', { name: '设置动态验证码' }).waitFor();
  });
  await checks.step('a channel is made', async () => {
    await page.goto(`${base}/settings/channels`);
    await heading(page, t.channels);
    await page.getByRole('button', { name: '新建通道' }).first().click();
    await dialog.locator('#name').fill(`邮箱 ${mark}`);
    await dialog.locator('.ant-select').first().click();
    await page.locator('.ant-select-item-option', { hasText: '邮件' }).click();
    await dialog.locator('#target').fill('ops@example.com');
    await checks.accessible(page, 'new channel');
    await dialog.getByRole('button', { name: '创建', exact: true }).click();
    await page.locator('main a.row-link', { hasText: `邮箱 ${mark}` }).click();
    await page.waitForURL(/\/settings\/channels\/\d+$/);
    await rested(page);
  });
  await checks.step('a schedule shows its next times before it is saved, and runs now as a job', async () => {
    await page.goto(`${base}/settings/schedules`);
    await heading(page, t.schedules);
    await page.getByRole('button', { name: '新建定时任务' }).first().click();
    await dialog.locator('#name').fill(`早报 ${mark}`);
    await dialog.locator('.preview').waitFor();
    await checks.accessible(page, 'new schedule');
    await checks.shot(page, 'schedule-new-1280-zh-light');
    await dialog.getByRole('button', { name: '创建', exact: true }).click();
    const row = page.locator('main tr', { hasText: `早报 ${mark}` });
    await row.getByRole('button').click();
    await page.locator('.ant-dropdown-menu-item', { hasText: '立即执行' }).click();
    await page.waitForURL(/\/settings\/jobs\/\d+$/);
    await rested(page);
    await checks.accessible(page, 'a job');
    await checks.shot(page, 'job-1280-zh-light');
  });
  await checks.step('what service asks of completion is set, and a number beyond its bounds is not taken', async () => {
    // The mock has no service.
    if (process.env.MOCK) return;
    await page.goto(`${base}/settings/service`);
    await heading(page, '售后服务');
    const far = page.getByLabel('签到距离超过');
    const before = await far.inputValue();
    must(await page.getByRole('button', { name: '保存', exact: true }).isDisabled(), 'nothing was changed, and yet it can be saved');
    await far.fill(before === '800' ? '900' : '800');
    await page.locator('.ant-checkbox-wrapper', { hasText: '全部包件扫过' }).last().click();
    await checks.accessible(page, 'service settings');
    await checks.shot(page, 'service-settings-1280-zh-light', true);
    await press('保存');
    await page.locator('.ant-message', { hasText: '已保存' }).waitFor();
    await page.reload();
    await heading(page, '售后服务');
    must((await far.inputValue()) === (before === '800' ? '900' : '800'), 'what was set is gone after a reload');
    await far.fill('1');
    await far.blur();
    must((await far.inputValue()) === '50', 'a number beyond its bounds stays');
    await page.locator('.ant-checkbox-wrapper', { hasText: '全部包件扫过' }).last().click();
    await far.fill(before);
    await press('保存');
    await page.locator('.ant-message', { hasText: '已保存' }).waitFor();
    await checks.onPhone(page, () => checks.fits(page, 'service settings'));
  });
  await checks.step('the question mark leads to the help of the page', async () => {
    await page.goto(`${base}/exceptions`);
    await heading(page, t.exceptions);
    await page.locator('.top .help-link').click();
    await page.waitForURL(/\/help\/exceptions$/);
    await page.locator('.help-steps li').first().waitFor();
  });
}
