// Moving an opportunity: at once when nothing is missing; else what is missing is named, and a reason asked for where one is due.

import { Form, Modal, Select } from 'antd';
import { useState } from 'react';
import { get, postFrom } from '../api';
import { usePrefs, useWords } from '../app';
import { titled } from '../custom/model';
import { FormDialog, useAct } from '../parts/act';
import { go } from '../route';
import { isForward, type Missing, type OpportunityDetail, type OpportunityRow, reasonsOf } from './model';
import { STALE, useLostReasons, usePipelines } from './parts';
import { words } from './words';

/** What keeps an opportunity from moving, in the reader's language. */
export function MissingList({ of }: { of: Missing[] }) {
  const { lang } = usePrefs();
  return (
    <ul className="missing">
      {of.map(one => (
        <li key={`${one.stage}.${one.gate}.${one.what}.${one.key ?? one.zh}`}>{lang === 'en' ? one.en : one.zh}</li>
      ))}
    </ul>
  );
}

interface Asking {
  of: OpportunityDetail;
  to: string;
}

/** `move(opportunity, stage)`, and the dialogs that it may need. */
export function useMove() {
  const { act, busy, outdate } = useAct();
  const w = useWords(words);
  const { pipeline, stage } = usePipelines();
  const [asking, setAsking] = useState<Asking | null>(null);
  const send = (of: OpportunityRow, body: object) => postFrom(`/opportunities/${of.id}/move`, body, of.version);
  const move = async (of: Pick<OpportunityRow, 'id'>, to: string) => {
    const read = await act(() => get<OpportunityDetail>(`/opportunities/${of.id}`));
    if (!read || read.value.stage === to) return;
    const now = read.value;
    const isClosed = now.ways.find(way => way.stage === to)?.missing.length !== 0;
    const isLost = stage(now.pipeline, to)?.end === 'lost';
    if (isClosed || isLost || (now.needs_reason && isForward(pipeline(now.pipeline), now.stage, to))) setAsking({ of: now, to });
    else await act(() => send(now, { to }), { done: w.moved, stale: STALE });
  };
  const stop = () => setAsking(null);
  const dialogs = asking ? (
    <Dialogs
      {...asking}
      onClose={stop}
      onMove={async reasons => {
        await send(asking.of, { to: asking.to, ...reasons });
        outdate(STALE);
      }}
    />
  ) : null;
  return { move, busy, dialogs };
}

function Dialogs({ of, to, onClose, onMove }: Asking & { onClose: () => void; onMove: (reasons: object) => Promise<void> }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const { stage, stageName, pipeline } = usePipelines();
  const target = stage(of.pipeline, to);
  const isLost = target?.end === 'lost';
  const lost = useLostReasons(isLost);
  const missing = of.ways.find(way => way.stage === to)?.missing ?? [];
  const title = isLost
    ? w.lose
    : isForward(pipeline(of.pipeline), of.stage, to)
      ? w.moveTo(stageName(of.pipeline, to))
      : w.moveBack(stageName(of.pipeline, to));
  if (missing.length) {
    return (
      <Modal
        open
        title={title}
        okText={w.open}
        onOk={() => {
          onClose();
          go(`/opportunities/${of.id}`);
        }}
        onCancel={onClose}
      >
        <p>{w.missing}</p>
        <MissingList of={missing} />
        <p className="quiet">{w.missingHint}</p>
      </Modal>
    );
  }
  const needsReason = of.needs_reason && !isLost;
  const choices = (reasons: typeof lost) => reasons.map(reason => ({ value: reason.code, label: titled(reason, lang) }));
  return (
    <FormDialog<{ block_reason?: string; lost_reason?: string }> open title={title} ok={w.move} onClose={onClose} onSave={onMove}>
      {needsReason ? (
        <Form.Item name="block_reason" label={w.blockReason} extra={w.blockNeeded} rules={[{ required: true, message: w.blockNeeded }]}>
          <Select autoFocus aria-label={w.blockReason} options={choices(reasonsOf(stage(of.pipeline, of.stage)))} />
        </Form.Item>
      ) : null}
      {isLost ? (
        <Form.Item name="lost_reason" label={w.lostReason} rules={[{ required: true, message: w.lostNeeded }]}>
          <Select autoFocus aria-label={w.lostReason} options={choices(lost)} />
        </Form.Item>
      ) : null}
    </FormDialog>
  );
}
