// A version of a quote as a form: goods with what is in stock, how long it holds, what the customer is told beside it.

import { Form, Input } from 'antd';
import { useRef } from 'react';
import { post, postFrom } from '../api';
import { usePrefs, useWords } from '../app';
import { Lines, Total } from '../orders/form';
import { linesOf, linesSent } from '../orders/model';
import { words as orders } from '../orders/words';
import { FormDialog, useAct, useOneKey } from '../parts/act';
import { ChooseCustomer } from '../parts/choose';
import { type GivenQuote, type Quote, STALE } from './model';
import { words } from './words';

export function QuoteForm({
  open,
  of,
  customer,
  onClose,
}: {
  open: boolean;
  /** The quote that is revised; a new one when absent. */
  of?: Quote;
  customer?: number;
  onClose: (saved?: Quote) => void;
}) {
  const w = useWords(words);
  const o = useWords(orders);
  const { t } = usePrefs();
  const keyFor = useOneKey(open);
  const { outdate } = useAct();
  const saved = useRef<Quote>(undefined);
  const initial: GivenQuote = of ? { note: of.note, lines: linesOf(of.lines) } : { customer, lines: [{ quantity: '1' }] };
  const close = () => {
    onClose(saved.current);
    saved.current = undefined;
  };
  const save = async (given: GivenQuote) => {
    const version = { valid_until: given.valid_until || undefined, note: given.note ?? '', lines: linesSent(given.lines) };
    const body = { ...version, customer: given.customer };
    saved.current = of
      ? await postFrom<Quote>(`/quotes/${of.id}/versions`, version, of.version)
      : await post<Quote>('/quotes', body, keyFor(body));
    outdate(STALE);
  };
  return (
    <FormDialog<GivenQuote>
      open={open}
      title={of ? `${w.revise} ${of.code}` : w.newQuote}
      ok={t.save}
      width={760}
      initial={initial}
      onClose={close}
      onSave={save}
    >
      {form => (
        <>
          {of ? (
            <p className="quiet">{w.reviseHint}</p>
          ) : (
            <Form.Item name="customer" label={w.customer} rules={[{ required: true, message: o.customerNeeded }]}>
              <ChooseCustomer label={w.customer} placeholder={o.chooseCustomer} />
            </Form.Item>
          )}
          <Lines />
          <Total of={() => form.getFieldValue('lines')} />
          <Form.Item name="valid_until" label={w.validUntil}>
            <Input type="date" />
          </Form.Item>
          <Form.Item name="note" label={w.note} extra={w.noteHint}>
            <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={2000} />
          </Form.Item>
        </>
      )}
    </FormDialog>
  );
}
