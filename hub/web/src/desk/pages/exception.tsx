// One exception and the ways to resolve it: a variance is approved or rejected, an unknown barcode bound to an item, the rest retried or closed.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, InputNumber, Popconfirm } from 'antd';
import { type ReactNode, useState } from 'react';
import { difference, quantity } from '../../shared/format';
import { type ExceptionRow, get, type ItemRow, post } from '../api';
import { usePrefs } from '../app';
import { ChooseItem } from '../parts/choose';
import { Card, Code, Facts, Fault, Hint, Loaded, PageHead, Quantity, Tag, Time } from '../parts/common';
import { dataOf, subject, varianceLines } from '../parts/exception';
import { Files } from '../parts/files';
import { Rows } from '../parts/list';
import { useItemName, useMachineNames } from '../parts/names';
import { Carton } from '../parts/rows';
import { WithTimeline } from '../parts/timeline';
import { Link } from '../route';
import { value, values } from '../values';

export default function ExceptionPage({ id }: { id: string }) {
  const { t, lang } = usePrefs();
  const asked = useCase(id);
  return (
    <Loaded of={asked}>
      {x => (
        <>
          <PageHead title={value(values.exceptionKinds, x.kind, lang)} back={{ to: '/exceptions', label: t.exceptions }}>
            <Tag meaning={x.state === 'open' ? 'attention' : 'right'}>{x.state === 'open' ? t.openState : t.resolved}</Tag>
          </PageHead>
          <WithTimeline of="exception" id={x.id}>
            <Matter of={x} />
            <Files of="exceptions" id={x.id} />
            <Card title={t.rawData}>
              <pre>{JSON.stringify(dataOf(x), null, 2)}</pre>
            </Card>
          </WithTimeline>
        </>
      )}
    </Loaded>
  );
}

/** The case beside its list: one after the other can be decided without leaving it. */
export function ExceptionPeek({ id }: { id: string }) {
  const { t, lang } = usePrefs();
  const asked = useCase(id);
  return (
    <Loaded of={asked}>
      {x => (
        <>
          <h2>{value(values.exceptionKinds, x.kind, lang)}</h2>
          <p className="peek-line">
            <Tag meaning={x.state === 'open' ? 'attention' : 'right'}>{x.state === 'open' ? t.openState : t.resolved}</Tag>
          </p>
          <Matter of={x} />
        </>
      )}
    </Loaded>
  );
}

const useCase = (id: string) =>
  useQuery({ queryKey: ['exception', id], queryFn: ({ signal }) => get<ExceptionRow>(`/exceptions/${id}`, signal) });

/** What it is about, and how it is or was resolved. */
function Matter({ of: x }: { of: ExceptionRow }) {
  const { t, lang } = usePrefs();
  const machines = useMachineNames();
  const itemName = useItemName();
  const data = dataOf(x);
  const id = (name: string) => (typeof data[name] === 'number' ? data[name] : undefined);
  const [task, location, item, operator] = [id('task'), id('location'), id('item'), id('operator')];
  const named = <T,>(of: Record<string, T> | undefined, id: number | undefined) => (id === undefined ? undefined : of?.[id]);
  const facts: [string, ReactNode][] = [[t.opened, <Time key="opened" ms={x.opened_ms} site={x.site} />]];
  const link = (label: string, path: string, shown: unknown) =>
    facts.push([
      label,
      <Link key={path} to={path}>
        {String(shown || t.gone)}
      </Link>,
    ]);
  if (x.edge) link(t.edge, `/edges/${x.edge}`, machines.edge(x.edge));
  if (typeof data.station === 'string') facts.push([t.station, machines.station(x.edge, data.station)]);
  if (operator !== undefined) facts.push([t.who, named(x.names?.operators, operator) ?? t.gone]);
  if (task !== undefined) link(t.task, `/tasks/${task}`, named(x.names?.tasks, task) ?? data.number);
  if (location !== undefined) link(t.location, `/locations/${location}`, named(x.names?.locations, location) ?? data.location_code);
  if (item !== undefined) link(t.item, `/items/${item}`, itemName(named(x.names?.items, item)) || data.code);
  return (
    <>
      <p className="reference break">{subject(x, lang, machines)}</p>
      <Facts of={facts} />
      {x.kind === 'count_variance' ? <Variance of={x} /> : null}
      {x.state === 'open' ? <Resolve of={x} /> : <Resolved of={x} />}
    </>
  );
}

function Variance({ of: x }: { of: ExceptionRow }) {
  const { t } = usePrefs();
  const name = useItemName();
  const lines = varianceLines(x);
  const moved = (
    <Hint text={t.movedDuringHint}>
      <Tag meaning="attention">{t.movedDuring}</Tag>
    </Hint>
  );
  const by = (counted: string, expected: string) => {
    const n = difference(counted, expected);
    return (
      <strong className={`number${n.startsWith('-') ? ' negative' : ''}`}>{n.startsWith('-') ? quantity(n) : `+${quantity(n)}`}</strong>
    );
  };
  return (
    <Card title={t.variance} flush>
      <Rows
        label={t.variance}
        rows={lines}
        rowKey={l => `${l.item} ${l.carton} ${l.lot}`}
        columns={[
          {
            key: 'item',
            title: t.item,
            cell: l => (
              <>
                <Link to={`/items/${l.item}`}>{name(l)}</Link> <Carton carton={l.carton} of={l.of} lot={l.lot} />
                <div className="quiet">
                  <Code>{l.code}</Code>
                </div>
              </>
            ),
          },
          { key: 'expected', title: t.expected, number: true, cell: l => <Quantity of={l.expected} /> },
          { key: 'counted', title: t.countedQty, number: true, cell: l => <Quantity of={l.counted} /> },
          { key: 'variance', title: t.variance, number: true, cell: l => by(l.counted, l.expected) },
          { key: 'moved', title: '', cell: l => (l.moved ? moved : null) },
        ]}
        card={l => (
          <>
            <div className="line">
              <strong className="grow">
                {name(l)} <Carton carton={l.carton} of={l.of} lot={l.lot} />
              </strong>
              {by(l.counted, l.expected)}
            </div>
            <div className="line quiet">
              <span>
                {t.expected} <Quantity of={l.expected} />
              </span>
              <span>
                {t.countedQty} <Quantity of={l.counted} />
              </span>
              {l.moved ? moved : null}
            </div>
          </>
        )}
      />
    </Card>
  );
}

function useResolve(x: ExceptionRow) {
  const { t } = usePrefs();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [busy, setBusy] = useState('');
  const [fault, setFault] = useState<unknown>(null);
  const resolve = async (action: string, more: object = {}) => {
    setBusy(action);
    setFault(null);
    try {
      await post(`/exceptions/${x.id}/resolve`, { action, ...more });
      void message.success(t.resolvedOk);
      for (const key of ['exception', 'exceptions', 'floor', 'stock', 'movements', 'item'])
        void queries.invalidateQueries({ queryKey: [key] });
    } catch (refused) {
      setFault(refused);
    } finally {
      setBusy('');
    }
  };
  return { resolve, busy, fault };
}

function Resolve({ of: x }: { of: ExceptionRow }) {
  const { t } = usePrefs();
  const { resolve, busy, fault } = useResolve(x);
  const [note, setNote] = useState('');
  const can = (action: string) => x.actions?.includes(action) ?? false;
  const more = note.trim() ? { note: note.trim() } : {};
  return (
    <Card title={t.resolution}>
      <div className="stack">
        {can('bind') ? <Bind onBind={given => resolve('bind', { ...given, ...more })} busy={busy === 'bind'} /> : null}
        <Input.TextArea
          aria-label={t.noteOptional}
          placeholder={t.noteOptional}
          value={note}
          onChange={e => setNote(e.target.value)}
          maxLength={500}
          autoSize={{ minRows: 1, maxRows: 4 }}
        />
        {fault ? <Fault error={fault} /> : null}
        <div className="page-actions">
          {can('approve') ? (
            <>
              <Popconfirm
                title={t.approveSure}
                description={t.approveHint(varianceLines(x).length)}
                okText={t.approve}
                cancelText={t.cancel}
                onConfirm={() => resolve('approve', more)}
              >
                <Button type="primary" loading={busy === 'approve'}>
                  {t.approve}
                </Button>
              </Popconfirm>
              <Hint text={t.rejectHint}>
                <Button loading={busy === 'reject'} onClick={() => resolve('reject', more)}>
                  {t.reject}
                </Button>
              </Hint>
            </>
          ) : (
            <>
              {can('retry') ? (
                <Button type="primary" loading={busy === 'retry'} onClick={() => resolve('retry', more)}>
                  {t.retryFact}
                </Button>
              ) : null}
              <Button loading={busy === 'dismiss'} onClick={() => resolve('dismiss', more)}>
                {t.dismiss}
              </Button>
            </>
          )}
        </div>
      </div>
    </Card>
  );
}

function Bind({ onBind, busy }: { onBind: (given: { item: number; quantity: string; carton?: number }) => void; busy: boolean }) {
  const { t } = usePrefs();
  const [item, setItem] = useState<ItemRow | undefined>();
  return (
    <Form
      layout="vertical"
      className="wide"
      initialValues={{ quantity: '1' }}
      onFinish={given => onBind({ item: given.item, quantity: String(given.quantity), carton: given.carton ?? undefined })}
    >
      <Form.Item name="item" label={t.bindTo} rules={[{ required: true, message: t.itemNeeded }]}>
        <ChooseItem label={t.bindTo} onPick={setItem} />
      </Form.Item>
      <div className="page-actions">
        <Form.Item name="quantity" label={t.countsAs} rules={[{ required: true, message: t.quantityNeeded }]}>
          <InputNumber stringMode min="0.001" max="100000" />
        </Form.Item>
        {item && item.cartons > 1 ? (
          <Form.Item name="carton" label={t.whichCarton}>
            <InputNumber min={1} max={item.cartons} precision={0} />
          </Form.Item>
        ) : null}
      </div>
      <Button type="primary" htmlType="submit" loading={busy}>
        {t.bind}
      </Button>
    </Form>
  );
}

function Resolved({ of: x }: { of: ExceptionRow }) {
  const { t, lang } = usePrefs();
  const resolution = typeof x.resolution === 'string' ? { action: x.resolution } : (x.resolution ?? {});
  return (
    <Card title={t.resolution}>
      <div className="stack">
        <Tag meaning="right">{value(values.actions, String(resolution.action ?? t.resolved), lang)}</Tag>
        <span>
          {t.resolvedBy(String(x.resolved_by ?? ''))} · <Time ms={x.resolved_ms} site={x.site} />
        </span>
        {typeof resolution.note === 'string' ? <p>{resolution.note}</p> : null}
      </div>
    </Card>
  );
}
