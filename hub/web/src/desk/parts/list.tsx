// Lists: a table on a desk, cards on a phone, paged by cursor as one scrolls. Rows off screen cost nothing to draw.

import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useRef, useSyncExternalStore } from 'react';
import { get, type Page, query } from '../api';
import { useT } from '../app';
import { go, Link } from '../route';
import { Empty, Fault } from './common';

const PAGE = 50;
const narrow = matchMedia('(max-width: 767px)');

export function useNarrow(): boolean {
  return useSyncExternalStore(
    told => {
      narrow.addEventListener('change', told);
      return () => narrow.removeEventListener('change', told);
    },
    () => narrow.matches,
  );
}

export interface Column<T> {
  key: string;
  title: string;
  cell: (row: T) => ReactNode;
  /** Numbers stand right-aligned. */
  number?: boolean;
  width?: string;
}

interface Rows<T> {
  rows: T[];
  columns: Column<T>[];
  rowKey: (row: T) => string | number;
  /** Where a row leads; the first column becomes its link. */
  to?: (row: T) => string;
  /** The row as a card on a phone; the columns with their titles when absent. */
  card?: (row: T) => ReactNode;
  label: string;
  rowClass?: (row: T) => string | undefined;
}

function opens(event: MouseEvent | KeyboardEvent): boolean {
  return !(event.target as Element).closest('a,button,input,label');
}

export function Rows<T>({ rows, columns, rowKey, to, card, label, rowClass }: Rows<T>) {
  const isNarrow = useNarrow();
  if (isNarrow) {
    return (
      <ul className="cards" aria-label={label}>
        {rows.map(row => {
          const inside = card?.(row) ?? (
            <dl className="facts">
              {columns.map(c => (
                <div key={c.key}>
                  <dt>{c.title}</dt>
                  <dd>{c.cell(row)}</dd>
                </div>
              ))}
            </dl>
          );
          return (
            <li key={rowKey(row)} className={rowClass?.(row)}>
              {to ? (
                <Link to={to(row)} className="row-card">
                  {inside}
                </Link>
              ) : (
                <div className="row-card">{inside}</div>
              )}
            </li>
          );
        })}
      </ul>
    );
  }
  return (
    <div className="table-wrap">
      <table className="table" aria-label={label}>
        <thead>
          <tr>
            {columns.map(c => (
              <th key={c.key} scope="col" className={c.number ? 'right' : undefined} style={c.width ? { width: c.width } : undefined}>
                {c.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            // The link in the first cell is what keyboard and screen reader use; the row is only a larger target for the mouse.
            <tr
              key={rowKey(row)}
              className={[to ? 'opens' : '', rowClass?.(row) ?? ''].join(' ').trim() || undefined}
              onClick={to ? event => opens(event) && !getSelection()?.toString() && go(to(row)) : undefined}
            >
              {columns.map((c, at) => (
                <td key={c.key} className={c.number ? 'right' : undefined}>
                  {at === 0 && to ? <Link to={to(row)}>{c.cell(row)}</Link> : c.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type Filter = Record<string, string | number | boolean | null | undefined>;

interface Paged<T> extends Omit<Rows<T>, 'rows'> {
  /** Cache key and path: `items` reads `/items`. */
  name: string;
  path: string;
  filter: Filter;
  empty: ReactNode;
}

export function usePaged<T>(name: string, path: string, filter: Filter) {
  return useInfiniteQuery({
    queryKey: [name, 'list', path, filter],
    queryFn: ({ pageParam, signal }) => get<Page<T>>(path + query({ ...filter, cursor: pageParam, limit: PAGE }), signal),
    initialPageParam: null as string | null,
    getNextPageParam: last => last.next ?? null,
    placeholderData: before => before,
  });
}

export function PagedRows<T>({ name, path, filter, empty, ...rows }: Paged<T>) {
  const t = useT();
  const asked = usePaged<T>(name, path, filter);
  const end = useRef<HTMLDivElement>(null);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = asked;
  useEffect(() => {
    const mark = end.current;
    if (!mark || !hasNextPage) return;
    const watch = new IntersectionObserver(seen => seen[0]?.isIntersecting && !isFetchingNextPage && void fetchNextPage(), {
      rootMargin: '600px',
    });
    watch.observe(mark);
    return () => watch.disconnect();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);

  const all = asked.data?.pages.flatMap(p => p.items) ?? [];
  const total = asked.data?.pages[0]?.total ?? all.length;
  if (asked.isPending && !asked.error) return <RowsWaiting />;
  return (
    <>
      {asked.error ? <Fault error={asked.error} retry={() => void asked.refetch()} /> : null}
      {asked.data && all.length === 0 ? empty : null}
      {all.length ? <Rows {...rows} rows={all} /> : null}
      {asked.data && all.length ? (
        <div ref={end} className="list-end">
          <span className="quiet" aria-live="polite">
            {t.shown(all.length, Math.max(total, all.length))}
          </span>
          {hasNextPage ? (
            <Button size="small" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {t.loadMore}
            </Button>
          ) : null}
        </div>
      ) : null}
    </>
  );
}

function RowsWaiting() {
  const t = useT();
  return (
    <div className="rows-waiting" role="status" aria-busy="true" aria-label={t.loading}>
      {[72, 88, 64, 80, 70, 84].map(width => (
        <span key={width} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

/** No rows at all teaches the first step; none that match offers to clear the filter. */
export function NoRows({
  filtered,
  title,
  hint,
  clear,
  action,
}: {
  filtered: boolean;
  title: string;
  hint?: string;
  clear?: () => void;
  action?: ReactNode;
}) {
  const t = useT();
  if (!filtered) return <Empty title={title} hint={hint} action={action} />;
  return <Empty title={title} hint={t.tryOther} action={clear ? <Button onClick={clear}>{t.clearFilter}</Button> : undefined} />;
}
