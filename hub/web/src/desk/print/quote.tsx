// A quote on paper (报价单): its goods, what they come to also in capitals, how long it holds.

import { capitals } from '../../shared/capitals';
import { quantity } from '../../shared/format';
import { percent, yuan } from '../../shared/money';
import { unitName } from '../../shared/units';
import { usePrefs, useWords } from '../app';
import type { Quote } from '../quotes/model';
import { words } from '../quotes/words';
import { Paper, Table } from './paper';

export function QuotePaper({ of }: { of: Quote }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  return (
    <Paper
      title={w.quote}
      number={of.code}
      name={of.customer_name}
      facts={[
        [w.version, w.versionN(of.shown.number)],
        [w.validUntil, of.shown.valid_until],
        [w.organisation, of.organisation_name],
        [w.owner, of.owner_name],
        [w.total, yuan(of.shown.amount)],
        [w.capitals, lang === 'en' ? '' : capitals(of.shown.amount)],
        [w.note, of.note],
      ]}
      signed={[w.owner, w.customer]}
    >
      <Table
        head={[w.lines, w.spec, w.quantity, w.price, w.discount, w.amount]}
        rows={of.lines.map(line => [
          (lang === 'en' && line.name_en) || line.name,
          line.spec,
          `${quantity(line.quantity)} ${unitName(line.unit, lang)}`,
          yuan(line.price),
          line.discount ? `${percent(line.discount)}%` : '',
          yuan(line.amount),
        ])}
      />
    </Paper>
  );
}
