import { Button, Segmented, Select } from 'antd';
import { useState } from 'react';
import type { TaskRow } from '../api';
import { usePrefs, useSites } from '../app';
import { Card, PageHead, Time } from '../parts/common';
import { Icon } from '../parts/icons';
import { NoRows, PagedRows } from '../parts/list';
import { TaskBar, TaskCard, TaskState } from '../parts/rows';
import { Search } from '../parts/search';
import { useFilter } from '../route';
import { value, values } from '../values';
import { NewTask } from './new-task';

const kinds = ['put_away', 'count', 'pick'];
const states = ['open', 'started', 'finished', 'withdrawn'];

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
            <Search value={q} onChange={setQ} placeholder={`${t.search} ${t.tasks}`} />
            <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
              {t.newTask}
            </Button>
          </>
        }
      />
      <div className="filters">
        <Segmented
          aria-label={t.taskKinds}
          value={kind}
          onChange={setKind}
          options={[{ value: '', label: t.all }, ...kinds.map(k => ({ value: k, label: value(values.taskKinds, k, lang) }))]}
        />
        <Select
          aria-label={t.state}
          style={{ minWidth: 140 }}
          value={state}
          onChange={setState}
          options={[
            { value: '', label: `${t.state}: ${t.all}` },
            ...states.map(s => ({ value: s, label: value(values.taskStates, s, lang) })),
          ]}
        />
      </div>
      <Card flush>
        <PagedRows<TaskRow>
          name="tasks"
          path="/tasks"
          filter={{ site, kind, state, q }}
          label={t.tasks}
          rowKey={k => k.id}
          to={k => `/tasks/${k.id}`}
          empty={
            <NoRows
              filtered={filtered}
              title={filtered ? t.noTasks : t.noOpenTasks}
              hint={t.noOpenTasksHint}
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
      </Card>
      <NewTask open={making} onClose={close} />
    </>
  );
}
