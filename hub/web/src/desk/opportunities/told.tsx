// What happened to an opportunity, as the timeline of its customer tells it.

import type { AuditRow } from '../api';
import { useMay, useWords } from '../app';
import { Time } from '../parts/common';
import { Link } from '../route';
import { usePipelines } from './parts';
import { words } from './words';

export function OpportunityTold({ of }: { of: AuditRow }) {
  const w = useWords(words);
  const may = useMay();
  const { stageName } = usePipelines();
  const told = of.new as { opportunity: number; title: string; pipeline: string; stage: string; from?: string };
  const stage = (code: string) => stageName(told.pipeline, code);
  const text = told.from ? w.wentOn(told.title, stage(told.from), stage(told.stage)) : w.began(told.title, stage(told.stage));
  return (
    <>
      {may('opportunities.see', 'crm') ? <Link to={`/opportunities/${told.opportunity}`}>{text}</Link> : <strong>{text}</strong>}
      <div className="quiet">
        {of.author ? `${of.author} · ` : ''}
        <Time ms={of.at_ms} />
      </div>
    </>
  );
}
