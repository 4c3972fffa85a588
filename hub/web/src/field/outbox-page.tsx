// What was sent and what was not, one by one, with what can be done about it.

import { relative } from '../shared/format';
import { moment, useStore } from './app';
import type { Row } from './outbox';

export function OutboxPage() {
  const { t, outbox, sent, lang, names } = useStore();
  const codes = new Map(outbox.day?.tickets.map(one => [one.id, one.code]));
  const what = (of: { act?: string; file?: string }) => names.acts[of.act ?? of.file ?? ''] ?? of.act ?? of.file;
  const recent = [...sent].sort((a, b) => b.sent_ms - a.sent_ms).slice(0, 50);
  return (
    <main>
      <h1>{t.outbox}</h1>
      {outbox.rows.length ? (
        <button type="button" class="wide" onClick={() => outbox.nudge()}>
          {t.sendNow}
        </button>
      ) : (
        <p class="empty">{t.outboxEmpty}</p>
      )}
      <ul class="rows">
        {outbox.rows.map(row => (
          <li key={row.n} class={`row-item ${row.state}`} data-act={row.act ?? row.file}>
            <span class="line">
              <strong>{what(row)}</strong> <span class="quiet">{codes.get(row.ticket) ?? `#${row.ticket}`}</span>
              <span class="grow" />
              <span class="quiet">{moment(row.made_ms, lang)}</span>
            </span>
            <State of={row} />
          </li>
        ))}
      </ul>
      {recent.length ? <h2>{t.recent}</h2> : null}
      <ul class="rows">
        {recent.map(row => (
          <li key={row.id} class="row-item">
            <span class="line">
              <span class="right-ink">✓</span> {what(row)} <span class="quiet">{codes.get(row.ticket) ?? `#${row.ticket}`}</span>
              <span class="grow" />
              <span class="quiet">
                {t.sent} {relative(row.sent_ms, Date.now(), lang)}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </main>
  );
}

/** Where a row is, and what to do when it cannot go on by itself. */
function State({ of }: { of: Row }) {
  const { t, outbox } = useStore();
  const held = outbox.of(of.ticket).some(row => row.n < of.n && row.state !== 'waiting');
  if (of.state === 'waiting') return <span class="quiet">{outbox.sending === of.n ? t.sending : held ? t.held : t.here}</span>;
  return (
    <>
      <p class="note wrong">
        <strong>{of.state === 'conflict' ? t.conflict : t.refused}</strong> {of.state === 'conflict' ? t.conflictHint : of.why}
      </p>
      <span class="line">
        <a class="button" href={`#/${of.ticket}`}>
          ›
        </a>
        <button type="button" class="primary grow" onClick={() => void outbox.rebase(of.ticket)}>
          {t.again}
        </button>
        <button type="button" onClick={() => confirm(t.dropSure) && void outbox.drop(of.n)}>
          {t.drop}
        </button>
      </span>
    </>
  );
}
