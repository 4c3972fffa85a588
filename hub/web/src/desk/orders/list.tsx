// All orders that the reader may see: what is to be shipped, what is late, what waits for approval; and made.

import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { quantity } from '../../shared/format';
import { yuan } from '../../shared/money';
import { get, type OrganisationRow, query } from '../api';
import { useMay, usePart, usePrefs, useWords } from '../app';
import { CustomFilters, parametersOf } from '../custom/filters';
import { useCustomColumns, useEntityColumns } from '../custom/record';
import { classes } from '../customers/words';
import { Code } from '../parts/common';
import { Icon } from '../parts/icons';
import { ListPage } from '../parts/list-page';
import { Yuan } from '../payments/parts';
import { go, Link, useFilter, usePlace } from '../route';
import { optionsOf, value } from '../values';
import { OrderForm } from './form';
import type { Order, OrderRow, OrderSum } from './model';
import { StateTag } from './parts';
import { states, words } from './words';

export default function OrdersPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const may = useMay();
  const { below } = usePart();
  const { search } = usePlace();
  const fields = useEntityColumns('order');
  const custom = useCustomColumns<OrderRow>('order');
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
        sheet={{
          list: 'orders',
          filters: [
            'below',
            'q',
            'owner',
            'customer',
            'state',
            'late',
            'approval',
            'unplanned',
            'counted',
            'from',
            'to',
            'person',
            'class',
            'custom',
          ],
          columns: SHEET,
        }}
        actions={make}
        sentence={may('tickets.see', 'service') ? w.sentenceServed : w.sentence}
        choices={[
          { name: 'owner', label: w.owner, any: w.anyOwner, options: [{ value: 'me', label: w.me }] },
          { name: 'state', label: w.state, any: w.anyState, options: optionsOf(states, lang) },
          { name: 'late', label: w.promisedOn, any: w.anyLate, options: [{ value: 'true', label: w.late }] },
          { name: 'approval', label: w.approval, any: w.anyApproval, options: [{ value: 'asked', label: w.asked }] },
          ...(may('tickets.see', 'service')
            ? [{ name: 'unplanned', label: w.delivery, any: w.anyDelivery, options: [{ value: 'true', label: w.unplanned }] }]
            : []),
        ]}
        more={['customer', ...OF_FIGURES, ...parametersOf(fields)]}
        beside={filters => (
          <>
            <CustomFilters columns={fields} filters={filters} />
            {OF_FIGURES.some(name => filters.of[name]) ? <OfFigure of={filters.of} below={below} /> : null}
          </>
        )}
        ask={of => ({ ...of, below: of.below || below })}
        none={{ title: w.none, matching: w.noneMatch, hint: w.noneHint, action: make }}
        rowKey={o => o.id}
        to={o => `/orders/${o.id}`}
        columns={[
          { key: 'code', title: w.code, cell: o => <Code>{o.code}</Code> },
          { key: 'state', title: w.state, cell: o => <StateTag of={o} /> },
          { key: 'customer', title: w.customer, cell: o => <strong className="nowrap">{o.customer_name}</strong> },
          { key: 'amount', title: w.amount, number: true, cell: o => <Yuan of={o.amount} /> },
          ...(search.get('person') ? [{ key: 'part', title: w.part, number: true, cell: (o: OrderRow) => <Yuan of={o.part} /> }] : []),
          { key: 'paid', title: w.paid, number: true, cell: o => (o.paid === undefined ? null : <Yuan of={o.paid} />) },
          { key: 'ordered_on', title: w.orderedOn, cell: o => <span className="nowrap">{o.ordered_on}</span> },
          { key: 'promised_on', title: w.promisedOn, cell: o => <span className="nowrap">{o.promised_on}</span> },
          { key: 'owner', title: w.owner, cell: o => <span className="nowrap">{o.owner_name}</span> },
          { key: 'organisation', title: w.organisation, cell: o => <span className="nowrap">{o.organisation_name}</span> },
          ...custom,
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

/** Filters that a figure comes with. */
const OF_FIGURES = ['counted', 'from', 'to', 'person', 'class', 'below'];

/** Which orders a figure counts, in words, and their sum: the same as the figure. */
function OfFigure({ of, below }: { of: Record<string, string>; below: number | null }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const asked = { ...of, below: of.below || below };
  const sum = useQuery<OrderSum>({
    queryKey: ['orders-sum', asked],
    placeholderData: before => before,
    queryFn: ({ signal }) => get<OrderSum>(`/orders/sum${query(asked)}`, signal),
  });
  const place = useQuery({
    queryKey: ['organisation', Number(of.below)],
    enabled: Boolean(of.below),
    queryFn: ({ signal }) => get<OrganisationRow>(`/organisations/${of.below}`, signal),
  });
  const said = [
    of.counted ? w.counted : '',
    of.from || of.to ? w.confirmedOn(of.from || '…', of.to || '…') : '',
    of.below ? w.ofOrganisation((lang === 'en' && place.data?.name_en) || place.data?.name || '…') : '',
    of.person ? w.ofPerson : '',
    of.class ? w.ofClass(value(classes, of.class, lang)) : '',
  ];
  return (
    <p className="quiet orders-sum">
      <span>{said.filter(Boolean).join(lang === 'en' ? ', ' : '，')}</span>
      {sum.data ? <strong className="number">{w.sum(quantity(sum.data.orders), yuan(sum.data.amount))}</strong> : null}
      {sum.data?.part === undefined ? null : <strong className="number">{w.sumPart(yuan(sum.data.part))}</strong>}
      <Link to="/orders">{w.wholeList}</Link>
    </p>
  );
}

const SHEET = { state: ['state', 'late'], promised_on: ['promised_on', 'delivered_on'], owner: ['owner', 'created_by'] };
