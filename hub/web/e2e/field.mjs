// The installer's phone in a real browser, without a signal: DESK=http://… LOGIN=… PASSWORD=… [ITEM=… PHOTO=… STRANGE_PHOTO=…] node e2e/field.mjs
// PHOTO is the label of ITEM's first carton and STRANGE_PHOTO that of another item: they are shown to the phone's camera; without them all is typed.
// A whole visit is done offline, the page killed after each step; back online everything is there once. Then answers that are lost, a ticket
// that somebody changed meanwhile, and the customer who says what they think.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { film, filmed } from './camera.mjs';
import { Checks, launch, must } from './lib.mjs';

const base = must(process.env.DESK, 'DESK: address of the hub').replace(/\/$/, '');
const [login, password] = [process.env.LOGIN ?? 'admin', process.env.PASSWORD ?? 'qitao'];
const checks = new Checks('field');
const mark = String(Date.now()).slice(-7);
const home = { latitude: 31.230416, longitude: 121.473701, accuracy: 12 };

/** Somebody at a desk, without a browser: what arrived is asked of the hub itself. */
async function desk(who, secret) {
  const begun = await fetch(`${base}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ login: who, password: secret }),
  });
  must(begun.ok, `${who} cannot sign in: ${begun.status}`);
  const { csrf } = await begun.json();
  const cookie = begun.headers.get('set-cookie').split(';')[0];
  return async (method, path, body, version) => {
    const headers = { cookie, 'x-qitao-csrf': csrf, 'content-type': 'application/json' };
    if (version !== undefined) headers['if-match'] = `"${version}"`;
    const answer = await fetch(`${base}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
    const told = await answer.json().catch(() => undefined);
    must(answer.ok, `${method} ${path}: ${answer.status} ${JSON.stringify(told)}`);
    return told;
  };
}

const api = await desk(login, password);
const secret = 'correct-horse-1';
const store = (await api('GET', '/organisations?kind=store&limit=1')).items[0] ?? (await api('GET', '/organisations?limit=1')).items[0];
const role = (await api('GET', '/roles')).items.find(one => one.code === 'installer');
const fitter = await api('POST', '/people', {
  login: `fitter${mark}`,
  name: `赵师傅 ${mark}`,
  organisation: store.id,
  roles: [{ role: role.id }],
  password: secret,
});
const items = (await api('GET', '/items?limit=200')).items;
const { PHOTO: photographed, STRANGE_PHOTO: strange } = process.env;
const inPicture = photographed && strange ? await api('GET', `/items/${must(process.env.ITEM, 'ITEM: what PHOTO shows')}`) : undefined;
const item = inPicture ?? items.find(one => !one.is_kit && one.cartons >= 2 && one.cartons <= 7) ?? items.find(one => !one.is_kit);

/** A delivery that the installer has. */
async function given(contact) {
  const made = await api('POST', '/tickets', {
    kind: 'delivery_install',
    organisation: store.id,
    contact,
    phone: '13812345678',
    address: '上海市徐汇区漕溪北路 88 号 1203 室',
    item: item.id,
    problem: '送货安装，请走货梯',
    goods: [{ item: item.id, quantity: 1 }],
  });
  return api('POST', `/tickets/${made.id}/acts`, { act: 'dispatch', payload: { installer: fitter.id } }, made.version);
}
const ticket = await given('王女士');
const second = await given('陈先生');
const read = id => api('GET', `/tickets/${id}`);

const folder = mkdtempSync(join(tmpdir(), 'qitao-field-'));
const browser = await launch(filmed(join(folder, 'film.y4m')));
const wall = [2, undefined];
await film(browser, join(folder, 'film.y4m'), inPicture ? [wall, [4, photographed], wall, [4, strange]] : [wall]);
const context = await browser.newContext({
  viewport: { width: 390, height: 844 },
  locale: 'zh-CN',
  hasTouch: true,
  geolocation: home,
  permissions: ['geolocation'],
  reducedMotion: 'reduce',
});
// As on a phone without Google's services: the browser has a reader by name, and it knows no format.
await context.addInitScript(() => {
  globalThis.BarcodeDetector = Object.assign(() => undefined, { getSupportedFormats: () => Promise.resolve([]) });
});
await context.addInitScript(() => localStorage.setItem('qitao.lang', localStorage.getItem('qitao.lang') ?? 'zh-CN'));
const open = async at => {
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  checks.watch(page);
  await page.goto(`${base}/field/${at}`);
  return page;
};
const waits = (page, n) => page.locator(`.sync[data-waiting="${n}"]`).waitFor();
const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

try {
  let page = await open('');
  await checks.step('the installer signs in, and the page is kept', async () => {
    await checks.shot(page, 'field-login-390-zh');
    await checks.accessible(page, 'field login');
    await page.locator('input[name=login]').fill(`fitter${mark}`);
    await page.locator('input[name=password]').fill(secret);
    await press(page, '登录');
    await page.locator(`[data-ticket=${ticket.code}]`).waitFor();
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    // The camera's reader comes after the page itself.
    const isKept = async () => (await (await caches.open('field')).keys()).filter(one => /decoder|[.]wasm$/.test(one.url)).length === 2;
    await page.waitForFunction(isKept);
    await checks.fits(page, 'field list');
    await checks.accessible(page, 'field list');
    await checks.shot(page, 'field-list-390-zh');
  });
  await page.close();
  await context.setOffline(true);

  let done = 0;
  /** What the page says when there is no camera: why, and what to do; a carton can be typed all the same. */
  const cameraFaults = () =>
    checks.step('a camera that does not open says why, and typing goes on', async () => {
      page = await open(`#/${ticket.id}`);
      for (const [name, fault] of [
        ['NotFoundError', 'missing'],
        ['NotReadableError', 'busy'],
        ['NotAllowedError', 'refused'],
      ]) {
        await page.evaluate(name => {
          navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name));
        }, name);
        await press(page, '用相机扫');
        await page.locator(`[role=alert][data-fault=${fault}]`).waitFor();
        await page.getByPlaceholder('扫码或输入包件条码').waitFor();
        if (fault === 'refused') {
          await checks.accessible(page, 'camera refused');
          await checks.shot(page, 'field-camera-refused-390-zh');
        }
        await press(page, '关闭相机');
      }
      await page.close();
    });
  /** A label before the camera is taken once, another's is refused; a page that is not looked at lets the camera go. */
  const cameraScan = async p => {
    const state = is => p.locator(`.scan[data-state=${is}]`).waitFor();
    const isLive = () => p.evaluate(() => Boolean(document.querySelector('.scan video')?.srcObject?.active));
    const hide = is =>
      p.evaluate(is => {
        Object.defineProperty(document, 'hidden', { value: is, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, is);
    await press(p, '用相机扫');
    await p.locator('.scan .verdict.right').waitFor({ timeout: 30_000 });
    await checks.shot(p, 'field-camera-right-390-zh');
    await waits(p, done + 1);
    await p.locator('.scan .verdict.wrong').waitFor({ timeout: 30_000 });
    must((await p.locator('.scan .verdict').getAttribute('data-scanned')) === '2', 'a label was taken more than once');
    await checks.accessible(p, 'camera');
    await checks.shot(p, 'field-camera-wrong-390-zh');
    await hide(true);
    await state('opening');
    must(!(await isLive()), 'the camera is on while nobody looks');
    await hide(false);
    await state('on');
    must(await isLive(), 'the camera does not come back');
    const track = await p.evaluateHandle(() => document.querySelector('.scan video').srcObject.getTracks()[0]);
    await p.locator('summary', { hasText: '扫包件' }).click();
    await p.locator('.scan').waitFor({ state: 'detached' });
    await p.waitForFunction(one => one.readyState === 'ended', track);
  };
  /** Does one step on a page of its own, and kills it. */
  const step = (what, act, shot) =>
    checks.step(`without a signal: ${what}`, async () => {
      page = await open(`#/${ticket.id}`);
      await waits(page, done);
      await page.locator('main.ticket').waitFor();
      if (shot) await checks.shot(page, `field-${shot}-390-zh`, true);
      await act(page);
      done += 1;
      await waits(page, done);
      await checks.fits(page, what);
      await page.close({ runBeforeUnload: false });
    });
  await step('take the ticket', p => press(p, '接单'), 'accept');
  await step('agree a time', p => press(p, '已和客户约好'), 'appoint');
  /** A photo as a phone takes one, for one of the places that ask for some. */
  const photo = async (p, input) => {
    const png = await p.evaluate(() => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [3000, 2000];
      const pen = canvas.getContext('2d');
      pen.fillStyle = '#8a5';
      pen.fillRect(0, 0, 3000, 2000);
      return canvas.toDataURL('image/png').split(',')[1];
    });
    await input.setInputFiles({ name: 'p.png', mimeType: 'image/png', buffer: Buffer.from(png, 'base64') });
  };
  await step('take a photo of the door', p => photo(p, p.locator('input[type=file]').first()));
  await step('check in', p => press(p, '上门签到'), 'check-in');
  if (inPicture) {
    await cameraFaults();
    await step('scan carton 1 with the camera, and not the one of something else', cameraScan);
  }
  for (let n = inPicture ? 2 : 1; n <= item.cartons; n += 1) {
    await step(
      `scan carton ${n}`,
      async p => {
        const field = p.getByPlaceholder('扫码或输入包件条码');
        if (n === 2) {
          await field.fill('NOT-OF-THIS/1-1');
          await field.press('Enter');
          await p.locator('.verdict.wrong').waitFor();
        }
        await field.fill(`${item.code}/${n}-${item.cartons}`);
        await field.press('Enter');
      },
      n === 2 ? 'cartons' : undefined,
    );
  }
  await step('take a photo', p => photo(p, p.locator('input[type=file]').last()), 'on-site');
  await step('write what was done', async p => {
    await p.getByLabel('做了什么').fill('安装完毕');
    await p.getByLabel('结果', { exact: true }).fill('客户验收');
    await p.locator('details', { hasText: '做了什么' }).getByRole('button', { name: '保存' }).click();
  });
  await step(
    'sign',
    async p => {
      const box = await p.locator('canvas.sign').boundingBox();
      await p.mouse.move(box.x + 40, box.y + 60);
      await p.mouse.down();
      for (const [x, y] of [
        [120, 20],
        [160, 90],
        [240, 40],
      ])
        await p.mouse.move(box.x + x, box.y + y, { steps: 4 });
      await p.mouse.up();
      await p
        .locator('details', { has: p.locator('canvas') })
        .getByRole('button', { name: '保存' })
        .click();
    },
    'sign',
  );
  await step('complete', p => press(p, '完工'), 'complete');

  await checks.step('nothing has arrived, and the page says so of each', async () => {
    const now = await read(ticket.id);
    must(now.version === ticket.version && now.state === 'dispatched', `the hub has version ${now.version}, ${now.state}`);
    page = await open('#/outbox');
    await waits(page, done);
    must((await page.locator('.row-item').count()) === done, 'the list of what waits is not whole');
    await checks.accessible(page, 'field outbox');
    await checks.shot(page, 'field-outbox-390-zh');
  });
  await checks.step('back online everything arrives once and in order', async () => {
    await context.setOffline(false);
    await page.locator('.sync.right[data-waiting="0"]').waitFor({ timeout: 60_000 });
    await checks.shot(page, 'field-sent-390-zh');
    const now = await read(ticket.id);
    const scans = Array.from({ length: item.cartons }, () => 'scan');
    const wanted = ['dispatch', 'accept', 'appoint', 'check_in', ...scans, 'report', 'complete'];
    const acts = now.steps_done.map(one => one.act);
    must(acts.join() === wanted.join(), `what arrived: ${acts}`);
    must(now.state === 'completed' && now.photos === 1 && now.signatures === 1, `${now.state}, ${now.photos} photos`);
    must(
      now.cartons.every(one => one.scanned === 1),
      'cartons',
    );
    const [{ accuracy_m, photos }] = now.check_ins;
    must(now.check_ins.length === 1 && accuracy_m === 12 && photos.length === 1, JSON.stringify(now.check_ins));
    const files = (await api('GET', `/tickets/${ticket.id}/files`)).items;
    const taken = files.find(one => one.kind === 'photo');
    must(files.length === 3 && taken.media === 'image/jpeg' && taken.bytes < 400_000, JSON.stringify(files));
  });
  await page.close();

  await checks.step('answers that are lost double nothing', async () => {
    let lost = 0;
    await context.route('**/api/v1/field/operations', async route => {
      lost += 1;
      await route.fetch();
      await route.abort('connectionreset');
    });
    page = await open(`#/${second.id}`);
    await press(page, '接单');
    await page.waitForTimeout(500);
    await page.close({ runBeforeUnload: false });
    must(lost >= 1, 'nothing was sent');
    await context.unroute('**/api/v1/field/operations');
    page = await open(`#/${second.id}`);
    await waits(page, 0);
    const now = await read(second.id);
    must(
      now.steps_done.filter(one => one.act === 'accept').length === 1 && now.version === second.version + 1,
      JSON.stringify(now.steps_done),
    );
    await page.close();
  });
  await checks.step('a ticket that was changed meanwhile is a conflict, seen and decided', async () => {
    await context.setOffline(true);
    page = await open(`#/${second.id}`);
    await press(page, '已和客户约好');
    await waits(page, 1);
    const now = await read(second.id);
    await api('PATCH', `/tickets/${second.id}`, { note: '客户改到下午' }, now.version);
    await context.setOffline(false);
    await page.locator('.sync.wrong').waitFor({ timeout: 60_000 });
    await page.getByText('客户改到下午').waitFor();
    await page.locator('.sync').click();
    await checks.accessible(page, 'field conflict');
    await checks.shot(page, 'field-conflict-390-zh');
    await press(page, '按现在的工单重新发送');
    await page.locator('.sync.right[data-waiting="0"]').waitFor();
    must((await read(second.id)).state === 'appointed', 'it did not arrive');
    await page.close();
  });
  await checks.step('a browser that reads by itself is let, until it fails; a reader that was never downloaded is said', async () => {
    const bare = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'zh-CN', serviceWorkers: 'block' });
    await bare.addInitScript(code => {
      let looks = 0;
      const corners = [0, 1, 2, 3].map(n => ({ x: 40 + n, y: 30 }));
      const formats = 'aztec code_128 code_39 data_matrix ean_13 ean_8 itf qr_code upc_a upc_e'.split(' ');
      const Own = function Own() {
        this.detect = async () => {
          looks += 1;
          if (looks > 10) throw new Error('the service went away');
          return [{ rawValue: `${String.fromCharCode(29)}${code}`, cornerPoints: corners }];
        };
      };
      globalThis.BarcodeDetector = Object.assign(Own, { getSupportedFormats: () => Promise.resolve(formats) });
    }, `${item.code}/1-${item.cartons}`);
    await bare.route('**/assets/decoder-*', route => route.abort());
    page = await bare.newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(`${base}/field/#/${second.id}`);
    await page.locator('input[name=login]').fill(`fitter${mark}`);
    await page.locator('input[name=password]').fill(secret);
    await press(page, '登录');
    await press(page, '用相机扫');
    await page.locator('.scan .verdict.right').waitFor();
    await page.locator('[role=alert][data-fault=unread]').waitFor();
    await checks.shot(page, 'field-camera-unread-390-zh');
    await page.getByRole('button', { name: '重新打开本页' }).waitFor();
    await waits(page, 0);
    must((await read(second.id)).cartons[0].scanned === 1, 'the carton did not arrive');
    await bare.close();
  });
  await checks.step('the customer says what they think, without a login', async () => {
    const { link } = (await read(ticket.id)).survey;
    const guest = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'zh-CN', reducedMotion: 'reduce' });
    page = await guest.newPage();
    page.setDefaultTimeout(10_000);
    checks.watch(page);
    await page.goto(base + link);
    await press(page, '9');
    await page.getByRole('button', { name: '5 星' }).click();
    await checks.fits(page, 'survey');
    await checks.accessible(page, 'survey');
    await checks.shot(page, 'survey-390-zh');
    await press(page, '提交评价');
    await page.locator('.note.right').waitFor();
    const { survey } = await read(ticket.id);
    must(survey.score === 9 && survey.satisfaction === 5, JSON.stringify(survey));
    await guest.close();
  });
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
process.exit(checks.end() ? 0 : 1);
