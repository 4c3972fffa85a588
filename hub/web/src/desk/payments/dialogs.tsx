// What is done with a customer's money: taking it, applying it to orders or taking it back, paying it back, undoing.

import { Form, Select } from 'antd';
import { yuan } from '../../shared/money';
import { post } from '../api';
import { useWords } from '../app';
import { FormDialog, useAct, useOneKey } from '../parts/act';
import { type Account, type PaymentRow, STALE } from './model';
import { AmountItem, MethodItems, ReasonItem } from './parts';
import { words } from './words';

interface Dialog {
  account: Account;
  open: boolean;
  onClose: () => void;
}

/** What is held stands for no order. */
const HELD = 0;

export function TakeDialog({ account, name, open, onClose, order }: Dialog & { name: string; order?: number }) {
  const w = useWords(words);
  const { outdate } = useAct();
  const keyFor = useOneKey(open);
  const orders = account.orders.filter(o => o.open && o.left !== '0.00');
  const wanted = orders.find(o => o.order === order);
  return (
    <FormDialog<{ amount: string; method: string; reference?: string; order?: number }>
      open={open}
      title={w.takeOf(name)}
      ok={w.receive}
      initial={{ order: wanted?.order, amount: wanted?.left }}
      onClose={onClose}
      onSave={async given => {
        await post(`/customers/${account.customer}/payments`, given, keyFor(given));
        outdate(STALE);
      }}
    >
      <AmountItem />
      <MethodItems />
      {orders.length ? (
        <Form.Item name="order" label={w.takeFor} extra={w.takeForHint}>
          <Select
            allowClear
            aria-label={w.takeFor}
            options={orders.map(o => ({ value: o.order, label: `${o.code} · ${w.left(yuan(o.left))}` }))}
          />
        </Form.Item>
      ) : null}
    </FormDialog>
  );
}

export function MoveDialog({ account, open, onClose, order }: Dialog & { order?: number }) {
  const w = useWords(words);
  const { outdate } = useAct();
  const keyFor = useOneKey(open);
  const held = { value: HELD, label: `${w.held} · ${yuan(account.held)}` };
  const from = account.orders
    .filter(o => o.applied !== '0.00')
    .map(o => ({ value: o.order, label: `${o.code} · ${w.has(yuan(o.applied))}` }));
  const to = account.orders.filter(o => o.open).map(o => ({ value: o.order, label: `${o.code} · ${w.left(yuan(o.left))}` }));
  const first = order ?? account.orders.find(o => o.open && o.left !== '0.00')?.order;
  return (
    <FormDialog<{ amount: string; from: number; to: number }>
      open={open}
      title={w.moveTitle}
      ok={w.move}
      initial={{ from: HELD, to: first ?? HELD }}
      onClose={onClose}
      onSave={async given => {
        const body = { amount: given.amount, from: given.from || null, to: given.to || null };
        await post(`/customers/${account.customer}/payments/move`, body, keyFor(body));
        outdate(STALE);
      }}
    >
      <p className="quiet">{w.moveHint}</p>
      <Form.Item name="from" label={w.from}>
        <Select aria-label={w.from} options={[held, ...from]} />
      </Form.Item>
      <Form.Item name="to" label={w.to}>
        <Select aria-label={w.to} options={[held, ...to]} />
      </Form.Item>
      <AmountItem />
    </FormDialog>
  );
}

export function RefundDialog({ account, open, onClose }: Dialog) {
  const w = useWords(words);
  const { outdate } = useAct();
  const keyFor = useOneKey(open);
  return (
    <FormDialog<{ amount: string; method: string; reference?: string; reason: string }>
      open={open}
      title={w.refundTitle}
      ok={w.refund}
      initial={{ amount: account.held }}
      onClose={onClose}
      onSave={async given => {
        await post(`/customers/${account.customer}/payments/refund`, given, keyFor(given));
        outdate(STALE);
      }}
    >
      <AmountItem extra={`${w.held} ${yuan(account.held)}`} />
      <MethodItems />
      <ReasonItem />
    </FormDialog>
  );
}

export function UndoDialog({ of, onClose }: { of: PaymentRow | null; onClose: () => void }) {
  const w = useWords(words);
  const { outdate } = useAct();
  return (
    <FormDialog<{ reason: string }>
      open={of !== null}
      title={w.undo}
      ok={w.undo}
      onClose={onClose}
      onSave={async given => {
        await post(`/payments/${of?.id}/undo`, given);
        outdate(STALE);
      }}
    >
      <p>{w.undoWhat(yuan(of?.amount))}</p>
      <ReasonItem />
    </FormDialog>
  );
}
