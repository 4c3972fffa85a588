// One contract on one page: what was agreed, what is missing before it is signed, what is paid of it, and the order that came of it.

import { useQuery } from '@tanstack/react-query';
import { Button, Dropdown, Form, Input, Select } from 'antd';
import { type ReactNode, useState } from 'react';
import { get, type Page, query } from '../api';
import { useMay, usePrefs, useWords } from '../app';
import { JudgeDialog } from '../orders/dialogs';
import type { OrderRow } from '../orders/model';
import { LinesCard } from '../orders/order';
import { useTelling } from '../orders/telling';
import { states as orderStates, words as orders } from '../orders/words';
import { ActDialog, type Acts, type Dialog, ReasonDialog } from '../parts/act-dialog';
import { Card, Code, Facts, Loaded, PageHead, Tag } from '../parts/common';
import { Files } from '../parts/files';
import { WithTimeline } from '../parts/timeline';
import { Yuan } from '../payments/parts';
import { ContractPaper } from '../print/contract';
import { Print } from '../print/paper';
import { Link } from '../route';
import { value } from '../values';
import { ContractForm } from './form';
import { type Contract, STALE, sealOf } from './model';
import { ContractTag, useMissing } from './parts';
import { fileKinds, sealedParts, states, words } from './words';

export default function ContractPage({ id }: { id: string }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const contract = useQuery({ queryKey: ['contract', id], queryFn: ({ signal }) => get<Contract>(`/contracts/${id}`, signal) });
  const telling = useTelling(states);
  return (
    <Loaded of={contract}>
      {data => (
        <>
          <PageHead title={data.customer_name} back={{ to: '/contracts', label: t.contracts }} actions={<Actions of={data} />}>
            <Code>{data.code}</Code>
            <ContractTag of={data} />
          </PageHead>
          <Facts
            of={[
              [
                w.customer,
                <Link key="customer" to={`/customers/${data.customer}`}>
                  {data.customer_name}
                </Link>,
              ],
              [w.amount, <Yuan key="amount" of={data.amount} />],
              [w.paid, data.paid === undefined ? '–' : <Yuan key="paid" of={data.paid} />],
              [w.signedOn, data.signed_on ?? '–'],
              [w.owner, data.owner_name ?? '–'],
            ]}
          />
          {data.reason || data.approval_note ? (
            <p className="quiet">{[data.reason, data.approval_note].filter(Boolean).join(' · ')}</p>
          ) : null}
          {data.state === 'draft' && data.needs_approval && !data.approval ? <Tag meaning="attention">{w.needsApproval}</Tag> : null}
          <WithTimeline of="contract" id={id} telling={telling}>
            <Ready of={data} />
            <SealSaid of={data} />
            <LinesCard lines={data.lines} amount={data.amount} />
            <div className="halves">
              <InstalmentsCard of={data} />
              <LinksCard of={data} />
            </div>
            <Files of="contracts" id={data.id} kinds={fileKinds} stale={['contract', 'contracts']} />
            {data.terms ? (
              <Card title={w.terms}>
                <p className="follow-up">{data.terms}</p>
              </Card>
            ) : null}
          </WithTimeline>
        </>
      )}
    </Loaded>
  );
}

/** What is missing before a draft is signed. */
function Ready({ of }: { of: Contract }) {
  const w = useWords(words);
  const missing = useMissing();
  if (of.state !== 'draft') return null;
  return (
    <p>{of.missing.length ? <Tag meaning="attention">{w.missing(missing(of.missing))}</Tag> : <Tag meaning="right">{w.complete}</Tag>}</p>
  );
}

/** That the page shows what was signed, and where that is contradicted. */
function SealSaid({ of }: { of: Contract }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const { sealed } = of;
  if (!sealed) return of.signed_on ? <p className="quiet">{w.notSealed}</p> : null;
  const { fingerprint, broken } = sealOf(sealed);
  const differs = sealed.differs.map(name => value(sealedParts, name, lang)).join(lang === 'en' ? ', ' : '、');
  return (
    <Card title={w.sealTitle}>
      {broken ? (
        <p>
          <Tag meaning="wrong">{w.sealWrong}</Tag> {w.sealBroken}
        </p>
      ) : null}
      {differs ? (
        <p>
          <Tag meaning="wrong">{w.sealWrong}</Tag> {w.sealDiffers(differs)}
        </p>
      ) : null}
      <p className="quiet">
        {fingerprint ? (
          <>
            {w.sealedAs} <Code>{fingerprint}</Code>
          </>
        ) : null}
        {sealed.customer_name === of.customer_name ? null : ` · ${w.signedName(sealed.customer_name)}`}
      </p>
    </Card>
  );
}

function InstalmentsCard({ of }: { of: Contract }) {
  const w = useWords(words);
  const said = (part: Contract['instalments'][number]): ReactNode => {
    if (part.paid === undefined) return null;
    if (part.paid === part.amount) return <Tag meaning="right">{w.paidUp}</Tag>;
    return (
      <>
        {part.paid === '0.00' ? null : (
          <span className="quiet">
            {w.paid} <Yuan of={part.paid} />{' '}
          </span>
        )}
        {part.overdue ? <Tag meaning="wrong">{w.overdue}</Tag> : null}
      </>
    );
  };
  return (
    <Card title={w.instalments}>
      <ul className="order-lines">
        {of.instalments.map((part, n) => (
          <li key={`${n} ${part.name}`} className="line">
            <span className="grow">
              {part.name} <span className="quiet">{part.due_on}</span> {said(part)}
            </span>
            <Yuan of={part.amount} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Where it comes from, and what came of it. */
function LinksCard({ of }: { of: Contract }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const may = useMay();
  return (
    <Card title={w.orders}>
      {of.orders.length === 0 ? <p className="quiet">{w.noOrder}</p> : null}
      <ul className="order-lines">
        {of.orders.map(order => (
          <li key={order.id} className="line">
            <span className="grow">
              <Link to={`/orders/${order.id}`}>{order.code}</Link> <Tag>{value(orderStates, order.state, lang)}</Tag>
            </span>
            <Yuan of={order.amount} />
          </li>
        ))}
        {of.quote ? (
          <li className="line">
            <span className="grow">{w.quote}</span>
            <Link to={`/quotes/${of.quote}?number=${of.quote_number}`}>{of.quote_code}</Link>
          </li>
        ) : null}
        {of.opportunity ? (
          <li className="line">
            <span className="grow">{w.opportunity}</span>
            {may('opportunities.see', 'crm') ? (
              <Link to={`/opportunities/${of.opportunity}`}>{of.opportunity_title}</Link>
            ) : (
              of.opportunity_title
            )}
          </li>
        ) : null}
      </ul>
    </Card>
  );
}

type Doing = 'sign' | 'edit' | 'approve' | 'reject' | 'complete' | 'void';

/** What may come next, the first of it first. */
function useSteps(of: Contract): [what: Doing, label: string][] {
  const w = useWords(words);
  const o = useWords(orders);
  const may = useMay();
  const sells = may('sales', 'sales');
  const [isDraft, isSigned] = [of.state === 'draft', of.state === 'signed'];
  const asks = may('sales.approve', 'sales') && isDraft && of.approval === 'asked';
  const delivered =
    of.orders.some(order => order.state === 'completed') &&
    of.orders.every(order => order.state === 'completed' || order.state === 'cancelled');
  const steps: [is: boolean, what: Doing, label: string][] = [
    [asks, 'approve', o.approve],
    [asks, 'reject', o.reject],
    [sells && isDraft && of.approval !== 'asked', 'sign', w.sign],
    [sells && isSigned && delivered, 'complete', w.finish],
    [sells && isDraft, 'edit', w.editContract],
    [sells && (isDraft || isSigned), 'void', w.void],
  ];
  return steps.flatMap(([is, what, label]) => (is ? [[what, label] as [Doing, string]] : []));
}

const ACTS: Acts = { path: '/contracts', stale: STALE };
const NEVER_FIRST: Doing[] = ['edit', 'void', 'reject'];

function Actions({ of }: { of: Contract }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const [doing, setDoing] = useState<Doing | null>(null);
  const steps = useSteps(of);
  const first = steps.find(([what]) => !NEVER_FIRST.includes(what));
  const rest = steps.filter(step => step !== first);
  const dialog = (what: Doing) => ({ of, open: doing === what, onClose: () => setDoing(null) });
  return (
    <>
      {first ? (
        <Button type="primary" onClick={() => setDoing(first[0])}>
          {first[1]}
        </Button>
      ) : null}
      <Print paper={() => <ContractPaper of={of} />} />
      {rest.length ? (
        <Dropdown
          trigger={['click']}
          menu={{ items: rest.map(([key, label]) => ({ key, label })), onClick: ({ key }) => setDoing(key as Doing) }}
        >
          <Button>{t.more}</Button>
        </Dropdown>
      ) : null}
      <SignDialog {...dialog('sign')} />
      <JudgeDialog {...dialog('approve')} at={ACTS} approve />
      <JudgeDialog {...dialog('reject')} at={ACTS} approve={false} />
      <ActDialog {...dialog('complete')} at={ACTS} what="complete" title={w.finish}>
        <p>{w.finishWhat}</p>
      </ActDialog>
      <ReasonDialog {...dialog('void')} at={ACTS} what="void" title={w.void} hint={w.voidWhat} />
      <ContractForm {...dialog('edit')} />
    </>
  );
}

function SignDialog(dialog: Dialog<Contract>) {
  const w = useWords(words);
  const { of, open } = dialog;
  const missing = useMissing();
  const orders = useQuery({
    queryKey: ['orders', 'of', of.customer, 'to link'],
    enabled: open,
    queryFn: ({ signal }) =>
      get<Page<OrderRow & { contract: number | null }>>(`/orders${query({ customer: of.customer, limit: 50 })}`, signal),
  });
  const fit = (orders.data?.items ?? []).filter(one => !one.contract && one.state !== 'cancelled' && one.amount === of.amount);
  return (
    <ActDialog<{ signed_on?: string; order?: number }>
      {...dialog}
      at={ACTS}
      what="sign"
      title={w.sign}
      body={given => ({ ...(given.signed_on ? { signed_on: given.signed_on } : {}), ...(given.order ? { order: given.order } : {}) })}
    >
      <p>{w.signWhat}</p>
      {of.missing.length ? <Tag meaning="attention">{w.missing(missing(of.missing))}</Tag> : null}
      <Form.Item name="signed_on" label={w.signedOn}>
        <Input type="date" />
      </Form.Item>
      {fit.length ? (
        <Form.Item name="order" label={w.signLink} extra={w.signLinkHint}>
          <Select
            allowClear
            aria-label={w.signLink}
            options={fit.map(one => ({ value: one.id, label: `${one.code} · ${one.ordered_on}` }))}
          />
        </Form.Item>
      ) : null}
    </ActDialog>
  );
}
