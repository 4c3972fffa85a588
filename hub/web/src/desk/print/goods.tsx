// The goods of a quote, a contract or an order on paper, as they were made up, with their prices.

import { quantity } from '../../shared/format';
import { percent, yuan } from '../../shared/money';
import { unitName } from '../../shared/units';
import { usePrefs, useWords } from '../app';
import { detailsOf, type Line } from '../orders/model';
import { words } from '../quotes/words';
import { Table } from './paper';

export function GoodsTable({ lines }: { lines: Line[] }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  return (
    <Table
      head={[w.lines, w.spec, w.quantity, w.price, w.discount, w.amount]}
      rows={lines.map(line => [
        (lang === 'en' && line.name_en) || line.name,
        [line.spec, ...detailsOf(line, lang)].filter(Boolean).join(lang === 'en' ? ', ' : '，'),
        `${quantity(line.quantity)} ${unitName(line.unit, lang)}`,
        yuan(line.price),
        line.discount ? `${percent(line.discount)}%` : '',
        yuan(line.amount),
      ])}
    />
  );
}
