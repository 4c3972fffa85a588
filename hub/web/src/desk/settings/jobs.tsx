import { lazy } from 'react';
import { get, post } from '../api';
import { useMay, usePrefs, useWords } from '../app';
import { Bar, Time } from '../parts/common';
import { ListPage } from '../parts/list-page';
import { optionsOf, value } from '../values';
import { StateTag } from './hub-parts';
import { jobKinds, jobStates, words } from './hub-words';

const JobPeek = lazy(() => import('./job').then(m => ({ default: m.JobPeek })));

export interface JobRow {
  id: number;
  kind: string;
  args: unknown;
  state: string;
  run_at_ms: number;
  attempts: number;
  max_attempts?: number;
  last_error?: string;
  progress: number;
  words?: string;
  result?: unknown;
  created_by: string;
  created_ms: number;
  started_ms?: number;
  ended_ms?: number;
  cancel_asked: boolean;
}

export const readJob = (id: string, signal: AbortSignal) => get<JobRow>(`/jobs/${id}`, signal);

export function JobProgress({ of }: { of: JobRow }) {
  const { t } = usePrefs();
  if (of.state !== 'running') return null;
  return (
    <div className="task-bar">
      <Bar done={of.progress} short={0} of={1000} label={t.progress} />
      <span className="number">{Math.round(of.progress / 10)}%</span>
    </div>
  );
}

export default function JobsPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const may = useMay();
  const mine = { name: 'mine', label: w.by, any: w.everybodys, options: [{ value: 'true', label: w.mine }] };
  return (
    <ListPage<JobRow>
      name="jobs"
      path="/jobs"
      title={w.jobs}
      sentence={may('hub') ? w.jobsSentence : lang === 'en' ? 'Show my jobs that are {state}, of {kind}' : '显示我的{state}、{kind}的任务'}
      choices={[
        ...(may('hub') ? [mine] : []),
        { name: 'state', label: t.state, any: w.anyState, options: optionsOf(jobStates, lang) },
        { name: 'kind', label: t.kind, any: w.anyKind, options: optionsOf(jobKinds, lang) },
      ]}
      none={{ title: w.noJobs, matching: w.noJobsMatch, hint: w.noJobsHint }}
      rowKey={j => j.id}
      to={j => `/settings/jobs/${j.id}`}
      peek={j => <JobPeek id={String(j.id)} />}
      batch={[
        {
          label: w.retry,
          sure: w.retrySure,
          fits: j => ['dead', 'cancelled'].includes(j.state),
          run: j => post(`/jobs/${j.id}/retry`),
        },
        {
          label: w.cancelJob,
          sure: w.cancelSure,
          fits: j => ['waiting', 'running'].includes(j.state),
          run: j => post(`/jobs/${j.id}/cancel`),
        },
      ]}
      columns={[
        { key: 'kind', title: w.what, width: '136px', cell: j => <strong>{value(jobKinds, j.kind, lang)}</strong> },
        {
          key: 'state',
          title: t.state,
          width: '168px',
          cell: j => (
            <>
              <StateTag of={j.state} words="job" />
              <JobProgress of={j} />
            </>
          ),
        },
        { key: 'words', title: t.details, cell: j => <span className="break">{j.words ?? (j.state === 'dead' ? j.last_error : '')}</span> },
        { key: 'by', title: w.by, width: '120px', cell: j => j.created_by },
        { key: 'created', title: t.created, width: '112px', cell: j => <Time ms={j.created_ms} /> },
        { key: 'ended', title: w.ended, width: '112px', cell: j => <Time ms={j.ended_ms} none="" /> },
      ]}
      card={j => (
        <>
          <div className="line">
            <strong className="grow clip">{value(jobKinds, j.kind, lang)}</strong>
            <StateTag of={j.state} words="job" />
          </div>
          <JobProgress of={j} />
          <div className="line quiet">
            <span className="grow clip">{j.created_by}</span>
            <Time ms={j.created_ms} />
          </div>
        </>
      )}
    />
  );
}
