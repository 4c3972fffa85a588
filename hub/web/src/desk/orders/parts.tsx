// Parts of the pages about orders: their state, what an item can be sold from, the card on a customer's page.

import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import type { Meaning } from '../../shared/tokens';
import { unitName } from '../../shared/units';
import { type AuditRow, get, type Page, query } from '../api';
import { useMay, usePrefs, useWords } from '../app';
import { auditActions } from '../parts/audit-words';
import { Card, Tag, Time } from '../parts/common';
import { Yuan } from '../payments/parts';
import { go, Link } from '../route';
import { value } from '../values';
import type { OrderRow, OrderState, SiteAvailability } from './model';
import { approvals, states, words } from './words';

const meanings: Partial<Record<OrderState, Meaning>> = { confirmed: 'info', shipped: 'info', completed: 'right' };
const judged = { asked: 'attention', approved: 'right', rejected: 'wrong' } as const;

export function StateTag({ of }: { of: Pick<OrderRow, 'state' | 'late' | 'approval'> }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  return (
    <>
      <Tag meaning={meanings[of.state]}>{value(states, of.state, lang)}</Tag> {of.late ? <Tag meaning="wrong">{w.lateTag}</Tag> : null}{' '}
      {of.approval && of.state === 'draft' ? <Tag meaning={judged[of.approval]}>{value(approvals, of.approval, lang)}</Tag> : null}
    </>
  );
}

export const useAvailability = (item: number | undefined, organisation?: number) =>
  useQuery({
    queryKey: ['availability', item, organisation],
    enabled: item !== undefined,
    staleTime: 10_000,
    queryFn: ({ signal }) => get<{ sites: SiteAvailability[] }>(`/availability${query({ item, organisation })}`, signal),
  });

/** How many of an item can be sold, and from where: said beneath the field where it is chosen. */
export function Available({ item, unit }: { item: number; unit?: string }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const asked = useAvailability(item);
  if (!asked.data) return null;
  const there = asked.data.sites.filter(site => site.available !== '0');
  if (there.length === 0) return <Tag meaning="attention">{w.noneAvailable}</Tag>;
  return (
    <>{there.map(site => w.available(site.available, unit ? unitName(unit, lang) : '', site.name)).join(lang === 'en' ? '; ' : '；')}</>
  );
}

/** What became of an order, as its customer's timeline tells it. */
export function OrderSaid({ of }: { of: AuditRow }) {
  const { t, lang } = usePrefs();
  const { order, code, did } = (of.new ?? {}) as { order?: number; code?: string; did?: string };
  return (
    <>
      <strong>
        {did ? value(auditActions, did, lang) : t.newOrder} <Link to={`/orders/${order}`}>{code}</Link>
      </strong>
      <div className="quiet">
        {of.author} · <Time ms={of.at_ms} />
      </div>
    </>
  );
}

const SHOWN = 5;

/** A customer's orders on their page, with the way to a new one. */
export function OrdersCard({ customer, count, last }: { customer: number; count?: number; last?: string }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const may = useMay();
  const canSee = may('sales.see', 'sales');
  const orders = useQuery({
    queryKey: ['orders', 'of', customer],
    enabled: canSee,
    queryFn: ({ signal }) => get<Page<OrderRow>>(`/orders${query({ customer, limit: SHOWN })}`, signal),
  });
  if (!canSee) return null;
  const rows = orders.data?.items ?? [];
  return (
    <Card
      title={w.orders}
      extra={
        may('sales', 'sales') ? (
          <Button size="small" type="primary" onClick={() => go(`/orders?new=1&customer=${customer}`)}>
            {w.newOrder}
          </Button>
        ) : null
      }
    >
      {count ? (
        <p className="quiet">
          {w.orderCount(count)}
          {last ? ` · ${w.lastOrder(last)}` : ''}
        </p>
      ) : null}
      {orders.data && rows.length === 0 ? <p className="quiet">{w.noOrders}</p> : null}
      <ul className="order-lines">
        {rows.map(order => (
          <li key={order.id} className="line">
            <span className="grow">
              <Link to={`/orders/${order.id}`}>{order.code}</Link> <span className="quiet">{order.ordered_on}</span> <StateTag of={order} />
            </span>
            <Yuan of={order.amount} />
          </li>
        ))}
      </ul>
      {orders.data?.next ? <Link to={`/orders?customer=${customer}`}>{t.loadMore}</Link> : null}
    </Card>
  );
}
