// The edge's prompt as the panel draws it: a place, a thing, how many are left, and one sentence.

import type { Lang } from '../shared/lang';
import { aisles } from '../shared/tokens';
import { amountWords, itemName, type Names } from '../shared/verdict';
import type { StationView } from './edge';
import { dictionaries } from './words';

export interface Shown {
  /** What to do, in a few words. */
  ask: string;
  hint: string;
  place: string;
  /** Colour of the place's aisle; empty without a place. */
  aisle: string;
  thing: string;
  code: string;
  carton: number;
  of: number;
  lot: string;
  left: string;
}

/** Names from the prompt first, then from the latest scans. */
export function namesOf(view: StationView): Names {
  const all = [...view.last.map(s => s.names).reverse(), view.prompt.names];
  return {
    items: Object.assign({}, ...all.map(n => n?.items)),
    locations: Object.assign({}, ...all.map(n => n?.locations)),
    operators: Object.assign({}, ...all.map(n => n?.operators)),
    tasks: Object.assign({}, ...all.map(n => n?.tasks)),
  };
}

/** The same aisle always has the same colour: the letters before the first digit or dash decide. */
export function aisleColour(place: string): string {
  const aisle = /^[^\d\-_.]*/.exec(place)?.[0] || place.slice(0, 1);
  if (!aisle) return '';
  let sum = 0;
  for (const c of aisle) sum = sum * 31 + (c.codePointAt(0) ?? 0);
  return aisles[sum % aisles.length] ?? '';
}

export function shown(view: StationView, lang: Lang): Shown {
  const t = dictionaries[lang];
  const p = view.prompt;
  const names = namesOf(view);
  const id = typeof p.location === 'object' ? p.location?.id : p.location;
  const code =
    (typeof p.location === 'object' ? p.location?.code : undefined) ??
    p.location_code ??
    (id == null ? undefined : names.locations?.[id]) ??
    (id != null && view.location?.id === id ? view.location.code : '') ??
    '';
  const item = p.stock
    ? (names.items?.[p.stock.item] ??
      (p.stock.name
        ? { code: p.stock.code ?? '', name: p.stock.name, name_en: p.stock.name_en, cartons: p.stock.of, unit: p.stock.unit }
        : undefined))
    : undefined;
  const out: Shown = {
    ask: '',
    hint: '',
    place: code,
    aisle: aisleColour(code),
    thing: itemName(item, lang),
    code: item?.code ?? '',
    carton: p.stock?.carton ?? 0,
    of: item?.cartons ?? p.stock?.of ?? 0,
    lot: p.stock?.lot ?? '',
    left: p.stock && p.left !== undefined && p.left !== '0' ? t.left(amountWords(p.left, item, lang)) : '',
  };
  switch (p.ask) {
    case 'scan_badge':
      return { ...out, ask: t.scanBadge, hint: t.scanBadgeHint };
    case 'enter_pin':
      return { ...out, ask: t.enterPin, hint: t.enterPinHint };
    case 'scan_task':
      return { ...out, ask: t.scanTask, hint: t.scanTaskHint };
    case 'go_to':
      return { ...out, ask: t.goTo, place: code || t.anyPlace };
    case 'scan_goods':
      return p.stock ? { ...out, ask: t.scanHere } : { ...out, ask: t.countHere, hint: t.countDone };
    case 'confirm':
      return { ...out, ask: t.confirmTitle, hint: t.confirmHint };
    default:
      return { ...out, ask: p.ask };
  }
}
