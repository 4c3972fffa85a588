// Find and go (Ctrl/Cmd+K): pages by name; items, locations and tasks by asking the hub.

import { useQuery } from '@tanstack/react-query';
import { Modal } from 'antd';
import { type KeyboardEvent, useDeferredValue, useEffect, useRef, useState } from 'react';
import { get, type ItemRow, type LocationRow, type Page, query, type TaskRow } from './api';
import { usePrefs, useSites } from './app';
import { areas } from './areas';
import { Icon, type IconName } from './parts/icons';
import { go } from './route';
import { value, values } from './values';

interface Hit {
  key: string;
  to: string;
  icon: IconName;
  main: string;
  side: string;
}

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
      aria-label={t.findAndGo}
      className="palette"
    >
      <Finder onClose={onClose} />
    </Modal>
  );
}

function Finder({ onClose }: { onClose: () => void }) {
  const { t, lang } = usePrefs();
  const { site } = useSites();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const wanted = useDeferredValue(typed.trim());
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  const found = useQuery<{ items: ItemRow[]; locations: LocationRow[]; tasks: TaskRow[] }>({
    queryKey: ['find', wanted, site],
    enabled: wanted.length > 0,
    placeholderData: before => before,
    queryFn: async ({ signal }) => {
      const ask = <T,>(path: string, also = {}) => get<Page<T>>(path + query({ q: wanted, limit: 6, ...also }), signal).then(p => p.items);
      const [items, locations, tasks] = await Promise.all([
        ask<ItemRow>('/items').catch((): never[] => []),
        ask<LocationRow>('/locations', { site }).catch((): never[] => []),
        ask<TaskRow>('/tasks', { site }).catch((): never[] => []),
      ]);
      return { items, locations, tasks };
    },
  });

  const like = (text: string) => text.toLowerCase().includes(wanted.toLowerCase());
  const hits: Hit[] = areas
    .filter(a => !wanted || like(t[a.name]) || like(a.name))
    .map(a => ({ key: a.to, to: a.to, icon: a.icon, main: t[a.name], side: t.pages }));
  if (wanted && found.data) {
    const { items, locations, tasks } = found.data;
    hits.push(
      ...items.slice(0, 6).map(i => ({
        key: `i${i.id}`,
        to: `/items/${i.id}`,
        icon: 'items' as const,
        main: (lang === 'en' && i.name_en) || i.name,
        side: i.code,
      })),
      ...locations.slice(0, 6).map(l => ({
        key: `l${l.id}`,
        to: `/locations/${l.id}`,
        icon: 'stock' as const,
        main: l.code,
        side: value(values.locationKinds, l.kind, lang),
      })),
      // A hub that does not search tasks sends them all; only those that match are offered.
      ...tasks
        .filter(k => like(k.number) || like(k.reference))
        .slice(0, 6)
        .map(k => ({
          key: `t${k.id}`,
          to: `/tasks/${k.id}`,
          icon: 'tasks' as const,
          main: `${k.number} ${k.reference}`,
          side: value(values.taskKinds, k.kind, lang),
        })),
    );
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
