// All orders that the reader may see: what is to be shipped, what is late, what waits for approval; and made.

import { Button } from 'antd';
import { useState } from 'react';
import { useMay, usePart, usePrefs, useWords } from '../app';
import { Code } from '../parts/common';
import { Icon } from '../parts/icons';
import { ListPage } from '../parts/list-page';
import { Yuan } from '../payments/parts';
import { go, useFilter, usePlace } from '../route';
import { optionsOf } from '../values';
import { OrderForm } from './form';
import type { Order, OrderRow } from './model';
import { StateTag } from './parts';
import { states, words } from './words';

export default function OrdersPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const may = useMay();
  const { below } = usePart();
  const { search } = usePlace();
  const [asked, setAsked] = useFilter('new');
  const [making, setMaking] = useState(false);
  const canMake = may('sales', 'sales');
  const close = (made?: Order) => {
    setMaking(false);
    if (made) go(`/orders/${made.id}`, asked !== '');
    else if (asked) setAsked('');
  };
  const make = canMake ? (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
      {w.newOrder}
    </Button>
  ) : null;
  return (
    <>
      <ListPage<OrderRow>
        name="orders"
        path="/orders"
        title={t.orders}
        search={w.search}
        sheet={{ list: 'orders', filters: ['below', 'q', 'owner', 'customer', 'state', 'late', 'approval'], columns: SHEET }}
        actions={make}
        sentence={w.sentence}
        choices={[
          { name: 'owner', label: w.owner, any: w.anyOwner, options: [{ value: 'me', label: w.me }] },
          { name: 'state', label: w.state, any: w.anyState, options: optionsOf(states, lang) },
          { name: 'late', label: w.promisedOn, any: w.anyLate, options: [{ value: 'true', label: w.late }] },
          { name: 'approval', label: w.approval, any: w.anyApproval, options: [{ value: 'asked', label: w.asked }] },
        ]}
        more={['customer']}
        ask={of => ({ ...of, below })}
        none={{ title: w.none, matching: w.noneMatch, hint: w.noneHint, action: make }}
        rowKey={o => o.id}
        to={o => `/orders/${o.id}`}
        columns={[
          { key: 'code', title: w.code, cell: o => <Code>{o.code}</Code> },
          { key: 'state', title: w.state, cell: o => <StateTag of={o} /> },
          { key: 'customer', title: w.customer, cell: o => <strong>{o.customer_name}</strong> },
          { key: 'amount', title: w.amount, number: true, cell: o => <Yuan of={o.amount} /> },
          { key: 'paid', title: w.paid, number: true, cell: o => (o.paid === undefined ? null : <Yuan of={o.paid} />) },
          { key: 'ordered_on', title: w.orderedOn, cell: o => <span className="nowrap">{o.ordered_on}</span> },
          { key: 'promised_on', title: w.promisedOn, cell: o => <span className="nowrap">{o.promised_on}</span> },
          { key: 'owner', title: w.owner, cell: o => o.owner_name },
          { key: 'organisation', title: w.organisation, cell: o => o.organisation_name },
        ]}
        card={o => (
          <>
            <div className="line">
              <strong className="grow clip">{o.customer_name}</strong>
              <Yuan of={o.amount} />
            </div>
            <div className="line quiet">
              <span className="grow clip">{[o.code, o.promised_on].filter(Boolean).join(' · ')}</span>
              <StateTag of={o} />
            </div>
          </>
        )}
      />
      {canMake ? <OrderForm open={making || asked === '1'} customer={Number(search.get('customer')) || undefined} onClose={close} /> : null}
    </>
  );
}

const SHEET = { state: ['state', 'late'], promised_on: ['promised_on', 'delivered_on'], owner: ['owner', 'created_by'] };
