// Units of stock in the reader's language. The catalogue keeps the Chinese word; this is the only table of the English ones.

import type { Lang } from './lang';

const english: Record<string, string> = {
  件: 'pc',
  个: 'pc',
  只: 'pc',
  把: 'pc',
  张: 'pc',
  根: 'pc',
  盏: 'pc',
  台: 'pc',
  块: 'pc',
  片: 'pc',
  条: 'pc',
  套: 'set',
  组: 'set',
  副: 'set',
  对: 'pair',
  双: 'pair',
  箱: 'box',
  盒: 'box',
  包: 'pack',
  袋: 'bag',
  卷: 'roll',
  桶: 'pail',
  瓶: 'bottle',
  米: 'm',
  平方米: 'm²',
  平米: 'm²',
  立方米: 'm³',
  厘米: 'cm',
  毫米: 'mm',
  千克: 'kg',
  公斤: 'kg',
  克: 'g',
  吨: 't',
  升: 'L',
};

/** `件` is `pc` to an English reader; a unit that the table does not know stays as it is. */
export function unitName(unit: string | null | undefined, lang: Lang): string {
  return (lang === 'en' && english[unit ?? '']) || (unit ?? '');
}
