// Imports and exports as the API has them, and what a page makes of them: which step an import is at, how its rows divide.

import type { Lang } from '../../shared/lang';

export interface Counts {
  rows: number;
  new: number;
  changed: number;
  same: number;
  bad: number;
  undone?: number;
  kept?: number;
}
export type Outcome = 'new' | 'changed' | 'same' | 'bad';
export const outcomes: Outcome[] = ['new', 'changed', 'same', 'bad'];

export interface ImportSummary {
  id: number;
  kind: string;
  name: string;
  state: string;
  counts: Counts;
  job?: number;
  error?: string;
  created_by: string;
  created_ms: number;
  ran_ms?: number;
  undone_ms?: number;
}
export interface PreviewRow {
  row: number;
  key: string;
  outcome: Outcome;
  changes: { column: string; old: string; new: string }[];
  faults: { column: string; rule: string; text: string }[];
}
export interface ImportDetail extends ImportSummary {
  actions: string[];
  headers: string[];
  mapping: (string | null)[];
  unmatched: string[];
  update_existing: boolean;
  samples?: string[][];
  preview: PreviewRow[];
}
interface Told {
  column?: string;
  rule: string;
  zh: string;
  en: string;
}
export interface ImportRow {
  row: number;
  key: string;
  outcome: Outcome;
  faults: Told[];
  record?: number;
  refusal?: Told;
  taken_back: boolean;
}
export interface ImportKind {
  id: string;
  title: string;
  columns: { id: string; title: string; needed: string; hint: string; options: string[]; open: boolean }[];
}
export interface ExportRow {
  id: number;
  list: string;
  format: string;
  filters: Record<string, string | number>;
  state: string;
  rows: number;
  job?: number;
  content?: string;
  error?: string;
  created_ms: number;
  expires_ms: number;
}

export type Step = 'file' | 'columns' | 'check' | 'result';
export const steps: Step[] = ['file', 'columns', 'check', 'result'];

const works = ['checking', 'running', 'undoing'];
/** A job works on it, and it is asked again until that is done. */
export const isWorking = (state: string): boolean => works.includes(state);

/** The step at which an import is. `back` is the reader's wish to match columns once more, which is heard while that is possible. */
export function stepOf({ state, actions }: Pick<ImportDetail, 'state' | 'actions'>, back: boolean): Step {
  if (state === 'uploaded' || (back && actions.includes('map'))) return 'columns';
  if (state === 'checking' || state === 'checked') return 'check';
  return 'result';
}

/** Columns of the import that more than one column of the sheet means. */
export function twice(mapping: (string | null)[]): string[] {
  const given = mapping.filter(id => id !== null);
  return [...new Set(given.filter((id, at) => given.indexOf(id) !== at))];
}

/** Widths in percent that add up to 100, where whatever is there at all can be seen. */
export function shares(counts: number[], least = 2): number[] {
  const total = counts.reduce((sum, n) => sum + n, 0);
  if (total === 0) return counts.map(() => 0);
  const seen = counts.map(n => (n > 0 ? Math.max(least, (n / total) * 100) : 0));
  const sum = seen.reduce((all, n) => all + n, 0);
  return seen.map(n => (n / sum) * 100);
}

/** Whether a file's name is one of a sheet; what it really is the hub tells from its bytes. */
export const looksLikeSheet = (name: string): boolean => /\.(xlsx|csv|txt|tsv)$/i.test(name);

/** Columns of a sheet for the columns that a page shows, in their order, each once. */
export const sheetColumns = (shown: string[], of: Record<string, string[]> = {}): string[] => [
  ...new Set(shown.flatMap(key => of[key] ?? [key])),
];

/** The columns of an item's name: Chinese readers see one, others see the English one where there is one. */
export const nameColumns = (lang: Lang): string[] => (lang === 'en' ? ['name', 'name_en'] : ['name']);

/** Filters of a list that its export knows, named as the parameters of the list; `left` are those that narrow the list and not the sheet. */
export function exportable(
  known: string[],
  filter: Record<string, string | number | boolean | null | undefined>,
): { filters: Record<string, string>; left: string[] } {
  const filters: Record<string, string> = {};
  const left: string[] = [];
  for (const [name, value] of Object.entries(filter)) {
    // How a list is shown narrows nothing.
    if (value === undefined || value === null || value === '' || name === 'by') continue;
    const isCustom = name.startsWith('custom.') || name === 'sort';
    if (known.includes(isCustom ? 'custom' : name)) filters[name] = String(value);
    else left.push(name);
  }
  return { filters, left };
}
