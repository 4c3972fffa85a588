// The one place where colours, type, spacing and radii are decided, for the hub's pages and the panel alike.
//
// Four meanings (right, attention, wrong, info) are used for nothing else. Each has `solid` and `on` for a full-width verdict
// (7:1, the panel's rule), `ink` for words on a page (AA) and `soft` for a tinted ground under them. `tokens.test.ts` measures them.

export type Meaning = 'right' | 'attention' | 'wrong' | 'info';

export interface MeaningColours {
  solid: string;
  on: string;
  ink: string;
  soft: string;
}

export interface Palette {
  ground: string;
  surface: string;
  raised: string;
  line: string;
  ink: string;
  ink2: string;
  ink3: string;
  brand: string;
  onBrand: string;
  brandSoft: string;
  meanings: Record<Meaning, MeaningColours>;
}

export const light: Palette = {
  ground: '#f3f6f6',
  surface: '#ffffff',
  raised: '#ffffff',
  line: '#d9e1e0',
  ink: '#14211f',
  ink2: '#40504d',
  ink3: '#5b6b68',
  brand: '#0b5f5c',
  onBrand: '#ffffff',
  brandSoft: '#e2f0ef',
  meanings: {
    right: { solid: '#0a5c33', on: '#ffffff', ink: '#0a6b3b', soft: '#e3f4ea' },
    attention: { solid: '#ffc53d', on: '#2b1c00', ink: '#7a4d00', soft: '#fff3d6' },
    wrong: { solid: '#9c1020', on: '#ffffff', ink: '#b3182a', soft: '#fdeaea' },
    info: { solid: '#0b4a85', on: '#ffffff', ink: '#0f5aa3', soft: '#e6f0fb' },
  },
};

export const dark: Palette = {
  ground: '#0c1413',
  surface: '#15201f',
  raised: '#1c2928',
  line: '#2d3b39',
  ink: '#ecf3f1',
  ink2: '#b9c7c4',
  ink3: '#98a8a4',
  brand: '#58bdb3',
  onBrand: '#04211f',
  brandSoft: '#123432',
  meanings: {
    right: { solid: '#0a5c33', on: '#ffffff', ink: '#74dca0', soft: '#11301f' },
    attention: { solid: '#ffc53d', on: '#2b1c00', ink: '#ffd06b', soft: '#362a0e' },
    wrong: { solid: '#9c1020', on: '#ffffff', ink: '#ff9a9f', soft: '#3d171a' },
    info: { solid: '#0b4a85', on: '#ffffff', ink: '#8fc4ff', soft: '#13273d' },
  },
};

/** Aisles are told apart by these, none of which is a meaning. Dark enough for white words at 7:1. */
export const aisles = ['#4a2a7a', '#0b5350', '#6b2f5c', '#5a3d1e', '#37474f', '#3d3f8f'];

export const fonts = {
  body: '"PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  mono: 'ui-monospace, "SF Mono", "Cascadia Mono", Consolas, "Noto Sans Mono CJK SC", monospace',
};

/** Quotation marks and dots are as wide as a Chinese character in Chinese fonts; English words take them from a Latin one. */
const latinMarks = [
  '@font-face{font-family:"Latin marks";unicode-range:U+B7,U+2018-201D,U+2026;',
  'src:local("Helvetica Neue"),local("Segoe UI"),local("Roboto"),local("Arial"),local("Liberation Sans"),local("DejaVu Sans")}',
  `:root:lang(en){--font:"Latin marks",${fonts.body}}`,
].join('');

/** Multiples of this, everywhere. */
export const grid = 8;
export const radius = { small: 6, normal: 8, large: 12 };

function variables(p: Palette): string {
  const own = Object.entries(p).filter((e): e is [string, string] => typeof e[1] === 'string');
  const plain = own.map(([name, value]) => `--${name.replace(/[A-Z]/g, c => `-${c.toLowerCase()}`)}:${value}`);
  const meant = Object.entries(p.meanings).flatMap(([name, m]) => Object.entries(m).map(([part, value]) => `--${name}-${part}:${value}`));
  return [...plain, ...meant].join(';');
}

/** The tokens as a style sheet: light by default, dark when the page says so. */
export function tokenSheet(): string {
  return [
    `:root{color-scheme:light;${variables(light)};--font:${fonts.body};--mono:${fonts.mono};--radius:${radius.normal}px}`,
    `:root[data-theme=dark]{color-scheme:dark;${variables(dark)}}`,
    latinMarks,
  ].join('\n');
}

export type Theme = 'light' | 'dark' | 'system';

/** A constructed sheet passes a content policy that forbids inline styles; old handhelds that cannot construct one get an element. */
function putSheet(text: string): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  } catch {
    const sheet = document.createElement('style');
    sheet.textContent = text;
    document.head.prepend(sheet);
  }
}

/** Puts the tokens on the page and keeps its theme as chosen. Answers whether it is dark now. */
export function applyTheme(theme: Theme): boolean {
  if (!document.documentElement.dataset.theme) putSheet(tokenSheet());
  const isDark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
  return isDark;
}
