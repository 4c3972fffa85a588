// Every scan, right or wrong, newest first. The counters of the floor open here with their filter.

import type { ScanRow } from '../api';
import { usePart, usePrefs } from '../app';
import { Time } from '../parts/common';
import { ListPage } from '../parts/list-page';
import { useMachineNames, useStations } from '../parts/names';
import { Of } from '../parts/of';
import { operatorOf, Payload, VerdictWords } from '../parts/rows';
import { Link } from '../route';
import { optionsOf, values } from '../values';

export default function ScansPage() {
  const { t, lang } = usePrefs();
  const { below } = usePart();
  const machines = useMachineNames();
  const stations = useStations(below);
  const who = (s: ScanRow) => [s.operator_name, machines.station(s.edge, s.station)].filter(Boolean).join(' · ');
  const words = (s: ScanRow) => <VerdictWords verdict={s.verdict} tone={s.tone} names={operatorOf(s, s.names ?? {})} />;
  return (
    <ListPage<ScanRow>
      name="scans"
      path="/scans"
      live="fact"
      title={t.scans}
      search={t.searchScans}
      sentence={t.scansSentence}
      choices={[
        { name: 'tone', label: t.verdict, any: t.anyVerdict, options: optionsOf(values.tones, lang) },
        { name: 'days', label: t.time, any: t.anyTime, options: optionsOf(values.days, lang) },
        {
          name: 'at',
          label: t.station,
          any: t.anyStation,
          options: stations.map(([id, name]) => ({ value: id, label: name })),
        },
      ]}
      more={['task']}
      beside={({ of, set }) => (of.task ? <Of what="tasks" id={of.task} label={t.task} onClear={() => set('task', '')} /> : null)}
      ask={({ at = '', ...of }) => {
        const slash = at.indexOf('/');
        return { ...of, below, edge: at.slice(0, Math.max(slash, 0)), station: at.slice(slash + 1) };
      }}
      none={{ title: t.noScansYet, matching: t.noScansMatch, hint: t.noScansYetHint }}
      rowKey={s => s.scan}
      to={s => (s.task ? `/tasks/${s.task}` : undefined)}
      columns={[
        { key: 'at', title: t.time, width: '112px', cell: s => <Time ms={s.at_ms} site={s.site} /> },
        { key: 'verdict', title: t.verdict, cell: words },
        { key: 'payload', title: t.scanned, width: '220px', cell: s => <Payload of={s} /> },
        { key: 'who', title: t.who, width: '180px', cell: who },
        {
          key: 'task',
          title: t.task,
          width: '112px',
          cell: s =>
            s.task ? (
              <Link className="nowrap" to={`/tasks/${s.task}`}>
                {s.task_number ?? t.taskGone}
              </Link>
            ) : (
              ''
            ),
        },
      ]}
      card={s => (
        <>
          {words(s)}
          <div className="line quiet">
            <span className="grow clip">
              {who(s)}
              {s.task_number ? ` · ${s.task_number}` : ''}
            </span>
            <Time ms={s.at_ms} site={s.site} />
          </div>
        </>
      )}
    />
  );
}
