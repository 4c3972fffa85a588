// What the pages about stock of a period share: the days, and what came and went in words.

import { Input } from 'antd';
import { quantity } from '../../shared/format';
import { usePrefs, useWords } from '../app';
import { value } from '../values';
import type { Days, PeriodStock } from './model';
import { reasons, words } from './words';

/** From a day to a day, as the address has them. */
export function DayFields({ of, today, set }: { of: Partial<Days>; today: string; set: (name: 'from' | 'to', day: string) => void }) {
  const w = useWords(words);
  return (
    <span className="days-asked">
      <Input type="date" aria-label={w.from} value={of.from} max={today} onChange={event => set('from', event.target.value)} />
      <span aria-hidden>–</span>
      <Input type="date" aria-label={w.to} value={of.to} max={today} onChange={event => set('to', event.target.value)} />
    </span>
  );
}

/** `供应商 +12 · 客户 −3`. */
export function Reasons({ of }: { of: PeriodStock }) {
  const { lang } = usePrefs();
  const said = of.reasons.map(flow => {
    const parts = [flow.in === '0' ? '' : `+${quantity(flow.in)}`, flow.out === '0' ? '' : `−${quantity(flow.out)}`];
    return `${value(reasons, flow.reason, lang)} ${parts.filter(Boolean).join(' ')}`;
  });
  return <span className="quiet">{said.join(' · ')}</span>;
}
