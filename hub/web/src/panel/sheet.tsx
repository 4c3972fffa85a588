import { barPath } from '../shared/code128';
import { useStore } from './app';

const NUMBERS = [2, 3, 4, 5, 6, 8, 10, 12, 20, 50];

/** The control barcodes, to print on A4 and keep at hand. */
export function Sheet() {
  const store = useStore();
  const { t, lang } = store;
  const codes: [string, string][] = [
    ['QT-OK', t.confirm],
    ['QT-UNDO', t.undo],
    ['QT-NEXT', t.next],
    ['QT-SHORT', t.short],
    ['QT-CLOSE', t.closeTask],
    ['QT-OUT', t.logOut],
    ...NUMBERS.map((n): [string, string] => [`QT-QTY-${n}`, t.ctlTimes(String(n))]),
  ];
  return (
    <main class="sheet">
      <header>
        <h1>{t.sheet}</h1>
        <p>{t.sheetHint}</p>
        <div class="sheet-do">
          <a class="button" href="./">
            {t.back}
          </a>
          <button type="button" onClick={() => store.setLang(lang === 'en' ? 'zh-CN' : 'en')}>
            {t.language}
          </button>
          <button type="button" class="primary" onClick={() => print()}>
            {t.print}
          </button>
        </div>
      </header>
      <ul>
        {codes.map(([code, word]) => (
          <li key={code}>
            <strong>{word}</strong>
            <Bars of={code} />
            <code>{code}</code>
          </li>
        ))}
      </ul>
    </main>
  );
}

function Bars({ of }: { of: string }) {
  const { path, width } = barPath(of);
  return (
    <svg viewBox={`0 0 ${width} 1`} preserveAspectRatio="none" role="img" aria-label={of} shape-rendering="crispEdges">
      <path d={path} />
    </svg>
  );
}
