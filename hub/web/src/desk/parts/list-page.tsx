// The page of a module's list: its head with search and actions, views as tabs, filters as a sentence, the rows. Pages say what is theirs
// (columns, words, which choices there are); how a list works is here and in `list.tsx`.

import type { ReactNode } from 'react';
import { query } from '../api';
import { PageHead } from './common';
import { type Filters, useFilters } from './filters';
import { type Filter, List, type ListOf, NoRows } from './list';
import { useLook } from './looks';
import { Search } from './search';
import { Choice, Sentence } from './sentence';
import { ExportButton, ImportButton, type SheetOf } from './sheets';
import { useView, ViewTabs } from './views';

export interface ChoiceOf {
  /** Its place in the sentence and in the address. */
  name: string;
  label: string;
  /** Says that it leaves everything in. */
  any: string;
  options: { value: string; label: string }[];
  /** It shows the same rows differently, and narrows nothing. */
  how?: boolean;
}

interface ListPage<T> extends Omit<ListOf<T>, 'filter' | 'filters' | 'empty' | 'label' | 'look' | 'onLook'> {
  title: string;
  /** What the table is called where the title says too little. */
  label?: string;
  /** With the places of the choices in braces; a function where it depends on the filters. */
  sentence: string | ((filters: Filters) => ReactNode);
  choices?: ChoiceOf[];
  /** Filters of the address beside the choices and the search. */
  more?: string[];
  /** What stands beside the sentence. */
  beside?: (filters: Filters) => ReactNode;
  /** What the search field says; no search when absent. */
  search?: string;
  /** What the hub is asked; the filters as they are when absent. */
  ask?: (of: Record<string, string>) => Filter;
  actions?: ReactNode;
  /** Its rows become a sheet. */
  sheet?: SheetOf;
  /** Sheets of this kind become its rows. */
  importKind?: string;
  /** Said when there are none: at all, and that match. */
  none: { title: string; matching?: string; hint?: string; action?: ReactNode };
  back?: { to: string; label: string };
  /** The same rows shown otherwise than as a list, when the filters say so. */
  instead?: (filters: Filters, filter: Filter) => ReactNode;
  /** What stands between head and list. */
  children?: ReactNode;
}

export function ListPage<T>({
  title,
  label,
  sentence,
  choices = [],
  more = [],
  beside,
  search,
  ask,
  actions,
  sheet,
  importKind,
  none,
  back,
  instead,
  children,
  ...list
}: ListPage<T>) {
  const names = [...choices.filter(c => !c.how).map(c => c.name), ...(search ? ['q'] : []), ...more];
  const how = choices.filter(c => c.how).map(c => c.name);
  const filters = useFilters(names, how);
  const view = useView(list.name);
  const [look, onLook] = useLook(list.name, view.chosen);
  const parts = Object.fromEntries(
    choices.map(c => [
      c.name,
      <Choice
        key={c.name}
        label={c.label}
        value={filters.of[c.name] ?? ''}
        onChange={value => filters.set(c.name, value)}
        options={[{ value: '', label: c.any }, ...c.options]}
      />,
    ]),
  );
  const asked = ask ? ask(filters.of) : filters.of;
  const countAt = (text: string) => {
    const of = Object.fromEntries(new URLSearchParams(text));
    return list.path + query({ ...(ask ? ask(of) : of), limit: 1 });
  };
  const said = typeof sentence === 'function' ? sentence(filters) : sentence;
  const sentenceOf = (
    <>
      {typeof said === 'string' ? <Sentence text={said} parts={parts} /> : said}
      {beside?.(filters)}
    </>
  );
  const other = instead?.(filters, asked);
  const shown = list.columns.filter((c, at) => at === 0 || !look.hidden.includes(c.key)).map(c => c.key);
  return (
    <>
      <PageHead
        title={title}
        back={back}
        actions={
          search || actions || sheet ? (
            <>
              {search ? <Search value={filters.of.q ?? ''} onChange={q => filters.set('q', q)} placeholder={search} /> : null}
              {importKind ? <ImportButton kind={importKind} /> : null}
              {sheet ? <ExportButton of={sheet} filter={asked} shown={shown} /> : null}
              {actions}
            </>
          ) : null
        }
      />
      {children}
      <ViewTabs list={list.name} view={view} query={filters.text} look={look} ask={countAt} />
      {other ? (
        <>
          <div className="list-head">{sentenceOf}</div>
          {other}
        </>
      ) : (
        <List<T>
          {...list}
          label={label ?? title}
          filter={asked}
          filters={sentenceOf}
          look={look}
          onLook={onLook}
          empty={
            <NoRows
              filtered={filters.narrow}
              title={filters.narrow ? (none.matching ?? none.title) : none.title}
              hint={none.hint}
              action={none.action}
              clear={filters.clear}
            />
          }
        />
      )}
    </>
  );
}
