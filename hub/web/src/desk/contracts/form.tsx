// A contract as a form: its goods (those of a quote to begin with), when which part is paid, its terms.

import { Button, Form, Input } from 'antd';
import { useRef } from 'react';
import { fen, text, yuan } from '../../shared/money';
import { patch, post } from '../api';
import { usePrefs, useWords } from '../app';
import { Lines, Total } from '../orders/form';
import { total } from '../orders/model';
import { words as orders } from '../orders/words';
import { FormDialog, useAct, useOneKey } from '../parts/act';
import { ChooseCustomer } from '../parts/choose';
import { Icon } from '../parts/icons';
import { agreed, type Begun, bodyOf, type Contract, changedOf, type GivenContract, givenOf, STALE } from './model';
import { words } from './words';

export function ContractForm({
  open,
  of,
  begun = {},
  onClose,
}: {
  open: boolean;
  /** The draft that is changed; a new one when absent. */
  of?: Contract;
  /** What a new one is made of. */
  begun?: Begun;
  onClose: (saved?: Contract) => void;
}) {
  const w = useWords(words);
  const o = useWords(orders);
  const { t } = usePrefs();
  const keyFor = useOneKey(open);
  const { outdate } = useAct();
  const saved = useRef<Contract>(undefined);
  const close = () => {
    onClose(saved.current);
    saved.current = undefined;
  };
  const save = async (given: GivenContract) => {
    const body = of ? changedOf(given) : bodyOf(given, begun);
    saved.current = of
      ? await patch<Contract>(`/contracts/${of.id}`, body, of.version)
      : await post<Contract>('/contracts', body, keyFor(body));
    outdate(STALE);
  };
  return (
    <FormDialog<GivenContract>
      open={open}
      title={of ? `${w.editContract} ${of.code}` : w.newContract}
      ok={t.save}
      width={760}
      initial={givenOf(of, begun, w.termsDefault, w.whole)}
      onClose={close}
      onSave={save}
    >
      {form => (
        <>
          {begun.quote ? <p className="quiet">{w.ofQuote(begun.quote.code, begun.quote.number)}</p> : null}
          {of || begun.quote ? null : (
            <Form.Item name="customer" label={w.customer} rules={[{ required: true, message: o.customerNeeded }]}>
              <ChooseCustomer label={w.customer} placeholder={o.chooseCustomer} />
            </Form.Item>
          )}
          <Lines />
          <Total of={() => form.getFieldValue('lines')} />
          <Instalments />
          <Form.Item name="terms" label={w.terms}>
            <Input.TextArea autoSize={{ minRows: 3, maxRows: 12 }} maxLength={10_000} />
          </Form.Item>
        </>
      )}
    </FormDialog>
  );
}

/** When which part is paid; together it is the amount. */
function Instalments() {
  const w = useWords(words);
  const form = Form.useFormInstance<GivenContract>();
  const parts = Form.useWatch('instalments', form) as GivenContract['instalments'] | undefined;
  const lines = Form.useWatch('lines', form) as GivenContract['lines'] | undefined;
  const [sum, amount] = [agreed(parts), total(lines)];
  const fill = () => {
    const last = (parts?.length ?? 1) - 1;
    const rest = amount - sum + (fen(parts?.[last]?.amount) ?? 0n);
    form.setFieldValue(['instalments', last, 'amount'], text(rest));
    // The button goes; the keyboard stays in the form.
    document.getElementById(`instalments_${last}_amount`)?.focus();
  };
  return (
    <Form.List name="instalments">
      {(fields, { add, remove }) => (
        <fieldset className="order-fields">
          <legend>{w.instalments}</legend>
          <p className="quiet">{w.instalmentsHint}</p>
          {fields.map(({ key, name }) => (
            <div key={key} className="order-row">
              <Form.Item name={[name, 'name']} label={w.instalment} rules={[{ required: true, whitespace: true, message: w.instalment }]}>
                <Input maxLength={40} autoComplete="off" />
              </Form.Item>
              <Form.Item
                name={[name, 'amount']}
                label={w.part}
                rules={[{ required: true, pattern: /^\d{1,10}(\.\d{1,2})?$/, message: w.part }]}
              >
                <Input inputMode="decimal" prefix="¥" autoComplete="off" />
              </Form.Item>
              <Form.Item name={[name, 'due_on']} label={w.dueOn}>
                <Input type="date" />
              </Form.Item>
              {fields.length > 1 ? (
                <Button
                  className="order-remove"
                  aria-label={w.removePart}
                  icon={<Icon name="trash" size={16} />}
                  onClick={() => remove(name)}
                />
              ) : null}
            </div>
          ))}
          <p className="line">
            <Button icon={<Icon name="plus" size={16} />} onClick={() => add({})}>
              {w.addPart}
            </Button>
            <span className={`grow ${sum === amount ? 'quiet' : 'negative'}`}>{w.agreedAre(yuan(text(sum)), yuan(text(amount)))}</span>
            {sum === amount ? null : (
              <Button size="small" onClick={fill}>
                {w.rest}
              </Button>
            )}
          </p>
        </fieldset>
      )}
    </Form.List>
  );
}
