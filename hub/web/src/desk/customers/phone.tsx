// Whose a phone is already, asked while it is typed. Saving stays possible: the hub has the last word.

import { useRef, useState } from 'react';
import { post, Refusal } from '../api';
import { useWords } from '../app';
import { isMasked } from '../custom/model';
import { Tag } from '../parts/common';
import { dialled, isMobile, type Taken } from './model';
import { words } from './words';

/** So many digits at least has a phone that is worth asking about. */
const LEAST = 5;

/** `but` is the customer whose phone is being changed. */
export function usePhoneCheck(but?: number) {
  const [taken, setTaken] = useState<Taken | null>(null);
  const last = useRef('');
  const ask = async (typed: string, isLeft: boolean) => {
    const phone = dialled(typed.trim());
    if (phone === last.current) return;
    setTaken(null);
    const isWhole = isMobile(phone) || (isLeft && phone.length >= LEAST);
    last.current = isWhole ? phone : '';
    if (!isWhole || isMasked(phone)) return;
    // When it cannot be asked, the hub says so on saving.
    const found = await post<Taken>('/customers/check', { phone, but }).catch(() => null);
    if (last.current === phone) setTaken(found?.taken ? found : null);
  };
  /** What a refused save tells of it. */
  const hear = (refused: unknown) => {
    if (!(refused instanceof Refusal) || refused.problem.rule !== 'phone_free') return;
    const { owner, customer } = refused.problem as { owner?: string; customer?: number };
    setTaken(before => before ?? { taken: true, owner, customer });
  };
  const forget = () => {
    last.current = '';
    setTaken(null);
  };
  return { taken, ask, hear, forget };
}

export function TakenNotice({ of }: { of: Taken | null }) {
  const w = useWords(words);
  return (
    <div role="status">
      {of ? (
        <p className="taken">
          <Tag meaning="attention">{w.inUse}</Tag>
          <span>{w.taken(of.name ?? '', of.owner ?? '')}</span>
          {of.customer ? (
            // In a tab of its own, so that what was typed stays.
            <a href={`/customers/${of.customer}`} target="_blank" rel="noreferrer">
              {w.openTaken}
            </a>
          ) : null}
        </p>
      ) : null}
    </div>
  );
}
