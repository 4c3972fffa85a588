import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { post, type TaskRow } from '../api';
import { useMay, usePart, usePrefs, useWords } from '../app';
import { words as boardWords } from '../board/words';
import { Time } from '../parts/common';
import { Icon } from '../parts/icons';
import { ListPage } from '../parts/list-page';
import { TaskBar, TaskCard, TaskState } from '../parts/rows';
import { useFilter } from '../route';
import { optionsOf, value, values } from '../values';
import { NewTask } from './new-task';

const TaskBoard = lazy(() => import('../board/tasks'));
const TaskPeek = lazy(() => import('./task').then(m => ({ default: m.TaskPeek })));

export default function TasksPage() {
  const { t, lang } = usePrefs();
  const { below } = usePart();
  const b = useWords(boardWords);
  const may = useMay();
  const [asked, setAsked] = useFilter('new');
  const [making, setMaking] = useState(asked === '1');
  const close = () => {
    setMaking(false);
    if (asked) setAsked('');
  };
  const make = may('tasks') ? (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
      {t.newTask}
    </Button>
  ) : null;
  return (
    <>
      <ListPage<TaskRow>
        name="tasks"
        path="/tasks"
        live="task"
        title={t.tasks}
        search={t.searchTasks}
        sheet={{
          list: 'tasks',
          filters: ['below', 'kind', 'state', 'q'],
          columns: { progress: ['lines', 'asked', 'done', 'short'] },
        }}
        actions={make}
        sentence={t.tasksSentence}
        choices={[
          { name: 'kind', label: t.taskKinds, any: t.anyKind, options: optionsOf(values.taskKinds, lang) },
          { name: 'state', label: t.state, any: t.anyState, options: optionsOf(values.taskStates, lang) },
          { name: 'as', label: b.shownAs, any: b.list, options: [{ value: 'board', label: b.board }], how: true },
        ]}
        ask={({ as: _, ...of }) => ({ ...of, below })}
        instead={(filters, filter) =>
          filters.of.as === 'board' ? (
            <Suspense fallback={<div className="page-waiting" aria-busy="true" />}>
              <TaskBoard filter={filter} />
            </Suspense>
          ) : null
        }
        none={{ title: t.noOpenTasks, matching: t.noTasks, hint: t.noOpenTasksHint, action: make }}
        rowKey={k => k.id}
        to={k => `/tasks/${k.id}`}
        peek={k => <TaskPeek id={String(k.id)} />}
        batch={
          may('tasks')
            ? [
                {
                  label: t.withdraw,
                  sure: t.withdrawManySure,
                  fits: k => ['open', 'started'].includes(k.state),
                  run: k => post(`/tasks/${k.id}/withdraw`),
                },
              ]
            : undefined
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
