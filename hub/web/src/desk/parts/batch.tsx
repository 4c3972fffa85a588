// Doing one thing to several rows of a list. Each row is asked for by itself: what the hub refuses for one does not stop the others, and
// at the end it is said how many were done and why others were not.

import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm } from 'antd';
import { useState } from 'react';
import { useT } from '../app';
import { Fault } from './common';

export interface Batch<T> {
  label: string;
  /** Asked before, with the number of rows. */
  sure: (n: number) => string;
  run: (row: T) => Promise<unknown>;
  /** Of which rows it makes sense; of all when absent. */
  fits?: (row: T) => boolean;
}

export interface Selection<T> {
  count: number;
  has: (rows: T[]) => boolean;
  set: (rows: T[], on: boolean) => void;
}

export function BatchBar<T>({ of, batch, outdates, onEnd }: { of: T[]; batch: Batch<T>[]; outdates: string; onEnd: () => void }) {
  const t = useT();
  const { modal, message } = App.useApp();
  const queries = useQueryClient();
  const [left, setLeft] = useState(0);
  const run = async (what: Batch<T>, rows: T[]) => {
    const refusals: unknown[] = [];
    for (const [n, row] of rows.entries()) {
      setLeft(rows.length - n);
      await what.run(row).catch(refused => refusals.push(refused));
    }
    setLeft(0);
    void queries.invalidateQueries({ queryKey: [outdates] });
    onEnd();
    const done = rows.length - refusals.length;
    if (refusals.length === 0) void message.success(t.batchDone(what.label, done));
    else
      modal.error({
        title: t.batchPartly(what.label, done, refusals.length),
        content: <Fault error={refusals[0]} />,
        okText: t.close,
      });
  };
  return (
    <section className="batch" aria-label={t.chosen(of.length)}>
      <strong aria-live="polite">{left ? t.batchLeft(left) : t.chosen(of.length)}</strong>
      {batch.map(what => {
        const rows = what.fits ? of.filter(what.fits) : of;
        return (
          <Popconfirm
            key={what.label}
            title={what.sure(rows.length)}
            okText={what.label}
            cancelText={t.cancel}
            onConfirm={() => run(what, rows)}
          >
            <Button size="small" disabled={rows.length === 0 || left > 0}>
              {what.label}
              {rows.length < of.length ? ` (${rows.length})` : ''}
            </Button>
          </Popconfirm>
        );
      })}
      <span className="grow" />
      <Button size="small" type="text" disabled={left > 0} onClick={onEnd}>
        {t.chooseNone}
      </Button>
    </section>
  );
}
