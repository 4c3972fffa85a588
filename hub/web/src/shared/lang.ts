// Which language the page speaks, and dictionaries that the compiler keeps complete in both.

export type Lang = 'zh-CN' | 'en';

/** A word is a text, or a function of what it is about. */
export type Word = string | ((...args: never[]) => string);
export type Words = Record<string, Word>;

/** The same keys and the same arguments as the Chinese words; only the texts differ. */
export type Same<T extends Words> = { [K in keyof T]: T[K] extends (...args: infer A) => string ? (...args: A) => string : string };

/** `1 order`, `3 orders`, as English counts. */
export const counted = (n: number | string, one: string): string => `${n} ${one}${String(n) === '1' ? '' : 's'}`;

const KEY = 'qitao.lang';

export function storedLang(): Lang {
  const kept = localStorage.getItem(KEY);
  if (kept === 'zh-CN' || kept === 'en') return kept;
  return navigator.language.toLowerCase().startsWith('en') && !navigator.languages.some(l => l.startsWith('zh')) ? 'en' : 'zh-CN';
}

export function keepLang(lang: Lang): void {
  localStorage.setItem(KEY, lang);
  document.documentElement.lang = lang;
}
