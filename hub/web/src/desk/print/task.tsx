// A task on paper: for a shift without scanners, or to be signed. Lines stand in the order of the shelves; what a count should find is not
// told, so that it is counted and not copied.

import { exact, quantity } from '../../shared/format';
import type { TaskLine, TaskPage } from '../api';
import { usePrefs, useWords, useZone } from '../app';
import { sitesKnown } from '../parts/known';
import { useItemName } from '../parts/names';
import { value, values } from '../values';
import { Bars, Paper, Table } from './paper';
import { words } from './words';

const byShelf = (a: TaskLine, b: TaskLine) =>
  (a.location_code ?? '').localeCompare(b.location_code ?? '', 'en', { numeric: true }) ||
  a.set - b.set ||
  (a.carton ?? 0) - (b.carton ?? 0);

export function TaskPaper({ of: task }: { of: TaskPage }) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const zone = useZone(task.site);
  const name = useItemName();
  const site = sitesKnown.use()(task.site)?.name;
  const lines = [...task.lines].sort(byShelf);
  const box = <span key="box" className="paper-box" />;
  const titles: Record<string, string> = { pick: w.pickList, put_away: w.putAwayList, count: w.countSheet };
  const open = `QT-TASK-${task.number}`;
  return (
    <Paper
      title={titles[task.kind] ?? w.task}
      number={task.number}
      facts={[
        [w.site, site],
        [w.reference, task.reference],
        [w.created, exact(task.created_ms, lang, zone)],
        [w.state, value(values.taskStates, task.state, lang)],
      ]}
      head={
        <div className="paper-open">
          <Bars of={open} />
          <p>{w.openTask}</p>
        </div>
      }
      signed={[w.madeBy, w.workedBy, w.checkedBy]}
    >
      {task.kind === 'count' ? (
        <Table
          head={[w.no, w.location, w.goods, w.counted, w.check]}
          rows={lines.map((l, n) => [n + 1, l.location_code, null, null, box])}
        />
      ) : (
        <Table
          head={[w.no, w.location, w.goods, w.carton, w.asked, w.done, w.check]}
          rows={lines.map((l, n) => [
            n + 1,
            l.location_code ?? '',
            <span key="goods">
              {name(l)}
              <br />
              {l.code}
              {l.lot ? ` · ${t.lot} ${l.lot}` : ''}
            </span>,
            l.carton && l.of && l.of > 1 ? `${l.carton}/${l.of}` : '',
            quantity(l.quantity),
            quantity(l.done),
            box,
          ])}
        />
      )}
    </Paper>
  );
}
