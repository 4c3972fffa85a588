// A service ticket on paper (服务单): for whom, where and when, what is to be done with what, and who signs that it was.

import { exact } from '../../shared/format';
import { usePrefs, useWords, useZone } from '../app';
import type { Ticket } from '../tickets/model';
import { useFaults, useKind } from '../tickets/parts';
import { words as tickets } from '../tickets/words';
import { CustomFacts, Paper, Table } from './paper';

export function TicketPaper({ of }: { of: Ticket }) {
  const w = useWords(tickets);
  const { lang } = usePrefs();
  const zone = useZone();
  const kindOf = useKind();
  const { called } = useFaults();
  const at = (ms: number | null | undefined) => (ms ? exact(ms, lang, zone).replace(/:\d\d$/, '') : '');
  const isVisit = of.kind === 'return_visit';
  return (
    <Paper
      title={kindOf(of)}
      number={of.code}
      name={of.contact}
      facts={[
        [w.phone, of.phone],
        [w.address, of.address],
        [w.appointed, at(of.appointed_ms)],
        [w.due, at(of.due_ms)],
        [w.installer, of.installer_name],
        [w.organisation, of.organisation_name],
        [w.order, of.order_code],
        [w.item, of.item_name],
        [w.fault, of.fault ? called(of.fault) : ''],
        [w.done, at(of.done_ms)],
      ]}
      signed={isVisit ? [] : [w.installer, w.customer]}
    >
      <CustomFacts entity="ticket" organisation={of.organisation} values={of.custom} />
      {(
        [
          [isVisit ? w.purpose : w.toDo, of.problem],
          [w.steps, of.steps],
          [w.result, of.result],
          [w.note, of.note],
        ] as const
      ).map(([title, text]) =>
        text ? (
          <section key={title} className="paper-words">
            <h2>{title}</h2>
            <p>{text}</p>
          </section>
        ) : null,
      )}
      <Table
        title={w.cartons}
        head={[w.item, w.cartons, w.quantity]}
        rows={of.cartons.map(one => [`${one.item_name} (${one.item_code})`, `${one.carton}/${one.of}`, String(one.expected)])}
      />
    </Paper>
  );
}
