import { useQuery } from '@tanstack/react-query';
import { Button, Popconfirm } from 'antd';
import { post } from '../api';
import { usePrefs, useWords } from '../app';
import { useAct } from '../parts/act';
import { At, Card, Code, Facts, Loaded, PageHead, Tag, Time } from '../parts/common';
import { WithTimeline } from '../parts/timeline';
import { value } from '../values';
import { StateTag } from './hub-parts';
import { jobKinds, words } from './hub-words';
import { JobProgress, type JobRow, readJob } from './jobs';

/** A job that is under way is asked again now and then. */
function useJob(id: string) {
  return useQuery({
    queryKey: ['job', id],
    queryFn: ({ signal }) => readJob(id, signal),
    refetchInterval: asked => (['waiting', 'running'].includes(asked.state.data?.state ?? '') ? 2000 : false),
  });
}

export default function JobPage({ id }: { id: string }) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { act, busy } = useAct();
  const job = useJob(id);
  const stale = ['job', 'jobs', 'timeline', 'home'];
  return (
    <Loaded of={job}>
      {data => (
        <>
          <PageHead
            title={value(jobKinds, data.kind, lang)}
            back={{ to: '/settings/jobs', label: w.jobs }}
            actions={
              ['waiting', 'running'].includes(data.state) ? (
                <Popconfirm
                  title={w.cancelSure(1)}
                  okText={w.cancelJob}
                  cancelText={t.cancel}
                  onConfirm={() => act(() => post(`/jobs/${id}/cancel`), { done: w.cancelled, stale })}
                >
                  <Button danger loading={busy}>
                    {w.cancelJob}
                  </Button>
                </Popconfirm>
              ) : ['dead', 'cancelled'].includes(data.state) ? (
                <Button type="primary" loading={busy} onClick={() => act(() => post(`/jobs/${id}/retry`), { done: w.again, stale })}>
                  {w.retry}
                </Button>
              ) : null
            }
          >
            <Code>#{data.id}</Code>
            <StateTag of={data.state} words="job" />
            {data.cancel_asked && data.state === 'running' ? <Tag meaning="attention">{w.cancelAsked}</Tag> : null}
          </PageHead>
          <WithTimeline of="job" id={id}>
            <Body of={data} />
          </WithTimeline>
        </>
      )}
    </Loaded>
  );
}

/** The job beside its list. */
export function JobPeek({ id }: { id: string }) {
  const { lang } = usePrefs();
  const job = useJob(id);
  return (
    <Loaded of={job}>
      {data => (
        <>
          <h2>{value(jobKinds, data.kind, lang)}</h2>
          <p className="peek-line">
            <Code>#{data.id}</Code>
            <StateTag of={data.state} words="job" />
          </p>
          <Body of={data} />
        </>
      )}
    </Loaded>
  );
}

function Body({ of: job }: { of: JobRow }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const isEmpty = (of: unknown) => of === undefined || of === null || JSON.stringify(of) === '{}';
  return (
    <>
      <JobProgress of={job} />
      {job.words ? <p className="reference">{job.words}</p> : null}
      <Facts
        of={[
          [w.by, job.created_by],
          [t.created, <Time key="c" ms={job.created_ms} />],
          [w.runAt, <At key="r" ms={job.run_at_ms} />],
          [w.ended, <Time key="e" ms={job.ended_ms} none={t.notYet} />],
          [w.tries, `${job.attempts}${job.max_attempts ? ` / ${job.max_attempts}` : ''}`],
        ]}
      />
      {job.last_error ? (
        <Card title={w.lastError}>
          <pre>{job.last_error}</pre>
        </Card>
      ) : null}
      {isEmpty(job.result) ? null : (
        <Card title={w.result}>
          <pre>{typeof job.result === 'string' ? job.result : JSON.stringify(job.result, null, 2)}</pre>
        </Card>
      )}
      {isEmpty(job.args) ? null : (
        <Card title={w.args}>
          <pre>{JSON.stringify(job.args, null, 2)}</pre>
        </Card>
      )}
    </>
  );
}
