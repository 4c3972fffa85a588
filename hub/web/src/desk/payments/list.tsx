// All payments that the reader may see: received, paid back, applied; by method and day.

import { Button } from 'antd';
import { useMay, usePart, usePrefs, useWords, useZone } from '../app';
import { titled } from '../custom/model';
import { dayOf } from '../customers/times';
import { Tag, Time } from '../parts/common';
import { ListPage } from '../parts/list-page';
import { go } from '../route';
import { optionsOf, value } from '../values';
import { Between } from './account';
import type { PaymentRow } from './model';
import { useMethods, Yuan } from './parts';
import { kinds, words } from './words';

const DAY_MS = 86_400_000;

export default function PaymentsPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { below } = usePart();
  const may = useMay();
  const zone = useZone();
  const { methods, method } = useMethods();
  const since = (days: number) => dayOf(Date.now() - days * DAY_MS, zone);
  return (
    <ListPage<PaymentRow>
      name="payments"
      path="/payments"
      title={t.payments}
      search={w.search}
      sheet={{ list: 'payments', filters: ['below', 'q', 'kind', 'method', 'customer', 'order', 'from', 'to'], columns: SHEET }}
      actions={may('payments.reconcile', 'sales') ? <Button onClick={() => go('/payments/days')}>{w.days}</Button> : null}
      sentence={w.sentence}
      choices={[
        { name: 'kind', label: w.kind, any: w.anyKind, options: optionsOf(kinds, lang) },
        { name: 'method', label: w.method, any: w.anyMethod, options: methods.map(m => ({ value: m.code, label: titled(m, lang) })) },
        {
          name: 'from',
          label: w.day,
          any: w.anyDay,
          options: [
            { value: since(0), label: w.today },
            { value: since(6), label: w.week },
            { value: since(29), label: w.month },
          ],
        },
      ]}
      more={['customer', 'order']}
      ask={of => ({ ...of, below })}
      none={{ title: w.none, matching: w.noneMatch, hint: w.noneHint }}
      rowKey={p => p.id}
      to={p => `/customers/${p.customer}`}
      columns={[
        { key: 'customer', title: w.customer, cell: p => <strong className="nowrap">{p.customer_name}</strong> },
        {
          key: 'kind',
          title: w.kind,
          cell: p => (
            <span className="nowrap">
              {value(kinds, p.kind, lang)} {p.reversed_by ? <Tag>{w.undone}</Tag> : null}{' '}
              {p.reverses ? <Tag>{w.undoes(p.reverses)}</Tag> : null}
            </span>
          ),
        },
        { key: 'amount', title: w.amount, number: true, cell: p => <Yuan of={p.amount} /> },
        { key: 'method', title: w.method, cell: p => (p.method ? method(p.method) : '') },
        { key: 'reference', title: w.reference, cell: p => p.reference },
        { key: 'order', title: w.order, cell: p => <Between of={p} /> },
        { key: 'at', title: w.at, cell: p => <Time ms={p.at_ms} /> },
        { key: 'organisation', title: w.organisation, cell: p => <span className="nowrap">{p.organisation_name}</span> },
        { key: 'author', title: w.author, cell: p => p.author },
      ]}
      card={p => (
        <>
          <div className="line">
            <strong className="grow clip">{p.customer_name}</strong>
            <Yuan of={p.amount} />
          </div>
          <div className="line quiet">
            <span className="grow clip">
              {[value(kinds, p.kind, lang), p.method ? method(p.method) : '', p.reference].filter(Boolean).join(' · ')}
            </span>
            <Time ms={p.at_ms} />
          </div>
        </>
      )}
    />
  );
}

const SHEET = { order: ['from_order', 'to_order'], kind: ['kind', 'reverses', 'reversed_by'], at: ['at', 'day'] };
