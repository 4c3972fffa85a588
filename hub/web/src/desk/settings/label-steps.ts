// The steps of somebody who edits a document: taken back and done again, a drag as one of them, and kept while the hub holds ever newer versions.

/** Steps that can be taken back. */
const REMEMBERED = 100;

export interface Steps<T> {
  past: T[];
  now: T;
  next: T[];
  /** What was there before the drag that is under way. */
  before: T | null;
  /** What the hub holds. */
  held: T;
}

export const begun = <T>(held: T): Steps<T> => ({ past: [], now: held, next: [], before: null, held });

/** Whether two documents say the same; keys may stand in any order, and one that says nothing may be left away. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b || Array.isArray(a) !== Array.isArray(b)) return false;
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(x), ...Object.keys(y)])].every(key => same(x[key], y[key]));
}

export const isChanged = <T>(of: Steps<T>): boolean => !same(of.now, of.held);

/** A step; when it ends a drag, the step is from before the drag. */
export function stepped<T>(of: Steps<T>, now: T): Steps<T> {
  const was = of.before ?? of.now;
  return same(was, now) ? { ...of, now, before: null } : { ...of, past: [...of.past, was].slice(-REMEMBERED), now, next: [], before: null };
}

/** A moment of a drag. */
export const dragged = <T>(of: Steps<T>, now: T): Steps<T> => ({ ...of, now, before: of.before ?? of.now });

/** The drag that is under way never was. */
export const dropped = <T>(of: Steps<T>): Steps<T> => ({ ...of, now: of.before ?? of.now, before: null });

export function undone<T>(of: Steps<T>): Steps<T> {
  const last = of.past.at(-1);
  return last === undefined ? of : { ...of, past: of.past.slice(0, -1), now: last, next: [of.now, ...of.next], before: null };
}

export function redone<T>(of: Steps<T>): Steps<T> {
  const [first, ...next] = of.next;
  return first === undefined ? of : { ...of, past: [...of.past, of.now], now: first, next, before: null };
}

/** The hub holds another version: who has changed nothing sees it, and may take even that back; who has goes on with what they have. */
export const rebased = <T>(of: Steps<T>, held: T): Steps<T> => (isChanged(of) ? { ...of, held } : { ...stepped(of, held), held });
