// A quote on paper (报价单): its goods, what they come to also in capitals, how long it holds.

import { capitals } from '../../shared/capitals';
import { yuan } from '../../shared/money';
import { usePrefs, useWords } from '../app';
import type { Quote } from '../quotes/model';
import { words } from '../quotes/words';
import { GoodsTable } from './goods';
import { Paper } from './paper';

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
      <GoodsTable lines={of.lines} />
    </Paper>
  );
}
