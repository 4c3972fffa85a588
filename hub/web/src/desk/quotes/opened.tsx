// A quote as its customer opens it by a link, without a login: what, how much, until when.

import { useQuery } from '@tanstack/react-query';
import { quantity } from '../../shared/format';
import { percent, yuan } from '../../shared/money';
import { unitName } from '../../shared/units';
import { post, Refusal } from '../api';
import { usePrefs, useWords } from '../app';
import { Card, Empty, Loaded } from '../parts/common';
import type { Opened } from './model';
import { words } from './words';

export default function OpenedQuote() {
  const w = useWords(words);
  const { lang } = usePrefs();
  const token = location.hash.slice(1);
  const asked = useQuery({ queryKey: ['opened', token], retry: false, queryFn: () => post<Opened>('/quotes/open', { token }) });
  if (asked.error instanceof Refusal && asked.error.problem.status === 404) {
    return (
      <main className="opened">
        <Empty title={w.gone} />
      </main>
    );
  }
  return (
    <main className="opened">
      <Loaded of={asked}>
        {quote => (
          <>
            <p className="quiet">
              {quote.organisation} · {quote.code} · {w.versionN(quote.number)}
            </p>
            <h1>{w.dear(quote.customer)}</h1>
            <Card title={w.lines}>
              <ul className="order-lines">
                {quote.lines.map((line, at) => (
                  <li key={`${line.name} ${at}`}>
                    <div className="line">
                      <span className="grow">{(lang === 'en' && line.name_en) || line.name}</span>
                      <span className="number">{yuan(line.amount)}</span>
                    </div>
                    <div className="quiet">
                      {line.spec ? `${line.spec} · ` : ''}
                      {quantity(line.quantity)} {unitName(line.unit, lang)} × {yuan(line.price)}
                      {line.discount ? ` − ${percent(line.discount)}%` : ''}
                    </div>
                  </li>
                ))}
                <li className="line">
                  <span className="grow">{w.total}</span>
                  <strong className="number">{yuan(quote.amount)}</strong>
                </li>
              </ul>
            </Card>
            {quote.note ? <p className="follow-up">{quote.note}</p> : null}
            <p className="quiet">{`${w.validUntil} ${quote.valid_until}`}</p>
          </>
        )}
      </Loaded>
    </main>
  );
}
