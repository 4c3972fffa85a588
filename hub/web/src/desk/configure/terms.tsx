// A price explained: each term with its formula and the values put in, and their sum.

import { usePrefs, useWords } from '../app';
import { titled } from '../custom/model';
import { type Term, yuan } from '../prices/model';
import { words } from '../prices/words';

/** A formula as people write it. */
const readable = (formula: string) => formula.replaceAll(' * ', ' × ').replaceAll(' / ', ' ÷ ').replaceAll(' - ', ' − ');

export function Terms({ of, total }: { of: Term[]; total: number }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  return (
    <dl className="terms" aria-label={w.howPriced}>
      {of.map(term => (
        <div key={term.code}>
          <dt>
            {titled(term, lang)}
            {term.worked ? <span className="quiet term-worked">{readable(term.worked)}</span> : null}
          </dt>
          <dd className="number">¥{yuan(term.amount_fen)}</dd>
        </div>
      ))}
      <div className="terms-total">
        <dt>{w.total}</dt>
        <dd className="number">¥{yuan(total)}</dd>
      </div>
    </dl>
  );
}
