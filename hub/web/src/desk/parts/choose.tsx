// Choosing an item, a location, an organisation or a person by typing: the hub searches, names and codes are shown.

import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useDeferredValue, useState } from 'react';
import { get, type ItemRow, type LocationRow, type OrganisationRow, type Page, type PersonRow, query, type Site } from '../api';
import { usePrefs } from '../app';
import { Code } from './common';
import { useItemName } from './names';

type Given = number | number[];

interface Chooser<V extends Given = number> {
  /** Given by the form. */
  id?: string;
  value?: V;
  onChange?: (value: V | undefined) => void;
  label: string;
  placeholder?: string;
}

interface Choose<T> extends Chooser<Given> {
  placeholder: string;
  /** Where the hub is asked, `/items`, and what else than the typed text is said there. */
  path: string;
  also?: Record<string, string | number | null | undefined>;
  name: (row: T) => string;
  /** Shown beside the name. */
  code?: (row: T) => string;
  fits?: (row: T) => boolean;
  /** How one is read by its number, where not at `path/number`. */
  read?: (id: number, signal: AbortSignal) => Promise<T | undefined>;
  onPick?: (row: T | undefined) => void;
  /** What the chosen one is called before the hub was asked. */
  named?: string;
  several?: boolean;
}

function Choose<T extends { id: number }>({
  label,
  path,
  also,
  name,
  code,
  fits,
  read,
  onPick,
  named,
  several,
  value,
  ...field
}: Choose<T>) {
  const { t } = usePrefs();
  const [q, setQ] = useState('');
  const wanted = useDeferredValue(q.trim());
  const found = useQuery<T[]>({
    queryKey: ['choose', path, wanted, also],
    placeholderData: before => before,
    queryFn: ({ signal }) => get<Page<T>>(path + query({ q: wanted, limit: 20, ...also }), signal).then(p => p.items),
  });
  const rows = fits ? (found.data ?? []).filter(fits) : (found.data ?? []);
  const options = rows.map(row => ({ value: row.id, label: code ? `${name(row)} (${code(row)})` : name(row) }));
  const isNamed = named !== undefined && typeof value === 'number' && !rows.some(row => row.id === value);
  // Who was chosen before is called by name, also when the search does not bring them.
  const missing = [value ?? []].flat().filter(id => !rows.some(row => row.id === id) && !(named && value === id));
  const before = useQuery<T[]>({
    queryKey: ['chosen', path, missing],
    enabled: missing.length > 0 && !found.isFetching,
    staleTime: 300_000,
    queryFn: ({ signal }) =>
      Promise.all(missing.map(id => (read ? read(id, signal) : get<T>(`${path}/${id}`, signal)).catch(() => undefined))).then(
        all => all.filter(row => row !== undefined) as T[],
      ),
  });
  return (
    <Select<Given>
      {...field}
      value={value}
      allowClear
      mode={several ? 'multiple' : undefined}
      showSearch={{ filterOption: false, onSearch: setQ }}
      aria-label={label}
      className="wide"
      loading={found.isFetching}
      onChange={next => {
        field.onChange?.(next);
        onPick?.(rows.find(row => row.id === next));
      }}
      options={[
        ...options,
        ...(before.data ?? []).map(row => ({ value: row.id, label: name(row) })),
        ...(isNamed ? [{ value, label: named }] : []),
      ]}
      optionRender={option => {
        const row = rows.find(one => one.id === option.value);
        return row && code ? (
          <span className="line">
            <span className="grow clip">{name(row)}</span>
            <Code>{code(row)}</Code>
          </span>
        ) : (
          option.label
        );
      }}
      notFoundContent={found.isFetching ? t.loading : t.nothingFound}
    />
  );
}

/** What a form gives a field that holds one number. */
const one = (of: Chooser): Chooser<Given> => of as Chooser<Given>;

export function ChooseItem({ placeholder, onPick, ...field }: Chooser & { onPick?: (item: ItemRow | undefined) => void }) {
  const { t } = usePrefs();
  const name = useItemName();
  return (
    <Choose<ItemRow>
      {...one(field)}
      placeholder={placeholder ?? t.chooseItem}
      path="/items"
      name={name}
      code={i => i.code}
      onPick={onPick}
    />
  );
}

export function ChooseLocation({ placeholder, site, ...field }: Chooser & { site: number | null | undefined }) {
  const { t } = usePrefs();
  const also = { site, kind: 'bin' };
  return (
    <Choose<LocationRow> {...one(field)} placeholder={placeholder ?? t.chooseLocation} path="/locations" also={also} name={l => l.code} />
  );
}

export function ChooseSite({ placeholder, ...field }: Chooser) {
  const { t } = usePrefs();
  return (
    <Choose<Site>
      {...one(field)}
      placeholder={placeholder ?? t.chooseSite}
      path="/sites"
      name={s => s.name}
      code={s => s.code}
      read={(id, signal) => get<Page<Site>>(`/sites${query({ ids: id })}`, signal).then(page => page.items[0])}
    />
  );
}

export function ChooseOrganisation({ placeholder, ...field }: Chooser<Given> & { named?: string; several?: boolean }) {
  const { t, lang } = usePrefs();
  return (
    <Choose<OrganisationRow>
      {...field}
      placeholder={placeholder ?? t.chooseOrganisation}
      path="/organisations"
      name={o => (lang === 'en' && o.name_en) || o.name}
      code={o => o.code}
    />
  );
}

export function ChooseCustomer({ placeholder, ...field }: Chooser & { named?: string }) {
  const { t } = usePrefs();
  return (
    <Choose<{ id: number; name: string; code: string }>
      {...one(field)}
      placeholder={placeholder ?? t.chooseCustomer}
      path="/customers"
      name={c => c.name}
      code={c => c.code}
    />
  );
}

export function ChoosePerson({ placeholder, but, ...field }: Chooser & { but?: number; named?: string }) {
  const { t } = usePrefs();
  return (
    <Choose<PersonRow>
      {...one(field)}
      placeholder={placeholder ?? t.choosePerson}
      path="/people"
      also={{ disabled: 'false' }}
      name={p => p.name}
      code={p => p.login}
      fits={p => p.id !== but}
    />
  );
}
