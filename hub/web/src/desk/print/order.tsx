// A delivery note (送货单): what goes to whom, without prices; the receiver signs it.

import { quantity } from '../../shared/format';
import { unitName } from '../../shared/units';
import { usePrefs, useWords } from '../app';
import type { Order } from '../orders/model';
import { words } from '../orders/words';
import { Paper, Table } from './paper';

export function DeliveryPaper({ of }: { of: Order }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  return (
    <Paper
      title={w.deliveryNote}
      number={of.code}
      name={of.customer_name}
      facts={[
        [w.address, of.address],
        [w.promisedOn, of.promised_on],
        [w.site, of.site_name],
        [w.organisation, of.organisation_name],
        [w.owner, of.owner_name],
        [w.note, of.note],
      ]}
      signed={[w.deliverer, w.receiver]}
    >
      <Table
        head={[w.item, w.spec, w.quantity]}
        rows={of.lines.map(line => [
          `${(lang === 'en' && line.name_en) || line.name} (${line.code})`,
          line.spec,
          `${quantity(line.quantity)} ${unitName(line.unit, lang)}`,
        ])}
      />
    </Paper>
  );
}
