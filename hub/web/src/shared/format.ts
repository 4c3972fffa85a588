// Amounts and times as people read them.

import type { Lang } from './lang';

/** Thousands separated, exactly as precise as given: quantities are decimal texts, never floats. */
export function quantity(text: string | number | null | undefined): string {
  if (text === null || text === undefined || text === '') return '0';
  const [whole = '0', fraction] = String(text).split('.');
  const sign = whole.startsWith('-') ? '−' : '';
  const digits = whole.replace('-', '').replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return sign + digits + (fraction ? `.${fraction}` : '');
}

/** `1–4、6` of 1, 2, 3, 4, 6: three and more in a row become one stretch. */
export function ranges(numbers: (number | string)[], separator: string): string {
  const sorted = [...new Set(numbers.map(Number))].sort((a, b) => a - b);
  if (sorted.some(Number.isNaN)) return numbers.join(separator);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length; ) {
    let end = at;
    while (end + 1 < sorted.length && sorted[end + 1] === (sorted[end] ?? 0) + 1) end += 1;
    if (end - at >= 2) parts.push(`${sorted[at]}–${sorted[end]}`);
    else parts.push(...sorted.slice(at, end + 1).map(String));
    at = end + 1;
  }
  return parts.join(separator);
}

/** A decimal text as a number, for bars and comparisons only. */
export function rough(text: string | number | null | undefined): number {
  const n = Number(text ?? 0);
  return Number.isFinite(n) ? n : 0;
}

/** `a − b` of decimal texts in thousandths, exact. */
export function difference(a: string, b: string): string {
  const raw = thousandths(a) - thousandths(b);
  const sign = raw < 0n ? '-' : '';
  const abs = raw < 0n ? -raw : raw;
  const fraction = (abs % 1000n).toString().padStart(3, '0').replace(/0+$/, '');
  return `${sign}${abs / 1000n}${fraction ? `.${fraction}` : ''}`;
}

function thousandths(text: string): bigint {
  const negative = text.startsWith('-');
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  const raw = BigInt(whole || '0') * 1000n + BigInt(fraction.padEnd(3, '0').slice(0, 3) || '0');
  return negative ? -raw : raw;
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** `3 分钟前`; the exact time belongs beside it on hover. */
export function relative(ms: number, now: number, lang: Lang): string {
  const ago = ms - now;
  // “Yesterday” would be said of what is 47 hours ago, which was the day before.
  const f = new Intl.RelativeTimeFormat(lang, { numeric: 'always', style: 'short' });
  for (const [unit, size] of steps) {
    if (Math.abs(ago) >= Math.max(size, 5000)) return spaced(f.format(Math.trunc(ago / size), unit));
  }
  return lang === 'en' ? 'just now' : '刚刚';
}

/** A number stands apart from the Chinese words around it, as everywhere on the pages. */
const spaced = (text: string): string => text.replace(/(\d)(?=[\u4e00-\u9fff])/g, '$1 ');

const DAY_MS = 86_400_000;
const near: Record<Lang, Record<number, string>> = {
  'zh-CN': { [-1]: '昨天', 0: '今天', 1: '明天' },
  en: { [-1]: 'yesterday', 0: 'today', 1: 'tomorrow' },
};

/** `今天 14:30`, `11月26日 09:00`: a moment of the calendar, such as one that was agreed; with its year when it is another. */
export function moment(ms: number, now: number, lang: Lang, zone?: string): string {
  const told = (at: number, how: Intl.DateTimeFormatOptions, as: string = lang): string => {
    try {
      return new Intl.DateTimeFormat(as, { ...how, timeZone: zone }).format(at);
    } catch {
      return new Intl.DateTimeFormat(as, how).format(at);
    }
  };
  const day = (at: number) => told(at, { year: 'numeric', month: '2-digit', day: '2-digit' }, 'en-CA');
  const [then, today] = [day(ms), day(now)];
  const apart = Math.round((Date.parse(then) - Date.parse(today)) / DAY_MS);
  const year = then.slice(0, 4) === today.slice(0, 4) ? undefined : 'numeric';
  const named = near[lang][apart] ?? told(ms, { year, month: 'short', day: 'numeric' });
  return `${named} ${told(ms, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })}`;
}

/** To the second, in the site's zone when it is known. */
export function exact(ms: number, lang: Lang, zone?: string): string {
  const at = { dateStyle: 'medium', timeStyle: 'medium' } as const;
  try {
    return new Intl.DateTimeFormat(lang, { ...at, timeZone: zone }).format(ms);
  } catch {
    return new Intl.DateTimeFormat(lang, at).format(ms);
  }
}

/** Only the time of day. */
export function clock(ms: number, lang: Lang, zone?: string): string {
  const at = { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false } as const;
  try {
    return new Intl.DateTimeFormat(lang, { ...at, timeZone: zone }).format(ms);
  } catch {
    return new Intl.DateTimeFormat(lang, at).format(ms);
  }
}

/** A stretch of time: `1.2 s`, `3 min`, `5 h`, `2 d`. */
export function stretch(ms: number, lang: Lang): string {
  const zh = lang !== 'en';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} ${zh ? '秒' : 's'}`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} ${zh ? '分钟' : 'min'}`;
  if (ms < 86_400_000) return `${Math.round(ms / 3_600_000)} ${zh ? '小时' : 'h'}`;
  return `${Math.round(ms / 86_400_000)} ${zh ? '天' : 'd'}`;
}

/** Bytes in the unit that keeps it short. */
export function bytes(n: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let at = 0;
  let value = n;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1024;
    at += 1;
  }
  return `${value < 10 && at > 0 ? value.toFixed(1) : Math.round(value)} ${units[at]}`;
}
