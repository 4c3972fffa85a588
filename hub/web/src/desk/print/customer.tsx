// A customer on paper: who they are, how to reach them, what they like, and what was said so far. Phone and the like are as the page shows
// them, masked where they are masked.

import { exact } from '../../shared/format';
import { usePrefs, useWords, useZone } from '../app';
import { age, type CustomerRow, type FollowUp } from '../customers/model';
import { useChoices } from '../customers/parts';
import { classes, words as customers, genders } from '../customers/words';
import { useTimeline } from '../parts/timeline';
import { value } from '../values';
import { CustomFacts, Paper, Table } from './paper';
import { words } from './words';

export function CustomerPaper({ of: customer }: { of: CustomerRow }) {
  const w = useWords(words);
  const c = useWords(customers);
  const { lang } = usePrefs();
  const zone = useZone();
  const { source, tag, kind } = useChoices();
  const told = useTimeline('customer', customer.id).data?.pages.flatMap(page => page.items) ?? [];
  const followUps = told
    .filter(row => row.action === 'follow_up' && row.new)
    .map(row => ({ ...row, said: row.new as unknown as FollowUp }));
  const years = age(customer.birth_year);
  const day = (ms: number | null | undefined) =>
    ms ? new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeZone: zone }).format(ms) : '';
  return (
    <Paper
      title={w.customerSheet}
      number={customer.code}
      name={customer.name}
      facts={[
        [c.class, value(classes, customer.class, lang)],
        [c.owner, customer.owner_name],
        [c.organisation, customer.organisation_name],
        [c.phone, customer.phone],
        [c.email, customer.email],
        [c.address, customer.address],
        [c.gender, customer.gender && value(genders, customer.gender, lang)],
        [c.birthYear, years === undefined ? '' : `${customer.birth_year} · ${c.aged(years)}`],
        [c.employer, customer.employer],
        [c.position, customer.position],
        [c.hobbies, customer.hobbies],
        [c.source, customer.source && source(customer.source)],
        [c.campaign, customer.campaign],
        [c.tags, (customer.tags ?? []).map(tag).join(lang === 'en' ? ', ' : '、')],
        [c.nextFollow, day(customer.next_follow_ms)],
        [c.note, customer.note],
      ]}
    >
      <CustomFacts entity="customer" organisation={customer.organisation} values={customer.custom} />
      <Table
        title={c.followUps}
        head={[c.followUpAt, c.followUpKind, c.followUpText, w.by, c.nextFollow]}
        rows={followUps.map(({ said, author }) => [
          exact(said.at_ms, lang, zone),
          kind(said.kind),
          said.text ?? '',
          author ?? '',
          day(said.next_ms),
        ])}
      />
    </Paper>
  );
}
