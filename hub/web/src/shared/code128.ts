// Code 128 as bars, for control barcodes and task sheets: subset B, with C for runs of digits at the start.

const WIDTHS =
  '212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222123122123221223211221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323131123131321112313132113132311211313231113231311112133112331132131113123113321133121313121211331231131213113213311213131311123311321331121312113312311332111314111221411431111111224111422121124121421141122141221112214112412122114122411142112142211241211221114413111241112134111111242121142121241114212124112124211411212421112421211212141214121412121111143111341131141114113114311411113411311113141114131311141411131211412211214211232';
const STOP = '2331112';

function symbols(text: string): number[] {
  const out: number[] = [];
  let at = 0;
  const digits = /^(?:\d\d)+/.exec(text)?.[0] ?? '';
  if (digits.length >= 4) {
    out.push(105);
    for (; at < digits.length; at += 2) out.push(Number(digits.slice(at, at + 2)));
    if (at < text.length) out.push(100);
  } else {
    out.push(104);
  }
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at) - 32;
    if (code < 0 || code > 94) throw new RangeError(`character ${at + 1} cannot stand in Code 128 B`);
    out.push(code);
  }
  const sum = out.reduce((total, value, place) => total + value * Math.max(place, 1), 0);
  out.push(sum % 103);
  return out;
}

/** Widths of bar, space, bar, space … in modules, without quiet zones. */
export function bars(text: string): number[] {
  const pattern = symbols(text)
    .map(s => WIDTHS.slice(s * 6, s * 6 + 6))
    .join('');
  return [...(pattern + STOP)].map(Number);
}

/** A path of unit-high bars and the whole width, quiet zones of ten modules included. */
export function barPath(text: string): { path: string; width: number } {
  let x = 10;
  let path = '';
  bars(text).forEach((w, i) => {
    if (i % 2 === 0) path += `M${x} 0h${w}v1h-${w}z`;
    x += w;
  });
  return { path, width: x + 10 };
}
