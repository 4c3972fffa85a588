import { Button } from 'antd';
import { lazy, useState } from 'react';
import type { TaskRow } from '../api';
import { usePrefs, useSites } from '../app';
import { PageHead, Time } from '../parts/common';
import { Icon } from '../parts/icons';
import { List, NoRows } from '../parts/list';
import { TaskBar, TaskCard, TaskState } from '../parts/rows';
import { Search } from '../parts/search';
import { Choice, Sentence } from '../parts/sentence';
import { go, useFilter } from '../route';
import { value, values, within } from '../values';
import { NewTask } from './new-task';

const TaskPeek = lazy(() => import('./task').then(m => ({ default: m.TaskPeek })));

const kinds = ['put_away', 'count', 'pick'];
const states = ['open,started', 'open', 'started', 'finished', 'withdrawn'];

export default function TasksPage() {
  const { t, lang } = usePrefs();
  const { site } = useSites();
  const [kind, setKind] = useFilter('kind');
  const [state, setState] = useFilter('state');
  const [q, setQ] = useFilter('q');
  const [asked, setAsked] = useFilter('new');
  const [making, setMaking] = useState(asked === '1');
  const close = () => {
    setMaking(false);
    if (asked) setAsked('');
  };
  const filtered = kind !== '' || state !== '' || q !== '';
  return (
    <>
      <PageHead
        title={t.tasks}
        actions={
          <>
            <Search value={q} onChange={setQ} placeholder={t.searchTasks} />
            <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
              {t.newTask}
            </Button>
          </>
        }
      />
      <List<TaskRow>
        name="tasks"
        path="/tasks"
        live="task"
        filter={{ site, kind, state, q }}
        filters={
          <Sentence
            text={t.tasksSentence}
            parts={{
              kind: (
                <Choice
                  label={t.taskKinds}
                  value={kind}
                  onChange={setKind}
                  options={[{ value: '', label: t.anyKind }, ...kinds.map(k => ({ value: k, label: within(values.taskKinds, k, lang) }))]}
                />
              ),
              state: (
                <Choice
                  label={t.state}
                  value={state}
                  onChange={setState}
                  options={[
                    { value: '', label: t.anyState },
                    ...states.map(s => ({ value: s, label: within(values.taskStates, s, lang) })),
                  ]}
                />
              ),
            }}
          />
        }
        label={t.tasks}
        rowKey={k => k.id}
        to={k => `/tasks/${k.id}`}
        peek={k => <TaskPeek id={String(k.id)} />}
        empty={
          <NoRows
            filtered={filtered}
            title={filtered ? t.noTasks : t.noOpenTasks}
            hint={t.noOpenTasksHint}
            clear={() => go('/tasks', true)}
            action={
              <Button type="primary" onClick={() => setMaking(true)}>
                {t.newTask}
              </Button>
            }
          />
        }
        columns={[
          { key: 'number', title: t.task, width: '120px', cell: k => <strong>{k.number}</strong> },
          { key: 'kind', title: t.kind, width: '88px', cell: k => value(values.taskKinds, k.kind, lang) },
          { key: 'reference', title: t.reference, cell: k => k.reference },
          { key: 'state', title: t.state, width: '170px', cell: k => <TaskState of={k} /> },
          { key: 'progress', title: t.progress, width: '240px', cell: k => <TaskBar of={k} /> },
          { key: 'created', title: t.created, width: '112px', cell: k => <Time ms={k.created_ms} site={k.site} /> },
        ]}
        card={k => <TaskCard of={k} />}
      />
      <NewTask open={making} onClose={close} />
    </>
  );
}
