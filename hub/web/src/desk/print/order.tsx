// An order on paper (订单), with its goods, what was paid, and the customer's signature; and its delivery note (送货单): what goes to whom,
// without prices, for the receiver to sign.

import { capitals } from '../../shared/capitals';
import { exact, quantity } from '../../shared/format';
import { text, yuan } from '../../shared/money';
import { unitName } from '../../shared/units';
import { usePrefs, useWords, useZone } from '../app';
import { detailsOf, type Order, owed } from '../orders/model';
import { pictureOf } from '../orders/sign';
import { words } from '../orders/words';
import { useMethods } from '../payments/parts';
import { GoodsTable } from './goods';
import { CustomFacts, Paper, Table } from './paper';

export function OrderPaper({ of }: { of: Order }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const zone = useZone();
  const left = owed(of);
  const { method } = useMethods();
  return (
    <Paper
      title={w.orderPaper}
      number={of.code}
      name={of.customer_name}
      facts={[
        [w.orderedOn, of.ordered_on],
        [w.promisedOn, of.promised_on],
        [w.address, of.address],
        [w.organisation, of.organisation_name],
        [w.owner, of.owner_name],
        [w.contract, of.contract_code],
        [w.quote, of.quote_code],
        [w.total, yuan(of.amount)],
        [w.capitals, lang === 'en' ? '' : capitals(of.amount)],
        [w.deposited, of.paid === undefined || of.paid === '0.00' ? '' : yuan(of.paid)],
        [w.paidBy, of.paid_by?.map(method).join(lang === 'en' ? ', ' : '、')],
        [w.left, left === undefined || left <= 0n ? '' : yuan(text(left))],
        [w.note, of.note],
      ]}
      signed={of.signed ? [] : [w.customer, w.owner]}
    >
      <CustomFacts entity="order" organisation={of.organisation} values={of.custom} />
      <GoodsTable lines={of.lines} />
      {of.signed ? (
        <section className="paper-words">
          <h2>{w.signature}</h2>
          <img className="paper-ink" src={pictureOf(of.signed)} alt="" />
          <p>
            {of.signed.name} · {w.signedAt} {exact(of.signed.at_ms, lang, zone)}
          </p>
        </section>
      ) : null}
    </Paper>
  );
}

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
      <CustomFacts entity="order" organisation={of.organisation} values={of.custom} />
      <Table
        head={[w.item, w.spec, w.quantity]}
        rows={of.lines.map(line => [
          `${(lang === 'en' && line.name_en) || line.name} (${line.code})`,
          [line.spec, ...detailsOf(line, lang)].filter(Boolean).join(lang === 'en' ? ', ' : '，'),
          `${quantity(line.quantity)} ${unitName(line.unit, lang)}`,
        ])}
      />
    </Paper>
  );
}
