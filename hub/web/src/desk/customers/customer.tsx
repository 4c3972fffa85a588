// One customer on one page: who looks after them, what was said and when the next word is due, how to reach them, what is known of them.

import { useQuery } from '@tanstack/react-query';
import { Button, Dropdown, Form } from 'antd';
import { type ReactNode, useState } from 'react';
import { type AuditRow, get, patch } from '../api';
import { useMay, usePrefs, useWords } from '../app';
import { ContractSaid, ContractsCard } from '../contracts/parts';
import { isMasked } from '../custom/model';
import { CustomCard, useFieldRights } from '../custom/record';
import { OpportunitiesOf } from '../opportunities/of-customer';
import { OpportunityTold } from '../opportunities/told';
import { OrderSaid, OrdersCard } from '../orders/parts';
import { FormDialog, useAct } from '../parts/act';
import { ChooseOrganisation, ChoosePerson } from '../parts/choose';
import { Code, Facts, Loaded, PageHead } from '../parts/common';
import { ContactCard, type ContactField } from '../parts/contact';
import { Icon } from '../parts/icons';
import { Inline } from '../parts/inline';
import { OrganisationName, PersonName } from '../parts/named';
import { SharingCard } from '../parts/sharing';
import { type Telling, WithTimeline } from '../parts/timeline';
import { AccountCard, PaymentSaid } from '../payments/account';
import { CustomerPaper } from '../print/customer';
import { Print } from '../print/paper';
import { QuoteSaid } from '../quotes/parts';
import { Link } from '../route';
import { TicketSaid } from '../tickets/parts';
import { TicketsCard } from '../tickets/ticket';
import { value as wordOf } from '../values';
import { MoreCard, NoteCard, TagsCard } from './cards';
import { FollowUpDialog, FollowUpSaid } from './follow-up';
import { CustomerForm } from './form';
import type { CustomerRow } from './model';
import { ClassTag, LastFollow, NextFollow, STALE, Tags, useChoices } from './parts';
import { classes, genders, words } from './words';

const useCustomer = (id: string) =>
  useQuery({ queryKey: ['customer', id], queryFn: ({ signal }) => get<CustomerRow>(`/customers/${id}`, signal) });

/** The five facts that matter. */
function useFacts(): (of: CustomerRow) => [string, ReactNode][] {
  const w = useWords(words);
  const { source } = useChoices();
  return of => [
    [w.owner, of.owner ? <Link to={`/customers?owner=${of.owner}`}>{of.owner_name}</Link> : w.noOwner],
    [w.organisation, of.organisation_name],
    [w.source, of.source ? source(of.source) : '–'],
    [w.lastFollow, <LastFollow key="last" of={of} />],
    [w.nextFollow, <NextFollow key="next" ms={of.next_follow_ms} />],
  ];
}

/** How the timeline of a customer reads. */
function useTelling(of: CustomerRow | undefined): Telling {
  const { lang } = usePrefs();
  const { source, tag } = useChoices();
  return {
    row: (row: AuditRow) => {
      if (!row.new) return null;
      if (row.action === 'follow_up') return <FollowUpSaid of={row} />;
      if (row.action === 'payment') return <PaymentSaid of={row} />;
      if (row.action === 'opportunity') return <OpportunityTold of={row} />;
      if (row.action === 'contract') return <ContractSaid of={row} />;
      if (row.action === 'quote') return <QuoteSaid of={row} />;
      if (row.action === 'ticket') return <TicketSaid of={row} />;
      return row.action === 'order' ? <OrderSaid of={row} /> : null;
    },
    value: (field, value) => {
      if (field === 'class') return wordOf(classes, String(value), lang);
      if (field === 'gender') return wordOf(genders, String(value), lang);
      if (field === 'source') return source(String(value));
      if (field === 'tags' && Array.isArray(value)) return value.map(one => tag(String(one))).join(lang === 'en' ? ', ' : '、');
      if (field === 'organisation') return <OrganisationName id={Number(value)} />;
      if (field !== 'owner') return undefined;
      return value === of?.owner ? of?.owner_name : <PersonName id={Number(value)} />;
    },
  };
}

export default function CustomerPage({ id }: { id: string }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const may = useMay();
  const customer = useCustomer(id);
  const facts = useFacts();
  const telling = useTelling(customer.data);
  const { sees, writes } = useFieldRights('customer');
  const canEdit = may('customers', 'crm');
  const fields = (['phone', 'email', 'address'] as const).filter(sees);
  return (
    <Loaded of={customer}>
      {data => {
        const change = (part: object) => patch(`/customers/${id}`, part, data.version);
        const contact: ContactField[] = fields.map(name => ({ name, label: w[name], value: data[name], fixed: !writes(name) }));
        return (
          <>
            <PageHead
              title={<Inline value={data.name} label={w.name} canEdit={canEdit} stale={STALE} onSave={name => change({ name })} />}
              back={{ to: '/customers', label: t.customers }}
              actions={<Actions of={data} />}
            >
              <Code>{data.code}</Code>
              <ClassTag of={data} />
            </PageHead>
            <Facts of={facts(data)} />
            <WithTimeline of="customer" id={id} telling={telling}>
              <div className="halves">
                <div>
                  {contact.length ? (
                    <ContactCard path={`/customers/${id}`} fields={contact} canEdit={canEdit} stale={STALE} onSave={change} />
                  ) : null}
                  {sees('tags') ? <TagsCard of={data} canEdit={canEdit && writes('tags')} onSave={tags => change({ tags })} /> : null}
                  <TicketsCard customer={data.id} />
                  <SharingCard path={`/customers/${data.id}`} stale={['customers', 'timeline']} />
                  {sees('note') ? (
                    <NoteCard of={data} canEdit={canEdit && writes('note') && !isMasked(data.note)} onSave={note => change({ note })} />
                  ) : null}
                </div>
                <div>
                  <OrdersCard customer={data.id} count={data.order_count} last={data.last_order_on} />
                  <ContractsCard of={{ customer: data.id }} make={`/contracts?new=1&customer=${data.id}`} />
                  <AccountCard customer={data.id} name={data.name} />
                  <MoreCard of={data} canEdit={canEdit} onSave={change} />
                </div>
              </div>
              <OpportunitiesOf customer={{ id: data.id, name: data.name }} />
              <CustomCard
                entity="customer"
                organisation={data.organisation}
                values={data.custom}
                canEdit={canEdit}
                stale={STALE}
                onSave={custom => change({ custom })}
              />
            </WithTimeline>
          </>
        );
      }}
    </Loaded>
  );
}

/** The customer beside their list. */
export function CustomerPeek({ id }: { id: string }) {
  const w = useWords(words);
  const may = useMay();
  const customer = useCustomer(id);
  const facts = useFacts();
  const [following, setFollowing] = useState(false);
  return (
    <Loaded of={customer}>
      {data => (
        <>
          <h2>{data.name}</h2>
          <p className="peek-line">
            <Code>{data.code}</Code>
            <ClassTag of={data} />
          </p>
          <Facts of={[...(data.phone ? [[w.phone, data.phone] satisfies [string, ReactNode]] : []), ...facts(data)]} />
          {data.tags?.length ? (
            <p className="peek-line">
              <Tags of={data.tags} />
            </p>
          ) : null}
          {data.note ? <p className="follow-up">{data.note}</p> : null}
          {may('customers', 'crm') ? (
            <p className="peek-line">
              <Button icon={<Icon name="edit" size={16} />} onClick={() => setFollowing(true)}>
                {w.writeFollowUp}
              </Button>
            </p>
          ) : null}
          <FollowUpDialog of={data} open={following} onClose={() => setFollowing(false)} />
        </>
      )}
    </Loaded>
  );
}

type Doing = 'follow' | 'edit' | 'assign';

/** One thing to do next, and what else can be done. */
function Actions({ of: customer }: { of: CustomerRow }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const may = useMay();
  const [doing, setDoing] = useState<Doing | null>(null);
  const stop = () => setDoing(null);
  const print = <Print paper={() => <CustomerPaper of={customer} />} />;
  if (!may('customers', 'crm')) return print;
  return (
    <>
      <Button type="primary" icon={<Icon name="edit" size={16} />} onClick={() => setDoing('follow')}>
        {w.writeFollowUp}
      </Button>
      {print}
      <Dropdown
        trigger={['click']}
        menu={{
          items: [{ key: 'edit', label: w.editCustomer }, ...(may('customers.assign', 'crm') ? [{ key: 'assign', label: w.assign }] : [])],
          onClick: ({ key }) => setDoing(key as Doing),
        }}
      >
        <Button>{t.more}</Button>
      </Dropdown>
      <FollowUpDialog of={customer} open={doing === 'follow'} onClose={stop} />
      <CustomerForm of={customer} open={doing === 'edit'} onClose={stop} />
      <Assign of={customer} open={doing === 'assign'} onClose={stop} />
    </>
  );
}

/** Who looks after the customer from here on, and where. */
function Assign({ of: customer, open, onClose }: { of: CustomerRow; open: boolean; onClose: () => void }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const { outdate } = useAct();
  return (
    <FormDialog<{ owner?: number; organisation: number }>
      open={open}
      title={w.assignWhat(customer.name)}
      ok={w.assign}
      initial={{ owner: customer.owner ?? undefined, organisation: customer.organisation }}
      onClose={onClose}
      onSave={async ({ owner, organisation }) => {
        await patch(`/customers/${customer.id}`, { owner: owner ?? null, organisation }, customer.version);
        outdate(STALE);
      }}
    >
      <Form.Item name="owner" label={w.owner} extra={w.assignHint}>
        <ChoosePerson label={w.owner} named={customer.owner_name ?? undefined} placeholder={w.noOwner} />
      </Form.Item>
      <Form.Item name="organisation" label={w.organisation} rules={[{ required: true, message: t.chooseOrganisation }]}>
        <ChooseOrganisation label={w.organisation} named={customer.organisation_name} />
      </Form.Item>
    </FormDialog>
  );
}
