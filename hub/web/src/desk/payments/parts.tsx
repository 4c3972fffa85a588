// Parts of the pages about payments: amounts, methods, the fields of every form about money.

import { useQuery } from '@tanstack/react-query';
import { Form, Input, Select } from 'antd';
import { yuan } from '../../shared/money';
import { get } from '../api';
import { useMay, usePrefs, useWords } from '../app';
import { titled } from '../custom/model';
import type { PaymentChoices } from './model';
import { words } from './words';

export function Yuan({ of }: { of: string | null | undefined }) {
  return <span className={`number${of?.startsWith('-') ? ' negative' : ''}`}>{yuan(of)}</span>;
}

/** Methods of payment, as the settings have them. */
export function useMethods() {
  const { lang } = usePrefs();
  const may = useMay();
  const asked = useQuery({
    queryKey: ['payments', 'choices'],
    enabled: may('payments.see', 'sales'),
    staleTime: 300_000,
    queryFn: ({ signal }) => get<PaymentChoices>('/payments/choices', signal),
  });
  const methods = asked.data?.methods ?? [];
  const method = (code: string) => {
    const found = methods.find(m => m.code === code);
    return found ? titled(found, lang) : code;
  };
  return { methods, method };
}

/** Yuan and fen, with the number pad of a phone. */
export function AmountItem({ extra }: { extra?: string }) {
  const w = useWords(words);
  const rules = [{ required: true, pattern: /^\d{1,10}(\.\d{1,2})?$/, message: w.amountNeeded }];
  return (
    <Form.Item name="amount" label={w.amount} extra={extra} rules={rules}>
      <Input inputMode="decimal" prefix="¥" autoComplete="off" maxLength={13} />
    </Form.Item>
  );
}

export function MethodItems() {
  const w = useWords(words);
  const { lang } = usePrefs();
  const { methods } = useMethods();
  const options = methods.filter(m => m.active !== false).map(m => ({ value: m.code, label: titled(m, lang) }));
  return (
    <>
      <Form.Item name="method" label={w.method} rules={[{ required: true, message: w.methodNeeded }]}>
        <Select aria-label={w.method} options={options} />
      </Form.Item>
      <Form.Item name="reference" label={w.reference} extra={w.referenceHint}>
        <Input maxLength={60} autoComplete="off" />
      </Form.Item>
    </>
  );
}

export function ReasonItem({ name = 'reason' }: { name?: string }) {
  const w = useWords(words);
  return (
    <Form.Item name={name} label={w.reason} rules={[{ required: true, min: 2, whitespace: true, message: w.reasonNeeded }]}>
      <Input maxLength={200} autoComplete="off" />
    </Form.Item>
  );
}
