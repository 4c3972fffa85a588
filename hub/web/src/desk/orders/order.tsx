// One order on one page: what was bought, who sold it, what was paid, and its goods on their way, as it happens.

import { useQuery } from '@tanstack/react-query';
import { Button, Dropdown } from 'antd';
import { type ReactNode, useState } from 'react';
import { percent, text, yuan } from '../../shared/money';
import { unitName } from '../../shared/units';
import { get, patch } from '../api';
import { useMay, usePrefs, useWords } from '../app';
import { CustomCard } from '../custom/record';
import { Bar, Card, Code, Facts, Loaded, PageHead, Quantity, Tag } from '../parts/common';
import { Inline } from '../parts/inline';
import { WithTimeline } from '../parts/timeline';
import { useAccount } from '../payments/account';
import { MoveDialog, TakeDialog } from '../payments/dialogs';
import { useMethods, Yuan } from '../payments/parts';
import { DeliveryPaper, OrderPaper } from '../print/order';
import { Print } from '../print/paper';
import { Link } from '../route';
import { TicketsCard } from '../tickets/ticket';
import { CancelDialog, CompleteDialog, GoodsDialog, JudgeDialog, ShipDialog } from './dialogs';
import { OrderForm } from './form';
import { detailsOf, type Order, owed, STALE } from './model';
import { StateTag } from './parts';
import { SignCard } from './sign';
import { useTelling } from './telling';
import { states, words } from './words';

/** So often a page looks how far the pick is. */
const LOOK_MS = 4_000;

const isPicked = (of: Order | undefined) => of?.state === 'confirmed' && of.pick !== null && ['open', 'started'].includes(of.pick.state);

const useOrder = (id: string) =>
  useQuery({
    queryKey: ['order', id],
    queryFn: ({ signal }) => get<Order>(`/orders/${id}`, signal),
    // Everything else comes by itself; a pick may be at a site whose work the reader does not see.
    refetchInterval: asked => (isPicked(asked.state.data) ? LOOK_MS : false),
  });

export default function OrderPage({ id }: { id: string }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const may = useMay();
  const order = useOrder(id);
  const telling = useTelling(states);
  return (
    <Loaded of={order}>
      {data => (
        <>
          <PageHead title={data.customer_name} back={{ to: '/orders', label: t.orders }} actions={<Actions of={data} />}>
            <Code>{data.code}</Code>
            <StateTag of={data} />
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
              [w.paid, <Paid key="paid" of={data} />],
              [w.promisedOn, data.promised_on ?? '–'],
              [w.owner, data.owner_name ?? '–'],
              ...(data.contract || data.quote ? [[w.from, <From key="from" of={data} />] satisfies [string, ReactNode]] : []),
            ]}
          />
          {data.reason || data.approval_note ? (
            <p className="quiet">{[data.reason, data.approval_note].filter(Boolean).join(' · ')}</p>
          ) : null}
          <WithTimeline of="order" id={id} telling={telling}>
            <PickCard of={data} />
            <SignCard of={data} />
            <LinesCard lines={data.lines} amount={data.amount} />
            <div className="halves">
              <SplitsCard of={data} />
              <DeliveryCard of={data} />
            </div>
            <CustomCard
              entity="order"
              organisation={data.organisation}
              values={data.custom}
              canEdit={may('sales', 'sales') && data.state !== 'cancelled'}
              stale={STALE}
              onSave={custom => patch(`/orders/${data.id}`, { custom }, data.version)}
            />
            <TicketsCard customer={data.customer} order={data.id} />
          </WithTimeline>
        </>
      )}
    </Loaded>
  );
}

/** The contract or the quote that an order was made of. */
function From({ of }: { of: Order }) {
  return of.contract ? (
    <Link to={`/contracts/${of.contract}`}>{of.contract_code}</Link>
  ) : (
    <Link to={`/quotes/${of.quote}`}>{of.quote_code}</Link>
  );
}

/** What was paid and what is left, with the way to take it. */
function Paid({ of }: { of: Order }) {
  const w = useWords(words);
  const may = useMay();
  const { data: account } = useAccount(of.customer, may('payments.see', 'sales'));
  const [doing, setDoing] = useState<'take' | 'move' | null>(null);
  const left = owed(of);
  if (left === undefined) return <>–</>;
  const dialog = (what: 'take' | 'move') => ({ order: of.id, open: doing === what, onClose: () => setDoing(null) });
  return (
    <>
      <Yuan of={of.paid} /> {left === 0n ? <Tag meaning="right">{w.paidUp}</Tag> : null}
      {account && left > 0n && of.state !== 'cancelled' && may('payments', 'sales') ? (
        <span className="buttons">
          <Button size="small" onClick={() => setDoing('take')}>
            {w.owed(yuan(text(left)))}
          </Button>
          {account.held === '0.00' ? null : (
            <Button size="small" onClick={() => setDoing('move')}>
              {w.useHeld(yuan(account.held))}
            </Button>
          )}
          <TakeDialog account={account} name={of.customer_name} {...dialog('take')} />
          <MoveDialog account={account} {...dialog('move')} />
        </span>
      ) : null}
    </>
  );
}

/** Picking, as it happens. */
function PickCard({ of }: { of: Order }) {
  const w = useWords(words);
  const may = useMay();
  const { pick } = of;
  if (of.state === 'draft' || of.state === 'cancelled') return null;
  const said = (): ReactNode => {
    if (!pick) return <p className="quiet">{w.noPick}</p>;
    if (pick.state === 'withdrawn') return <Tag meaning="attention">{w.pickWithdrawn}</Tag>;
    return (
      <>
        <Bar done={Number(pick.done)} short={Number(pick.short)} of={Number(pick.asked)} label={w.pick} />
        <p>
          {w.picked(pick.done, pick.asked)} {pick.complete ? <Tag meaning="right">{w.pickComplete}</Tag> : null}{' '}
          {pick.short === '0' ? null : <Tag meaning="wrong">{w.pickShort(pick.short)}</Tag>}
        </p>
      </>
    );
  };
  return (
    <Card
      title={of.site_name ? `${w.pick} · ${of.site_name}` : w.pick}
      extra={pick && may('work.see', 'warehouse') ? <Link to={`/tasks/${pick.task}`}>{pick.number}</Link> : pick?.number}
    >
      {said()}
    </Card>
  );
}

/** Lines of a document, and what they come to. */
export function LinesCard({ lines, amount }: { lines: Order['lines']; amount: string }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  return (
    <Card title={w.lines}>
      <ul className="order-lines">
        {lines.map(line => (
          <li key={line.id}>
            <div className="line">
              <span className="grow">
                <Link to={`/items/${line.item}`}>{(lang === 'en' && line.name_en) || line.name}</Link> <Code>{line.code}</Code>
              </span>
              <Yuan of={line.amount} />
            </div>
            {detailsOf(line, lang).length ? <div className="quiet">{detailsOf(line, lang).join(' · ')}</div> : null}
            <div className="quiet">
              {line.spec ? `${line.spec} · ` : ''}
              <Quantity of={line.quantity} /> {unitName(line.unit, lang)} × <Yuan of={line.price} />
              {line.discount ? ` − ${percent(line.discount)}%` : ''}
            </div>
          </li>
        ))}
        <li className="line">
          <span className="grow">{w.total}</span>
          <strong>
            <Yuan of={amount} />
          </strong>
        </li>
      </ul>
    </Card>
  );
}

function SplitsCard({ of }: { of: Order }) {
  const w = useWords(words);
  return (
    <Card title={w.splits}>
      <ul className="order-lines">
        {of.splits.map(split => (
          <li key={split.person} className="line">
            <span className="grow">
              {split.name} <span className="quiet">{percent(split.share)}%</span>
            </span>
            <Yuan of={split.amount} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function DeliveryCard({ of }: { of: Order }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const { method } = useMethods();
  const may = useMay();
  const canEdit = may('sales', 'sales') && (of.state === 'draft' || of.state === 'confirmed');
  const change = (part: object) => patch(`/orders/${of.id}`, part, of.version);
  const masked = (text: string | undefined) => text?.includes('***') === true;
  const dates = (label: string, field: { value: string; onChange: (text: string) => void }) => (
    <input type="date" aria-label={label} value={field.value} onChange={event => field.onChange(event.target.value)} />
  );
  return (
    <Card title={w.delivery}>
      <dl className="facts">
        <div>
          <dt>{w.address}</dt>
          <dd>
            <Inline
              value={of.address ?? ''}
              label={w.address}
              canEdit={canEdit && of.address !== undefined && !masked(of.address)}
              stale={STALE}
              onSave={address => change({ address })}
            >
              {of.address || '–'}
            </Inline>
          </dd>
        </div>
        <div>
          <dt>{w.promisedOn}</dt>
          <dd>
            <Inline
              value={of.promised_on ?? ''}
              label={w.promisedOn}
              canEdit={canEdit}
              stale={STALE}
              onSave={day => change({ promised_on: day || null })}
              control={field => dates(w.promisedOn, field)}
            >
              {of.promised_on ?? '–'}
            </Inline>
          </dd>
        </div>
        <div>
          <dt>{w.deliveredOn}</dt>
          <dd>{of.delivered_on ?? '–'}</dd>
        </div>
        <div>
          <dt>{w.orderedOn}</dt>
          <dd>{of.ordered_on}</dd>
        </div>
        {of.paid_by?.length ? (
          <div>
            <dt>{w.paidBy}</dt>
            <dd>{of.paid_by.map(method).join(lang === 'en' ? ', ' : '、')}</dd>
          </div>
        ) : null}
        <div>
          <dt>{w.note}</dt>
          <dd>
            <Inline
              value={of.note ?? ''}
              label={w.note}
              canEdit={canEdit && !masked(of.note)}
              stale={STALE}
              onSave={note => change({ note })}
            >
              {of.note || '–'}
            </Inline>
          </dd>
        </div>
      </dl>
    </Card>
  );
}

type Doing = 'confirm' | 'reserve' | 'ship' | 'short' | 'complete' | 'cancel' | 'edit' | 'approve' | 'reject';

/** What may come next, the first of it first. */
function useSteps(of: Order): [what: Doing, label: string][] {
  const w = useWords(words);
  const may = useMay();
  const [sells, ships] = [may('sales', 'sales'), may('sales.ship', 'sales')];
  const isDraft = of.state === 'draft';
  const isOpen = of.state === 'confirmed';
  const asks = may('sales.approve', 'sales') && isDraft && of.approval === 'asked';
  const isComplete = of.pick?.complete === true;
  const holds = of.reserved && of.pick !== null && of.pick.state !== 'withdrawn';
  const steps: [is: boolean, what: Doing, label: string][] = [
    [asks, 'approve', w.approve],
    [asks, 'reject', w.reject],
    [sells && isDraft && of.approval !== 'asked', 'confirm', w.confirm],
    [ships && isOpen && isComplete, 'ship', w.ship],
    [sells && isOpen && !holds, 'reserve', w.reserve],
    [sells && of.state === 'shipped', 'complete', w.complete],
    [sells && isDraft, 'edit', w.editOrder],
    [ships && may('sales.ship_short', 'sales') && isOpen && !isComplete, 'short', w.shipShort],
    [sells && (isDraft || isOpen), 'cancel', w.cancelOrder],
  ];
  return steps.flatMap(([is, what, label]) => (is ? [[what, label] as [Doing, string]] : []));
}

const NEVER_FIRST: Doing[] = ['edit', 'short', 'cancel', 'reject'];

/** One thing to do next, and what else can be done. */
function Actions({ of }: { of: Order }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const [doing, setDoing] = useState<Doing | null>(null);
  const steps = useSteps(of);
  const first = steps.find(([what]) => !NEVER_FIRST.includes(what));
  const rest = steps.filter(step => step !== first);
  const dialog = (...what: Doing[]) => ({ of, open: doing !== null && what.includes(doing), onClose: () => setDoing(null) });
  return (
    <>
      {first ? (
        <Button type="primary" onClick={() => setDoing(first[0])}>
          {first[1]}
        </Button>
      ) : null}
      <Print
        paper={() => <OrderPaper of={of} />}
        others={of.state === 'draft' ? [] : [{ label: w.deliveryNote, paper: () => <DeliveryPaper of={of} /> }]}
      />
      {rest.length ? (
        <Dropdown
          trigger={['click']}
          menu={{ items: rest.map(([key, label]) => ({ key, label })), onClick: ({ key }) => setDoing(key as Doing) }}
        >
          <Button>{t.more}</Button>
        </Dropdown>
      ) : null}
      <GoodsDialog {...dialog('confirm')} what="confirm" />
      <GoodsDialog {...dialog('reserve')} what="reserve" />
      <ShipDialog {...dialog('ship', 'short')} />
      <CompleteDialog {...dialog('complete')} />
      <CancelDialog {...dialog('cancel')} />
      <JudgeDialog {...dialog('approve')} approve />
      <JudgeDialog {...dialog('reject')} approve={false} />
      <OrderForm {...dialog('edit')} />
    </>
  );
}
