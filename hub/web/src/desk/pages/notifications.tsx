import { Button } from 'antd';
import type { Notification } from '../api';
import { usePrefs } from '../app';
import { Told, useReading } from '../bell';
import { Tag, Time } from '../parts/common';
import { ListPage } from '../parts/list-page';

/** Everything that the reader was told, newest first. */
export default function NotificationsPage() {
  const { t } = usePrefs();
  const read = useReading();
  return (
    <ListPage<Notification>
      name="notifications"
      path="/notifications"
      live="notification"
      title={t.notifications}
      actions={<Button onClick={() => void read()}>{t.readAll}</Button>}
      sentence={t.notificationsSentence}
      choices={[{ name: 'unread', label: t.state, any: t.readAndUnread, options: [{ value: 'true', label: t.unreadOnly }] }]}
      none={{ title: t.noNotifications, hint: t.noNotificationsHint }}
      rowKey={n => n.id}
      to={n => n.link || undefined}
      rowClass={n => (n.read_ms ? undefined : 'told-new')}
      batch={[{ label: t.markRead, sure: t.markReadSure, fits: n => !n.read_ms, run: n => read(n) }]}
      columns={[
        { key: 'title', title: t.what, cell: n => <Tag meaning={n.tone === 'information' ? 'info' : n.tone}>{n.title}</Tag> },
        { key: 'body', title: t.details, cell: n => <span className="told-body">{n.body}</span> },
        { key: 'at', title: t.time, width: '112px', cell: n => <Time ms={n.at_ms} site={n.site} /> },
      ]}
      card={n => <Told of={n} />}
    />
  );
}
