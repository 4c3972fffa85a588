// Narrowing and sorting a list by custom fields. Choices stand in a small form; what narrows the list is said beside its sentence and taken
// away there.

import { Button, Input, Popover, Select } from 'antd';
import { usePrefs, useWords } from '../app';
import { Field } from '../parts/field';
import type { Filters } from '../parts/filters';
import { Icon } from '../parts/icons';
import { type EntityColumn, type Narrowed, narrowed, shown, titled } from './model';
import { words } from './words';

/** Parameters of the address that a list takes for its custom fields. */
export const parametersOf = (columns: EntityColumn[]): string[] => [
  ...columns.filter(c => c.custom).flatMap(c => c.filters ?? []),
  ...(columns.some(c => c.custom && c.sorts) ? ['sort'] : []),
];

export function CustomFilters({ columns, filters }: { columns: EntityColumn[]; filters: Filters }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const able = columns.filter(c => c.custom && c.filters?.length);
  const sorts = columns.filter(c => c.custom && c.sorts);
  if (able.length + sorts.length === 0) return null;
  const set = narrowed(able, filters.of);
  const said = ({ key, how, value }: Narrowed) => {
    const column = able.find(c => c.key === key);
    if (!column) return '';
    if (how === 'empty') return `${titled(column, lang)}: ${w.empty}`;
    const typed = column.kind === 'boolean' ? value === 'true' : value;
    return `${titled(column, lang)} ${{ '': '', from: '≥ ', to: '≤ ' }[how]}${shown(column, typed, lang)}`;
  };
  const sort = filters.of.sort ?? '';
  const sortOptions = sorts.flatMap(c => [
    { value: c.key, label: w.ascending(titled(c, lang)) },
    { value: `-${c.key}`, label: w.descending(titled(c, lang)) },
  ]);
  return (
    <span className="narrowed">
      <Popover
        trigger="click"
        placement="bottomLeft"
        title={w.narrowBy}
        content={
          <div className="narrow-form">
            {able.map(c => (
              <One key={c.key} of={c} filters={filters} />
            ))}
            {sortOptions.length ? (
              <Field label={w.sort}>
                {id => (
                  <Select
                    id={id}
                    className="wide"
                    value={sort}
                    onChange={next => filters.set('sort', next)}
                    options={[{ value: '', label: w.sortNone }, ...sortOptions]}
                  />
                )}
              </Field>
            ) : null}
          </div>
        }
      >
        <Button size="small" icon={<Icon name="filter" size={14} />}>
          {w.filters}
        </Button>
      </Popover>
      {set.map(n => (
        <Button
          key={`${n.key} ${n.how}`}
          size="small"
          className="of"
          aria-label={w.stop(said(n))}
          onClick={() => filters.set(n.how ? `${n.key}.${n.how}` : n.key, '')}
        >
          {said(n)} <Icon name="wrong" size={12} />
        </Button>
      ))}
      {sort ? (
        <Button size="small" className="of" aria-label={w.stop(w.sort)} onClick={() => filters.set('sort', '')}>
          {sortOptions.find(o => o.value === sort)?.label ?? sort} <Icon name="wrong" size={12} />
        </Button>
      ) : null}
    </span>
  );
}

function One({ of: column, filters }: { of: EntityColumn; filters: Filters }) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const title = titled(column, lang);
  const has = (how: string) => column.filters?.includes(column.key + how);
  const isEmpty = filters.of[`${column.key}.empty`] === 'true';
  const input = (how: string, label: string, id?: string) => (
    <Input
      id={id}
      key={`${how}${filters.of[column.key + how]}`}
      aria-label={id ? undefined : `${title} ${label}`}
      type={column.kind === 'date' || column.kind === 'time' ? column.kind : 'text'}
      inputMode={['number', 'decimal', 'money'].includes(column.kind) ? 'decimal' : undefined}
      placeholder={label}
      defaultValue={filters.of[column.key + how]}
      onPressEnter={event => filters.set(column.key + how, event.currentTarget.value.trim())}
      onBlur={event => filters.set(column.key + how, event.currentTarget.value.trim())}
    />
  );
  const options =
    column.kind === 'boolean'
      ? [
          { value: 'true', label: t.yes },
          { value: 'false', label: t.no },
        ]
      : column.options?.map(o => ({ value: o.code, label: titled(o, lang) }));
  return (
    <Field label={title}>
      {id => (
        <span className="narrow-line">
          {options ? (
            <Select
              id={id}
              className="wide"
              allowClear
              placeholder={w.any}
              value={filters.of[column.key] || undefined}
              onChange={next => filters.set(column.key, next ?? '')}
              options={options}
            />
          ) : has('.from') ? (
            <>
              {input('.from', w.from, id)}
              <span aria-hidden="true">–</span>
              {input('.to', w.to)}
            </>
          ) : (
            input('', w.any, id)
          )}
          {has('.empty') ? (
            <Button
              size="small"
              type={isEmpty ? 'primary' : 'default'}
              aria-pressed={isEmpty}
              onClick={() => filters.set(`${column.key}.empty`, isEmpty ? '' : 'true')}
            >
              {w.empty}
            </Button>
          ) : null}
        </span>
      )}
    </Field>
  );
}
