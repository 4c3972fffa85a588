// Stations by name. An edge reports what its scanners and browsers are called; where it has not, the id is made readable.

import type { Lang } from './lang';

/** `web-1a2b3c4d` is a handheld's browser, `printing` the edge's own printers, anything else was named by whoever set it up. */
export function readableStation(id: string, lang: Lang): string {
  const en = lang === 'en';
  const browser = /^web-([0-9a-f]+)$/.exec(id)?.[1];
  if (browser) return `${en ? 'Handheld' : '手持机'} ${browser.slice(0, 4).toUpperCase()}`;
  if (id === 'printing') return en ? 'Label printing' : '标签打印';
  if (/^[0-9a-f]{4}:[0-9a-f]{4}/i.test(id)) return `${en ? 'Scanner' : '扫码枪'} ${id}`;
  const words = id.replace(/[-_]+/g, ' ').trim();
  return words ? words.charAt(0).toUpperCase() + words.slice(1) : id;
}
