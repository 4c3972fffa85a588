// The icons of the installed desk, drawn from the mark: `node scripts/icons.mjs`. They are kept, so that a build needs no browser.

import { fileURLToPath } from 'node:url';
import { launch } from '../e2e/lib.mjs';

const out = name => fileURLToPath(new URL(`../pages/desk/public/${name}.png`, import.meta.url));
const boxes = [
  [7, 7, '#fff'],
  [17, 7, '#fff'],
  [7, 17, '#fff'],
  [17, 17, '#f2b84b'],
];

/** A maskable icon fills its square; what matters stays within the middle four fifths. */
function svg(size, maskable) {
  const inner = boxes.map(([x, y, fill]) => `<rect x="${x}" y="${y}" width="8" height="8" rx="1.5" fill="${fill}"/>`).join('');
  const ground = `<rect width="32" height="32" rx="${maskable ? 0 : 7}" fill="#0b5f5c"/>`;
  const group = maskable ? `<g transform="translate(3.2 3.2) scale(0.8)">${inner}</g>` : inner;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 32 32">${ground}${group}</svg>`;
}

const browser = await launch();
try {
  for (const [name, size, maskable] of [
    ['icon-192', 192, false],
    ['icon-512', 512, false],
    ['icon-maskable-512', 512, true],
  ]) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    await page.setContent(`<style>body{margin:0}</style>${svg(size, maskable)}`);
    await page.screenshot({ path: out(name), omitBackground: true });
    await page.close();
  }
} finally {
  await browser.close();
}
