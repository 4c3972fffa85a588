// An opportunity as a form: whose, what about, what it may bring and when. For new ones and for changes.

import { Form, Input, Select } from 'antd';
import { useRef } from 'react';
import { patch, post } from '../api';
import { usePrefs, useSession, useWords } from '../app';
import { titled } from '../custom/model';
import { CustomFields, split, useEntityForm, useFieldRights } from '../custom/record';
import { FormDialog, useAct, useOneKey } from '../parts/act';
import { ChooseCustomer } from '../parts/choose';
import type { OpportunityRow } from './model';
import { STALE, usePipelines } from './parts';
import { words } from './words';

interface Given {
  customer?: number;
  pipeline?: string;
  title?: string;
  amount?: string;
  expected_on?: string;
}

export function OpportunityForm({
  open,
  of,
  customer,
  initial = {},
  onClose,
}: {
  open: boolean;
  /** What is changed; a new one when absent. */
  of?: OpportunityRow;
  /** Whose a new one is, where that is clear. */
  customer?: { id: number; name: string };
  initial?: Given;
  onClose: (saved?: OpportunityRow) => void;
}) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { user } = useSession();
  const { outdate } = useAct();
  const keyFor = useOneKey(open);
  const { pipelines } = usePipelines();
  const { writes } = useFieldRights('opportunity');
  const saved = useRef<OpportunityRow>(undefined);
  const form = useEntityForm('opportunity', of?.organisation ?? user.organisation).data;
  const before: Given = of
    ? { title: of.title, amount: of.amount, expected_on: of.expected_on }
    : { pipeline: 'sales', ...initial, ...(customer ? { customer: customer.id } : {}) };
  const save = async (given: Given) => {
    const { rest, custom } = split(form?.fields ?? [], given as Record<string, unknown>);
    const { amount, expected_on, ...others } = rest as Given;
    const known = {
      ...others,
      ...(writes('amount') ? { amount: amount?.trim() || null } : {}),
      ...(writes('expected_on') ? { expected_on: expected_on || null } : {}),
    };
    if (of) saved.current = await patch<OpportunityRow>(`/opportunities/${of.id}`, known, of.version);
    else {
      const body = { ...known, ...(customer ? { customer: customer.id } : {}), custom };
      saved.current = await post<OpportunityRow>('/opportunities', body, keyFor(body));
    }
    outdate(STALE);
  };
  return (
    <FormDialog<Given>
      open={open}
      title={of ? w.edit : t.newOpportunity}
      ok={t.save}
      initial={before}
      onClose={() => {
        onClose(saved.current);
        saved.current = undefined;
      }}
      onSave={save}
    >
      {of ? null : (
        <Form.Item name="customer" label={w.customer} rules={[{ required: true, message: w.customerNeeded }]}>
          <ChooseCustomer label={w.customer} named={customer?.name} />
        </Form.Item>
      )}
      <Form.Item name="title" label={w.title} rules={[{ required: true, whitespace: true, message: w.titleNeeded }]}>
        <Input maxLength={60} autoFocus={Boolean(of ?? customer)} autoComplete="off" placeholder={w.titleHint} />
      </Form.Item>
      {writes('amount') ? (
        <Form.Item name="amount" label={w.amount} rules={[{ pattern: /^\d{1,9}(\.\d{1,2})?$/, message: w.amountHint }]}>
          <Input inputMode="decimal" maxLength={12} autoComplete="off" prefix="¥" />
        </Form.Item>
      ) : null}
      {writes('expected_on') ? (
        <Form.Item name="expected_on" label={w.expected}>
          <Input type="date" />
        </Form.Item>
      ) : null}
      {of || pipelines.length < 2 ? null : (
        <Form.Item name="pipeline" label={w.pipeline}>
          <Select aria-label={w.pipeline} options={pipelines.map(one => ({ value: one.code, label: titled(one, lang) }))} />
        </Form.Item>
      )}
      {of || !form ? null : <CustomFields form={form} isNew />}
    </FormDialog>
  );
}
