// Choosing an item, a location, an organisation or a person by typing: the hub searches, names and codes are shown.

import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useDeferredValue, useState } from 'react';
import { get, type ItemRow, type LocationRow, type OrganisationRow, type Page, type PersonRow, query } from '../api';
import { usePrefs } from '../app';
import { Code } from './common';

interface Chooser {
  /** Given by the form. */
  id?: string;
  value?: number;
  onChange?: (value: number | undefined) => void;
  label: string;
  placeholder?: string;
}

function useFound<T>(path: string, name: string, q: string, also: Record<string, string | number | null | undefined>) {
  const wanted = useDeferredValue(q.trim());
  return useQuery<T[]>({
    queryKey: ['choose', name, wanted, also],
    placeholderData: before => before,
    queryFn: ({ signal }) => get<Page<T>>(path + query({ q: wanted, limit: 20, ...also }), signal).then(p => p.items),
  });
}

export function ChooseItem({ label, placeholder, onPick, ...field }: Chooser & { onPick?: (item: ItemRow | undefined) => void }) {
  const { t, lang } = usePrefs();
  const [q, setQ] = useState('');
  const found = useFound<ItemRow>('/items', 'items', q, {});
  const rows = found.data ?? [];
  return (
    <Select
      {...field}
      allowClear
      showSearch={{ filterOption: false, onSearch: setQ }}
      aria-label={label}
      placeholder={placeholder ?? t.chooseItem}
      className="wide"
      loading={found.isFetching}
      onChange={(next: number | undefined) => {
        field.onChange?.(next);
        onPick?.(rows.find(i => i.id === next));
      }}
      options={rows.map(i => ({ value: i.id, label: `${(lang === 'en' && i.name_en) || i.name} (${i.code})`, item: i }))}
      optionRender={option => {
        const i = rows.find(r => r.id === option.value);
        return i ? (
          <span className="line">
            <span className="grow clip">{(lang === 'en' && i.name_en) || i.name}</span>
            <Code>{i.code}</Code>
          </span>
        ) : (
          option.label
        );
      }}
      notFoundContent={found.isFetching ? t.loading : t.nothingFound}
    />
  );
}

export function ChooseLocation({ label, placeholder, site, ...field }: Chooser & { site: number | null | undefined }) {
  const { t } = usePrefs();
  const [q, setQ] = useState('');
  const found = useFound<LocationRow>('/locations', 'locations', q, { site, kind: 'bin' });
  return (
    <Select
      {...field}
      allowClear
      showSearch={{ filterOption: false, onSearch: setQ }}
      aria-label={label}
      placeholder={placeholder ?? t.chooseLocation}
      className="wide"
      loading={found.isFetching}
      options={(found.data ?? []).map(l => ({ value: l.id, label: l.code }))}
      notFoundContent={found.isFetching ? t.loading : t.nothingFound}
    />
  );
}

/** `named` is what the chosen one is called before the hub was asked; `several` chooses more than one. */
export function ChooseOrganisation({
  label,
  placeholder,
  named,
  several,
  value,
  ...field
}: Omit<Chooser, 'value' | 'onChange'> & {
  value?: number | number[];
  onChange?: (value: number | number[] | undefined) => void;
  named?: string;
  several?: boolean;
}) {
  const { t, lang } = usePrefs();
  const [q, setQ] = useState('');
  const found = useFound<OrganisationRow>('/organisations', 'organisations', q, {});
  const options = (found.data ?? []).map(o => ({ value: o.id, label: (lang === 'en' && o.name_en) || o.name, code: o.code }));
  const isMissing = typeof value === 'number' && !options.some(o => o.value === value);
  return (
    <Select<number | number[]>
      {...field}
      value={value}
      allowClear
      mode={several ? 'multiple' : undefined}
      showSearch={{ filterOption: false, onSearch: setQ }}
      aria-label={label}
      placeholder={placeholder ?? t.chooseOrganisation}
      className="wide"
      loading={found.isFetching}
      options={isMissing && named ? [{ value, label: named, code: '' }, ...options] : options}
      optionRender={option => (
        <span className="line">
          <span className="grow clip">{option.label}</span>
          <Code>{(option.data as { code: string }).code}</Code>
        </span>
      )}
      notFoundContent={found.isFetching ? t.loading : t.nothingFound}
    />
  );
}

export function ChoosePerson({ label, placeholder, but, ...field }: Chooser & { but?: number }) {
  const { t } = usePrefs();
  const [q, setQ] = useState('');
  const found = useFound<PersonRow>('/people', 'people', q, { disabled: 'false' });
  return (
    <Select
      {...field}
      allowClear
      showSearch={{ filterOption: false, onSearch: setQ }}
      aria-label={label}
      placeholder={placeholder ?? t.choosePerson}
      className="wide"
      loading={found.isFetching}
      options={(found.data ?? []).filter(p => p.id !== but).map(p => ({ value: p.id, label: `${p.name} (${p.login})` }))}
      notFoundContent={found.isFetching ? t.loading : t.nothingFound}
    />
  );
}
