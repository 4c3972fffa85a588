// Values of fields that a chain added, as people read them, at a desk and on a phone.

import { quantity } from './format';
import type { Lang } from './lang';

export interface Option {
  code: string;
  title: string;
  title_en?: string;
  active?: boolean;
}
export const titled = (of: { title: string; title_en?: string }, lang: Lang): string => (lang === 'en' && of.title_en) || of.title;

export const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** Whether a text is the masked form of one that is personal. */
export const isMasked = (value: unknown): boolean => typeof value === 'string' && value.includes('***');

/** A value as people read it. */
export function shown(field: { kind: string; options?: Option[] }, value: unknown, lang: Lang): string {
  if (isEmpty(value)) return '–';
  if (isMasked(value)) return String(value);
  const option = (code: unknown) => {
    const found = field.options?.find(o => o.code === code);
    return found ? titled(found, lang) : String(code);
  };
  switch (field.kind) {
    case 'choice':
      return option(value);
    case 'choices':
      return (Array.isArray(value) ? value : [value]).map(option).join(lang === 'en' ? ', ' : '、');
    case 'boolean':
      return value === true ? (lang === 'en' ? 'Yes' : '是') : lang === 'en' ? 'No' : '否';
    case 'money':
      return `¥${quantity(String(value))}`;
    case 'number':
    case 'decimal':
      return quantity(String(value));
    default:
      return String(value);
  }
}
