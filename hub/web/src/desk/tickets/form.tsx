// Making and changing a ticket: for whom, where, what; a customer brings name, phone and address along.

import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, InputNumber, Radio, Select } from 'antd';
import { useEffect, useRef } from 'react';
import { get, patch, post } from '../api';
import { useMay, usePrefs, useSession, useWords, useZone } from '../app';
import { isMasked } from '../custom/model';
import { CustomFields, split, useEntityForm } from '../custom/record';
import type { CustomerRow } from '../customers/model';
import { localOf, momentOf } from '../customers/times';
import type { Order } from '../orders/model';
import { FormDialog, useAct, useOneKey } from '../parts/act';
import { ChooseItem, ChooseOrganisation } from '../parts/choose';
import { Icon } from '../parts/icons';
import { optionsOf } from '../values';
import { type Kind, STALE, type Ticket } from './model';
import { useFaults } from './parts';
import { kinds, words } from './words';

interface Given {
  kind?: Kind;
  fault?: string;
  organisation?: number;
  customer?: number;
  order?: number;
  item?: number;
  contact?: string;
  phone?: string;
  address?: string;
  problem?: string;
  note?: string;
  due_ms?: string;
  goods?: { item?: number; quantity?: number }[];
}

export function TicketForm({
  of,
  initial = {},
  open,
  onClose,
}: {
  /** What is changed; a new one when absent. */
  of?: Ticket;
  initial?: Given;
  open: boolean;
  onClose: (saved?: Ticket) => void;
}) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { user } = useSession();
  const may = useMay();
  const zone = useZone();
  const { options } = useFaults();
  const keyFor = useOneKey(open);
  const { outdate } = useAct();
  const saved = useRef<Ticket>(undefined);
  const fields = useEntityForm('ticket', of?.organisation ?? initial.organisation ?? user.organisation).data;
  const customer = useQuery({
    queryKey: ['customer', String(initial.customer)],
    enabled: open && !of && Boolean(initial.customer) && may('customers.see', 'crm'),
    queryFn: ({ signal }) => get<CustomerRow>(`/customers/${initial.customer}`, signal),
  }).data;
  const plain = (text: string | undefined) => (isMasked(text) ? undefined : text || undefined);
  const before: Given = of
    ? {
        fault: of.fault || undefined,
        order: of.order ?? undefined,
        item: of.item ?? undefined,
        contact: plain(of.contact),
        phone: plain(of.phone),
        address: plain(of.address),
        problem: plain(of.problem),
        note: plain(of.note),
        due_ms: of.due_ms ? localOf(of.due_ms, zone) : undefined,
      }
    : { kind: 'delivery_install', organisation: user.organisation ?? undefined, ...initial };
  const close = () => {
    onClose(saved.current);
    saved.current = undefined;
  };
  const save = async (all: Given) => {
    const { rest, custom } = split(of || !fields ? [] : fields.fields, all as Record<string, unknown>);
    const given = rest as Given;
    const goods = given.goods?.flatMap(one => (one.item ? [{ item: one.item, quantity: one.quantity ?? 1 }] : []));
    const body = {
      ...Object.fromEntries(
        Object.entries({ ...given, goods: undefined, due_ms: undefined }).filter(([, value]) => value !== undefined && value !== ''),
      ),
      ...(of ? {} : { customer: initial.customer, order: initial.order }),
      ...(given.due_ms ? { due_ms: momentOf(given.due_ms, zone) } : {}),
      ...(goods?.length ? { goods } : {}),
      ...(custom ? { custom } : {}),
    };
    if (!of) saved.current = await post<Ticket>('/tickets', body, keyFor(body));
    else {
      const emptied = Object.fromEntries(
        (['contact', 'phone', 'address', 'problem', 'note', 'fault'] as const)
          .filter(name => before[name] && !given[name])
          .map(name => [name, '']),
      );
      const none = Object.fromEntries(
        (['order', 'item', 'due_ms'] as const).filter(name => before[name] && !given[name]).map(name => [name, null]),
      );
      saved.current = await patch<Ticket>(`/tickets/${of.id}`, { ...body, ...emptied, ...none }, of.version);
    }
    outdate(STALE);
  };
  return (
    <FormDialog<Given>
      open={open}
      title={of ? w.editTicket : w.newTicket}
      ok={t.save}
      width={640}
      initial={before}
      onClose={close}
      onSave={save}
    >
      {of ? null : (
        <>
          <Form.Item name="kind" label={w.kind} rules={[{ required: true, message: w.kindNeeded }]}>
            <Radio.Group optionType="button" options={optionsOf(kinds, lang)} className="kinds" />
          </Form.Item>
          {user.organisation ? null : (
            <Form.Item name="organisation" label={w.organisation} rules={[{ required: true, message: t.chooseOrganisation }]}>
              <ChooseOrganisation label={w.organisation} />
            </Form.Item>
          )}
          {customer ? (
            <p className="quiet">
              {w.customer}: {customer.name} {customer.phone}
            </p>
          ) : null}
        </>
      )}
      <Form.Item name="problem" label={w.toDo}>
        <Input.TextArea autoFocus autoSize={{ minRows: 2, maxRows: 8 }} maxLength={2000} />
      </Form.Item>
      <div className="form-pair">
        <Form.Item name="contact" label={w.contact}>
          <Input maxLength={60} autoComplete="off" placeholder={isMasked(of?.contact) ? w.keptMasked(of?.contact ?? '') : customer?.name} />
        </Form.Item>
        <Form.Item name="phone" label={w.phone}>
          <Input
            maxLength={30}
            inputMode="tel"
            autoComplete="off"
            placeholder={isMasked(of?.phone) ? w.keptMasked(of?.phone ?? '') : customer?.phone}
          />
        </Form.Item>
      </div>
      <Form.Item name="address" label={w.address}>
        <Input
          maxLength={300}
          autoComplete="off"
          placeholder={isMasked(of?.address) ? w.keptMasked(of?.address ?? '') : customer?.address}
        />
      </Form.Item>
      <Form.Item name="item" label={w.item}>
        <ChooseItem label={w.item} />
      </Form.Item>
      {of ? null : <Goods order={initial.order} />}
      <div className="form-pair">
        <Form.Item name="fault" label={w.fault}>
          <Select allowClear aria-label={w.fault} options={options(of?.fault)} showSearch={{ optionFilterProp: 'label' }} />
        </Form.Item>
        <Form.Item name="due_ms" label={w.due}>
          <Input type="datetime-local" />
        </Form.Item>
      </div>
      <Form.Item name="note" label={w.note}>
        <Input.TextArea autoSize={{ minRows: 1, maxRows: 6 }} maxLength={2000} />
      </Form.Item>
      {of || !fields ? null : <CustomFields form={fields} isNew />}
    </FormDialog>
  );
}

/** What is delivered: items with how many; those of an order to begin with. */
function Goods({ order }: { order?: number }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const may = useMay();
  const form = Form.useFormInstance<Given>();
  const lines = useQuery({
    queryKey: ['order', String(order)],
    enabled: order !== undefined && may('sales.see', 'sales'),
    queryFn: ({ signal }) => get<Order>(`/orders/${order}`, signal),
  }).data?.lines;
  useEffect(() => {
    if (!lines || form.getFieldValue('goods')?.length) return;
    // Goods by the metre are one roll.
    const goods = lines.map(line => ({ item: line.item, quantity: Math.max(1, Math.min(100, Math.floor(Number(line.quantity)))) }));
    form.setFieldValue('goods', goods);
  }, [lines, form]);
  return (
    <Form.Item label={w.goods}>
      <Form.List name="goods">
        {(fields, { add, remove }) => (
          <>
            {fields.map(({ key, name }) => (
              <div key={key} className="goods-line">
                <Form.Item name={[name, 'item']} noStyle>
                  <ChooseItem label={w.item} />
                </Form.Item>
                <Form.Item name={[name, 'quantity']} noStyle initialValue={1}>
                  <InputNumber min={1} max={100} aria-label={w.quantity} />
                </Form.Item>
                <Button aria-label={t.remove} onClick={() => remove(name)}>
                  ×
                </Button>
              </div>
            ))}
            <Button icon={<Icon name="plus" size={16} />} onClick={() => add({ quantity: 1 })}>
              {w.addGoods}
            </Button>
          </>
        )}
      </Form.List>
    </Form.Item>
  );
}
