// Money as people read and type it. Amounts are decimal texts of yuan; they are counted in fen, never as floats.

import { quantity } from './format';

/** Fen of a decimal text; nothing for what is no amount. */
export function fen(text: string | null | undefined): bigint | undefined {
  const found = /^(-?)(\d{1,12})(?:\.(\d{1,2}))?$/.exec((text ?? '').trim());
  if (!found) return undefined;
  const [, sign, whole = '0', part = ''] = found;
  const raw = BigInt(whole) * 100n + BigInt(part.padEnd(2, '0'));
  return sign ? -raw : raw;
}

/** The decimal text of fen. */
export function text(raw: bigint): string {
  const abs = raw < 0n ? -raw : raw;
  return `${raw < 0n ? '-' : ''}${abs / 100n}.${(abs % 100n).toString().padStart(2, '0')}`;
}

/** `¥1,999.00`. */
export const yuan = (of: string | null | undefined): string => {
  const shown = quantity(of ?? '0.00');
  return shown.startsWith('−') ? `−¥${shown.slice(1)}` : `¥${shown}`;
};

/** What a line comes to, as the hub counts it: thousandths of a unit times its price less a discount in basis points, rounded half up once. */
export function amount(quantityText: string, price: string, discount: number): bigint | undefined {
  const found = /^(\d{1,7})(?:\.(\d{1,3}))?$/.exec(quantityText.trim());
  const each = fen(price);
  if (!found || each === undefined || each < 0n) return undefined;
  const thousandths = BigInt(found[1] ?? '0') * 1000n + BigInt((found[2] ?? '').padEnd(3, '0'));
  return (thousandths * each * BigInt(10_000 - discount) + 5_000_000n) / 10_000_000n;
}

/** Percent as people type it, in basis points; nothing for what is none. */
export function points(percent: string): number | undefined {
  const found = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(percent.trim() || '0');
  if (!found) return undefined;
  const of = Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0'));
  return of <= 10_000 ? of : undefined;
}

/** `66.67` of 6667. */
export const percent = (of: number): string => (of / 100).toFixed(2).replace(/\.?0+$/, '');
