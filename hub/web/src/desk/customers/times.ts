// Days and moments of a zone, as fields for dates hold them: `2026-03-01` and `2026-03-01T09:30`. A plan is for a day, not for an hour.

/** When on its day a plan falls due; on the same day when that is over. */
const HOUR = '09:00';
const LAST = '23:59';
const DAY_MS = 86_400_000;
/** Stands for a day where nothing more is planned; nothing at all is not chosen yet. */
export const NO_MORE = 'none';

/** A moment as a clock in the zone shows it. */
export function localOf(ms: number, zone?: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(ms);
  const of = Object.fromEntries(parts.map(p => [p.type, p.value]));
  return `${of.year}-${of.month}-${of.day}T${of.hour}:${of.minute}`;
}

/** The moment at which a clock in the zone shows this. */
export function momentOf(local: string, zone?: string): number {
  const there = Date.parse(`${local}Z`);
  return there - (Date.parse(`${localOf(there, zone)}Z`) - there);
}

export const dayOf = (ms: number, zone?: string): string => localOf(ms, zone).slice(0, 10);

export const onDay = (day: string, zone?: string, now = Date.now()): number =>
  momentOf(`${day}T${day === dayOf(now, zone) ? LAST : HOUR}`, zone);

export const daysAfter = (day: string, days: number): string => new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);

/** Whole days from one day to another; below nothing when that was before. */
export const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);

/** A day in words, without the year when it is this one. */
export function dayInWords(ms: number, lang: string, zone?: string, now = Date.now()): string {
  const year = dayOf(ms, zone).slice(0, 4) === dayOf(now, zone).slice(0, 4) ? undefined : 'numeric';
  return new Intl.DateTimeFormat(lang, { year, month: 'short', day: 'numeric', timeZone: zone }).format(ms);
}
