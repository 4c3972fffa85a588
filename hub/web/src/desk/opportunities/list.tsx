// All opportunities that the reader may see, as a list and as a board.

import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useMay, usePart, usePrefs, useWords } from '../app';
import { CustomFilters, parametersOf } from '../custom/filters';
import { titled } from '../custom/model';
import { useCustomColumns, useEntityColumns } from '../custom/record';
import { Time } from '../parts/common';
import { Icon } from '../parts/icons';
import { ListPage } from '../parts/list-page';
import { go, useFilter, usePlace } from '../route';
import { optionsOf } from '../values';
import { OpportunityForm } from './form';
import type { OpportunityRow } from './model';
import { daysIn, OpportunityCard, StageTag, Stuck, usePipelines, Yuan } from './parts';
import { statesMany, words } from './words';

const OpportunityBoard = lazy(() => import('./board'));
const OpportunityPeek = lazy(() => import('./opportunity').then(m => ({ default: m.OpportunityPeek })));

export default function OpportunitiesPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const may = useMay();
  const { below } = usePart();
  const { search } = usePlace();
  const fields = useEntityColumns('opportunity');
  const custom = useCustomColumns<OpportunityRow>('opportunity');
  const { pipelines, pipeline, stageName } = usePipelines();
  const [asked, setAsked] = useFilter('new');
  const [making, setMaking] = useState(false);
  const canMake = may('opportunities', 'crm');
  const close = (made?: OpportunityRow) => {
    setMaking(false);
    if (made) go(`/opportunities/${made.id}`, asked !== '');
    else if (asked) setAsked('');
  };
  const make = canMake ? (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
      {t.newOpportunity}
    </Button>
  ) : null;
  const owner = search.get('owner') ?? '';
  const way = pipeline(search.get('pipeline') || 'sales');
  return (
    <>
      <ListPage<OpportunityRow>
        name="opportunities"
        path="/opportunities"
        title={t.opportunities}
        search={w.search}
        sheet={{
          list: 'opportunities',
          filters: ['below', 'q', 'owner', 'pipeline', 'stage', 'state', 'overdue', 'blocked', 'custom'],
          columns: SHEET,
        }}
        actions={
          <>
            <Button onClick={() => go('/opportunities/report')}>{w.report}</Button>
            {make}
          </>
        }
        sentence={w.sentence}
        choices={[
          {
            name: 'owner',
            label: w.owner,
            any: w.anyOwner,
            options: [{ value: 'me', label: w.me }, ...(Number(owner) ? [{ value: owner, label: w.thatOwner }] : [])],
          },
          { name: 'state', label: w.state, any: w.anyState, options: optionsOf(statesMany, lang) },
          {
            name: 'pipeline',
            label: w.pipeline,
            // A board is of one pipeline: the standard one, until another is chosen.
            any: search.get('as') === 'board' ? w.boardPipeline : w.anyPipeline,
            options: pipelines.map(one => ({ value: one.code, label: titled(one, lang) })),
          },
          {
            name: 'stage',
            label: w.stage,
            any: w.anyStage,
            options: (way?.stages ?? []).map(stage => ({ value: stage.code, label: stageName(way?.code ?? '', stage.code) })),
          },
          { name: 'overdue', label: w.overdue, any: w.anyTime, options: [{ value: 'true', label: w.overdueOnly }] },
          { name: 'as', label: w.board, any: w.list, options: [{ value: 'board', label: w.board }], how: true },
        ]}
        more={['blocked', ...parametersOf(fields)]}
        beside={filters => <CustomFilters columns={fields} filters={filters} />}
        ask={({ as: _, ...of }) => ({ ...of, below })}
        instead={(filters, filter) =>
          filters.of.as === 'board' ? (
            <Suspense fallback={<div className="page-waiting" aria-busy="true" />}>
              <OpportunityBoard filter={filter} />
            </Suspense>
          ) : null
        }
        none={{ title: w.none, matching: w.noneMatch, hint: w.noneHint, action: make }}
        rowKey={o => o.id}
        to={o => `/opportunities/${o.id}`}
        peek={o => <OpportunityPeek id={String(o.id)} />}
        columns={[
          { key: 'title', title: w.title, width: '128px', least: true, cell: o => <strong>{o.title}</strong> },
          { key: 'customer', title: w.customer, cell: o => <span className="nowrap">{o.customer_name}</span> },
          {
            key: 'stage',
            title: w.stage,
            cell: o => (
              <span className="tags">
                <StageTag of={o} />
                <Stuck of={o} />
              </span>
            ),
          },
          { key: 'amount', title: w.amount, number: true, cell: o => <Yuan of={o.amount} /> },
          { key: 'expected_on', title: w.expected, cell: o => <span className="nowrap">{o.expected_on}</span> },
          {
            key: 'owner',
            title: w.owner,
            cell: o => <span className={o.owner_name ? 'nowrap' : 'quiet nowrap'}>{o.owner_name ?? w.noOwner}</span>,
          },
          { key: 'organisation', title: w.organisation, cell: o => <span className="nowrap">{o.organisation_name}</span> },
          {
            key: 'stage_since',
            title: w.inStage,
            cell: o => <span className="nowrap">{o.state === 'open' ? w.days(daysIn(o)) : null}</span>,
          },
          { key: 'idle', title: w.idle, cell: o => <span className="nowrap">{w.idleDays(o.idle_days)}</span> },
          {
            key: 'created',
            title: w.created,
            cell: o => (
              <span className="nowrap">
                <Time ms={o.created_ms} />
              </span>
            ),
          },
          ...custom,
        ]}
        card={o => (
          <>
            <OpportunityCard of={o} />
            <span className="line">
              <StageTag of={o} />
            </span>
          </>
        )}
      />
      {canMake ? (
        <OpportunityForm
          open={making || asked === '1'}
          initial={search.get('pipeline') ? { pipeline: search.get('pipeline') ?? '' } : {}}
          onClose={close}
        />
      ) : null}
    </>
  );
}

/** What stands together in a column of the page stands apart in a sheet; days without a word are a column of customers there. */
const SHEET = { title: ['code', 'title'], stage: ['stage', 'state', 'overdue', 'block_reason'], idle: [] };
