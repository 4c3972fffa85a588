// Lists: a table on a desk, cards on a phone, paged by cursor as one scrolls. Rows off screen cost nothing to draw.
//
// `Rows` draws rows that are there, `PagedRows` asks for them page by page, and `List` adds columns and density as its reader likes them,
// the keyboard, a record beside the list, and what is done to several rows at once. The page of a module is in `list-page.tsx`.

import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Checkbox } from 'antd';
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { get, type Page, query } from '../api';
import { useT } from '../app';
import { type LiveKind, useLiveRows } from '../live';
import { go, Link } from '../route';
import { type Batch, BatchBar, type Selection } from './batch';
import { Empty, Fault } from './common';
import { useListKeys } from './keys';
import { ListTools } from './list-tools';
import type { Look } from './looks';
import { Peek } from './peek';

const PAGE = 50;

function useMedia(query: MediaQueryList): boolean {
  return useSyncExternalStore(
    told => {
      query.addEventListener('change', told);
      return () => query.removeEventListener('change', told);
    },
    () => query.matches,
  );
}

const narrow = matchMedia('(max-width: 767px)');
const wide = matchMedia('(min-width: 1100px)');

export const useNarrow = () => useMedia(narrow);

export interface Column<T> {
  key: string;
  title: string;
  cell: (row: T) => ReactNode;
  /** Numbers stand right-aligned. */
  number?: boolean;
  width?: string;
  /** What stands in it is never squeezed narrower than that: the table scrolls. */
  least?: boolean;
}

export type Key = string | number;

interface Rows<T> {
  rows: T[];
  columns: Column<T>[];
  rowKey: (row: T) => Key;
  /** Where a row leads, if anywhere; the first column becomes its link. */
  to?: (row: T) => string | undefined;
  /** The row as a card on a phone; the columns with their titles when absent. */
  card?: (row: T) => ReactNode;
  label: string;
  rowClass?: (row: T) => string | undefined;
  /** What a click on a row does instead of going where it leads; its link still leads there. */
  onRow?: (row: T) => void;
  dense?: boolean;
  /** Cards also on a wide screen: where the table has no room. */
  asCards?: boolean;
  /** Rows that are chosen for something done to several. */
  selection?: Selection<T>;
}

function opens(event: MouseEvent | KeyboardEvent): boolean {
  return !(event.target as Element).closest('a,button,input,label,.pick') && !getSelection()?.toString();
}

export function Rows<T>(all: Rows<T>) {
  const isNarrow = useNarrow();
  return isNarrow || all.asCards ? <Cards {...all} /> : <Table {...all} />;
}

function Cards<T>({ rows, columns, rowKey, to, card, label, rowClass, onRow }: Rows<T>) {
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
        const leads = to?.(row);
        return (
          <li key={rowKey(row)} data-row={rowKey(row)} className={rowClass?.(row) || undefined}>
            {leads ? (
              // A press of Enter is a click without a pointer: it leads to the page.
              <Link
                to={leads}
                className="row-card"
                onClick={
                  onRow &&
                  (event => {
                    if (event.detail === 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
                    event.preventDefault();
                    onRow(row);
                  })
                }
              >
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

function Table<T>({ rows, columns, rowKey, to, label, rowClass, onRow, dense, selection }: Rows<T>) {
  const t = useT();
  return (
    <div className="table-wrap">
      <table className={`table${dense ? ' dense' : ''}`} aria-label={label}>
        <thead>
          <tr>
            {selection ? (
              <th scope="col" className="pick">
                <Checkbox
                  aria-label={t.chooseAll}
                  checked={selection.has(rows)}
                  indeterminate={selection.count > 0 && !selection.has(rows)}
                  onChange={e => selection.set(rows, e.target.checked)}
                />
              </th>
            ) : null}
            {columns.map(c => (
              <th
                key={c.key}
                scope="col"
                className={c.number ? 'right' : undefined}
                style={c.width ? { width: c.width, minWidth: c.least ? c.width : undefined } : undefined}
              >
                {c.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => {
            const leads = to?.(row);
            const act = onRow ? () => onRow(row) : leads ? () => go(leads) : undefined;
            return (
              // The link in the first cell is what keyboard and screen reader use; the row is only a larger target for the mouse.
              <tr
                key={rowKey(row)}
                data-row={rowKey(row)}
                className={[act ? 'opens' : '', rowClass?.(row) ?? ''].join(' ').trim() || undefined}
                onClick={act ? event => opens(event) && act() : undefined}
              >
                {selection ? (
                  <td className="pick">
                    <Checkbox
                      aria-label={t.chooseRow(String(rowKey(row)))}
                      checked={selection.has([row])}
                      onChange={e => selection.set([row], e.target.checked)}
                    />
                  </td>
                ) : null}
                {columns.map((c, at) => (
                  <td key={c.key} className={c.number ? 'right' : undefined}>
                    {at === 0 && leads ? (
                      <Link to={leads} className="row-link">
                        {c.cell(row)}
                      </Link>
                    ) : (
                      c.cell(row)
                    )}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

export type Filter = Record<string, string | number | boolean | null | undefined>;

interface Paged<T> extends Omit<Rows<T>, 'rows'> {
  /** Cache key and path: `items` reads `/items`. */
  name: string;
  path: string;
  filter: Filter;
  empty: ReactNode;
  /** How soon it is read again by itself, in milliseconds: while something in it is under way. */
  again?: (rows: T[]) => number | false;
  /** What outdates the list. While it is read beyond its first page it stays as it is, and offers what is new. */
  live?: LiveKind;
}

const keyOf = (name: string, path: string, filter: Filter) => [name, 'list', path, filter];

export function usePaged<T>(name: string, path: string, filter: Filter, again?: (rows: T[]) => number | false) {
  return useInfiniteQuery({
    queryKey: keyOf(name, path, filter),
    queryFn: ({ pageParam, signal }) => get<Page<T>>(path + query({ ...filter, cursor: pageParam, limit: PAGE }), signal),
    initialPageParam: null as string | null,
    getNextPageParam: last => last.next ?? null,
    placeholderData: before => before,
    refetchInterval: of => again?.(of.state.data?.pages.flatMap(p => p.items) ?? []) ?? false,
  });
}

/** Whether something came that a list read beyond its first page does not show, and how to see it. */
function useNews(live: LiveKind | undefined, key: unknown[], pages: number): [news: boolean, show: () => void] {
  const queries = useQueryClient();
  const [news, setNews] = useState(false);
  useLiveRows(live ?? 'fact', () => live && pages > 1 && setNews(true));
  const show = () => {
    setNews(false);
    queries.setQueryData(key, (all: InfiniteData<unknown> | undefined) =>
      all ? { pages: all.pages.slice(0, 1), pageParams: all.pageParams.slice(0, 1) } : all,
    );
    void queries.invalidateQueries({ queryKey: key });
    scrollTo(0, 0);
  };
  return [news && pages > 1, show];
}

export function PagedRows<T>({ name, path, filter, empty, live, again, ...rows }: Paged<T>) {
  const t = useT();
  const asked = usePaged<T>(name, path, filter, again);
  const end = useRef<HTMLDivElement>(null);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = asked;
  const [news, showNews] = useNews(live, keyOf(name, path, filter), asked.data?.pages.length ?? 0);
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
  // A long list was not counted to its end, which the last page shows; a search that was cut stays cut.
  const isMore = asked.data?.pages[0]?.at_least && (hasNextPage || all.length <= total);
  if (asked.isPending && !asked.error) return <RowsWaiting />;
  return (
    // Rows of the filter before stay, paler, until those of the new one are there.
    <div className={asked.isPlaceholderData ? 'outdated' : undefined} aria-busy={asked.isPlaceholderData}>
      {asked.error ? <Fault error={asked.error} retry={() => void asked.refetch()} /> : null}
      {news ? (
        <div className="list-news" role="status">
          <Button size="small" type="primary" onClick={showNews}>
            {t.showNews}
          </Button>
        </div>
      ) : null}
      {asked.data && all.length === 0 ? empty : null}
      {all.length ? <Rows {...rows} rows={all} /> : null}
      {asked.data && all.length ? (
        <div ref={end} className="list-end">
          <span className="quiet" aria-live="polite">
            {t.shown(all.length, `${Math.max(total, all.length)}${isMore ? '+' : ''}`)}
          </span>
          {hasNextPage ? (
            <Button size="small" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {t.loadMore}
            </Button>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

export interface ListOf<T> extends Omit<Paged<T>, 'selection'> {
  /** The filters, as a sentence. */
  filters?: ReactNode;
  /** Columns and density. */
  look: Look;
  onLook: (change: Partial<Look>) => void;
  /** What can be done to several rows at once. */
  batch?: Batch<T>[];
  /** The record beside the list, on a screen that has room for it. A row's click opens it; its link and Enter open the record's own page. */
  peek?: (row: T) => ReactNode;
}

/** The list of a module. */
export function List<T>({ filters, look, onLook, batch, peek, columns, rowClass, ...paged }: ListOf<T>) {
  const isNarrow = useNarrow();
  const hasRoom = useMedia(wide);
  const [chosen, choose] = useState<Map<Key, T>>(() => new Map());
  const [peeked, setPeeked] = useState<T | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const canPeek = Boolean(peek) && hasRoom;
  const shown = canPeek ? peeked : null;
  const close = () => setPeeked(null);
  // The table gives way to cards and comes back: the focus stays on the row.
  const at = shown ? String(paged.rowKey(shown)) : null;
  const before = useRef(at);
  useEffect(() => {
    const row = at ?? before.current;
    before.current = at;
    const hadFocus = document.activeElement === document.body || box.current?.contains(document.activeElement);
    const link = row !== null && hadFocus ? box.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(row)}"] a`) : null;
    link?.focus({ preventScroll: true });
    link?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  useListKeys(box, shown ? close : undefined);
  const selection: Selection<T> | undefined =
    batch?.length && !shown
      ? {
          count: chosen.size,
          has: rows => rows.length > 0 && rows.every(row => chosen.has(paged.rowKey(row))),
          set: (rows, on) => {
            const next = new Map(chosen);
            for (const row of rows) on ? next.set(paged.rowKey(row), row) : next.delete(paged.rowKey(row));
            choose(next);
          },
        }
      : undefined;
  // The first column is the row's link and always there.
  const seen = columns.filter((c, at) => at === 0 || !look.hidden.includes(c.key));
  return (
    <>
      <div className="list-head">
        <div className="grow">{filters}</div>
        {isNarrow ? null : <ListTools columns={columns.slice(1)} look={look} onChange={onLook} />}
      </div>
      {batch && selection && chosen.size > 0 ? (
        <BatchBar of={[...chosen.values()]} batch={batch} outdates={paged.name} onEnd={() => choose(new Map())} />
      ) : null}
      <div className={shown ? 'beside' : undefined}>
        <section className="card" ref={box as RefObject<HTMLDivElement>}>
          <PagedRows<T>
            {...paged}
            columns={seen}
            selection={selection}
            dense={look.dense}
            asCards={shown !== null}
            onRow={canPeek ? setPeeked : undefined}
            rowClass={row => [rowClass?.(row), shown && paged.rowKey(row) === paged.rowKey(shown) && 'current'].filter(Boolean).join(' ')}
          />
        </section>
        {shown && peek ? (
          <Peek key={paged.rowKey(shown)} to={paged.to?.(shown)} onClose={close}>
            {peek(shown)}
          </Peek>
        ) : null}
      </div>
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
