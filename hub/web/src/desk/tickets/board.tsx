// The dispatch board: a row for each installer, a column for each of the next days; what nobody has stands above. A card is dragged to a day of
// somebody, or opened by keyboard and given out in a dialog. On a phone the rows become lists.

import './board.css';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { get, type Page, query } from '../api';
import { usePrefs, useWords, useZone } from '../app';
import { dayOf, daysAfter, momentOf } from '../customers/times';
import { useAct } from '../parts/act';
import { Loaded } from '../parts/common';
import type { Filter } from '../parts/list';
import { Link } from '../route';
import { DispatchDialog, doAct } from './acts';
import { STALE, type TicketRow } from './model';
import { StateTag, useInstallers, useKind } from './parts';
import { words } from './words';

const DAYS = 7;
/** When on a day a card is dropped there, where it had no time. */
const MORNING = '09:00';

export default function DispatchBoard({ filter }: { filter: Filter }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const zone = useZone();
  const { act } = useAct();
  const installers = useInstallers();
  const asked = useQuery({
    queryKey: ['tickets', 'board', filter],
    queryFn: ({ signal }) =>
      get<Page<TicketRow>>(
        `/tickets${query({ ...filter, state: 'new,dispatched,accepted,appointed,on_site', kind: filter.kind || 'work', reach: 'led', limit: 200 })}`,
        signal,
      ),
  });
  const [held, setHeld] = useState<TicketRow | null>(null);
  const [giving, setGiving] = useState<TicketRow | null>(null);
  const today = dayOf(Date.now(), zone);
  const days = Array.from({ length: DAYS }, (_, n) => daysAfter(today, n));
  const inWords = (day: string) =>
    new Intl.DateTimeFormat(lang, { month: 'numeric', day: 'numeric', weekday: 'short', timeZone: 'UTC' }).format(Date.parse(day));
  /** A card of a day that is over stands on today: it is still to be done. */
  const columnOf = (of: TicketRow) => {
    if (!of.appointed_ms) return '';
    const day = dayOf(of.appointed_ms, zone);
    return day < today ? today : day;
  };
  const drop = async (installer: number, day: string) => {
    if (!held) return;
    const clock = held.appointed_ms ? localTime(held.appointed_ms, zone) : MORNING;
    const at = day ? { appointed_ms: momentOf(`${day}T${clock}`, zone) } : {};
    const ticket = held;
    setHeld(null);
    await act(() => doAct(ticket, 'dispatch', { installer, ...at }), { done: w.dispatch, stale: STALE });
  };
  const card = (of: TicketRow) => <BoardCard key={of.id} of={of} isHeld={held?.id === of.id} onHold={setHeld} onGive={setGiving} />;
  const movable = held !== null && ['new', 'dispatched', 'accepted', 'appointed'].includes(held.state);
  return (
    <Loaded of={asked}>
      {({ items }) => (
        <>
          <p className="quiet dispatch-hint">{w.boardHint}</p>
          <section className="dispatch-new" aria-label={w.unassigned}>
            <h2>
              {w.unassigned} <span className="quiet number">{items.filter(one => !one.installer).length}</span>
            </h2>
            <ul>{items.filter(one => !one.installer).map(card)}</ul>
          </section>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways has to be reached by keyboard */}
          <section className="dispatch-board" aria-label={w.asBoard} tabIndex={0}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{w.installer}</th>
                  <th scope="col">{w.unplanned}</th>
                  {days.map(day => (
                    <th key={day} scope="col">
                      {inWords(day)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {(installers.data?.items ?? []).map(person => {
                  const own = items.filter(one => one.installer === person.id);
                  return (
                    <tr key={person.id}>
                      <th scope="row">
                        {person.name}
                        <span className="quiet"> {own.length}</span>
                      </th>
                      {['', ...days].map(day => (
                        <Cell
                          key={day || 'none'}
                          label={day ? inWords(day) : w.unplanned}
                          takes={movable}
                          onDrop={() => void drop(person.id, day)}
                        >
                          {own.filter(one => columnOf(one) === day).map(card)}
                        </Cell>
                      ))}
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </section>
          {giving ? <DispatchDialog of={giving} open onClose={() => setGiving(null)} /> : null}
        </>
      )}
    </Loaded>
  );
}

function localTime(ms: number, zone?: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms);
}

function Cell({ label, takes, onDrop, children }: { label: string; takes: boolean; onDrop: () => void; children: ReactNode[] }) {
  const [over, setOver] = useState(0);
  return (
    <td
      data-label={children.length ? label : undefined}
      className={over > 0 && takes ? 'dispatch-takes' : undefined}
      onDragEnter={() => setOver(n => n + 1)}
      onDragLeave={() => setOver(n => Math.max(0, n - 1))}
      onDragOver={event => takes && event.preventDefault()}
      onDrop={event => {
        event.preventDefault();
        setOver(0);
        onDrop();
      }}
    >
      <ul>{children}</ul>
    </td>
  );
}

function BoardCard({
  of,
  isHeld,
  onHold,
  onGive,
}: {
  of: TicketRow;
  isHeld: boolean;
  onHold: (of: TicketRow | null) => void;
  onGive: (of: TicketRow) => void;
}) {
  const w = useWords(words);
  const zone = useZone();
  const kindOf = useKind();
  const canMove = ['new', 'dispatched', 'accepted', 'appointed'].includes(of.state);
  return (
    <li
      className={`dispatch-card${isHeld ? ' board-held' : ''}`}
      draggable={canMove}
      onDragStart={event => {
        event.dataTransfer.setData('text/plain', of.code);
        event.dataTransfer.effectAllowed = 'move';
        onHold(of);
      }}
      onDragEnd={() => onHold(null)}
    >
      <Link to={`/tickets/${of.id}`} draggable={false}>
        {of.appointed_ms ? <strong>{localTime(of.appointed_ms, zone)} </strong> : null}
        {of.contact ?? of.code}
      </Link>
      <span className="quiet">{kindOf(of)}</span>
      <span className="quiet clip">{of.address}</span>
      <span className="line">
        <StateTag of={of} />
        {canMove ? (
          <button type="button" className="dispatch-give" onClick={() => onGive(of)}>
            {w.dispatch}
          </button>
        ) : null}
      </span>
    </li>
  );
}
