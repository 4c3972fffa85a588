// The thin bars: link badge, edge away, practice, what waits or was refused.

import { useState } from 'preact/hooks';
import { quantity } from '../shared/format';
import type { LinkView } from './edge';
import { store } from './store';

/** ● online, ○ n waiting: shape and word, not colour alone. */
export function Badge({ link }: { link: LinkView }) {
  const { t } = store;
  const words =
    link.state === 'refused'
      ? t.linkRefused
      : link.state === 'unenrolled'
        ? t.unenrolled
        : link.state === 'online' && link.backlog < 1
          ? t.online
          : link.backlog > 0
            ? t.waiting(quantity(link.backlog))
            : t.offline;
  const full = link.state === 'online';
  return (
    <span class={`badge ${full ? 'badge-on' : link.state === 'refused' ? 'badge-no' : 'badge-off'}`} role="status">
      <span aria-hidden="true">{full ? '●' : link.state === 'refused' ? '✕' : '○'}</span> {words}
    </span>
  );
}

/** The edge itself does not answer: said in words across the whole width, with how many are kept. */
export function EdgeAway() {
  const { t, away, queue } = store;
  const waiting = queue.waiting.length;
  return (
    <div role="alert">
      {away ? (
        <div class="bar bar-wrong">
          <strong>✕ {t.edgeAway}</strong>
          <span>{t.edgeAwayHint(waiting)}</span>
        </div>
      ) : queue.state === 'busy' ? (
        <div class="bar bar-attention">
          <strong>! {t.edgeBusy}</strong>
          <span>
            {queue.why} · {t.kept(waiting)}
          </span>
        </div>
      ) : null}
    </div>
  );
}

/** Scans that the edge will not take: never dropped without a person saying so. */
export function RefusedBar() {
  const { t, queue, stationId } = store;
  const [open, setOpen] = useState(false);
  const rows = queue.refused;
  if (!rows.length) return null;
  return (
    <div class="refused">
      <button type="button" class="bar bar-attention" aria-expanded={open} onClick={() => setOpen(!open)}>
        <strong>! {t.refusedScans(rows.length)}</strong>
        <span>{rows[0]?.why}</span>
      </button>
      {open ? (
        <ul>
          {rows.map(r => (
            <li key={r.key}>
              <code>{r.payload}</code>
              <span>{r.why}</span>
              <span class="row">
                <button type="button" onClick={() => stationId && queue.again(r.key, stationId)}>
                  {t.sendAgain}
                </button>
                <button type="button" onClick={() => confirm(t.discardSure) && queue.discard(r.key)}>
                  {t.discard}
                </button>
              </span>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
