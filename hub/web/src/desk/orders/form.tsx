// An order as a form that is filled on a phone: customer, goods with what is in stock, price and discount; shares and note beneath "more".

import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, Select } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { text, yuan } from '../../shared/money';
import { get, type ItemRow, patch, post } from '../api';
import { useMay, usePrefs, useSession, useWords } from '../app';
import { useItemPrice } from '../configure';
import { CustomFields, split, useEntityForm } from '../custom/record';
import { FormDialog, useAct, useOneKey } from '../parts/act';
import { ChooseCustomer, ChooseItem } from '../parts/choose';
import { Icon } from '../parts/icons';
import { Configured } from './configured';
import { bodyOf, type Given, givenOf, type Order, STALE, shared, total } from './model';
import { Available } from './parts';
import { words } from './words';

const QUANTITY = /^\d{1,7}(\.\d{1,3})?$/;
const PERCENT = /^(100(\.0{1,2})?|\d{1,2}(\.\d{1,2})?)$/;

export function OrderForm({
  open,
  of,
  customer,
  onClose,
}: {
  open: boolean;
  /** The draft that is changed; a new one when absent. */
  of?: Order;
  customer?: number;
  onClose: (saved?: Order) => void;
}) {
  const w = useWords(words);
  const { t } = usePrefs();
  const { user } = useSession();
  const keyFor = useOneKey(open);
  const { outdate } = useAct();
  const saved = useRef<Order>(undefined);
  const fields = useEntityForm('order', of?.organisation ?? user.organisation).data;
  const initial: Given = of ? givenOf(of) : { customer, lines: [{ quantity: '1' }], splits: [{ person: user.id, share: '100' }] };
  const close = () => {
    onClose(saved.current);
    saved.current = undefined;
  };
  const save = async (given: Given) => {
    const { custom } = split(of || !fields ? [] : fields.fields, given as unknown as Record<string, unknown>);
    const body: Record<string, unknown> = { ...bodyOf({ ...initial, ...given }), ...(custom ? { custom } : {}) };
    saved.current = of
      ? await patch<Order>(`/orders/${of.id}`, body, of.version)
      : await post<Order>('/orders', { ...body, promised_on: body.promised_on ?? undefined }, keyFor(body));
    outdate(STALE);
  };
  return (
    <FormDialog<Given>
      open={open}
      title={of ? `${w.editOrder} ${of.code}` : w.newOrder}
      ok={t.save}
      width={760}
      initial={initial}
      onClose={close}
      onSave={save}
    >
      {form => (
        <>
          {of ? null : (
            <Form.Item name="customer" label={w.customer} rules={[{ required: true, message: w.customerNeeded }]}>
              <ChooseCustomer label={w.customer} placeholder={w.chooseCustomer} />
            </Form.Item>
          )}
          <Lines />
          <Total of={() => form.getFieldValue('lines')} />
          <Form.Item name="promised_on" label={w.promisedOn}>
            <Input type="date" />
          </Form.Item>
          <Form.Item name="address" label={w.address} extra={w.addressHint}>
            <Input maxLength={300} autoComplete="off" />
          </Form.Item>
          {of || !fields ? null : <CustomFields form={fields} isNew />}
          <details className="form-more">
            <summary>{w.more}</summary>
            <Splits />
            <Form.Item name="note" label={w.note}>
              <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={2000} />
            </Form.Item>
          </details>
        </>
      )}
    </FormDialog>
  );
}

/** What the lines of a form come to while they are written. */
export function Total({ of }: { of: () => Given['lines'] | undefined }) {
  const w = useWords(words);
  return (
    <Form.Item noStyle shouldUpdate>
      {() => (
        <p className="line order-total">
          <span className="grow">{w.total}</span>
          <strong className="number">{yuan(text(total(of())))}</strong>
        </p>
      )}
    </Form.Item>
  );
}

export function Lines() {
  const w = useWords(words);
  return (
    <Form.List name="lines">
      {(fields, { add, remove }) => (
        <fieldset className="order-fields">
          <legend>{w.lines}</legend>
          {fields.map(({ key, name }) => (
            <LineFields key={key} at={name} onRemove={fields.length > 1 ? () => remove(name) : undefined} />
          ))}
          <Button icon={<Icon name="plus" size={16} />} onClick={() => add({ quantity: '1' })}>
            {w.addLine}
          </Button>
        </fieldset>
      )}
    </Form.List>
  );
}

function Remove({ onClick }: { onClick: () => void }) {
  const w = useWords(words);
  return <Button className="order-remove" aria-label={w.removeLine} icon={<Icon name="trash" size={16} />} onClick={onClick} />;
}

function LineFields({ at, onRemove }: { at: number; onRemove?: () => void }) {
  const w = useWords(words);
  const item: number | undefined = Form.useWatch(['lines', at, 'item']);
  const quantity: string | undefined = Form.useWatch(['lines', at, 'quantity']);
  const [picked, setPicked] = useState<ItemRow>();
  const unit = picked?.id === item ? picked?.unit : undefined;
  const form = Form.useFormInstance<Given>();
  const may = useMay();
  const asked = useItemPrice(item ?? 0, undefined, item !== undefined && may('prices.see'));
  const price = asked.data?.item === item ? asked.data : undefined;
  const set = (name: 'price' | 'configuration', value: unknown) => form.setFieldValue(['lines', at, name], value);
  const pick = (next: ItemRow | undefined) => {
    setPicked(next);
    set('configuration', undefined);
  };
  const listed = picked && picked.id === item && !price?.model ? price?.unit_price_fen : undefined;
  useEffect(() => {
    // What no price list has is typed.
    if (listed !== undefined) form.setFieldValue(['lines', at, 'price'], text(BigInt(listed)));
  }, [listed, at, form]);
  return (
    <div className="order-row" aria-busy={asked.isFetching}>
      <Form.Item
        className="order-whole"
        name={[at, 'item']}
        label={w.item}
        rules={[{ required: true, message: w.itemNeeded }]}
        extra={item ? <Available item={item} unit={unit} /> : null}
      >
        <ChooseItem label={w.item} onPick={pick} />
      </Form.Item>
      {item && price?.model ? (
        <Configured
          at={at}
          item={item}
          quantity={QUANTITY.test(quantity ?? '') ? quantity : undefined}
          onOffer={offer => set('price', offer ? text(BigInt(offer.unit_price_fen)) : '')}
        />
      ) : null}
      <Form.Item className="order-whole" name={[at, 'spec']} label={w.spec}>
        <Input maxLength={200} autoComplete="off" />
      </Form.Item>
      <Form.Item name={[at, 'quantity']} label={w.quantity} rules={[{ required: true, pattern: QUANTITY, message: w.quantityNeeded }]}>
        <Input inputMode="decimal" autoComplete="off" suffix={unit} />
      </Form.Item>
      <Form.Item
        name={[at, 'price']}
        label={w.price}
        rules={[{ required: true, pattern: /^\d{1,10}(\.\d{1,2})?$/, message: w.priceNeeded }]}
      >
        <Input
          inputMode="decimal"
          autoComplete="off"
          prefix="¥"
          readOnly={price?.model !== undefined}
          title={price?.model ? w.configuredPrice : undefined}
        />
      </Form.Item>
      <Form.Item name={[at, 'discount']} label={w.discount} rules={[{ pattern: PERCENT, message: w.discountHint }]}>
        <Input inputMode="decimal" autoComplete="off" suffix="%" />
      </Form.Item>
      {onRemove ? <Remove onClick={onRemove} /> : null}
    </div>
  );
}

function Splits() {
  const w = useWords(words);
  const people = useQuery({
    queryKey: ['orders', 'choices'],
    staleTime: 300_000,
    queryFn: ({ signal }) => get<{ people: { id: number; name: string }[] }>('/orders/choices', signal),
  });
  const options = (people.data?.people ?? []).map(person => ({ value: person.id, label: person.name }));
  const together = shared(Form.useWatch('splits') as Given['splits'] | undefined);
  return (
    <Form.List name="splits">
      {(fields, { add, remove }) => (
        <fieldset className="order-fields">
          <legend>{w.splits}</legend>
          <p className="quiet">{w.splitsHint}</p>
          {fields.map(({ key, name }) => (
            <div key={key} className="order-row">
              <Form.Item name={[name, 'person']} label={w.person} rules={[{ required: true, message: w.person }]}>
                <Select aria-label={w.person} options={options} showSearch={{ optionFilterProp: 'label' }} />
              </Form.Item>
              <Form.Item name={[name, 'share']} label={w.share} rules={[{ required: true, pattern: PERCENT, message: w.discountHint }]}>
                <Input inputMode="decimal" autoComplete="off" suffix="%" />
              </Form.Item>
              {fields.length > 1 ? <Remove onClick={() => remove(name)} /> : null}
            </div>
          ))}
          <p className="line">
            <Button onClick={() => add({})}>{w.addSplit}</Button>
            <span className={together === 10_000 ? 'quiet' : 'negative'}>{w.sharesAre(String(together / 100))}</span>
          </p>
        </fieldset>
      )}
    </Form.List>
  );
}
