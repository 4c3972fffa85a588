// Columns and cards of rows that several pages show: movements, tasks, edges, scans.

import { rough, stretch } from '../../shared/format';
import type { Meaning } from '../../shared/tokens';
import { type Names, say, type Tone, type Verdict } from '../../shared/verdict';
import type { EdgeRow, Movement, ScanRow, TaskRow } from '../api';
import { usePrefs } from '../app';
import { Link } from '../route';
import { value, values } from '../values';
import { Bar, Code, Hint, Quantity, Tag, Time } from './common';
import type { Column } from './list';
import { useItemName, useMachineNames } from './names';

export function Carton({ carton, of, lot }: { carton: number; of: number; lot?: string | null }) {
  const { t, lang } = usePrefs();
  return (
    <>
      {of > 1 ? (
        <span className="carton" title={t.cartonN(carton, of)}>
          {carton}/{of}
        </span>
      ) : null}
      {lot ? <span className="carton">{lang === 'en' ? `lot ${lot}` : `色号 ${lot}`}</span> : null}
    </>
  );
}

/** Of an item in several cartons what moves is cartons, and the item's unit would say something else. */
export const pieceUnit = (row: { of: number; unit?: string }) => (row.of === 1 ? row.unit : undefined);

function Undone() {
  const { t } = usePrefs();
  return (
    <Hint text={t.reversedHint}>
      <Tag meaning="attention">{t.reversed}</Tag>
    </Hint>
  );
}

/** Places that only the books have are called by what they are: 供应商, 盘差. */
function usePlaceName(): (code: string, kind: string | undefined) => string {
  const { lang } = usePrefs();
  return (code, kind) => (kind && !['bin', 'receiving', 'staging'].includes(kind) ? value(values.locationKinds, kind, lang) : code);
}

export function useMovementColumns(leave: { item?: boolean } = {}): Column<Movement>[] {
  const { t } = usePrefs();
  const name = useItemName();
  const machines = useMachineNames();
  const place = usePlaceName();
  const all: (Column<Movement> | false)[] = [
    { key: 'at', title: t.time, width: '112px', cell: m => <Time ms={m.at_ms} /> },
    !leave.item && {
      key: 'item',
      title: t.what,
      cell: m => (
        <>
          <Link to={`/items/${m.item}`}>{name(m)}</Link> <Carton carton={m.carton} of={m.of} lot={m.lot} />
          <div className="quiet">
            <Code>{m.code}</Code>
          </div>
        </>
      ),
    },
    Boolean(leave.item) && { key: 'carton', title: t.cartons, cell: m => <Carton carton={m.carton} of={m.of} lot={m.lot} /> },
    { key: 'quantity', title: t.quantity, number: true, cell: m => <Quantity of={m.quantity} unit={pieceUnit(m)} /> },
    {
      key: 'from',
      title: `${t.from} → ${t.to}`,
      cell: m => (
        <span className="way">
          <Link to={`/locations/${m.from}`}>{place(m.from_code, m.from_kind)}</Link> →{' '}
          <Link to={`/locations/${m.to}`}>{place(m.to_code, m.to_kind)}</Link>
        </span>
      ),
    },
    {
      key: 'task',
      title: t.task,
      cell: m =>
        m.task ? (
          <Link className="nowrap" to={`/tasks/${m.task}`}>
            {m.task_number ?? t.taskGone}
          </Link>
        ) : null,
    },
    { key: 'who', title: t.who, cell: m => m.operator_name ?? machines.station(m.edge, m.station) },
    { key: 'reversed', title: '', cell: m => (m.reversed ? <Undone /> : null) },
  ];
  return all.filter((c): c is Column<Movement> => Boolean(c));
}

export function MovementCard({ of: m }: { of: Movement }) {
  const name = useItemName();
  const place = usePlaceName();
  return (
    <>
      <div className="line">
        <strong className="grow clip">
          {name(m)} <Carton carton={m.carton} of={m.of} lot={m.lot} />
        </strong>
        <Quantity of={m.quantity} unit={pieceUnit(m)} />
      </div>
      <div className="line quiet">
        <span className="grow clip">
          {place(m.from_code, m.from_kind)} → {place(m.to_code, m.to_kind)}
          {m.task_number ? ` · ${m.task_number}` : ''}
        </span>
        {m.reversed ? <Undone /> : null}
        <Time ms={m.at_ms} />
      </div>
    </>
  );
}

const taskMeanings: Record<string, Meaning | undefined> = { started: 'info', finished: 'right' };

/** Where a task stands. Whether sets are complete is a question of picking; elsewhere only what is missing is worth a word. */
export function TaskState({ of: task }: { of: Pick<TaskRow, 'state' | 'complete' | 'kind'> }) {
  const { lang, t } = usePrefs();
  const short = task.state === 'finished' && task.complete === false;
  return (
    <>
      <Tag meaning={short ? 'attention' : taskMeanings[task.state]}>{value(values.taskStates, task.state, lang)}</Tag>
      {task.state === 'finished' && (task.complete === false || (task.complete && task.kind === 'pick')) ? (
        <Tag meaning={task.complete ? 'right' : 'attention'}>{task.complete ? t.complete : t.incomplete}</Tag>
      ) : null}
    </>
  );
}

export function TaskBar({ of: task }: { of: Pick<TaskRow, 'number' | 'done' | 'short' | 'asked'> }) {
  const { t } = usePrefs();
  return (
    <div className="task-bar">
      <Bar done={rough(task.done)} short={rough(task.short)} of={rough(task.asked)} label={`${task.number} ${t.progress}`} />
      <span className="number">
        {task.done}/{task.asked}
      </span>
      {rough(task.short) > 0 ? <Tag meaning="attention">{t.shortN(task.short)}</Tag> : null}
    </div>
  );
}

export function TaskCard({ of: task }: { of: TaskRow }) {
  const { lang } = usePrefs();
  return (
    <>
      <div className="line">
        <strong className="grow nowrap">{task.number}</strong>
        <span>{value(values.taskKinds, task.kind, lang)}</span>
        <TaskState of={task} />
      </div>
      <div className="clip quiet">{task.reference}</div>
      <TaskBar of={task} />
    </>
  );
}

const edgeMeanings: Record<string, Meaning | undefined> = { online: 'right', offline: 'attention', refused: 'wrong', never: 'info' };

export function EdgeState({ of: edge }: { of: Pick<EdgeRow, 'state'> }) {
  const { lang } = usePrefs();
  return <Tag meaning={edgeMeanings[edge.state]}>{value(values.edgeStates, edge.state, lang)}</Tag>;
}

export function Lag({ ms }: { ms: number | null | undefined }) {
  const { lang } = usePrefs();
  return <span className="number">{ms ? stretch(ms, lang) : '–'}</span>;
}

/** A verdict in words: icon and colour by its tone. */
export function VerdictWords({ verdict, tone, names }: { verdict: Verdict; tone: Tone; names: Names }) {
  const { lang } = usePrefs();
  const said = say(verdict, names, lang);
  return (
    <span className="verdict-words">
      <Tag meaning={tone}>{said.title}</Tag>
      <span>{said.detail}</span>
      {said.next ? <span className="quiet">{said.next}</span> : null}
    </span>
  );
}

/** Who logged in is the one the scan is of; the fact carries the name, not the number. */
export function operatorOf(scan: { verdict: Verdict; operator_name?: string | null }, names: Names): Names {
  const id = scan.verdict.operator;
  return id === undefined || !scan.operator_name ? names : { ...names, operators: { ...names.operators, [id]: scan.operator_name } };
}

/** What was scanned; a button of the panel is said in words. */
export function Payload({ of: scan }: { of: Pick<ScanRow, 'payload' | 'source'> }) {
  const { t } = usePrefs();
  return (
    <span className="payload">
      <Code>{scan.payload}</Code>
      {scan.source === 'panel' ? <span className="quiet"> {t.button}</span> : null}
    </span>
  );
}
