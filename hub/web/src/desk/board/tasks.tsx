// Tasks as a board: a column for each state with its total, paged by itself. A card that may not go somewhere says why while it is held there.

import './board.css';
import { useQueryClient } from '@tanstack/react-query';
import { Button, Dropdown, Modal } from 'antd';
import { useState } from 'react';
import { quantity } from '../../shared/format';
import { post, type TaskRow } from '../api';
import { useMay, usePrefs, useWords } from '../app';
import { useAct } from '../parts/act';
import { Fault } from '../parts/common';
import { type Filter, usePaged } from '../parts/list';
import { TaskCard } from '../parts/rows';
import { Link } from '../route';
import { value, values } from '../values';
import { columnsOf, moveOf, type State } from './moves';
import { words } from './words';

export default function TaskBoard({ filter }: { filter: Filter }) {
  const { t } = usePrefs();
  const { act, busy } = useAct();
  const queries = useQueryClient();
  const [held, setHeld] = useState<TaskRow | null>(null);
  const [asking, setAsking] = useState<TaskRow | null>(null);
  const withdraw = async () => {
    if (asking && (await act(() => post(`/tasks/${asking.id}/withdraw`), { done: t.withdrawn }))) {
      for (const name of ['tasks', 'task', 'home', 'floor']) void queries.invalidateQueries({ queryKey: [name] });
    }
    setAsking(null);
  };
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways has to be reached by keyboard */}
      <section className="board" aria-label={t.tasks} tabIndex={0}>
        {columnsOf(String(filter.state ?? '')).map(state => (
          <Column key={state} state={state} filter={filter} held={held} onHold={setHeld} onWithdraw={setAsking} />
        ))}
      </section>
      <Modal
        open={asking !== null}
        title={t.withdrawSure(asking?.number ?? '')}
        okText={t.withdraw}
        okButtonProps={{ danger: true, loading: busy }}
        cancelText={t.cancel}
        closable={false}
        onCancel={() => setAsking(null)}
        onOk={withdraw}
      >
        {t.withdrawHint}
      </Modal>
    </>
  );
}

function Column({
  state,
  filter,
  held,
  onHold,
  onWithdraw,
}: {
  state: State;
  filter: Filter;
  held: TaskRow | null;
  onHold: (task: TaskRow | null) => void;
  onWithdraw: (task: TaskRow) => void;
}) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const may = useMay();
  const [over, setOver] = useState(0);
  const asked = usePaged<TaskRow>('tasks', '/tasks', { ...filter, state });
  const rows = asked.data?.pages.flatMap(p => p.items) ?? [];
  const first = asked.data?.pages[0];
  const counted = first?.total ?? 0;
  const isMore = first?.at_least && (asked.hasNextPage || rows.length <= counted);
  const total = `${quantity(Math.max(counted, rows.length))}${isMore ? '+' : ''}`;
  const name = value(values.taskStates, state, lang);
  const move = held ? moveOf(held.state, state, may('tasks')) : 'stays';
  const said = over > 0 && move !== 'stays' ? w[move] : '';
  const leave = () => setOver(0);
  return (
    // Cards are taken here with the mouse; the menu of each card does the same by keyboard and on a phone.
    // biome-ignore lint/a11y/noStaticElementInteractions: see above
    <div
      className={`board-column${over > 0 && move === 'withdraws' ? ' board-takes' : ''}`}
      onDragEnter={() => setOver(n => n + 1)}
      onDragLeave={() => setOver(n => Math.max(0, n - 1))}
      onDragOver={event => move === 'withdraws' && event.preventDefault()}
      onDrop={event => {
        event.preventDefault();
        leave();
        if (held && move === 'withdraws') onWithdraw(held);
        onHold(null);
      }}
    >
      <h2>
        {name} <span className="quiet number">{total}</span>
      </h2>
      <p className={`board-why${move === 'withdraws' ? ' board-why-takes' : ''}`} role="status">
        {said}
      </p>
      {asked.error ? <Fault error={asked.error} retry={() => void asked.refetch()} /> : null}
      <ul aria-label={name} aria-busy={asked.isPending}>
        {rows.map(task => (
          <li
            key={task.id}
            className={`board-card${held?.id === task.id ? ' board-held' : ''}`}
            draggable
            onDragStart={event => {
              event.dataTransfer.setData('text/plain', task.number);
              event.dataTransfer.effectAllowed = 'move';
              onHold(task);
            }}
            onDragEnd={() => onHold(null)}
          >
            <Link to={`/tasks/${task.id}`} draggable={false}>
              <TaskCard of={task} />
            </Link>
            {moveOf(task.state, 'withdrawn', may('tasks')) === 'withdraws' ? (
              <Dropdown
                trigger={['click']}
                placement="bottomRight"
                menu={{ items: [{ key: 'withdraw', label: t.withdraw, danger: true }], onClick: () => onWithdraw(task) }}
              >
                <Button className="board-more" size="small" type="text" aria-label={w.actions(task.number)}>
                  …
                </Button>
              </Dropdown>
            ) : null}
          </li>
        ))}
      </ul>
      {asked.data && rows.length === 0 ? <p className="quiet board-none">{w.none}</p> : null}
      {asked.hasNextPage ? (
        <Button size="small" block loading={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
          {w.more}
        </Button>
      ) : null}
    </div>
  );
}
