// Small parts of the pages about opportunities: pipelines and their stages in words, how one stands, what it may bring.

import './opportunities.css';
import { useQuery } from '@tanstack/react-query';
import { quantity } from '../../shared/format';
import type { Meaning } from '../../shared/tokens';
import { get, type Page } from '../api';
import { usePrefs, useWords } from '../app';
import { type Option, titled } from '../custom/model';
import { Tag } from '../parts/common';
import type { Stage } from '../settings/stages';
import { value } from '../values';
import type { OpportunityRow, OpportunityState, Pipeline } from './model';
import { states, words } from './words';

/** What is read anew when an opportunity changed. */
export const STALE = ['opportunity', 'opportunities', 'opportunity-sums', 'opportunity-report', 'timeline', 'home', 'files'];

interface PipelineRow {
  code: string;
  published?: { entity: string; title: string; title_en?: string; stages: Stage[] };
}

/** The pipelines of opportunities, and what their codes are called. One that is no longer there is shown by its code. */
export function usePipelines() {
  const { lang } = usePrefs();
  const asked = useQuery({
    queryKey: ['pipelines'],
    staleTime: 300_000,
    queryFn: ({ signal }) => get<Page<PipelineRow>>('/pipelines', signal),
  });
  const pipelines: Pipeline[] = (asked.data?.items ?? []).flatMap(({ code, published }) =>
    published?.entity === 'opportunity' ? [{ ...published, code }] : [],
  );
  const pipeline = (code: string) => pipelines.find(one => one.code === code);
  const stage = (of: string, code: string) => pipeline(of)?.stages.find(one => one.code === code);
  return {
    pipelines,
    pipeline,
    stage,
    pipelineName: (code: string) => titledOr(pipeline(code), code, lang),
    stageName: (of: string, code: string) => titledOr(stage(of, code), code, lang),
    /** A reason of whichever stage, as a story tells it. */
    anyReasonName: (of: string, code: string) =>
      titledOr(
        pipeline(of)
          ?.stages.flatMap(one => one.block_reasons ?? [])
          .find(reason => reason.code === code),
        code,
        lang,
      ),
    reasonName: (of: string, at: string, code: string) =>
      titledOr(
        stage(of, at)?.block_reasons?.find(reason => reason.code === code),
        code,
        lang,
      ),
  };
}

/** What a reason of being lost is called. */
export function useLostReasonName(): (code: string) => string {
  const { lang } = usePrefs();
  const reasons = useLostReasons();
  return code =>
    titledOr(
      reasons.find(reason => reason.code === code),
      code,
      lang,
    );
}

const titledOr = (of: { title: string; title_en?: string } | undefined, code: string, lang: 'zh-CN' | 'en') =>
  of ? titled(of, lang) : code;

/** Why opportunities are lost, as the settings have it. */
export function useLostReasons(enabled = true): Option[] {
  const asked = useQuery({
    queryKey: ['option-list', 'opportunity_lost_reason'],
    enabled,
    staleTime: 300_000,
    queryFn: ({ signal }) => get<{ published?: { options?: Option[] } }>('/option-lists/opportunity_lost_reason', signal),
  });
  return (asked.data?.published?.options ?? []).filter(option => option.active !== false);
}

const meanings: Record<OpportunityState, Meaning | undefined> = { open: 'info', won: 'right', lost: undefined };

/** Its stage; how it ended where it did. */
export function StageTag({ of }: { of: OpportunityRow }) {
  const { stageName } = usePipelines();
  return <Tag meaning={meanings[of.state]}>{stageName(of.pipeline, of.stage)}</Tag>;
}

export function StateWord({ of }: { of: OpportunityState }) {
  const { lang } = usePrefs();
  return <>{value(states, of, lang)}</>;
}

/** That its time is over, and why it is stuck. */
export function Stuck({ of }: { of: OpportunityRow }) {
  const w = useWords(words);
  const { reasonName } = usePipelines();
  return (
    <>
      {of.overdue ? <Tag meaning="wrong">{w.overdue}</Tag> : null}
      {of.block_reason ? <Tag meaning="attention">{reasonName(of.pipeline, of.stage, of.block_reason)}</Tag> : null}
    </>
  );
}

export function Yuan({ of }: { of: string | undefined }) {
  if (of === undefined) return <span className="quiet">–</span>;
  return <span className="number nowrap">¥{quantity(of)}</span>;
}

const DAY_MS = 86_400_000;
export const daysIn = (of: OpportunityRow) => Math.floor(Math.max(0, (of.closed_ms ?? Date.now()) - of.stage_since_ms) / DAY_MS);

/** The filters of opportunities in words, as an export was made with them. */
export function useFilterWords(): (filters: Record<string, unknown>) => string[] {
  const w = useWords(words);
  const { lang } = usePrefs();
  const { pipelineName, stageName } = usePipelines();
  return of => [
    of.state ? value(states, String(of.state), lang) : '',
    of.owner ? (of.owner === 'me' ? w.me : w.thatOwner) : '',
    of.pipeline ? pipelineName(String(of.pipeline)) : '',
    of.stage ? stageName(String(of.pipeline ?? 'sales'), String(of.stage)) : '',
    of.overdue ? w.overdueOnly : '',
    of.blocked === undefined ? '' : String(of.blocked) === 'true' ? w.blocked : w.unblock,
  ];
}

/** An opportunity as a card of a board or of a list on a phone. */
export function OpportunityCard({ of }: { of: OpportunityRow }) {
  const w = useWords(words);
  return (
    <>
      <span className="line">
        <strong className="grow clip">{of.title}</strong>
        <Yuan of={of.amount} />
      </span>
      <span className="line quiet">
        <span className="grow clip">{[of.customer_name, of.owner_name ?? w.noOwner].join(' · ')}</span>
        {of.state === 'open' ? <span className="nowrap">{w.days(daysIn(of))}</span> : null}
      </span>
      {of.overdue || of.block_reason ? (
        <span className="line">
          <Stuck of={of} />
        </span>
      ) : null}
    </>
  );
}
