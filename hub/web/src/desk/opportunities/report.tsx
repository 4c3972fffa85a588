// The stage report (阶段报表): for each stage how long opportunities stay, how many move on, and why they are stuck; then store by store.

import { useQuery } from '@tanstack/react-query';
import { get, query } from '../api';
import { usePart, usePrefs, useWords } from '../app';
import { titled } from '../custom/model';
import { Bar, Card, Empty, Hint, Loaded, PageHead } from '../parts/common';
import { useFilters } from '../parts/filters';
import { Choice, Sentence } from '../parts/sentence';
import { Link } from '../route';
import type { StageFigures, StageReport } from './model';
import { timeOf } from './model';
import { usePipelines } from './parts';
import { words } from './words';

export default function StageReportPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { below } = usePart();
  const filters = useFilters(['time', 'pipeline']);
  const { pipelines } = usePipelines();
  const asked = { ...timeOf(filters.of.time ?? '', new Date()), pipeline: filters.of.pipeline || 'sales', below };
  const report = useQuery({
    queryKey: ['opportunity-report', asked],
    queryFn: ({ signal }) => get<StageReport>(`/opportunities/report${query(asked)}`, signal),
  });
  const choice = (name: string, label: string, any: string, options: { value: string; label: string }[]) => (
    <Choice
      key={name}
      label={label}
      value={filters.of[name] ?? ''}
      onChange={value => filters.set(name, value)}
      options={[{ value: '', label: any }, ...options]}
    />
  );
  const parts = {
    time: choice('time', w.report, w.time90, [
      { value: 'month', label: w.timeMonth },
      { value: 'last_month', label: w.timeLastMonth },
      { value: 'all', label: w.timeAll },
    ]),
    pipeline: choice(
      'pipeline',
      w.pipeline,
      w.anyPipeline,
      pipelines.filter(one => one.code !== 'sales').map(one => ({ value: one.code, label: titled(one, lang) })),
    ),
  };
  return (
    <>
      <PageHead title={w.report} back={{ to: '/opportunities', label: t.opportunities }} />
      <div className="list-head">
        <Sentence text={w.reportSentence} parts={parts} />
      </div>
      <Loaded of={report}>
        {data =>
          data.organisations.length === 0 ? (
            <Empty title={w.noFigures} />
          ) : (
            <>
              <Stages of={data} />
              {data.organisations.length > 1 ? <Stores of={data} /> : null}
            </>
          )
        }
      </Loaded>
    </>
  );
}

function Stages({ of }: { of: StageReport }) {
  const w = useWords(words);
  const { stageName, reasonName } = usePipelines();
  return (
    <Card flush>
      <div className="table-scroll">
        <table className="table figures">
          <thead>
            <tr>
              <th>{w.stage}</th>
              <th>
                <Hint text={w.daysHint}>{w.avgDays}</Hint>
              </th>
              <th>
                <Hint text={w.rateHint}>{w.rate}</Hint>
              </th>
              <th>{w.mainReason}</th>
              <th className="number">{w.leftMany}</th>
              <th className="number">{w.openNow}</th>
              <th className="number">{w.overdue}</th>
            </tr>
          </thead>
          <tbody>
            {of.stages.map(stage => (
              <tr key={stage.stage}>
                <th scope="row">{stageName(of.pipeline, stage.stage)}</th>
                <td className="number">{stage.days === null ? '–' : w.daysShort(stage.days.toFixed(1))}</td>
                <td>
                  <Rate of={stage} />
                </td>
                <td>
                  {stage.reasons.slice(0, 3).map((one, n) => (
                    <span key={one.reason} className={n ? 'quiet' : undefined}>
                      {n ? ' · ' : ''}
                      {reasonName(of.pipeline, stage.stage, one.reason)} {one.count}
                    </span>
                  ))}
                </td>
                <td className="number">{stage.left}</td>
                <td className="number">
                  <Link to={`/opportunities?state=open&stage=${stage.stage}${of.pipeline === 'sales' ? '' : `&pipeline=${of.pipeline}`}`}>
                    {stage.open}
                  </Link>
                </td>
                <td className="number">
                  {stage.overdue ? <Link to={`/opportunities?overdue=true&stage=${stage.stage}`}>{stage.overdue}</Link> : 0}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function Rate({ of }: { of: StageFigures }) {
  const w = useWords(words);
  if (of.rate === null) return <span className="quiet">–</span>;
  return (
    <span className="rate">
      <span className="number">{of.rate}%</span>
      <Bar done={of.moved_on} short={0} of={of.left} label={w.rate} />
    </span>
  );
}

function Stores({ of }: { of: StageReport }) {
  const w = useWords(words);
  const { stageName } = usePipelines();
  return (
    <Card title={w.byStore} flush>
      <div className="table-scroll">
        <table className="table figures">
          <thead>
            <tr>
              <th>{w.organisation}</th>
              {of.stages.map(stage => (
                <th key={stage.stage} className="number">
                  {stageName(of.pipeline, stage.stage)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {of.organisations.map(store => (
              <tr key={store.organisation}>
                <th scope="row">{store.name}</th>
                {store.stages.map((stage, n) => {
                  const mean = of.stages[n]?.rate;
                  const isLow = stage.rate !== null && typeof mean === 'number' && stage.rate <= mean - 10;
                  return (
                    <td key={stage.stage} className={`number${isLow ? ' negative' : ''}`}>
                      {stage.rate === null ? '–' : `${stage.rate}%`}{' '}
                      <span className="quiet">{stage.days === null ? '' : w.daysShort(stage.days.toFixed(1))}</span>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {of.more ? <p className="quiet card-body">{w.moreStores}</p> : null}
    </Card>
  );
}
