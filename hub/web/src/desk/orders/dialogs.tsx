// What is done with an order: confirming it with goods from a site, shipping, delivering, cancelling, judging its discount.

import { Checkbox, Form, Input, Select } from 'antd';
import type { ReactNode } from 'react';
import { postFrom } from '../api';
import { useWords } from '../app';
import { FormDialog, useAct } from '../parts/act';
import { ReasonItem } from '../payments/parts';
import { type Order, STALE } from './model';
import { useAvailability } from './parts';
import { words } from './words';

export interface Dialog {
  of: Order;
  open: boolean;
  onClose: () => void;
}

/** An act on an order as it was read. */
function ActDialog<V extends object>({
  of,
  what,
  title,
  body = given => given,
  children,
  ...dialog
}: Dialog & { what: string; title: string; body?: (given: V) => object; children: ReactNode }) {
  const { outdate } = useAct();
  const send = async (given: V) => {
    try {
      await postFrom(`/orders/${of.id}/${what}`, body(given), of.version);
    } finally {
      // Also when it was refused: a discount is submitted for approval then.
      outdate(STALE);
    }
  };
  return (
    <FormDialog<V> {...dialog} title={`${title} ${of.code}`} ok={title} onSave={send}>
      {children}
    </FormDialog>
  );
}

/** From which site goods are reserved: for a draft that is confirmed, or for what waits for goods. */
export function GoodsDialog({ what, ...dialog }: Dialog & { what: 'confirm' | 'reserve' }) {
  const w = useWords(words);
  const first = useAvailability(dialog.open ? dialog.of.lines[0]?.item : undefined, dialog.of.organisation);
  const sites = (first.data?.sites ?? []).map(site => ({ value: site.site, label: `${site.name} (${site.code})` }));
  return (
    <ActDialog<{ site?: number; without_goods?: boolean }> {...dialog} what={what} title={w[what]}>
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

export function ShipDialog(dialog: Dialog) {
  const w = useWords(words);
  const isComplete = dialog.of.pick?.complete === true;
  return (
    <ActDialog<{ reason?: string }> {...dialog} what="ship" title={isComplete ? w.ship : w.shipShort}>
      <p>{isComplete ? w.shipWhat : w.shipShortHint}</p>
      {isComplete ? null : <ReasonItem />}
    </ActDialog>
  );
}

export function CompleteDialog(dialog: Dialog) {
  const w = useWords(words);
  return (
    <ActDialog<{ delivered_on?: string }> {...dialog} what="complete" title={w.complete} body={given => (given.delivered_on ? given : {})}>
      <Form.Item name="delivered_on" label={w.deliveredOn}>
        <Input type="date" min={dialog.of.ordered_on} />
      </Form.Item>
    </ActDialog>
  );
}

export function CancelDialog(dialog: Dialog) {
  const w = useWords(words);
  return (
    <ActDialog<{ reason: string }> {...dialog} what="cancel" title={w.cancelOrder}>
      <p>{w.cancelHint}</p>
      <ReasonItem />
    </ActDialog>
  );
}

export function JudgeDialog({ approve, ...dialog }: Dialog & { approve: boolean }) {
  const w = useWords(words);
  return (
    <ActDialog<{ note?: string }>
      {...dialog}
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
