import { post } from '../api';
import { usePrefs, useWords } from '../app';
import { Code, Time } from '../parts/common';
import { ListPage } from '../parts/list-page';
import { optionsOf } from '../values';
import { StateTag, useKindNames } from './hub-parts';
import { deliveryStates, words } from './hub-words';
import { useWebhooks } from './webhooks';

export interface DeliveryRow {
  id: number;
  webhook: number;
  event: string;
  kind: string;
  state: string;
  created_ms: number;
  delivered_ms?: number;
  job?: number;
}

/** What programs were told, and whether they received it. Those that were given up can be delivered again. */
export default function DeliveriesPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const webhooks = useWebhooks();
  const kindNames = useKindNames();
  const name = (id: number) => webhooks.data?.items.find(h => h.id === id)?.name ?? `#${id}`;
  return (
    <ListPage<DeliveryRow>
      name="deliveries"
      path="/webhook-deliveries"
      title={w.deliveries}
      back={{ to: '/settings/webhooks', label: w.webhooks }}
      sentence={w.deliveriesSentence}
      choices={[
        {
          name: 'webhook',
          label: w.webhooks,
          any: w.anyWebhook,
          options: (webhooks.data?.items ?? []).map(h => ({ value: String(h.id), label: h.name })),
        },
        { name: 'state', label: t.state, any: w.anyState, options: optionsOf(deliveryStates, lang) },
      ]}
      none={{ title: w.noDeliveries, hint: w.noDeliveriesHint }}
      rowKey={d => d.id}
      to={d => `/settings/deliveries/${d.id}`}
      batch={[
        {
          label: w.redeliver,
          sure: w.redeliverSure,
          fits: d => d.state !== 'waiting',
          run: d => post(`/webhook-deliveries/${d.id}/redeliver`),
        },
      ]}
      columns={[
        { key: 'event', title: w.event, cell: d => <Code>{d.event}</Code> },
        { key: 'webhook', title: w.webhooks, cell: d => name(d.webhook) },
        { key: 'kind', title: w.kinds, cell: d => kindNames([d.kind]) },
        { key: 'state', title: t.state, width: '120px', cell: d => <StateTag of={d.state} words="delivery" /> },
        { key: 'created', title: t.created, width: '112px', cell: d => <Time ms={d.created_ms} /> },
        { key: 'delivered', title: w.delivered, width: '112px', cell: d => <Time ms={d.delivered_ms} none="" /> },
      ]}
    />
  );
}
