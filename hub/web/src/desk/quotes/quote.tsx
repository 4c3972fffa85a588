// One quote on one page: the version that holds, the others to be looked at and compared, the link for the customer, and the order it becomes.

import { useQuery } from '@tanstack/react-query';
import { App, Button, Dropdown, Form, InputNumber } from 'antd';
import { useState } from 'react';
import { get, post, postFrom, query } from '../api';
import { useMay, usePrefs, useWords } from '../app';
import { ContractForm } from '../contracts/form';
import { ContractsCard } from '../contracts/parts';
import { words as contracts } from '../contracts/words';
import { LinesCard } from '../orders/order';
import { useTelling } from '../orders/telling';
import { FormDialog, useAct } from '../parts/act';
import { Card, Code, Facts, Loaded, PageHead, Tag, Time } from '../parts/common';
import { WithTimeline } from '../parts/timeline';
import { Yuan } from '../payments/parts';
import { Print } from '../print/paper';
import { QuotePaper } from '../print/quote';
import { go, Link, useFilter } from '../route';
import { value } from '../values';
import { QuoteForm } from './form';
import { QuoteTag } from './list';
import { type Comparison, type Quote, STALE } from './model';
import { differences, states, words } from './words';

export default function QuotePage({ id }: { id: string }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const [number, setNumber] = useFilter('number');
  const telling = useTelling(states);
  const quote = useQuery({
    queryKey: ['quote', id, number],
    queryFn: ({ signal }) => get<Quote>(`/quotes/${id}${query({ number })}`, signal),
  });
  return (
    <Loaded of={quote}>
      {data => (
        <>
          <PageHead title={data.customer_name} back={{ to: '/quotes', label: t.quotes }} actions={<Actions of={data} />}>
            <Code>{data.code}</Code>
            <QuoteTag of={data} />
          </PageHead>
          <Facts
            of={[
              [
                w.customer,
                <Link key="customer" to={`/customers/${data.customer}`}>
                  {data.customer_name}
                </Link>,
              ],
              [w.amount, <Yuan key="amount" of={data.shown.amount} />],
              [w.version, `${w.versionN(data.shown.number)}${data.shown.number === data.current ? ` · ${w.current}` : ''}`],
              [w.validUntil, data.shown.valid_until],
              [
                w.order,
                data.order ? (
                  <Link key="order" to={`/orders/${data.order}`}>
                    {data.order_code}
                  </Link>
                ) : (
                  '–'
                ),
              ],
            ]}
          />
          {data.shown.number === data.current ? null : <Tag meaning="attention">{w.old}</Tag>}
          {data.needs_approval ? <Tag meaning="attention">{w.needsApproval}</Tag> : null}
          <WithTimeline of="quote" id={id} telling={telling}>
            <LinesCard lines={data.lines} amount={data.shown.amount} />
            <ContractsCard of={{ quote: data.id }} />
            {data.note ? (
              <Card title={w.note}>
                <p className="follow-up">{data.note}</p>
              </Card>
            ) : null}
            <Card title={w.versions}>
              <ul className="order-lines">
                {data.versions.map(version => (
                  <li key={version.number} className="line">
                    <span className="grow">
                      <Button
                        type="link"
                        size="small"
                        onClick={() => setNumber(version.number === data.current ? '' : String(version.number))}
                      >
                        {w.versionN(version.number)}
                      </Button>{' '}
                      {version.number === data.current ? <Tag meaning="right">{w.current}</Tag> : null}{' '}
                      <span className="quiet">
                        {version.created_by} · <Time ms={version.created_ms} />
                      </span>
                    </span>
                    <Yuan of={version.amount} />
                  </li>
                ))}
              </ul>
            </Card>
            {data.shown.number > 1 ? <CompareCard id={id} to={data.shown.number} /> : null}
          </WithTimeline>
        </>
      )}
    </Loaded>
  );
}

const meanings = { same: undefined, changed: 'info', added: 'right', removed: 'wrong' } as const;

/** A version beside the one before, line by line. */
function CompareCard({ id, to }: { id: string; to: number }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const compared = useQuery({
    queryKey: ['quote', id, 'compare', to],
    queryFn: ({ signal }) => get<Comparison>(`/quotes/${id}/compare${query({ from: to - 1, to })}`, signal),
  });
  const said = (line: Comparison['lines'][number]['was']) =>
    line ? `${line.quantity} × ${line.price}${line.spec ? ` · ${line.spec}` : ''}` : '';
  return (
    <Card title={w.compare}>
      <ul className="order-lines">
        {(compared.data?.lines ?? []).map((line, at) => (
          <li key={`${line.difference} ${line.now?.id ?? line.was?.id ?? at}`}>
            <div className="line">
              <span className="grow">{line.now?.name ?? line.was?.name}</span>
              <Tag meaning={meanings[line.difference]}>{value(differences, line.difference, lang)}</Tag>
            </div>
            {line.difference === 'same' ? null : (
              <div className="quiet">
                {line.was ? `${w.was} ${said(line.was)}` : ''} {line.now ? `${w.now} ${said(line.now)}` : ''}
              </div>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

type Doing = 'accept' | 'revise' | 'share' | 'contract';

function Actions({ of }: { of: Quote }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const may = useMay();
  const [doing, setDoing] = useState<Doing | null>(null);
  const c = useWords(contracts);
  const print = <Print paper={() => <QuotePaper of={of} />} />;
  if (!may('sales', 'sales') || of.shown.number !== of.current) return print;
  const isOpen = of.state === 'open';
  const items = [
    // What is offered no more is not agreed, and what is sold by contract is not sold again.
    ...(of.expired || of.contract ? [] : [{ key: 'contract', label: c.make }]),
    ...(isOpen ? [{ key: 'revise', label: w.revise }] : []),
    { key: 'share', label: w.share },
  ];
  const dialog = (what: Doing) => ({ of, open: doing === what, onClose: () => setDoing(null) });
  return (
    <>
      {isOpen ? (
        <Button type="primary" onClick={() => setDoing(of.expired ? 'revise' : 'accept')}>
          {of.expired ? w.revise : w.accept}
        </Button>
      ) : null}
      {print}
      <Dropdown trigger={['click']} menu={{ items, onClick: ({ key }) => setDoing(key as Doing) }}>
        <Button>{t.more}</Button>
      </Dropdown>
      <QuoteForm {...dialog('revise')} />
      <ContractForm
        open={doing === 'contract'}
        begun={{ quote: { id: of.id, code: of.code, number: of.shown.number, customer_name: of.customer_name, lines: of.lines } }}
        onClose={made => {
          setDoing(null);
          if (made) go(`/contracts/${made.id}`);
        }}
      />
      <AcceptDialog {...dialog('accept')} />
      <ShareDialog {...dialog('share')} />
    </>
  );
}

interface Dialog {
  of: Quote;
  open: boolean;
  onClose: () => void;
}

function AcceptDialog({ of, ...dialog }: Dialog) {
  const w = useWords(words);
  const { outdate } = useAct();
  return (
    <FormDialog<object>
      {...dialog}
      title={`${w.accept} ${of.code}`}
      ok={w.accept}
      onSave={async () => {
        const made = await postFrom<{ order: number }>(`/quotes/${of.id}/accept`, {}, of.version);
        outdate(STALE);
        go(`/orders/${made.order}`);
      }}
    >
      <p>{w.acceptWhat}</p>
      {of.needs_approval ? <Tag meaning="attention">{w.needsApproval}</Tag> : null}
    </FormDialog>
  );
}

function ShareDialog({ of, ...dialog }: Dialog) {
  const w = useWords(words);
  const { modal, message } = App.useApp();
  return (
    <FormDialog<{ days: number }>
      {...dialog}
      title={`${w.share} ${of.code}`}
      ok={w.share}
      initial={{ days: 14 }}
      onSave={async given => {
        const made = await post<{ link: string }>(`/quotes/${of.id}/share`, given);
        const link = location.origin + made.link;
        modal.success({
          title: w.share,
          content: <p className="break">{link}</p>,
          okText: w.copy,
          onOk: () => navigator.clipboard?.writeText(link).then(() => void message.success(w.copied)),
        });
      }}
    >
      <p>{w.shareWhat}</p>
      <Form.Item name="days" label={w.days}>
        <InputNumber min={1} max={90} aria-label={w.days} />
      </Form.Item>
    </FormDialog>
  );
}
