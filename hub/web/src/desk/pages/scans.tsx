// Every scan, right or wrong, newest first. The counters of the floor open here with their filter.

import { Button } from 'antd';
import type { ScanRow } from '../api';
import { usePrefs, useSites } from '../app';
import { PageHead, Time } from '../parts/common';
import { Icon } from '../parts/icons';
import { List, NoRows } from '../parts/list';
import { useMachineNames, useNameOf } from '../parts/names';
import { operatorOf, Payload, VerdictWords } from '../parts/rows';
import { Search } from '../parts/search';
import { Choice, Sentence } from '../parts/sentence';
import { go, Link, useFilter } from '../route';
import { values, within } from '../values';

const days = ['1', '7', '30'];

export default function ScansPage() {
  const { t, lang } = usePrefs();
  const { site } = useSites();
  const machines = useMachineNames();
  const [tone, setTone] = useFilter('tone');
  const [when, setWhen] = useFilter('days');
  const [at, setAt] = useFilter('at');
  const [task, setTask] = useFilter('task');
  const [q, setQ] = useFilter('q');
  const slash = at.indexOf('/');
  const filtered = [tone, when, at, task, q].some(f => f !== '');
  const who = (s: ScanRow) => [s.operator_name, machines.station(s.edge, s.station)].filter(Boolean).join(' · ');
  const words = (s: ScanRow) => <VerdictWords verdict={s.verdict} tone={s.tone} names={operatorOf(s, s.names ?? {})} />;
  return (
    <>
      <PageHead title={t.scans} actions={<Search value={q} onChange={setQ} placeholder={t.searchScans} />} />
      <List<ScanRow>
        name="scans"
        path="/scans"
        live="fact"
        filter={{ site, tone, days: when, edge: at.slice(0, Math.max(slash, 0)), station: at.slice(slash + 1), task, q }}
        filters={
          <>
            <Sentence
              text={t.scansSentence}
              parts={{
                tone: (
                  <Choice
                    label={t.verdict}
                    value={tone}
                    onChange={setTone}
                    options={[
                      { value: '', label: t.anyVerdict },
                      ...Object.keys(values.tones).map(k => ({ value: k, label: within(values.tones, k, lang) })),
                    ]}
                  />
                ),
                days: (
                  <Choice
                    label={t.time}
                    value={when}
                    onChange={setWhen}
                    options={[{ value: '', label: t.anyTime }, ...days.map(n => ({ value: n, label: within(values.days, n, lang) }))]}
                  />
                ),
                at: (
                  <Choice
                    label={t.station}
                    value={at}
                    onChange={setAt}
                    options={[{ value: '', label: t.anyStation }, ...machines.stations.map(([id, name]) => ({ value: id, label: name }))]}
                  />
                ),
              }}
            />
            {task ? <OfTask id={task} onClear={() => setTask('')} /> : null}
          </>
        }
        label={t.scans}
        rowKey={s => s.scan}
        to={s => (s.task ? `/tasks/${s.task}` : undefined)}
        empty={
          <NoRows
            filtered={filtered}
            title={filtered ? t.noScansMatch : t.noScansYet}
            hint={t.noScansYetHint}
            clear={() => go('/scans', true)}
          />
        }
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
    </>
  );
}

function OfTask({ id, onClear }: { id: string; onClear: () => void }) {
  const { t } = usePrefs();
  const number = useNameOf('tasks', id);
  return (
    <Button
      size="small"
      onClick={onClear}
      icon={<Icon name="wrong" size={12} />}
      iconPlacement="end"
      aria-label={`${t.clearFilter}: ${number}`}
    >
      {t.task} {number}
    </Button>
  );
}
