// Mistakes of drafts at their places: in which field of a form, and where in an expression.

export interface Place {
  offset: number;
  length: number;
  line: number;
  column: number;
}
export interface DraftFault {
  /** `fields[1].checks[0].rule` */
  field: string;
  rule: string;
  zh: string;
  en: string;
  place?: Place;
}

export type Path = (string | number)[];

/** `fields[1].checks[0].rule` as a form names it: `['fields', 1, 'checks', 0, 'rule']`. */
export function pathOf(field: string): Path {
  return [...field.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, name, at]) => (at === undefined ? (name ?? '') : Number(at)));
}

/** Faults of one part of a draft, with their paths from there. */
export function faultsOf(faults: DraftFault[], part: string, at: number): { path: Path; fault: DraftFault }[] {
  return faults.flatMap(fault => {
    const [first, index, ...path] = pathOf(fault.field);
    return first === part && index === at ? [{ path, fault }] : [];
  });
}

/** Faults that are about none of the parts. */
export const othersOf = (faults: DraftFault[], part: string): DraftFault[] =>
  faults.filter(fault => {
    const [first, index] = pathOf(fault.field);
    return first !== part || typeof index !== 'number';
  });

/** The text in pieces, those at a mistake marked. Places count characters, not the halves that some are kept in. */
export function marked(text: string, places: Pick<Place, 'offset' | 'length'>[]): { text: string; wrong: boolean }[] {
  const all = [...text];
  const wrong = all.map((_, at) => places.some(p => at >= p.offset && at < p.offset + Math.max(1, p.length)));
  const pieces: { text: string; wrong: boolean }[] = [];
  for (const [at, character] of all.entries()) {
    const last = pieces.at(-1);
    if (last && last.wrong === wrong[at]) last.text += character;
    else pieces.push({ text: character, wrong: wrong[at] ?? false });
  }
  // A mistake at the end of the text is of something that is not there.
  if (places.some(p => p.offset >= all.length)) pieces.push({ text: ' ', wrong: true });
  return pieces;
}

/** The same list with one moved up or down by a step. */
export function moved<T>(list: T[], at: number, by: -1 | 1): T[] {
  const to = at + by;
  const next = [...list];
  const one = next[at];
  const other = next[to];
  if (one === undefined || other === undefined) return list;
  next[at] = other;
  next[to] = one;
  return next;
}

/** The same without what is empty: as settings are kept. */
export function tidy<T>(of: T): T {
  if (Array.isArray(of)) return of.map(tidy) as T;
  if (of && typeof of === 'object') {
    const kept = Object.entries(of)
      .map(([key, value]) => [key, tidy(value)] as const)
      .filter(([, value]) => !(value === undefined || value === null || value === '' || isBare(value)));
    return Object.fromEntries(kept) as T;
  }
  return of;
}

const isBare = (value: unknown): boolean =>
  (Array.isArray(value) && value.length === 0) || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
