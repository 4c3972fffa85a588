// An opportunity on paper: for whom, where it stands on its way and how it came there, what is missing to go on, what it may bring.

import { exact, quantity } from '../../shared/format';
import { usePrefs, useWords, useZone } from '../app';
import { nextStage, type OpportunityDetail } from '../opportunities/model';
import { daysIn, useLostReasonName, usePipelines } from '../opportunities/parts';
import { words as opportunities } from '../opportunities/words';
import { useTimeline } from '../parts/timeline';
import { CustomFacts, Paper, Table } from './paper';
import { words } from './words';

export function OpportunityPaper({ of }: { of: OpportunityDetail }) {
  const w = useWords(words);
  const o = useWords(opportunities);
  const { lang } = usePrefs();
  const zone = useZone();
  const { pipeline, pipelineName, stageName, anyReasonName } = usePipelines();
  const lostReason = useLostReasonName();
  const told = useTimeline('opportunity', of.id).data?.pages.flatMap(page => page.items) ?? [];
  const stageOf = (part: Record<string, unknown> | null | undefined) => (typeof part?.stage === 'string' ? part.stage : '');
  const moves = told.filter(row => stageOf(row.new) && stageOf(row.new) !== stageOf(row.old)).reverse();
  const isOpen = of.state === 'open';
  const next = isOpen ? nextStage(pipeline(of.pipeline), of.stage) : undefined;
  const missing = of.ways.find(way => way.stage === next?.code)?.missing ?? [];
  return (
    <Paper
      title={w.opportunitySheet}
      number={of.code}
      name={of.title}
      facts={[
        [o.customer, of.customer_name],
        [o.pipeline, pipelineName(of.pipeline)],
        [o.stage, stageName(of.pipeline, of.stage)],
        [o.inStage, isOpen ? o.days(daysIn(of)) : ''],
        [o.due, isOpen && of.due_ms ? exact(of.due_ms, lang, zone) : ''],
        [o.blockReason, of.block_reason && `${anyReasonName(of.pipeline, of.block_reason)} ${of.block_note}`],
        [o.lostReason, of.lost_reason && lostReason(of.lost_reason)],
        [o.amount, of.amount === undefined ? '' : `¥${quantity(of.amount)}`],
        [o.expected, of.expected_on],
        [o.owner, of.owner_name],
        [o.organisation, of.organisation_name],
        [o.created, exact(of.created_ms, lang, zone)],
      ]}
    >
      <CustomFacts entity="opportunity" organisation={of.organisation} values={of.custom} />
      {missing.length > 0 && next ? (
        <section className="paper-words">
          <h2>{o.missingFor(stageName(of.pipeline, next.code))}</h2>
          <p>{missing.map(one => (lang === 'en' ? one.en : one.zh)).join('\n')}</p>
        </section>
      ) : null}
      <Table
        title={o.way}
        head={[w.when, o.stage, w.by]}
        rows={moves.map(row => [exact(row.at_ms, lang, zone), stageName(of.pipeline, stageOf(row.new)), row.author ?? ''])}
      />
    </Paper>
  );
}
