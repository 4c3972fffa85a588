import { useQuery } from '@tanstack/react-query';
import { Button, Popconfirm } from 'antd';
import { type ReactNode, useState } from 'react';
import { get, post, remove } from '../api';
import { usePrefs, useWords } from '../app';
import { useAct } from '../parts/act';
import { At, Card, Empty, Facts, Loaded, PageHead, Tag, Time } from '../parts/common';
import { PagedRows } from '../parts/list';
import { OrganisationName } from '../parts/named';
import { WithTimeline } from '../parts/timeline';
import { go } from '../route';
import { value } from '../values';
import { type Channel, ChannelForm, ChannelState } from './channels';
import { StateTag, useKindNames, useSiteName } from './hub-parts';
import { ways, words } from './hub-words';

interface MessageRow {
  id: number;
  state: string;
  created_ms: number;
  attempts: number;
  last_error?: string;
  sent_ms?: number;
}

export default function ChannelPage({ id }: { id: string }) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { act, busy } = useAct();
  const kindNames = useKindNames();
  const siteName = useSiteName();
  const [changing, setChanging] = useState(false);
  const channel = useQuery({ queryKey: ['channel', id], queryFn: ({ signal }) => get<Channel>(`/channels/${id}`, signal) });
  const forget = async () => {
    if (await act(() => remove(`/channels/${id}`), { stale: ['channels'] })) go('/settings/channels', true);
  };
  return (
    <Loaded of={channel}>
      {data => (
        <>
          <PageHead
            title={data.name}
            back={{ to: '/settings/channels', label: w.channels }}
            actions={
              <>
                <Popconfirm title={w.removeSure(data.name)} okText={t.remove} cancelText={t.cancel} onConfirm={forget}>
                  <Button danger>{t.remove}</Button>
                </Popconfirm>
                <Button onClick={() => setChanging(true)}>{t.edit}</Button>
                <Button
                  type="primary"
                  loading={busy}
                  onClick={() => act(() => post(`/channels/${id}/test`), { done: w.tested, stale: ['channel', 'channels'] })}
                >
                  {w.test}
                </Button>
              </>
            }
          >
            <span>{value(ways, data.way, lang)}</span>
            <ChannelState of={data} />
            {data.signed ? <Tag>{w.signed}</Tag> : null}
          </PageHead>
          <WithTimeline of="channel" id={id}>
            <Facts
              of={[
                [w.kinds, kindNames(data.kinds)],
                data.organisation
                  ? [w.ofOrganisation, <OrganisationName key="o" id={data.organisation} />]
                  : [w.ofSite, siteName(data.site)],
                [w.language, data.language === 'en' ? 'English' : '中文'],
                ...(data.blocked_until_ms ? [[w.blockedUntil, <At key="b" ms={data.blocked_until_ms} />] as [string, ReactNode]] : []),
              ]}
            />
            {data.last_error ? (
              <Card title={w.lastError}>
                <pre>{data.last_error}</pre>
              </Card>
            ) : null}
            <Card title={w.messages} flush>
              <PagedRows<MessageRow>
                name="messages"
                path={`/channels/${id}/messages`}
                filter={{}}
                label={w.messages}
                rowKey={m => m.id}
                empty={<Empty title={w.noMessages} />}
                columns={[
                  { key: 'created', title: t.created, cell: m => <Time ms={m.created_ms} /> },
                  { key: 'state', title: t.state, cell: m => <StateTag of={m.state} words="message" /> },
                  { key: 'attempts', title: w.attempts, number: true, cell: m => m.attempts },
                  { key: 'sent', title: w.sent, cell: m => <Time ms={m.sent_ms} none="" /> },
                  { key: 'error', title: w.lastError, cell: m => <span className="break">{m.last_error ?? ''}</span> },
                ]}
              />
            </Card>
          </WithTimeline>
          <ChannelForm key={data.version} open={changing} of={data} onClose={() => setChanging(false)} />
        </>
      )}
    </Loaded>
  );
}
