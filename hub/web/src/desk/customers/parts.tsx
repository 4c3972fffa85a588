// Small parts of the pages about customers: class, tags, how long nobody followed up, when the next follow-up is due.

import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { exact } from '../../shared/format';
import type { Meaning } from '../../shared/tokens';
import { get } from '../api';
import { usePrefs, useWords, useZone } from '../app';
import { type Option, titled } from '../custom/model';
import { usePipelines } from '../opportunities/parts';
import { Tag, Time } from '../parts/common';
import { value } from '../values';
import { type Choices, type CustomerClass, type CustomerRow, isIdle } from './model';
import { dayInWords, dayOf, daysBetween } from './times';
import { classes, words } from './words';

/** What is read anew when a customer changed. */
export const STALE = ['customer', 'customers', 'timeline', 'home'];

/** What can be chosen for customers, and what its codes are called. One that is no longer there is shown by its code. */
export function useChoices(enabled = true) {
  const { lang } = usePrefs();
  const choices = useQuery({
    queryKey: ['customer-choices'],
    enabled,
    staleTime: 300_000,
    queryFn: ({ signal }) => get<Choices>('/customers/choices', signal),
  }).data;
  const named = (of: Option[] | undefined, code: string) => {
    const found = of?.find(o => o.code === code);
    return found ? titled(found, lang) : code;
  };
  return {
    sources: choices?.sources ?? [],
    kinds: choices?.kinds ?? [],
    tags: choices?.tags ?? [],
    source: (code: string) => named(choices?.sources, code),
    kind: (code: string) => named(choices?.kinds, code),
    tag: (tag: string) => {
      const [group, ...code] = tag.split('.');
      const found = choices?.tags.find(g => g.code === group)?.options.find(o => o.code === code.join('.'));
      return found ? titled(found, lang) : tag;
    },
  };
}

/** Options to choose from; one that is out of use stays where it was chosen. */
export function useOptions(): (of: Option[], held?: string) => { value: string; label: string }[] {
  const { lang } = usePrefs();
  return (of, held) => of.filter(o => o.active !== false || o.code === held).map(o => ({ value: o.code, label: titled(o, lang) }));
}

const meanings: Record<CustomerClass, Meaning | undefined> = { prospect: 'info', client: 'right', regular: undefined };

export function ClassTag({ of }: { of: Pick<CustomerRow, 'class'> }) {
  const { lang } = usePrefs();
  return <Tag meaning={meanings[of.class]}>{value(classes, of.class, lang)}</Tag>;
}

export function Tags({ of }: { of: string[] | undefined }) {
  const { tag } = useChoices();
  if (!of?.length) return null;
  return (
    <span className="tags">
      {of.map(one => (
        <Tag key={one}>{tag(one)}</Tag>
      ))}
    </span>
  );
}

/** Tags are chosen from their groups. */
export function TagSelect({
  label,
  value: chosen = [],
  onChange,
  ...field
}: {
  /** Given by the form. */
  id?: string;
  value?: string[];
  onChange?: (tags: string[]) => void;
  label: string;
  autoFocus?: boolean;
}) {
  const { lang } = usePrefs();
  const w = useWords(words);
  const { tags, tag } = useChoices();
  const known = new Set(tags.flatMap(g => g.options.map(o => `${g.code}.${o.code}`)));
  const groups = tags.map(g => ({
    label: titled(g, lang),
    title: g.code,
    options: g.options
      .map(o => ({ value: `${g.code}.${o.code}`, label: titled(o, lang), isThere: o.active !== false }))
      .filter(o => o.isThere || chosen.includes(o.value))
      .map(o => ({ value: o.value, label: o.label })),
  }));
  const gone = chosen.filter(one => !known.has(one)).map(one => ({ value: one, label: tag(one) }));
  return (
    <Select<string[]>
      {...field}
      mode="multiple"
      className="wide"
      aria-label={label}
      placeholder={w.chooseTags}
      value={chosen}
      onChange={onChange}
      options={[...groups, ...gone]}
      showSearch={{ optionFilterProp: 'label' }}
    />
  );
}

/** When somebody last followed up; said aloud when that is too long ago. */
export function LastFollow({ of }: { of: CustomerRow }) {
  const w = useWords(words);
  if (isIdle(of)) return <Tag meaning="wrong">{w.idleDays(of.idle_days)}</Tag>;
  return <Time ms={of.last_follow_ms} none={w.notFollowed} />;
}

/** The day of the next follow-up; said aloud from that day on. */
export function NextFollow({ ms }: { ms: number | null | undefined }) {
  const { lang } = usePrefs();
  const w = useWords(words);
  const zone = useZone();
  if (!ms) return <span className="quiet">{w.notPlanned}</span>;
  const days = daysBetween(dayOf(Date.now(), zone), dayOf(ms, zone));
  const said = w.due(days) || dayInWords(ms, lang, zone);
  return (
    <time className="nowrap" dateTime={new Date(ms).toISOString()} title={exact(ms, lang, zone)}>
      {days <= 0 ? <Tag meaning="attention">{said}</Tag> : said}
    </time>
  );
}

/** The filters of customers in words, as an export was made with them. */
export function useFilterWords(enabled: boolean): (filters: Record<string, unknown>) => string[] {
  const w = useWords(words);
  const { lang } = usePrefs();
  const { source, tag } = useChoices(enabled);
  return of => [
    of.class ? value(classes, String(of.class), lang) : '',
    of.owner ? (of.owner === 'me' ? w.me : w.thatOwner) : '',
    of.source ? source(String(of.source)) : '',
    of.tags
      ? String(of.tags)
          .split(/[,;]/)
          .map(tag)
          .join(lang === 'en' ? ', ' : '、')
      : '',
    of.idle ? w.idleOver(Number(of.idle)) : '',
    of.due ? w.dueToday : '',
  ];
}

/** How far their newest open opportunity is, and since when. */
export function Stands({ of: { stands } }: { of: Pick<CustomerRow, 'stands'> }) {
  const { stageName } = usePipelines();
  if (!stands) return null;
  return (
    <span>
      <span className="nowrap">{stageName(stands.pipeline, stands.stage)}</span>{' '}
      <span className="quiet nowrap">
        <Time ms={stands.since_ms} />
      </span>
    </span>
  );
}
