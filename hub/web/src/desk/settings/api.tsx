// A page to try the API: every operation of the hub's own document with a form, sent with the reader's session. The chosen one stands in the
// address.

import '../apidoc/apidoc.css';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue } from 'react';
import { get } from '../api';
import { type Document, found, type Operation, operations } from '../apidoc/model';
import { Method, Try } from '../apidoc/try';
import { groups, words } from '../apidoc/words';
import { usePrefs, useWords } from '../app';
import { Empty, Loaded, PageHead } from '../parts/common';
import { useNarrow } from '../parts/list';
import { Search } from '../parts/search';
import { Link, useFilter } from '../route';

export default function ApiPage() {
  const w = useWords(words);
  const document = useQuery({
    queryKey: ['openapi'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => get<Document>('/openapi.json', signal),
  });
  const [q, setQ] = useFilter('q');
  return (
    <>
      <PageHead title={w.title} actions={<Search value={q} onChange={setQ} placeholder={w.search} />} />
      <p className="reference">
        {w.intro}{' '}
        <a href="/api/v1/openapi.json" download="openapi.json">
          {w.document}
        </a>
      </p>
      <Loaded of={document}>{data => <All of={data} q={q} />}</Loaded>
    </>
  );
}

const to = (o: Operation, q: string) => `/settings/api?${new URLSearchParams({ ...(q ? { q } : {}), op: o.id })}`;

function All({ of, q }: { of: Document; q: string }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const isNarrow = useNarrow();
  const [id] = useFilter('op');
  const all = operations(of);
  const shown = found(all, useDeferredValue(q));
  const chosen = all.find(o => o.id === id);
  const tags = (of.tags ?? []).filter(tag => shown.some(o => o.tag === tag.name));
  const list = (
    <nav className="operations" aria-label={w.operations}>
      <p className="quiet">{w.n(shown.length)}</p>
      {tags.map(tag => {
        const ops = shown.filter(o => o.tag === tag.name);
        return (
          <details key={tag.name} open={q !== '' || ops.some(o => o === chosen)}>
            <summary title={tag.description}>
              {lang === 'en' ? tag.name : (groups[tag.name] ?? tag.name)} <span className="quiet">{ops.length}</span>
            </summary>
            <ul>
              {ops.map(o => (
                <li key={o.id}>
                  <Link to={to(o, q)} aria-current={o === chosen ? 'page' : undefined} title={o.summary}>
                    <Method of={o.method} />
                    <span className="code">{o.path.replace('/api/v1', '')}</span>
                  </Link>
                </li>
              ))}
            </ul>
          </details>
        );
      })}
      {shown.length === 0 ? <Empty title={w.none} /> : null}
    </nav>
  );
  if (isNarrow && chosen)
    return (
      <>
        <p className="after">
          <Link to={`/settings/api${q ? `?${new URLSearchParams({ q })}` : ''}`}>← {w.back}</Link>
        </p>
        <Try key={chosen.id} of={chosen} document={of} />
      </>
    );
  return (
    <div className="apidoc">
      {list}
      {isNarrow ? null : chosen ? <Try key={chosen.id} of={chosen} document={of} /> : <Empty title={w.choose} />}
    </div>
  );
}
