// What is done with an order: confirming it with goods from a site, shipping, delivering, cancelling, judging its discount.

import { Checkbox, Form, Input, Select } from 'antd';
import { useWords } from '../app';
import { ActDialog, type Acts, type Dialog, ReasonDialog } from '../parts/act-dialog';
import { ReasonItem } from '../payments/parts';
import { type Order, STALE } from './model';
import { useAvailability } from './parts';
import { words } from './words';

const ACTS: Acts = { path: '/orders', stale: STALE };

/** From which site goods are reserved: for a draft that is confirmed, or for what waits for goods. */
export function GoodsDialog({ what, ...dialog }: Dialog<Order> & { what: 'confirm' | 'reserve' }) {
  const w = useWords(words);
  const first = useAvailability(dialog.open ? dialog.of.lines[0]?.item : undefined, dialog.of.organisation);
  const sites = (first.data?.sites ?? []).map(site => ({ value: site.site, label: `${site.name} (${site.code})` }));
  return (
    <ActDialog<{ site?: number; without_goods?: boolean }> {...dialog} at={ACTS} what={what} title={w[what]}>
      <p>{w.confirmWhat}</p>
      <Form.Item name="site" label={w.confirmSite}>
        <Select allowClear aria-label={w.confirmSite} placeholder={w.nearest} options={sites} />
      </Form.Item>
      {what === 'confirm' ? (
        <Form.Item name="without_goods" valuePropName="checked">
          <Checkbox>{w.withoutGoods}</Checkbox>
        </Form.Item>
      ) : null}
    </ActDialog>
  );
}

export function ShipDialog(dialog: Dialog<Order>) {
  const w = useWords(words);
  const isComplete = dialog.of.pick?.complete === true;
  return (
    <ActDialog<{ reason?: string }> {...dialog} at={ACTS} what="ship" title={isComplete ? w.ship : w.shipShort}>
      <p>{isComplete ? w.shipWhat : w.shipShortHint}</p>
      {isComplete ? null : <ReasonItem />}
    </ActDialog>
  );
}

export function CompleteDialog(dialog: Dialog<Order>) {
  const w = useWords(words);
  return (
    <ActDialog<{ delivered_on?: string }>
      {...dialog}
      at={ACTS}
      what="complete"
      title={w.complete}
      body={given => (given.delivered_on ? given : {})}
    >
      <Form.Item name="delivered_on" label={w.deliveredOn}>
        <Input type="date" min={dialog.of.ordered_on} />
      </Form.Item>
    </ActDialog>
  );
}

export function CancelDialog(dialog: Dialog<Order>) {
  const w = useWords(words);
  return <ReasonDialog {...dialog} at={ACTS} what="cancel" title={w.cancelOrder} hint={w.cancelHint} />;
}

/** Approving or rejecting the discount of an order, or of a contract. */
export function JudgeDialog({
  approve,
  at = ACTS,
  ...dialog
}: Dialog<Pick<Order, 'id' | 'code' | 'version'>> & { approve: boolean; at?: Acts }) {
  const w = useWords(words);
  return (
    <ActDialog<{ note?: string }>
      {...dialog}
      at={at}
      what="approval"
      title={approve ? w.approve : w.reject}
      body={given => ({ approve, note: given.note ?? '' })}
    >
      <p>{w.approvalSays}</p>
      {approve ? (
        <Form.Item name="note" label={w.note}>
          <Input maxLength={200} autoComplete="off" />
        </Form.Item>
      ) : (
        <ReasonItem name="note" />
      )}
    </ActDialog>
  );
}
