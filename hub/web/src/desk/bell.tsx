// The notification centre: a bell with the number of what was not read, and what was told beside the page.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Badge, Button, Drawer } from 'antd';
import { useState } from 'react';
import { get, type Notification, type Page, post } from './api';
import { usePrefs } from './app';
import { useLiveRows } from './live';
import { Empty, Loaded, Tag, Time } from './parts/common';
import { Icon } from './parts/icons';
import { go, Link } from './route';

const UNREAD = ['notifications', 'unread'];

/** Reading one is told to the hub; the number follows at once. */
export function useReading(): (one?: Notification) => Promise<void> {
  const queries = useQueryClient();
  return async one => {
    if (one?.read_ms) return;
    const now = await post<{ unread: number }>(one ? `/notifications/${one.id}/read` : '/notifications/read').catch(() => undefined);
    if (now) queries.setQueryData(UNREAD, now);
    void queries.invalidateQueries({ queryKey: ['notifications', 'list'] });
    void queries.invalidateQueries({ queryKey: ['home'] });
  };
}

const tones = { right: 'right', information: 'info', attention: 'attention', wrong: 'wrong' } as const;

export function Told({ of }: { of: Notification }) {
  return (
    <>
      <div className="line">
        <span className="grow">
          <Tag meaning={tones[of.tone]}>{of.title}</Tag>
        </span>
        <span className="quiet nowrap">
          <Time ms={of.at_ms} site={of.site} />
        </span>
      </div>
      {of.body ? <div className="told-body">{of.body}</div> : null}
    </>
  );
}

export function Bell() {
  const { t } = usePrefs();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const read = useReading();
  const unread = useQuery({ queryKey: UNREAD, queryFn: ({ signal }) => get<{ unread: number }>('/notifications/unread', signal) });
  useLiveRows<Notification & { unread: number }>('notification', told => queries.setQueryData(UNREAD, { unread: told.unread }));
  const n = unread.data?.unread ?? 0;
  return (
    <>
      <Badge count={n} size="small" overflowCount={99} offset={[-6, 6]}>
        <Button
          type="text"
          aria-label={n ? t.notificationsN(n) : t.notifications}
          icon={<Icon name="bell" />}
          onClick={() => setOpen(true)}
        />
      </Badge>
      <Drawer
        open={open}
        onClose={() => setOpen(false)}
        title={t.notifications}
        closable={{ 'aria-label': t.close }}
        styles={{ body: { padding: 0 } }}
        destroyOnHidden
        extra={
          n ? (
            <Button size="small" onClick={() => void read()}>
              {t.readAll}
            </Button>
          ) : null
        }
        footer={
          <div className="line">
            <Link to="/notifications" onClick={() => setOpen(false)}>
              {t.all}
            </Link>
            <span className="grow" />
            <Link to="/settings/notifications" onClick={() => setOpen(false)}>
              {t.howTold}
            </Link>
          </div>
        }
      >
        <Newest
          onOpen={one => {
            setOpen(false);
            void read(one);
            if (one.link) go(one.link);
          }}
        />
      </Drawer>
    </>
  );
}

function Newest({ onOpen }: { onOpen: (one: Notification) => void }) {
  const { t } = usePrefs();
  const asked = useQuery({
    queryKey: ['notifications', 'list', 'newest'],
    queryFn: ({ signal }) => get<Page<Notification>>('/notifications?limit=30', signal),
  });
  return (
    <Loaded of={asked}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title={t.noNotifications} hint={t.noNotificationsHint} />
        ) : (
          <ul className="plain">
            {items.map(one => (
              <li key={one.id}>
                <button type="button" className={`row-card told${one.read_ms ? '' : ' told-new'}`} onClick={() => onOpen(one)}>
                  <Told of={one} />
                </button>
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}
