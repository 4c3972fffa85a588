// The day of the next follow-up: a few days that are often meant, any other day, or none any more.

import { Button, Input } from 'antd';
import { useWords, useZone } from '../app';
import { dayOf, daysAfter, NO_MORE } from './times';
import { words } from './words';

export function NextDay({
  value = '',
  onChange,
  ...field
}: {
  /** Given by the form. */
  id?: string;
  value?: string;
  onChange?: (day: string) => void;
}) {
  const w = useWords(words);
  const today = dayOf(Date.now(), useZone());
  const often: [string, string][] = [
    [daysAfter(today, 1), w.tomorrow],
    [daysAfter(today, 3), w.inDays(3)],
    [daysAfter(today, 7), w.inWeek],
    [NO_MORE, w.noMore],
  ];
  return (
    <span className="next-day">
      <Input
        {...field}
        type="date"
        min={today}
        aria-label={w.nextFollow}
        value={value === NO_MORE ? '' : value}
        onChange={event => onChange?.(event.target.value)}
      />
      {often.map(([day, label]) => (
        <Button key={day} type={value === day ? 'primary' : 'default'} aria-pressed={value === day} onClick={() => onChange?.(day)}>
          {label}
        </Button>
      ))}
    </span>
  );
}
