// Writing down a follow-up: how, what was said, when, and when the next one is. And how one reads in the timeline.

import { Form, Input, Radio } from 'antd';
import { type AuditRow, post } from '../api';
import { usePrefs, useWords, useZone } from '../app';
import { FormDialog, useAct, useOneKey } from '../parts/act';
import { Time } from '../parts/common';
import type { CustomerRow, FollowUp } from './model';
import { NextDay } from './next-day';
import { STALE, useChoices, useOptions } from './parts';
import { dayInWords, dayOf, localOf, momentOf, NO_MORE, onDay } from './times';
import { words } from './words';

/** What was so short a time ago is now, by the hub's clock; what was noted later than that is told when it was. */
const NOW_MS = 600_000;

interface Given {
  kind: string;
  text: string;
  at_ms: string;
  next_ms: string;
}

export function FollowUpDialog({ of, open, onClose }: { of: CustomerRow; open: boolean; onClose: () => void }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const zone = useZone();
  const { kinds } = useChoices();
  const options = useOptions()(kinds);
  const keyFor = useOneKey(open);
  const { outdate } = useAct();
  const now = localOf(Date.now(), zone);
  const planned = of.next_follow_ms ? dayOf(of.next_follow_ms, zone) : '';
  // A plan for a day that is still to come stays, unless the reader says otherwise.
  const initial = { kind: options[0]?.value, at_ms: now, next_ms: planned > now.slice(0, 10) ? planned : undefined };
  return (
    <FormDialog<Given>
      open={open}
      title={`${w.writeFollowUp}: ${of.name}`}
      ok={t.save}
      initial={initial}
      onClose={onClose}
      onSave={async given => {
        const at = momentOf(given.at_ms, zone);
        const body = {
          kind: given.kind,
          text: given.text.trim(),
          at_ms: Math.abs(Date.now() - at) < NOW_MS ? undefined : at,
          next_ms: given.next_ms === NO_MORE ? undefined : onDay(given.next_ms, zone),
        };
        await post(`/customers/${of.id}/follow-ups`, body, keyFor(body));
        outdate(STALE);
      }}
    >
      <Form.Item name="kind" label={w.followUpKind} rules={[{ required: true, message: w.followUpKindNeeded }]}>
        <Radio.Group optionType="button" options={options} className="kinds" />
      </Form.Item>
      <Form.Item name="text" label={w.followUpText} rules={[{ required: true, whitespace: true, message: w.followUpTextNeeded }]}>
        <Input.TextArea autoFocus autoSize={{ minRows: 3, maxRows: 10 }} maxLength={2000} placeholder={w.followUpTextHint} />
      </Form.Item>
      <Form.Item name="next_ms" label={w.nextFollow} rules={[{ required: true, message: w.nextNeeded }]}>
        <NextDay />
      </Form.Item>
      <Form.Item name="at_ms" label={w.followUpAt} rules={[{ required: true, message: w.followUpAtNeeded }]}>
        <Input type="datetime-local" />
      </Form.Item>
    </FormDialog>
  );
}

/** A follow-up in the timeline: how and what, who and when, and what was agreed. */
export function FollowUpSaid({ of }: { of: AuditRow }) {
  const w = useWords(words);
  const { kind } = useChoices();
  const said = of.new as unknown as FollowUp;
  const isLate = of.at_ms - said.at_ms > NOW_MS;
  return (
    <>
      <strong>{kind(said.kind)}</strong>
      {said.text ? <p className="follow-up">{said.text}</p> : null}
      <div className="quiet">
        {of.author ? `${of.author} · ` : ''}
        <Time ms={isLate ? said.at_ms : of.at_ms} />
      </div>
      {said.next_ms ? (
        <div className="quiet">
          {w.plannedFor} <PlannedDay ms={said.next_ms} />
        </div>
      ) : null}
    </>
  );
}

/** A day as it was planned; whether it is over is no matter any more. */
function PlannedDay({ ms }: { ms: number }) {
  const { lang } = usePrefs();
  return <>{dayInWords(ms, lang, useZone())}</>;
}
