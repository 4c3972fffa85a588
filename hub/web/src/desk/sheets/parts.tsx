// What the pages of imports share: its kinds, an import that is asked again while it is worked on, its progress, how its rows divide.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { quantity } from '../../shared/format';
import type { Meaning } from '../../shared/tokens';
import { get, type Page } from '../api';
import { usePrefs, useWords } from '../app';
import { Bar, Card, Tag } from '../parts/common';
import { type JobRow, readJob } from '../settings/jobs';
import { value } from '../values';
import { type Counts, type ImportDetail, type ImportKind, type ImportSummary, isWorking, type Outcome, outcomes, shares } from './model';
import { importStates, words } from './words';

export function useImportKinds() {
  const { lang } = usePrefs();
  return useQuery({
    queryKey: ['import-kinds', lang],
    staleTime: 600_000,
    queryFn: ({ signal }) => get<Page<ImportKind>>('/import-kinds', signal).then(p => p.items),
  });
}

/** What an import changes, once it ran or was undone. */
const OUTDATES = [
  'imports',
  'import-rows',
  'items',
  'item',
  'stock',
  'location',
  'locations',
  'movements',
  'operators',
  'people',
  'person',
  'home',
];

export function useImport(id: string) {
  const { lang } = usePrefs();
  const queries = useQueryClient();
  const asked = useQuery({
    queryKey: ['import', id, lang],
    queryFn: ({ signal }) => get<ImportDetail>(`/imports/${id}`, signal),
    refetchInterval: of => (isWorking(of.state.data?.state ?? '') ? 1000 : false),
  });
  const state = asked.data?.state;
  const before = useRef(state);
  useEffect(() => {
    const was = before.current;
    before.current = state;
    if (state && was && was !== state) for (const name of OUTDATES) void queries.invalidateQueries({ queryKey: [name] });
  }, [state, queries]);
  return asked;
}

const stateMeanings: Record<string, Meaning | undefined> = {
  checking: 'info',
  running: 'info',
  undoing: 'info',
  checked: 'attention',
  stopped: 'wrong',
  done: 'right',
};

export function ImportState({ of }: { of: Pick<ImportSummary, 'state'> }) {
  const { lang } = usePrefs();
  return <Tag meaning={stateMeanings[of.state]}>{value(importStates, of.state, lang)}</Tag>;
}

/** How far the job is. */
export function JobBar({ job, label }: { job: number | undefined; label: string }) {
  const asked = useQuery<JobRow>({
    queryKey: ['job', String(job)],
    enabled: job !== undefined,
    queryFn: ({ signal }) => readJob(String(job), signal),
    refetchInterval: of => (['waiting', 'running'].includes(of.state.data?.state ?? 'running') ? 1000 : false),
  });
  const done = asked.data?.progress ?? 0;
  return (
    <div className="task-bar">
      <Bar done={done} short={0} of={1000} label={label} />
      <span className="number">{Math.round(done / 10)}%</span>
    </div>
  );
}

export function Working({ of, label }: { of: ImportDetail; label: string }) {
  const w = useWords(words);
  return (
    <Card title={label}>
      <JobBar job={of.job} label={label} />
      <p className="quiet" role="status">
        {w.mayLeave}
      </p>
    </Card>
  );
}

const outcomeMeanings: Record<Outcome, Meaning | undefined> = { new: 'right', changed: 'info', same: undefined, bad: 'wrong' };

export function OutcomeTag({ of }: { of: Outcome }) {
  const w = useWords(words);
  return <Tag meaning={outcomeMeanings[of]}>{w[of]}</Tag>;
}

/** How the rows divide, as one bar; each part with its number is a way to its rows. */
export function CountsBar({ of, chosen, onChoose }: { of: Counts; chosen: string; onChoose: (outcome: string) => void }) {
  const w = useWords(words);
  const parts = shares(outcomes.map(o => of[o]));
  return (
    <div className="counts">
      <div className="counts-bar" aria-hidden="true">
        {outcomes.map((o, at) => (of[o] ? <span key={o} className={`counts-${o}`} style={{ width: `${parts[at]}%` }} /> : null))}
      </div>
      <div className="counts-words">
        {(['', ...outcomes] as const).map(o => (
          <button
            key={o}
            type="button"
            className="counts-word"
            aria-pressed={chosen === o}
            disabled={o !== '' && of[o] === 0}
            onClick={() => onChoose(o)}
          >
            {o ? <span className={`counts-dot counts-${o}`} aria-hidden="true" /> : null}
            {o ? w[o] : w.allRows} <strong className="number">{quantity(o ? of[o] : of.rows)}</strong>
          </button>
        ))}
      </div>
    </div>
  );
}
