// The floor now: counters that open their lists, open tasks, and what moves, as it moves.

import { useQuery } from '@tanstack/react-query';
import { Button, Segmented } from 'antd';
import { useState } from 'react';
import { quantity } from '../../shared/format';
import { type EdgeRow, type FactEvent, type Floor, get, type Movement, type Page, query } from '../api';
import { useMay, usePart, usePrefs } from '../app';
import { useLiveRows } from '../live';
import { Card, Empty, Loaded, PageHead, Time } from '../parts/common';
import { Counter } from '../parts/counter';
import { Rows, useNarrow } from '../parts/list';
import { useMachineNames } from '../parts/names';
import { EdgeState, MovementCard, operatorOf, TaskBar, TaskState, useMovementColumns, VerdictWords } from '../parts/rows';
import { Link, useFilter } from '../route';
import { value, values } from '../values';

const SHOWN = 30;

export default function FloorPage() {
  const { t } = usePrefs();
  const { below } = usePart();
  const floor = useQuery({
    queryKey: ['floor', below],
    queryFn: ({ signal }) => get<Floor>(`/floor${query({ below })}`, signal),
    placeholderData: b => b,
  });
  return (
    <>
      <PageHead title={t.floor} />
      <Loaded of={floor}>
        {data => (
          <>
            <Counters of={data} />
            <EdgesStrip />
            <div className="floor">
              <OpenTasks of={data} />
              <Ticker first={data.movements} />
            </div>
          </>
        )}
      </Loaded>
    </>
  );
}

function Counters({ of: { today, exceptions_open } }: { of: Floor }) {
  const { t } = usePrefs();
  return (
    <div className="counters">
      <Counter
        label={t.openExceptions}
        shown={quantity(exceptions_open)}
        to="/exceptions"
        meaning={exceptions_open ? 'attention' : undefined}
        list={t.exceptions}
      />
      <Counter label={t.todayScans} shown={quantity(today.scans)} to="/scans?days=1" list={t.scans} />
      <Counter
        label={t.todayRight}
        shown={quantity(today.right)}
        to="/scans?days=1&tone=right%2Cattention"
        meaning="right"
        list={t.scans}
      />
      <Counter
        label={t.todayWrong}
        shown={quantity(today.wrong)}
        to="/scans?days=1&tone=wrong"
        meaning={today.wrong ? 'wrong' : undefined}
        list={t.scans}
      />
      <Counter label={t.todayMoved} shown={quantity(today.moved)} to="/movements" list={t.movements} />
    </div>
  );
}

function EdgesStrip() {
  const { t } = usePrefs();
  const may = useMay();
  const { below } = usePart();
  const edges = useQuery({
    queryKey: ['edges', 'strip', below],
    enabled: may('edges.see', 'edges'),
    queryFn: ({ signal }) => get<Page<EdgeRow>>(`/edges${query({ below, limit: 200 })}`, signal),
    placeholderData: b => b,
  });
  const rows = edges.data?.items ?? [];
  return (
    <nav className="strip" aria-label={t.edgesStrip}>
      {rows.map(edge => (
        <Link key={edge.id} to={`/edges/${edge.id}`}>
          <strong>{edge.name || edge.id}</strong>
          <EdgeState of={edge} />
          {edge.backlog ? <span className="number quiet">{t.backlogN(quantity(edge.backlog))}</span> : null}
        </Link>
      ))}
      {edges.data && rows.length === 0 ? (
        <Link to="/edges">
          {t.noEdges}
          {may('edges') ? ` · ${t.newEdge}` : ''}
        </Link>
      ) : null}
    </nav>
  );
}

function OpenTasks({ of: { open_tasks } }: { of: Floor }) {
  const { t, lang } = usePrefs();
  const may = useMay();
  return (
    <Card title={t.openTasks} extra={<Link to="/tasks">{t.all}</Link>} flush>
      {open_tasks.length === 0 ? (
        <Empty
          title={t.noOpenTasks}
          hint={t.noOpenTasksHint}
          action={may('tasks') ? <Link to="/tasks?new=1">{t.newTask}</Link> : undefined}
        />
      ) : (
        <ul className="plain">
          {open_tasks.map(task => (
            <li key={task.id}>
              <Link to={`/tasks/${task.id}`} className="row-card">
                <div className="line">
                  <strong>{task.number}</strong>
                  <span className="quiet">{value(values.taskKinds, task.kind, lang)}</span>
                  <span className="grow" />
                  <TaskState of={task} />
                </div>
                <div className="clip quiet">{task.reference}</div>
                <TaskBar of={task} />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

/** Movements of the hub's answer, and on top of them what came since by the live link. */
function useMoving(first: Movement[]): { rows: Movement[]; fresh: Set<number> } {
  const [came, setCame] = useState<Movement[]>([]);
  useLiveRows<Movement>('movement', m => setCame(before => [m, ...before.filter(b => b.id !== m.id)].slice(0, SHOWN)));
  const seen = new Map([...came, ...first].map(m => [m.id, m] as const));
  // A row read later knows more, e.g. that it has been undone.
  for (const m of first) seen.set(m.id, m);
  const rows = [...seen.values()].sort((a, b) => b.id - a.id).slice(0, SHOWN);
  return { rows, fresh: new Set(came.map(m => m.id)) };
}

function Ticker({ first }: { first: Movement[] }) {
  const { t } = usePrefs();
  const [chosen, choose] = useFilter('show');
  const show = chosen === 'scans' || chosen === 'wrong' ? chosen : 'movements';
  const setShow = (next: string) => choose(next === 'movements' ? '' : next);
  const { rows, fresh } = useMoving(first);
  const [facts, setFacts] = useState<FactEvent[]>([]);
  useLiveRows<FactEvent>('fact', fact => setFacts(before => [fact, ...before].slice(0, 100)));
  const columns = useMovementColumns();
  const isNarrow = useNarrow();
  const scans = facts.filter(f => show !== 'wrong' || f.tone === 'wrong');
  const machines = useMachineNames();

  return (
    <Card
      title={show === 'movements' ? t.liveMovements : t.liveScans}
      flush
      extra={
        <Segmented
          size={isNarrow ? 'small' : 'middle'}
          aria-label={t.liveMovements}
          value={show}
          onChange={setShow}
          options={[
            { value: 'movements', label: t.movements },
            { value: 'scans', label: t.scans },
            { value: 'wrong', label: t.onlyWrong },
          ]}
        />
      }
    >
      {show === 'movements' ? (
        rows.length ? (
          <Rows
            label={t.liveMovements}
            rows={rows}
            columns={columns.filter(c => c.key !== 'who')}
            rowKey={m => m.id}
            rowClass={m => (fresh.has(m.id) ? 'fresh' : undefined)}
            card={m => <MovementCard of={m} />}
          />
        ) : (
          <Empty title={t.noMovements} hint={t.noMovementsHint} />
        )
      ) : scans.length ? (
        <ul className="plain scans">
          {scans.map(fact => (
            <li key={fact.scan ?? `${fact.edge} ${fact.at_ms} ${fact.verdict.is}`} className="fresh">
              <VerdictWords verdict={fact.verdict} tone={fact.tone} names={operatorOf(fact, fact.names ?? {})} />
              <span className="quiet scan-who">
                {[fact.operator_name, machines.station(fact.edge, fact.station)].filter(Boolean).join(' · ')} ·{' '}
                <Time ms={fact.at_ms} site={fact.site} />
                {fact.task ? (
                  <>
                    {' · '}
                    <Link to={`/tasks/${fact.task}`}>{fact.names?.tasks?.[fact.task] ?? t.task}</Link>
                  </>
                ) : null}
              </span>
            </li>
          ))}
        </ul>
      ) : (
        <Empty
          title={t.liveScansHint}
          action={
            <Button size="small" onClick={() => setShow('movements')}>
              {t.movements}
            </Button>
          }
        />
      )}
    </Card>
  );
}
