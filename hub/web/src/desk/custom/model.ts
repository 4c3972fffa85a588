// Custom fields as the API has them, and what pages make of them: values in words, filters, where in a text a mistake is.

import { isEmpty, type Option } from '../../shared/fields';

export { isEmpty, isMasked, type Option, shown, titled } from '../../shared/fields';

export const kinds = ['text', 'long_text', 'number', 'decimal', 'money', 'date', 'time', 'choice', 'choices', 'boolean'] as const;
export type FieldKind = (typeof kinds)[number];

export interface CustomField {
  key: string;
  kind: FieldKind;
  title: string;
  title_en?: string;
  required?: boolean;
  required_when?: string | null;
  options?: Option[];
  options_from?: string | null;
  default?: unknown;
  max_length?: number | null;
  help?: string;
  help_en?: string;
  group?: string | null;
  in_list?: boolean;
  filter?: boolean;
  personal?: boolean;
  organisations?: number[];
  checks?: { rule: string; message: string; message_en?: string }[];
}
export interface Group {
  key: string;
  title: string;
  title_en?: string;
}
export interface FieldSet {
  groups?: Group[];
  fields?: CustomField[];
}
/** A field of a record's form, as the reader may see and write it. */
export interface FormField {
  key: string;
  custom: boolean;
  title: string;
  title_en: string;
  kind: string;
  required: boolean;
  required_when?: string;
  options?: Option[];
  default?: unknown;
  max_length?: number;
  help?: string;
  help_en?: string;
  group?: string;
  writable: boolean;
  personal?: boolean;
}
export interface EntityForm {
  entity: string;
  groups: Group[];
  fields: FormField[];
}
export interface EntityColumn {
  key: string;
  custom: boolean;
  title: string;
  title_en: string;
  kind: string;
  in_list: boolean;
  sorts: boolean;
  filters?: string[];
  options?: Option[];
}

/** The key of a custom field without what it stands behind: `custom.colour`. */
export const bare = (key: string): string => key.replace(/^custom\./, '');

/** Fields by groups, in the order of the form: those of no group before the others. */
export function grouped<F extends { group?: string | null }>(fields: F[], groups: Group[]): { group: Group | null; fields: F[] }[] {
  const known = new Set(groups.map(g => g.key));
  const loose = fields.filter(f => !f.group || !known.has(f.group));
  return [{ group: null, fields: loose }, ...groups.map(group => ({ group, fields: fields.filter(f => f.group === group.key) }))].filter(
    part => part.fields.length > 0,
  );
}

/** Keys that are personal whatever their definition says. */
const PERSONAL = ['phone', 'mobile', 'phone_number', 'email', 'address', 'id_number', 'bank_account'];

/** Whether a drafted field is personal by its key alone. */
export const isPersonalKey = (key: string | undefined): boolean => key !== undefined && PERSONAL.includes(key);

/** What a form holds of a value, as the API takes it: nothing takes a value away. */
export function given(kind: string, value: unknown): unknown {
  if (isEmpty(value)) return null;
  if (kind === 'number') return Number(value);
  if (kind === 'decimal' || kind === 'money') return String(value).trim();
  return value;
}

/** Values that differ from those before, by bare keys. */
export function changes(fields: FormField[], before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const field of fields) {
    if (!field.custom || !field.writable) continue;
    const key = bare(field.key);
    const value = given(field.kind, after[field.key]);
    if (JSON.stringify(value) !== JSON.stringify(given(field.kind, before[key]))) out[key] = value;
  }
  return out;
}

/** Narrowing by a custom field: each parameter with its value in the address. */
export interface Narrowed {
  key: string;
  how: '' | 'from' | 'to' | 'empty';
  value: string;
}

export function narrowed(columns: EntityColumn[], of: Record<string, string>): Narrowed[] {
  return columns.flatMap(c =>
    (c.filters ?? []).flatMap(parameter => {
      const value = of[parameter] ?? '';
      const how = parameter.slice(c.key.length + 1) as Narrowed['how'];
      return value ? [{ key: c.key, how, value }] : [];
    }),
  );
}

/** A type of the expression language for a kind of field. */
const types: Record<FieldKind, string> = {
  text: 'text',
  long_text: 'text',
  time: 'text',
  choice: 'text',
  number: 'int',
  decimal: 'decimal',
  money: 'decimal',
  date: 'date',
  choices: 'list<text>',
  boolean: 'bool',
};

/** The fields of a draft as variables of an expression. */
export const variables = (fields: Pick<CustomField, 'key' | 'kind'>[]): Record<string, string> =>
  Object.fromEntries(fields.filter(f => f.key && f.kind).map(f => [f.key, types[f.kind]]));

/** A key out of an English name. */
export const keyOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
    .slice(0, 40);
