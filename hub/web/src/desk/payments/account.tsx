// A customer's account on their page: what is held, what was applied to which order, and everything that happened with their money.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { type AuditRow, get, type Page, query } from '../api';
import { useMay, usePrefs, useWords } from '../app';
import { Card, Fault, Tag, Time } from '../parts/common';
import { Link } from '../route';
import { value } from '../values';
import { MoveDialog, RefundDialog, TakeDialog, UndoDialog } from './dialogs';
import type { Account, PaymentRow } from './model';
import { useMethods, Yuan } from './parts';
import { kinds, words } from './words';

export const useAccount = (customer: number, enabled: boolean) =>
  useQuery({
    queryKey: ['account', customer],
    enabled,
    queryFn: ({ signal }) => get<Account>(`/customers/${customer}/account`, signal),
  });

type Doing = 'take' | 'move' | 'refund';

export function AccountCard({ customer, name }: { customer: number; name: string }) {
  const w = useWords(words);
  const may = useMay();
  const canSee = may('payments.see', 'sales');
  const account = useAccount(customer, canSee);
  const [doing, setDoing] = useState<Doing | null>(null);
  if (!canSee) return null;
  const data = account.data;
  const dialog = (what: Doing) => ({ open: doing === what, onClose: () => setDoing(null) });
  const canTake = may('payments', 'sales');
  return (
    <Card
      title={w.account}
      extra={
        canTake && data ? (
          <Button size="small" type="primary" onClick={() => setDoing('take')}>
            {w.take}
          </Button>
        ) : null
      }
    >
      {account.error ? <Fault error={account.error} retry={() => void account.refetch()} /> : null}
      {data ? (
        <>
          <dl className="facts facts-rows">
            <div>
              <dt>{w.held}</dt>
              <dd>
                <Yuan of={data.held} />
              </dd>
            </div>
            <div>
              <dt>{w.applied}</dt>
              <dd>
                <Yuan of={data.applied} />
              </dd>
            </div>
          </dl>
          <p className="buttons">
            {canTake && data.orders.length > 0 ? (
              <Button size="small" onClick={() => setDoing('move')}>
                {w.move}
              </Button>
            ) : null}
            {may('payments.refund', 'sales') && data.held !== '0.00' ? (
              <Button size="small" onClick={() => setDoing('refund')}>
                {w.refund}
              </Button>
            ) : null}
          </p>
          <History customer={customer} />
          <TakeDialog account={data} name={name} {...dialog('take')} />
          <MoveDialog account={data} {...dialog('move')} />
          <RefundDialog account={data} {...dialog('refund')} />
        </>
      ) : null}
    </Card>
  );
}

const SHOWN = 10;

function History({ customer }: { customer: number }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const may = useMay();
  const [undoing, setUndoing] = useState<PaymentRow | null>(null);
  const asked = useInfiniteQuery({
    queryKey: ['account', customer, 'history'],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      get<Page<PaymentRow>>(`/customers/${customer}/account/history${query({ cursor: pageParam, limit: SHOWN })}`, signal),
    getNextPageParam: last => last.next,
  });
  const rows = asked.data?.pages.flatMap(page => page.items) ?? [];
  return (
    <>
      {asked.data && rows.length === 0 ? <p className="quiet">{w.noHistory}</p> : null}
      <ol className="timeline">
        {rows.map(row => (
          <li key={row.id}>
            <PaymentLine of={row} />
            {may('payments.refund', 'sales') && !row.reverses && !row.reversed_by ? (
              <Button type="link" size="small" onClick={() => setUndoing(row)}>
                {w.undo}
              </Button>
            ) : null}
          </li>
        ))}
      </ol>
      {asked.hasNextPage ? (
        <Button size="small" loading={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
          {t.loadMore}
        </Button>
      ) : null}
      <UndoDialog of={undoing} onClose={() => setUndoing(null)} />
    </>
  );
}

/** From which order to which. */
export function Between({ of }: { of: PaymentRow }) {
  const order = (id: number | null, code: string | null) => (id ? <Link to={`/orders/${id}`}>{code ?? id}</Link> : null);
  const [from, to] = [order(of.from_order, of.from_order_code), order(of.to_order, of.to_order_code)];
  return (
    <>
      {from}
      {from && to ? ' → ' : null}
      {to}
    </>
  );
}

/** An act with a customer's money, as their timeline tells it. */
export function PaymentSaid({ of }: { of: AuditRow }) {
  const { lang } = usePrefs();
  const { method } = useMethods();
  const { kind, amount, method: by } = (of.new ?? {}) as { kind?: string; amount?: string; method?: string };
  return (
    <>
      <strong>
        {value(kinds, kind ?? '', lang)} <Yuan of={amount} />
      </strong>
      <div className="quiet">
        {[by ? method(by) : '', of.author].filter(Boolean).join(' · ')} · <Time ms={of.at_ms} />
      </div>
    </>
  );
}

function PaymentLine({ of }: { of: PaymentRow }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const { method } = useMethods();
  return (
    <>
      <strong>
        {value(kinds, of.kind, lang)} <Yuan of={of.amount} />
      </strong>{' '}
      {of.reversed_by ? <Tag>{w.undone}</Tag> : null} {of.reverses ? <Tag>{w.undoes(of.reverses)}</Tag> : null}
      <div className="quiet">
        {[of.method ? method(of.method) : '', of.reference, of.reason].filter(Boolean).join(' · ')} <Between of={of} />
      </div>
      <div className="quiet">
        {of.author} · <Time ms={of.at_ms} />
      </div>
    </>
  );
}
