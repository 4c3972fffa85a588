// One task: its lines as sets of cartons, so that what is missing is seen at once, and its scans as they come.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm } from 'antd';
import type { ReactNode } from 'react';
import { barPath } from '../../shared/code128';
import { difference, ranges, rough, stretch } from '../../shared/format';
import type { Names } from '../../shared/verdict';
import { get, post, type ScanRow, type TaskPage as Task, type TaskLine } from '../api';
import { useMay, usePrefs } from '../app';
import { Card, Code, Empty, Facts, Fault, Loaded, PageHead, Quantity, Tag, Time } from '../parts/common';
import { Files } from '../parts/files';
import { PagedRows } from '../parts/list';
import { Moved } from '../parts/moved';
import { together, useItemName, useMachineNames } from '../parts/names';
import { operatorOf, Payload, TaskBar, TaskState, VerdictWords } from '../parts/rows';
import { WithTimeline } from '../parts/timeline';
import { Print } from '../print/paper';
import { TaskPaper } from '../print/task';
import { Link } from '../route';
import { value, values } from '../values';

const useTask = (id: string) => useQuery({ queryKey: ['task', id], queryFn: ({ signal }) => get<Task>(`/tasks/${id}`, signal) });

/** The facts that matter, on its page and beside a list. */
function useFacts(): (of: Task) => [string, ReactNode][] {
  const { t } = usePrefs();
  return of => [
    [t.progress, <TaskBar key="p" of={of} />],
    [t.created, <Time key="c" ms={of.created_ms} site={of.site} />],
    [t.started, <Time key="s" ms={of.started_ms} site={of.site} none={t.notYet} />],
    [t.finished, <Time key="f" ms={of.finished_ms} site={of.site} none={t.notYet} />],
  ];
}

/** What it asks for: places to count, or sets of cartons. */
function Asked({ of: task }: { of: Task }) {
  const { t } = usePrefs();
  return (
    <Card title={task.kind === 'count' ? t.locations : t.cartonGrid} flush>
      {task.kind === 'count' ? <CountLines of={task} /> : <Sets of={task} />}
    </Card>
  );
}

function Kind({ of: task }: { of: Task }) {
  const { lang } = usePrefs();
  return (
    <>
      <span>{value(values.taskKinds, task.kind, lang)}</span>
      <TaskState of={task} />
    </>
  );
}

export default function TaskPage({ id }: { id: string }) {
  const { t } = usePrefs();
  const task = useTask(id);
  const facts = useFacts();
  return (
    <Loaded of={task}>
      {data => (
        <>
          <PageHead
            title={data.number}
            back={{ to: '/tasks', label: t.tasks }}
            actions={
              <>
                <Print paper={() => <TaskPaper of={data} />} />
                <Withdraw of={data} />
              </>
            }
          >
            <Kind of={data} />
          </PageHead>
          {data.reference ? <p className="reference">{data.reference}</p> : null}
          <p className="reference">
            {(data.edges ?? []).map(edge => (
              <Tag key={edge.id} meaning={edge.has_it ? 'right' : 'attention'}>
                {edge.name} · {edge.has_it ? t.hasTask : t.waitsForTask}
              </Tag>
            ))}
          </p>
          <Facts of={[...facts(data), [t.short, <Quantity key="x" of={data.short} />]]} />
          <WithTimeline of="task" id={data.id}>
            <Asked of={data} />
            <Files of="tasks" id={data.id} />
            <Scans of={data} />
            <Moved of="task" id={data.id} title={t.movements} leave={['task']} />
            {['open', 'started'].includes(data.state) ? <TaskSheet of={data} /> : null}
          </WithTimeline>
        </>
      )}
    </Loaded>
  );
}

/** The task beside its list: where it stands and what is missing. */
export function TaskPeek({ id }: { id: string }) {
  const task = useTask(id);
  const facts = useFacts();
  return (
    <Loaded of={task}>
      {data => (
        <>
          <h2>{data.number}</h2>
          <p className="peek-line">
            <Kind of={data} />
          </p>
          {data.reference ? <p className="reference">{data.reference}</p> : null}
          <Facts of={facts(data)} />
          <Asked of={data} />
        </>
      )}
    </Loaded>
  );
}

function Withdraw({ of: task }: { of: Task }) {
  const { t } = usePrefs();
  const may = useMay();
  const { modal, message } = App.useApp();
  const queries = useQueryClient();
  if (!may('tasks') || !['open', 'started'].includes(task.state)) return null;
  const withdraw = async () => {
    try {
      await post(`/tasks/${task.id}/withdraw`);
      void message.success(t.withdrawn);
      void queries.invalidateQueries({ queryKey: ['task'] });
      void queries.invalidateQueries({ queryKey: ['tasks'] });
    } catch (refused) {
      modal.error({ title: t.refused, content: <Fault error={refused} /> });
    }
  };
  return (
    <Popconfirm
      title={t.withdrawSure(task.number)}
      description={t.withdrawHint}
      okText={t.withdraw}
      cancelText={t.cancel}
      onConfirm={withdraw}
    >
      <Button danger>{t.withdraw}</Button>
    </Popconfirm>
  );
}

/** Lines of one item within a set: its cartons 1 … n together. */
interface Group {
  key: string;
  set: number;
  lines: TaskLine[];
}

function groups(lines: TaskLine[]): Group[] {
  const found = new Map<string, Group>();
  for (const line of lines) {
    const key = `${line.set} ${line.item} ${line.lot ?? ''}`;
    const group = found.get(key) ?? { key, set: line.set, lines: [] };
    group.lines.push(line);
    found.set(key, group);
  }
  return [...found.values()].sort((a, b) => a.set - b.set);
}

type ChipState = 'done' | 'short' | 'part' | 'open';

function stateOf(line: TaskLine): ChipState {
  const left = rough(line.quantity) - rough(line.done) - rough(line.short);
  if (rough(line.short) > 0) return 'short';
  if (left <= 0) return 'done';
  return rough(line.done) > 0 ? 'part' : 'open';
}

const chipSigns: Record<ChipState, string> = { done: '✓', short: '!', part: '…', open: '' };

function Chips({ lines }: { lines: TaskLine[] }) {
  const { t } = usePrefs();
  const words: Record<ChipState, string> = { done: t.done, short: t.short, part: t.progress, open: '' };
  return (
    <ul className="chips">
      {lines.map(line => {
        const state = stateOf(line);
        const amount = rough(line.quantity) === 1 && line.done.length < 2 ? '' : ` ${t.doneOf(line.done, line.quantity)}`;
        return (
          <li
            key={line.id}
            className={`chip chip-${state}`}
            title={`${line.carton && line.of ? t.cartonN(line.carton, line.of) : ''}${amount} ${line.location_code ?? ''} ${words[state]}`}
          >
            {chipSigns[state] ? <span aria-hidden="true">{chipSigns[state]}</span> : null}
            <span className="number">{line.of === 1 ? `${line.done}/${line.quantity}` : `${line.carton}/${line.of}${amount}`}</span>
            <span className="hidden">{words[state]}</span>
          </li>
        );
      })}
    </ul>
  );
}

function Sets({ of: task }: { of: Task }) {
  const { t, lang } = usePrefs();
  const name = useItemName();
  // An item of one carton has no carton to name, only how many are left.
  const left = (lines: TaskLine[]) => t.leftN(lines.reduce((sum, l) => difference(sum, difference(l.done, l.quantity)), '0'));
  return (
    <ul>
      {groups(task.lines).map(group => {
        const first = group.lines[0];
        if (!first) return null;
        const missing = group.lines.filter(l => stateOf(l) !== 'done');
        const gone = task.state === 'finished' || missing.some(l => rough(l.short) > 0);
        const places = [...new Set(group.lines.map(l => l.location_code).filter(Boolean))];
        return (
          <li key={group.key} className="set">
            <div className="set-name">
              <Link to={`/items/${first.item}`}>{name(first)}</Link>
              <div className="quiet">
                <Code>{first.code}</Code> {group.set ? t.setNumber(group.set) : t.ownLines}
                {first.lot ? ` · ${t.lot} ${first.lot}` : ''}{' '}
                {places.length ? ` · ${places.slice(0, 3).join(lang === 'en' ? ', ' : '、')}${places.length > 3 ? '…' : ''}` : ''}
              </div>
            </div>
            <Chips lines={group.lines} />
            {missing.length === 0 ? (
              <Tag meaning="right">{t.complete}</Tag>
            ) : (
              <Tag meaning={gone ? 'attention' : 'info'}>
                {first.of === 1
                  ? left(missing)
                  : (gone ? t.missingCartons : t.stillCartons)(
                      ranges(
                        missing.map(l => l.carton ?? 0),
                        lang === 'en' ? ', ' : '、',
                      ),
                    )}
              </Tag>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function CountLines({ of: task }: { of: Task }) {
  const { t } = usePrefs();
  return (
    <ul>
      {task.lines.map(line => {
        const counted = rough(line.done) > 0;
        return (
          <li key={line.id} className="set">
            <div className="set-name">
              <Link to={`/locations/${line.location}`}>
                <Code>{line.location_code}</Code>
              </Link>
            </div>
            <Tag meaning={counted ? 'right' : undefined}>{counted ? t.counted : t.notCounted}</Tag>
          </li>
        );
      })}
    </ul>
  );
}

/** Names for verdicts, from the task's own lines; a scan may bring more. */
function namesOf(task: Task): Names {
  const names = { items: {} as NonNullable<Names['items']>, locations: {} as Record<string, string>, tasks: { [task.id]: task.number } };
  for (const line of task.lines) {
    if (line.item && line.name)
      names.items[line.item] = { code: line.code ?? '', name: line.name, name_en: line.name_en ?? '', cartons: line.of ?? undefined };
    if (line.location && line.location_code) names.locations[line.location] = line.location_code;
  }
  return names;
}

function Scans({ of: task }: { of: Task }) {
  const { t, lang } = usePrefs();
  const machines = useMachineNames();
  const known = namesOf(task);
  const words = (s: ScanRow) => <VerdictWords verdict={s.verdict} tone={s.tone} names={operatorOf(s, together(known, s.names))} />;
  const skew = (s: ScanRow) => (s.skew_ms && Math.abs(s.skew_ms) > 5000 ? t.skew(stretch(Math.abs(s.skew_ms), lang)) : '');
  const who = (s: ScanRow) => [s.operator_name, machines.station(s.edge, s.station)].filter(Boolean).join(' · ');
  return (
    <Card title={t.scans} flush extra={<Link to={`/scans?task=${task.id}`}>{t.all}</Link>}>
      <PagedRows<ScanRow>
        name="scans"
        path="/scans"
        live="fact"
        filter={{ task: task.id }}
        label={t.scans}
        rowKey={s => s.scan}
        columns={[
          { key: 'at', title: t.time, width: '112px', cell: s => <Time ms={s.at_ms} site={task.site} /> },
          { key: 'verdict', title: t.verdict, cell: words },
          { key: 'payload', title: t.scanned, width: '220px', cell: s => <Payload of={s} /> },
          {
            key: 'who',
            title: t.who,
            width: '180px',
            cell: s => (
              <>
                {who(s)}
                {skew(s) ? <div className="quiet">{skew(s)}</div> : null}
              </>
            ),
          },
        ]}
        card={s => (
          <>
            {words(s)}
            <div className="line quiet">
              <span className="grow clip">{who(s)}</span>
              <Time ms={s.at_ms} site={task.site} />
            </div>
          </>
        )}
        empty={<Empty title={t.noScans} hint={t.noScansHint} />}
      />
    </Card>
  );
}

/** Scanned from this screen or from paper, it opens the task at a station. */
function TaskSheet({ of: task }: { of: Task }) {
  const { t } = usePrefs();
  const text = `QT-TASK-${task.number}`;
  const { path, width } = barPath(text);
  return (
    <Card title={t.taskSheet} extra={<span className="quiet">{t.taskSheetHint}</span>}>
      <svg
        className="barcode"
        viewBox={`0 0 ${width} 1`}
        preserveAspectRatio="none"
        height="72"
        role="img"
        aria-label={text}
        shapeRendering="crispEdges"
      >
        <path d={path} />
      </svg>
      <Code>{text}</Code>
    </Card>
  );
}
