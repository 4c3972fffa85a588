// An act on a record as it was read, in a dialog: what is asked beside it, and the refusal when somebody was faster.

import type { ReactNode } from 'react';
import { postFrom } from '../api';
import { ReasonItem } from '../payments/parts';
import { FormDialog, useAct } from './act';

export interface Dialog<T> {
  of: T;
  open: boolean;
  onClose: () => void;
}

/** A record that acts are done on: by its number, as it was at a version. */
interface Acted {
  id: number;
  code: string;
  version: number;
}

/** Where the acts of a kind of record are, and what is read again after one. */
export interface Acts {
  path: string;
  stale: string[];
}

type ActOf = Dialog<Acted> & { at: Acts; what: string; title: string };

export function ActDialog<V extends object>({
  of,
  at,
  what,
  title,
  body = given => given,
  children,
  ...dialog
}: ActOf & { body?: (given: V) => object; children: ReactNode }) {
  const { outdate } = useAct();
  const send = async (given: V) => {
    try {
      await postFrom(`${at.path}/${of.id}/${what}`, body(given), of.version);
    } finally {
      // Also when it was refused: a discount is submitted for approval then.
      outdate(at.stale);
    }
  };
  return (
    <FormDialog<V> {...dialog} title={`${title} ${of.code}`} ok={title} onSave={send}>
      {children}
    </FormDialog>
  );
}

/** An act that needs a reason. */
export function ReasonDialog({ hint, ...dialog }: ActOf & { hint: string }) {
  return (
    <ActDialog<{ reason: string }> {...dialog}>
      <p>{hint}</p>
      <ReasonItem />
    </ActDialog>
  );
}
