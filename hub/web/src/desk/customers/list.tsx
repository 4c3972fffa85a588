// All customers that the reader may see: who was left alone, who is due, of which kind; found by phone, and made.

import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useMay, usePart, usePrefs, useWords, useZone } from '../app';
import { CustomFilters, parametersOf } from '../custom/filters';
import { titled } from '../custom/model';
import { useCustomColumns, useEntityColumns } from '../custom/record';
import { Time } from '../parts/common';
import { Icon } from '../parts/icons';
import { ListPage } from '../parts/list-page';
import { go, useFilter, usePlace } from '../route';
import { optionsOf } from '../values';
import { CustomerForm } from './form';
import { type CustomerRow, fromFilter, IDLE_DAYS } from './model';
import { ClassTag, LastFollow, NextFollow, Stands, Tags, useChoices } from './parts';
import { TagFilter } from './tag-filter';
import { dayOf } from './times';
import { classesMany, words } from './words';

const FindCustomer = lazy(() => import('./find'));
const CustomerPeek = lazy(() => import('./customer').then(m => ({ default: m.CustomerPeek })));

/** Days without a follow-up that a list is narrowed by. */
const LEFT_FOR = [IDLE_DAYS, 15, 30];

export default function CustomersPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const may = useMay();
  const zone = useZone();
  const { below } = usePart();
  const { search } = usePlace();
  const fields = useEntityColumns('customer');
  const custom = useCustomColumns<CustomerRow>('customer');
  const { sources, source } = useChoices();
  const [asked, setAsked] = useFilter('new');
  const [making, setMaking] = useState(false);
  const [finding, setFinding] = useState(false);
  const canMake = may('customers', 'crm');
  const close = (made?: CustomerRow) => {
    setMaking(false);
    if (made) go(`/customers/${made.id}`, asked !== '');
    else if (asked) setAsked('');
  };
  const make = canMake ? (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
      {t.newCustomer}
    </Button>
  ) : null;
  const owner = search.get('owner') ?? '';
  return (
    <>
      <ListPage<CustomerRow>
        name="customers"
        path="/customers"
        title={t.customers}
        search={w.search}
        importKind="customers"
        sheet={{ list: 'customers', filters: ['below', 'q', 'owner', 'class', 'source', 'tags', 'idle', 'due', 'custom'], columns: SHEET }}
        actions={
          <>
            <Button onClick={() => setFinding(true)}>{w.find}</Button>
            {make}
          </>
        }
        sentence={w.sentence}
        choices={[
          {
            name: 'owner',
            label: w.owner,
            any: w.anyOwner,
            options: [{ value: 'me', label: w.me }, ...(Number(owner) ? [{ value: owner, label: w.thatOwner }] : [])],
          },
          { name: 'class', label: w.class, any: w.anyClass, options: optionsOf(classesMany, lang) },
          {
            name: 'source',
            label: w.source,
            any: w.anySource,
            options: sources.map(s => ({ value: s.code, label: titled(s, lang) })),
          },
          {
            name: 'idle',
            label: w.lastFollow,
            any: w.anyIdle,
            options: LEFT_FOR.map(days => ({ value: String(days), label: w.idleOver(days) })),
          },
          { name: 'due', label: w.nextFollow, any: w.anyDue, options: [{ value: 'today', label: w.dueToday }] },
        ]}
        more={['tags', ...parametersOf(fields)]}
        beside={filters => (
          <>
            <TagFilter filters={filters} />
            <CustomFilters columns={fields} filters={filters} />
          </>
        )}
        ask={of => ({ ...of, below })}
        none={{ title: w.none, matching: w.noneMatch, hint: w.noneHint, action: make }}
        rowKey={c => c.id}
        to={c => `/customers/${c.id}`}
        peek={c => <CustomerPeek id={String(c.id)} />}
        columns={[
          {
            key: 'name',
            title: w.name,
            cell: c => (
              <span className="customer-name">
                <strong>{c.name}</strong> <ClassTag of={c} />
              </span>
            ),
          },
          { key: 'phone', title: w.phone, cell: c => <span className="nowrap">{c.phone}</span> },
          {
            key: 'owner',
            title: w.owner,
            cell: c => <span className={c.owner_name ? 'nowrap' : 'quiet nowrap'}>{c.owner_name ?? w.noOwner}</span>,
          },
          { key: 'tags', title: w.tags, width: '184px', cell: c => <Tags of={c.tags} /> },
          ...(may('sales.see', 'sales')
            ? [
                {
                  key: 'bought',
                  title: w.bought,
                  cell: (c: CustomerRow) =>
                    c.order_count ? <span className="nowrap">{w.boughtTimes(c.order_count, c.last_order_on ?? '')}</span> : null,
                },
              ]
            : []),
          ...(may('opportunities.see', 'crm')
            ? [{ key: 'stands', title: w.stands, width: '136px', cell: (c: CustomerRow) => <Stands of={c} /> }]
            : []),
          { key: 'last_follow', title: w.lastFollow, width: '128px', cell: c => <LastFollow of={c} /> },
          { key: 'next_follow', title: w.nextFollow, width: '112px', cell: c => <NextFollow ms={c.next_follow_ms} /> },
          { key: 'organisation', title: w.organisation, cell: c => <span className="nowrap">{c.organisation_name}</span> },
          { key: 'source', title: w.source, cell: c => (c.source ? source(c.source) : null) },
          {
            key: 'created',
            title: w.created,
            cell: c => (
              <span className="nowrap">
                <Time ms={c.created_ms} />
              </span>
            ),
          },
          ...custom,
        ]}
        card={c => (
          <>
            <div className="line">
              <strong className="grow clip">{c.name}</strong>
              <ClassTag of={c} />
            </div>
            <div className="line quiet">
              <span className="grow clip">{[c.phone, c.owner_name ?? w.noOwner].filter(Boolean).join(' · ')}</span>
              <LastFollow of={c} />
            </div>
          </>
        )}
      />
      {canMake ? (
        <CustomerForm
          open={making || asked === '1'}
          initial={{
            ...fromFilter(Object.fromEntries(search), fields, dayOf(Date.now(), zone)),
            ...(below !== null && may('customers.assign', 'crm') ? { organisation: below } : {}),
          }}
          onClose={close}
        />
      ) : null}
      {finding ? (
        <Suspense fallback={null}>
          <FindCustomer onClose={() => setFinding(false)} />
        </Suspense>
      ) : null}
    </>
  );
}

/** The class stands beside the name, and has a column of its own in a sheet. */
const SHEET = { name: ['code', 'name', 'class'], bought: ['order_count', 'last_order_on'] };
