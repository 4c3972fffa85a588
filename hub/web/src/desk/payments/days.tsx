// The count of the till: per organisation, day and method what the books say, what was counted, and why they differ.

import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import { fen, text } from '../../shared/money';
import { get, post, query } from '../api';
import { usePart, usePrefs, useWords, useZone } from '../app';
import { dayOf } from '../customers/times';
import { FormDialog, useAct } from '../parts/act';
import { Card, Empty, Loaded, PageHead, Tag } from '../parts/common';
import { useFilter } from '../route';
import { STALE, type TillDay } from './model';
import { useMethods, Yuan } from './parts';
import { words } from './words';

export default function TillPage() {
  const w = useWords(words);
  const { t } = usePrefs();
  const { below } = usePart();
  const today = dayOf(Date.now(), useZone());
  const [from, setFrom] = useFilter('from');
  const [to, setTo] = useFilter('to');
  const [closing, setClosing] = useState<TillDay | null>(null);
  const asked = { from: from || to || today, to: to || from || today };
  const days = useQuery({
    queryKey: ['till', asked, below],
    queryFn: ({ signal }) => get<{ items: TillDay[] }>(`/payments/days${query({ ...asked, below })}`, signal),
  });
  return (
    <>
      <PageHead title={w.days} back={{ to: '/payments', label: t.payments }} />
      <p className="quiet">{w.daysHint}</p>
      <p className="till-days">
        <Input type="date" aria-label={w.from} value={asked.from} max={today} onChange={event => setFrom(event.target.value)} />
        <Input type="date" aria-label={w.to} value={asked.to} max={today} onChange={event => setTo(event.target.value)} />
      </p>
      <Loaded of={days}>
        {({ items }) =>
          items.length ? (
            items.map(day => <DayCard key={`${day.organisation} ${day.day}`} of={day} onClose={() => setClosing(day)} />)
          ) : (
            <Empty title={w.noDays} />
          )
        }
      </Loaded>
      <CloseDialog of={closing} onClose={() => setClosing(null)} />
    </>
  );
}

function DayCard({ of, onClose }: { of: TillDay; onClose: () => void }) {
  const w = useWords(words);
  const { method } = useMethods();
  return (
    <Card
      title={`${of.day} · ${of.organisation_name}`}
      extra={
        of.closed_by ? (
          <Tag meaning="right">{w.closedBy(of.closed_by)}</Tag>
        ) : (
          <Button size="small" type="primary" onClick={onClose}>
            {w.closeDay}
          </Button>
        )
      }
    >
      <dl className="facts facts-rows">
        {of.methods.map(m => (
          <div key={m.method}>
            <dt>{method(m.method)}</dt>
            <dd>
              {w.booked} <Yuan of={m.booked} />
              {m.counted === null ? null : (
                <>
                  {' · '}
                  {w.counted} <Yuan of={m.counted} />{' '}
                  {m.difference === '0.00' ? null : (
                    <Tag meaning="wrong">
                      {w.difference} <Yuan of={m.difference} />
                    </Tag>
                  )}{' '}
                  <span className="quiet">{m.reason}</span>
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

interface Counts {
  counts: Record<string, { counted: string; reason?: string }>;
}

const differs = (booked: string, counted: string | undefined) => fen(counted) !== undefined && fen(counted) !== fen(booked);

function CloseDialog({ of, onClose }: { of: TillDay | null; onClose: () => void }) {
  const w = useWords(words);
  const { outdate } = useAct();
  const { method } = useMethods();
  return (
    <FormDialog<Counts>
      open={of !== null}
      title={of ? `${w.closeDay}: ${of.day} · ${of.organisation_name}` : ''}
      ok={w.closeDay}
      onClose={onClose}
      onSave={async ({ counts }) => {
        const counted = Object.entries(counts).map(([code, given]) => ({
          method: code,
          counted: text(fen(given.counted) ?? 0n),
          reason: given.reason ?? '',
        }));
        await post('/payments/days', { organisation: of?.organisation, day: of?.day, counts: counted });
        outdate(STALE);
      }}
    >
      {form =>
        of?.methods.map(m => (
          <div key={m.method}>
            <Form.Item
              name={['counts', m.method, 'counted']}
              label={`${method(m.method)} · ${w.booked} ${m.booked}`}
              rules={[{ required: true, pattern: /^-?\d{1,10}(\.\d{1,2})?$/, message: w.amountNeeded }]}
            >
              <Input inputMode="decimal" prefix="¥" autoComplete="off" aria-label={`${w.counted}: ${method(m.method)}`} />
            </Form.Item>
            <Form.Item noStyle shouldUpdate>
              {() =>
                differs(m.booked, form.getFieldValue(['counts', m.method, 'counted'])) ? (
                  <Form.Item
                    name={['counts', m.method, 'reason']}
                    label={w.differenceReason}
                    rules={[{ required: true, min: 2, whitespace: true, message: w.differenceReasonNeeded }]}
                  >
                    <Input maxLength={200} autoComplete="off" />
                  </Form.Item>
                ) : null
              }
            </Form.Item>
          </div>
        ))
      }
    </FormDialog>
  );
}
