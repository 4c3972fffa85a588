// Find and go (Ctrl/Cmd+K): pages and first steps by name; records by what the hub finds for a part of their name, its pinyin, their code
// or barcode.

import { useQuery } from '@tanstack/react-query';
import { Modal } from 'antd';
import { type KeyboardEvent, useDeferredValue, useEffect, useRef, useState } from 'react';
import { get, query } from './api';
import { useMay, usePrefs } from './app';
import { areas } from './areas';
import { Icon, type IconName } from './parts/icons';
import { go } from './route';
import { sections } from './settings-sections';
import { value, values } from './values';

type Kind = 'customer' | 'order' | 'ticket' | 'quote' | 'contract' | 'item' | 'location' | 'task' | 'edge' | 'person';

interface Found {
  items: { kind: Kind; id: string; code: string; name: string; name_en: string; sort: string; site?: number | null }[];
  more: Kind[];
}

interface Hit {
  key: string;
  to: string;
  icon: IconName;
  main: string;
  side: string;
}

/** Where records of a kind are, and the list that shows all that match. */
const places: Record<Kind, { icon: IconName; page: (id: string) => string; list: string }> = {
  customer: { icon: 'customers', page: id => `/customers/${id}`, list: '/customers?' },
  quote: { icon: 'quotes', page: id => `/quotes/${id}`, list: '/quotes?' },
  contract: { icon: 'contracts', page: id => `/contracts/${id}`, list: '/contracts?' },
  order: { icon: 'orders', page: id => `/orders/${id}`, list: '/orders?' },
  ticket: { icon: 'wrench', page: id => `/tickets/${id}`, list: '/tickets?' },
  item: { icon: 'items', page: id => `/items/${id}`, list: '/items?' },
  location: { icon: 'stock', page: id => `/locations/${id}`, list: '/stock?by=location&' },
  task: { icon: 'tasks', page: id => `/tasks/${id}`, list: '/tasks?' },
  edge: { icon: 'edges', page: id => `/edges/${id}`, list: '/edges?' },
  person: { icon: 'person', page: id => `/settings/people/${id}`, list: '/settings/people?' },
};

export function Palette({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = usePrefs();
  return (
    <Modal
      open={open}
      onCancel={onClose}
      footer={null}
      closable={false}
      width={640}
      style={{ top: 64 }}
      destroyOnHidden
      title={<span className="hidden">{t.findAndGo}</span>}
      className="palette"
    >
      <Finder onClose={onClose} />
    </Modal>
  );
}

/** Pages and first steps that the reader may go to, by name in either language. */
function usePages(wanted: string): Hit[] {
  const { t, lang } = usePrefs();
  const may = useMay();
  const like = (...names: string[]) => !wanted || names.some(name => name.toLowerCase().includes(wanted.toLowerCase()));
  const shown = areas.filter(a => may(a.right, a.module));
  const pages = shown
    .filter(a => like(t[a.name], a.name))
    .map(a => ({ key: a.to, to: a.to, icon: a.icon, main: t[a.name], side: t.pages }));
  if (!wanted) return pages;
  const settings = sections
    .filter(s => s.to !== '/settings' && may(s.right, s.module) && like(s.title[lang], s.title.en))
    .map(s => ({ key: s.to, to: s.to, icon: s.icon, main: s.title[lang], side: t.settings }));
  const steps = [
    {
      key: 'new-customer',
      to: '/customers?new=1',
      icon: 'plus' as const,
      main: t.newCustomer,
      side: t.customers,
      may: may('customers', 'crm'),
    },
    { key: 'new-order', to: '/orders?new=1', icon: 'plus' as const, main: t.newOrder, side: t.orders, may: may('sales', 'sales') },
    {
      key: 'new-opportunity',
      to: '/opportunities?new=1',
      icon: 'plus' as const,
      main: t.newOpportunity,
      side: t.opportunities,
      may: may('opportunities', 'crm'),
    },
    { key: 'new-task', to: '/tasks?new=1', icon: 'plus' as const, main: t.newTask, side: t.tasks, may: may('tasks', 'warehouse') },
  ];
  return [...pages, ...settings, ...steps.filter(s => s.may && like(s.main, s.key.replace('-', ' ')))];
}

function Finder({ onClose }: { onClose: () => void }) {
  const { t, lang } = usePrefs();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const wanted = useDeferredValue(typed.trim());
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const found = useQuery<Found>({
    queryKey: ['find', wanted],
    enabled: wanted.length > 0,
    placeholderData: before => before,
    queryFn: ({ signal }) => get<Found>(`/search${query({ q: wanted })}`, signal),
  });
  const listOf: Record<Kind, string> = {
    customer: t.customers,
    order: t.orders,
    ticket: t.tickets,
    quote: t.quotes,
    contract: t.contracts,
    item: t.items,
    location: t.locations,
    task: t.tasks,
    edge: t.edges,
    person: t.people,
  };
  const side = (kind: Kind, sort: string, code: string) =>
    kind === 'location'
      ? value(values.locationKinds, sort, lang)
      : kind === 'task'
        ? value(values.taskKinds, sort, lang)
        : kind === 'edge'
          ? t.edge
          : code;
  const hits: Hit[] = usePages(wanted);
  if (wanted && found.data) {
    for (const [n, { kind, id, code, name, name_en, sort }] of found.data.items.entries()) {
      const named = (lang === 'en' && name_en) || name;
      hits.push({
        key: `${kind}${id}`,
        to: places[kind].page(id),
        icon: places[kind].icon,
        main: kind === 'task' || kind === 'location' ? [code, named].filter(Boolean).join(' ') : named,
        side: side(kind, sort, code),
      });
      const isLast = found.data.items[n + 1]?.kind !== kind;
      if (isLast && found.data.more.includes(kind))
        hits.push({
          key: `more-${kind}`,
          to: places[kind].list + query({ q: wanted }).slice(1),
          icon: 'search',
          main: t.allOf(listOf[kind]),
          side: '',
        });
    }
  }
  const chosen = Math.min(at, hits.length - 1);
  const take = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    go(hit.to);
  };
  const key = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown') setAt(Math.min(chosen + 1, hits.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0));
    else if (event.key === 'Enter') take(hits[chosen]);
    else return;
    event.preventDefault();
  };

  return (
    <div>
      <div className="palette-field">
        <Icon name="search" />
        <input
          ref={field}
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-hits"
          aria-activedescendant={hits[chosen] ? `hit-${hits[chosen].key}` : undefined}
          aria-label={t.findAndGo}
          placeholder={t.findPlaceholder}
          value={typed}
          onChange={e => {
            setTyped(e.target.value);
            setAt(0);
          }}
          onKeyDown={key}
        />
      </div>
      <div id="palette-hits" role="listbox" aria-label={t.findAndGo} className="palette-hits">
        {hits.map((hit, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keyboard
          <div
            key={hit.key}
            id={`hit-${hit.key}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === chosen}
            onClick={() => take(hit)}
            onMouseMove={() => setAt(i)}
            ref={el => {
              if (i === chosen) el?.scrollIntoView({ block: 'nearest' });
            }}
          >
            <Icon name={hit.icon} size={16} />
            <span className="grow clip">{hit.main}</span>
            <span className="quiet">{hit.side}</span>
          </div>
        ))}
      </div>
      {hits.length === 0 && !found.isFetching ? <p className="quiet palette-none">{t.nothingFound}</p> : null}
    </div>
  );
}
