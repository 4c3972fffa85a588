// Amounts in capitals, as papers about money have them in Chinese: 壹仟玖佰玖拾玖元整.

import { fen } from './money';

const DIGITS = '零壹贰叁肆伍陆柒捌玖';
const PLACES = ['', '拾', '佰', '仟'];
const GROUPS = ['', '万', '亿', '兆'];

/** Four digits, with one 零 for each gap between digits that are not nothing. */
function group(of: number): string {
  let written = '';
  let isGap = false;
  for (let place = 3; place >= 0; place -= 1) {
    const digit = Math.floor(of / 10 ** place) % 10;
    if (digit === 0) isGap = written !== '';
    else {
      written += `${isGap ? '零' : ''}${DIGITS[digit]}${PLACES[place]}`;
      isGap = false;
    }
  }
  return written;
}

function whole(of: bigint): string {
  const groups: number[] = [];
  for (let rest = of; rest > 0n; rest /= 10_000n) groups.push(Number(rest % 10_000n));
  let written = '';
  for (let at = groups.length - 1; at >= 0; at -= 1) {
    const part = groups[at] ?? 0;
    if (part === 0) continue;
    const isGap = written !== '' && (part < 1000 || groups[at + 1] === 0);
    written += `${isGap ? '零' : ''}${group(part)}${GROUPS[at]}`;
  }
  return written;
}

export function capitals(of: string): string {
  const raw = fen(of);
  if (raw === undefined) return '';
  const abs = raw < 0n ? -raw : raw;
  const yuan = whole(abs / 100n);
  const [jiao, cent] = [Number((abs / 10n) % 10n), Number(abs % 10n)];
  const head = yuan ? `${yuan}元` : jiao || cent ? '' : '零元';
  const tenths = jiao ? `${DIGITS[jiao]}角` : yuan && cent ? '零' : '';
  return `${raw < 0n ? '负' : ''}${head}${tenths}${cent ? `${DIGITS[cent]}分` : '整'}`;
}
