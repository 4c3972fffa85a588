import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { stretch } from '../../shared/format';
import { get, post } from '../api';
import { usePrefs, useWords } from '../app';
import { useAct } from '../parts/act';
import { Card, Code, Empty, Facts, Loaded, PageHead, Tag, Time } from '../parts/common';
import { Rows } from '../parts/list';
import { Link } from '../route';
import type { DeliveryRow } from './deliveries';
import { StateTag, useKindNames } from './hub-parts';
import { words } from './hub-words';
import { useWebhooks } from './webhooks';

interface Delivery extends DeliveryRow {
  payload: string;
  attempts: { at_ms: number; took_ms: number; status?: number; error?: string }[];
}

/** The body as people read it, or as it is. */
function readable(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}

export default function DeliveryPage({ id }: { id: string }) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { act, busy } = useAct();
  const webhooks = useWebhooks();
  const kindNames = useKindNames();
  const delivery = useQuery({
    queryKey: ['delivery', id],
    queryFn: ({ signal }) => get<Delivery>(`/webhook-deliveries/${id}`, signal),
    refetchInterval: asked => (asked.state.data?.state === 'waiting' ? 2000 : false),
  });
  return (
    <Loaded of={delivery}>
      {data => (
        <>
          <PageHead
            title={kindNames([data.kind])}
            back={{ to: '/settings/deliveries', label: w.deliveries }}
            actions={
              data.state === 'waiting' ? null : (
                <Button
                  type="primary"
                  loading={busy}
                  onClick={() =>
                    act(() => post(`/webhook-deliveries/${id}/redeliver`), {
                      done: w.redelivered,
                      stale: ['delivery', 'deliveries', 'home'],
                    })
                  }
                >
                  {w.redeliver}
                </Button>
              )
            }
          >
            <Code>{data.event}</Code>
            <StateTag of={data.state} words="delivery" />
          </PageHead>
          <Facts
            of={[
              [w.webhooks, webhooks.data?.items.find(h => h.id === data.webhook)?.name ?? '…'],
              [t.created, <Time key="c" ms={data.created_ms} />],
              [w.delivered, <Time key="d" ms={data.delivered_ms} none={t.notYet} />],
              [
                w.job,
                data.job ? (
                  <Link key="j" to={`/settings/jobs/${data.job}`}>
                    #{data.job}
                  </Link>
                ) : (
                  '–'
                ),
              ],
            ]}
          />
          <Card title={w.tried} flush>
            {data.attempts.length === 0 ? (
              <Empty title={w.noTries} />
            ) : (
              <Rows
                label={w.tried}
                rows={data.attempts}
                rowKey={a => a.at_ms}
                columns={[
                  { key: 'at', title: t.time, cell: a => <Time ms={a.at_ms} /> },
                  {
                    key: 'status',
                    title: w.answered,
                    cell: a => <Tag meaning={a.status && a.status < 300 ? 'right' : 'wrong'}>{a.status ?? '–'}</Tag>,
                  },
                  { key: 'took', title: w.took, cell: a => stretch(a.took_ms, lang) },
                  { key: 'error', title: w.lastError, cell: a => <span className="break">{a.error ?? ''}</span> },
                ]}
              />
            )}
          </Card>
          <Card title={w.payload}>
            <pre>{readable(data.payload)}</pre>
          </Card>
        </>
      )}
    </Loaded>
  );
}
