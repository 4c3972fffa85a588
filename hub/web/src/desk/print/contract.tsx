// A contract on paper (销售合同): the two sides, the goods, the amount also in capitals, the instalments, the terms, and who signs.

import { capitals } from '../../shared/capitals';
import { yuan } from '../../shared/money';
import { usePrefs, useWords } from '../app';
import { type Contract, sealOf } from '../contracts/model';
import { sealedParts, words } from '../contracts/words';
import { value } from '../values';
import { GoodsTable } from './goods';
import { Paper, Table } from './paper';

export function ContractPaper({ of }: { of: Contract }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const { customer_name, organisation_name } = of.sealed ?? of;
  const { fingerprint, broken, differs } = sealOf(of.sealed);
  const parts = differs.map(name => value(sealedParts, name, lang)).join(lang === 'en' ? ', ' : '、');
  return (
    <Paper
      title={w.contract}
      number={of.code}
      name={customer_name}
      facts={[
        [w.partyA, customer_name],
        [w.partyB, organisation_name],
        [w.signedOn, of.signed_on],
        [w.owner, of.owner_name],
        [w.total, yuan(of.amount)],
        [w.capitals, lang === 'en' ? '' : capitals(of.amount)],
        [w.quote, of.quote_code],
        [w.order, of.orders.map(order => order.code).join(' ')],
        [w.fingerprint, fingerprint],
      ]}
      signed={[w.partyA, w.partyB]}
    >
      {broken || parts ? (
        <section className="paper-words paper-warning">
          <h2>{w.sealWrong}</h2>
          {broken ? <p>{w.sealBroken}</p> : null}
          {parts ? <p>{w.sealDiffers(parts)}</p> : null}
        </section>
      ) : null}
      <GoodsTable lines={of.lines} />
      <Table
        title={w.instalments}
        head={[w.instalment, w.dueOn, w.part]}
        rows={of.instalments.map(part => [part.name, part.due_on ?? '', yuan(part.amount)])}
      />
      {of.terms ? (
        <section className="paper-words">
          <h2>{w.terms}</h2>
          <p>{of.terms}</p>
        </section>
      ) : null}
    </Paper>
  );
}
