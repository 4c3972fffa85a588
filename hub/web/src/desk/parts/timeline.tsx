// What happened to a record: who, when, from what to what, newest first. On a wide screen it stands at the right of the record.

import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { exact } from '../../shared/format';
import { type AuditRow, get, type Page, query, type Right } from '../api';
import { useMay, usePrefs, useWords, useZone } from '../app';
import { shown as inWords, titled } from '../custom/model';
import { useEntityColumns } from '../custom/record';
import { value } from '../values';
import { auditActions, fieldNames, words } from './audit-words';
import { Comments, isTalkedAbout } from './comments';
import { Card, Fault, Time } from './common';
import { OrganisationName, PersonName, SiteName } from './named';

/** Records whose timeline everybody reads who sees records of the kind; of others whoever reads the audit. */
const OWN: Record<string, { path: string; right: Right }> = {
  task: { path: '/tasks', right: 'work.see' },
  item: { path: '/items', right: 'stock.see' },
  person: { path: '/people', right: 'people.see' },
  customer: { path: '/customers', right: 'customers.see' },
  quote: { path: '/quotes', right: 'sales.see' },
  contract: { path: '/contracts', right: 'sales.see' },
  order: { path: '/orders', right: 'sales.see' },
  price_list: { path: '/price-lists', right: 'prices.see' },
  opportunity: { path: '/opportunities', right: 'opportunities.see' },
  ticket: { path: '/tickets', right: 'tickets.see' },
};

/** How records of a kind tell what happened to them otherwise than the others. */
export interface Telling {
  /** A row told in words of its own, with who and when; nothing leaves it to the timeline. */
  row?: (row: AuditRow) => ReactNode;
  /** What a field is called here, where that differs from elsewhere. */
  title?: (field: string) => string | undefined;
  /** The value of a field in words; nothing leaves it as it is. */
  value?: (field: string, value: unknown) => ReactNode;
}

/** A record with what was said of it beside it, by all who see it, and its timeline for those who may. */
export function WithTimeline({ of, id, telling, children }: { of: string; id: string | number; telling?: Telling; children: ReactNode }) {
  const may = useMay();
  const isTold = may(OWN[of]?.right ?? 'audit.see');
  if (!isTold && !isTalkedAbout(of)) return <>{children}</>;
  return (
    <div className="record">
      <div className="record-main">{children}</div>
      <aside className="record-side">
        <Comments of={of} id={id} />
        {isTold ? <Timeline of={of} id={id} telling={telling} /> : null}
      </aside>
    </div>
  );
}

const SHOWN = 20;

/** What happened to a record, as far as it was read. */
export function useTimeline(of: string, id: string | number) {
  return useInfiniteQuery({
    queryKey: ['timeline', of, String(id)],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      get<Page<AuditRow>>(
        OWN[of]
          ? `${OWN[of].path}/${id}/timeline${query({ cursor: pageParam, limit: SHOWN })}`
          : `/audit${query({ entity: of, id, cursor: pageParam, limit: SHOWN })}`,
        signal,
      ),
    getNextPageParam: last => last.next,
  });
}

function Timeline({ of, id, telling = {} }: { of: string; id: string | number; telling?: Telling }) {
  const { t } = usePrefs();
  const w = useWords(words);
  const asked = useTimeline(of, id);
  const rows = asked.data?.pages.flatMap(p => p.items) ?? [];
  return (
    <Card title={w.timeline}>
      {asked.error ? <Fault error={asked.error} retry={() => void asked.refetch()} /> : null}
      {asked.data && rows.length === 0 ? <p className="quiet">{w.nothing}</p> : null}
      <ol className="timeline">
        {rows.map(row => (
          <li key={row.id}>
            {telling.row?.(row) ?? (
              <>
                <ChangeLine of={row} />
                <div className="quiet">
                  {row.author ? `${row.author} · ` : ''}
                  <Time ms={row.at_ms} />
                </div>
                <Changed of={row} telling={telling} but={UNTOLD} />
              </>
            )}
          </li>
        ))}
      </ol>
      {asked.hasNextPage ? (
        <Button size="small" loading={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
          {t.loadMore}
        </Button>
      ) : null}
    </Card>
  );
}

function ChangeLine({ of }: { of: AuditRow }) {
  const { lang } = usePrefs();
  return <strong>{value(auditActions, of.action, lang)}</strong>;
}

const LONGEST = 60;
/** Of what is new only the first few fields that say something. */
const FIRST = 4;

/** What the bytes of a file come to tells nobody anything beside a record; the audit has it. What was said stands above. */
const UNTOLD = ['digest', 'comment', 'people'];

/** Fields that hold somebody. */
const PEOPLE = ['owner', 'installer', 'dispatcher', 'colleague'];

const says = (of: unknown) => of !== null && of !== undefined && of !== '' && of !== false && !(Array.isArray(of) && of.length === 0);

/** Custom fields stand beside the others, each by itself. */
function flat(of: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  if (!of?.custom || typeof of.custom !== 'object') return of;
  const { custom, ...rest } = of;
  return { ...rest, ...Object.fromEntries(Object.entries(custom as object).map(([key, one]) => [`custom.${key}`, one])) };
}

/** Fields that differ, with what they were. */
export function Changed({ of, telling = {}, but = [] }: { of: AuditRow; telling?: Telling; but?: string[] }) {
  const { t, lang } = usePrefs();
  const zone = useZone();
  const [old, now] = [flat(of.old), flat(of.new)];
  const columns = useEntityColumns(of.entity, Boolean(of.old?.custom ?? of.new?.custom));
  const titleOf = (name: string) => {
    const column = columns.find(c => c.key === name);
    return column ? titled(column, lang) : (telling.title?.(name) ?? value(fieldNames, name, lang));
  };
  const told = (name: string, one: unknown) => {
    // What was revealed is named as it is called, not as the API calls it.
    if (name === 'field' && typeof one === 'string') return titleOf(one);
    const column = columns.find(c => c.key === name && c.custom);
    return column ? inWords(column, one, lang) : ((says(one) ? telling.value?.(name, one) : undefined) ?? shown(one, name));
  };
  const shown = (of: unknown, name: string) => {
    if (name.endsWith('_ms') && typeof of === 'number') return exact(of, lang, zone);
    if (typeof of === 'number' && name === 'site') return <SiteName id={of} />;
    if (typeof of === 'number' && name === 'organisation') return <OrganisationName id={of} />;
    if (typeof of === 'number' && PEOPLE.includes(name)) return <PersonName id={of} />;
    if (typeof of === 'boolean') return of ? t.yes : t.no;
    if (of === null || of === undefined || of === '') return '–';
    const text = typeof of === 'string' ? of : JSON.stringify(of);
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  };
  const names = [...new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})])].filter(name => !but.includes(name));
  const one = now ?? old;
  const differ =
    old && now
      ? names.filter(name => JSON.stringify(old[name]) !== JSON.stringify(now[name]))
      : names.filter(name => says(one?.[name])).slice(0, FIRST);
  if (differ.length === 0) return null;
  return (
    <ul className="changed">
      {differ.map(name => (
        <li key={name}>
          <span className="quiet">{titleOf(name)}</span>{' '}
          {old && now ? (
            <>
              <del>{told(name, old[name])}</del> → <ins>{told(name, now[name])}</ins>
            </>
          ) : (
            told(name, one?.[name])
          )}
        </li>
      ))}
    </ul>
  );
}
