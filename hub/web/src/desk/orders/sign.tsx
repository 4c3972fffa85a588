// The customer signs the order and pays a deposit, on a phone in one go. What was done stays done when the rest is refused and sent again.

import { Button, Form, Input, Select } from 'antd';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { yuan } from '../../shared/money';
import { type Pad, signOn } from '../../shared/pad';
import { post, postFrom } from '../api';
import { useMay, usePrefs, useWords } from '../app';
import { titled } from '../custom/model';
import { FormDialog, useAct, useOneKey } from '../parts/act';
import type { Dialog } from '../parts/act-dialog';
import { Card, Tag, Time } from '../parts/common';
import { useMethods } from '../payments/parts';
import { words as payments } from '../payments/words';
import { upload } from '../upload';
import { type Order, owed, STALE } from './model';
import { words } from './words';

interface Given {
  name: string;
  amount?: string;
  method?: string;
  reference?: string;
}

/** Where the picture of a signature is. */
export const pictureOf = (signed: NonNullable<Order['signed']>) => `/api/v1/files/${signed.file}/content?inline=true`;

export function SignDialog({ of, open, onClose }: Dialog<Order>) {
  const w = useWords(words);
  const may = useMay();
  const { outdate } = useAct();
  const keyFor = useOneKey(open);
  const pad = useRef<Pad>(null);
  const signed = useRef(false);
  useEffect(() => {
    if (open) signed.current = false;
  }, [open]);
  const left = owed(of);
  const takes = may('payments', 'sales') && left !== undefined && left > 0n;
  const save = async (given: Given) => {
    if (!signed.current) {
      if (!pad.current) return;
      const file = new File([await pad.current.picture()], 'signature.png', { type: 'image/png' });
      const sent = await upload<{ id: number }>(`/orders/${of.id}/files?kind=signature`, {}, file, () => undefined).done;
      await postFrom(`/orders/${of.id}/sign`, { file: sent.id, name: given.name }, of.version);
      signed.current = true;
      outdate(STALE);
    }
    if (takes && given.amount) {
      const body = { amount: given.amount, method: given.method, reference: given.reference ?? '', order: of.id };
      await post(`/customers/${of.customer}/payments`, body, keyFor(body));
      outdate(STALE);
    }
  };
  return (
    <FormDialog<Given>
      open={open}
      title={`${w.sign} ${of.code}`}
      ok={w.signSave}
      initial={{ name: of.customer_name }}
      onClose={onClose}
      onSave={save}
    >
      <p className="line">
        <span className="grow">{w.total}</span>
        <strong className="number">{yuan(of.amount)}</strong>
      </p>
      <p className="quiet">{w.signWhat}</p>
      <Form.Item name="ink" label={w.signature} rules={[{ required: true, message: w.signHere }]}>
        <SignField pad={pad} />
      </Form.Item>
      <Form.Item name="name" label={w.signer} rules={[{ required: true, whitespace: true, message: w.signer }]}>
        <Input maxLength={60} autoComplete="off" />
      </Form.Item>
      {takes ? <Deposit /> : null}
    </FormDialog>
  );
}

/** Where one signs with a finger; the form knows whether somebody did. */
function SignField({ pad, onChange }: { pad: RefObject<Pad | null>; onChange?: (isInked: boolean | undefined) => void }) {
  const w = useWords(words);
  const canvas = useRef<HTMLCanvasElement>(null);
  const tell = useRef(onChange);
  tell.current = onChange;
  useEffect(() => {
    if (!canvas.current) return;
    pad.current = signOn(canvas.current, isInked => tell.current?.(isInked || undefined));
    return pad.current.end;
  }, [pad]);
  return (
    <>
      <canvas ref={canvas} className="sign" width={640} height={280} role="img" aria-label={w.signHere} />
      <Button size="small" onClick={() => pad.current?.clear()}>
        {w.signClear}
      </Button>
    </>
  );
}

/** The deposit: nothing, or an amount with how it was paid. */
function Deposit() {
  const w = useWords(words);
  const p = useWords(payments);
  const { lang } = usePrefs();
  const { methods } = useMethods();
  const amount: string | undefined = Form.useWatch('amount');
  const options = methods.filter(m => m.active !== false).map(m => ({ value: m.code, label: titled(m, lang) }));
  return (
    <>
      <Form.Item
        name="amount"
        label={w.deposit}
        extra={w.depositHint}
        rules={[{ pattern: /^(?!0*(\.0*)?$)\d{1,10}(\.\d{1,2})?$/, message: p.amountNeeded }]}
      >
        <Input inputMode="decimal" prefix="¥" autoComplete="off" maxLength={13} />
      </Form.Item>
      {amount ? (
        <>
          <Form.Item name="method" label={p.method} rules={[{ required: true, message: p.methodNeeded }]}>
            <Select aria-label={p.method} options={options} />
          </Form.Item>
          <Form.Item name="reference" label={p.reference} extra={p.referenceHint}>
            <Input maxLength={60} autoComplete="off" />
          </Form.Item>
        </>
      ) : null}
    </>
  );
}

/** What the customer signed, or the way to it. */
export function SignCard({ of }: { of: Order }) {
  const w = useWords(words);
  const may = useMay();
  const [open, setOpen] = useState(false);
  const canSign = may('sales', 'sales') && (of.state === 'draft' || of.state === 'confirmed');
  if (!of.signed && !canSign) return null;
  return (
    <Card
      title={w.signature}
      extra={
        canSign ? (
          <Button size="small" type={of.signed ? 'default' : 'primary'} onClick={() => setOpen(true)}>
            {of.signed ? w.signAgain : w.sign}
          </Button>
        ) : null
      }
    >
      {of.signed ? (
        <>
          <img className="signed" src={pictureOf(of.signed)} alt={w.signature} />
          <p>
            {of.signed.name} <Tag meaning="right">{w.isSigned}</Tag>
          </p>
          <p className="quiet">
            {of.signed.by} · <Time ms={of.signed.at_ms} />
          </p>
        </>
      ) : (
        <p className="quiet">{w.notSigned}</p>
      )}
      <SignDialog of={of} open={open} onClose={() => setOpen(false)} />
    </Card>
  );
}
