// One opportunity on one page: where it stands on its way, what is missing to go on, what it may bring, its files.

import { useQuery } from '@tanstack/react-query';
import { Button, Dropdown, Form, Input, Select } from 'antd';
import { type ReactNode, useState } from 'react';
import { get, patch, postFrom } from '../api';
import { useMay, usePrefs, useWords } from '../app';
import { ContractsCard } from '../contracts/parts';
import { titled } from '../custom/model';
import { CustomCard } from '../custom/record';
import { FormDialog, useAct } from '../parts/act';
import { ChooseOrganisation, ChoosePerson } from '../parts/choose';
import { At, Card, Code, Facts, Loaded, PageHead, Tag } from '../parts/common';
import { Files } from '../parts/files';
import { Inline } from '../parts/inline';
import { OrganisationName, PersonName } from '../parts/named';
import { SharingCard } from '../parts/sharing';
import { type Telling, WithTimeline } from '../parts/timeline';
import { OpportunityPaper } from '../print/opportunity';
import { Print } from '../print/paper';
import { Link } from '../route';
import { OpportunityForm } from './form';
import { fileKinds, nextStage, type OpportunityDetail, type OpportunityRow, reasonsOf } from './model';
import { MissingList, useMove } from './move';
import { daysIn, STALE, StageTag, Stuck, useLostReasonName, usePipelines, Yuan } from './parts';
import { words } from './words';

const useOpportunity = (id: string) =>
  useQuery({ queryKey: ['opportunity', id], queryFn: ({ signal }) => get<OpportunityDetail>(`/opportunities/${id}`, signal) });

/** The facts that matter. */
function useFacts(): (of: OpportunityRow) => [string, ReactNode][] {
  const w = useWords(words);
  const may = useMay();
  const reason = useLostReasonName();
  return of => [
    [
      w.customer,
      may('customers.see', 'crm') ? (
        <Link key="customer" to={`/customers/${of.customer}`}>
          {of.customer_name}
        </Link>
      ) : (
        of.customer_name
      ),
    ],
    [w.amount, <Yuan key="amount" of={of.amount} />],
    [w.expected, of.expected_on ?? '–'],
    [w.owner, of.owner_name ?? w.noOwner],
    ...(of.lost_reason ? [[w.lostReason, reason(of.lost_reason)] satisfies [string, ReactNode]] : []),
    ...(of.state === 'open'
      ? [
          [
            w.inStage,
            <span key="since">
              {w.days(daysIn(of))} {of.overdue ? <Tag meaning="wrong">{w.overdue}</Tag> : null}
            </span>,
          ] satisfies [string, ReactNode],
        ]
      : []),
  ];
}

/** How the timeline of an opportunity reads. */
function useTelling(of: OpportunityRow | undefined): Telling {
  const { lang } = usePrefs();
  const { stageName, anyReasonName: reasonName, pipeline: pipelineOf } = usePipelines();
  const lostName = useLostReasonName();
  const pipeline = of?.pipeline ?? '';
  return {
    value: (field, value) => {
      if (field === 'stage') return stageName(pipeline, String(value));
      if (field === 'block_reason') return reasonName(pipeline, String(value));
      if (field === 'lost_reason') return lostName(String(value));
      if (field === 'organisation') return <OrganisationName id={Number(value)} />;
      if (field === 'kind') {
        const kind = fileKinds(pipelineOf(pipeline)).find(one => one.kind === value);
        return kind ? titled(kind, lang) : undefined;
      }
      if (field !== 'owner') return undefined;
      return value === of?.owner ? of?.owner_name : <PersonName id={Number(value)} />;
    },
  };
}

export default function OpportunityPage({ id }: { id: string }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const may = useMay();
  const opportunity = useOpportunity(id);
  const facts = useFacts();
  const telling = useTelling(opportunity.data);
  const { pipeline } = usePipelines();
  const canEdit = may('opportunities', 'crm');
  return (
    <Loaded of={opportunity}>
      {data => {
        const change = (part: object) => patch(`/opportunities/${id}`, part, data.version);
        const kinds = fileKinds(pipeline(data.pipeline));
        return (
          <>
            <PageHead
              title={<Inline value={data.title} label={w.title} canEdit={canEdit} stale={STALE} onSave={title => change({ title })} />}
              back={{ to: '/opportunities', label: t.opportunities }}
              actions={
                <>
                  {canEdit ? <Actions of={data} /> : null}
                  <Print paper={() => <OpportunityPaper of={data} />} />
                </>
              }
            >
              <Code>{data.code}</Code>
              <StageTag of={data} />
              <Stuck of={data} />
            </PageHead>
            <WayOf of={data} />
            <Facts of={facts(data)} />
            <WithTimeline of="opportunity" id={id} telling={telling}>
              <NextCard of={data} />
              <ContractsCard of={{ opportunity: data.id }} make={`/contracts?new=1&customer=${data.customer}&opportunity=${data.id}`} />
              <Files of="opportunities" id={data.id} kinds={kinds} stale={['opportunity']} />
              <SharingCard path={`/opportunities/${data.id}`} also={`/customers/${data.customer}`} stale={['opportunities', 'timeline']} />
              <CustomCard
                entity="opportunity"
                organisation={data.organisation}
                values={data.custom}
                canEdit={canEdit}
                stale={STALE}
                onSave={custom => change({ custom })}
              />
            </WithTimeline>
          </>
        );
      }}
    </Loaded>
  );
}

/** The stages of its pipeline, with where it stands. */
function WayOf({ of }: { of: OpportunityRow }) {
  const { pipeline, stageName } = usePipelines();
  const stages = (pipeline(of.pipeline)?.stages ?? []).filter(stage => stage.active !== false || stage.code === of.stage);
  const at = stages.findIndex(stage => stage.code === of.stage);
  return (
    <ol className="way-of-stages way-here">
      {stages
        .filter(stage => stage.end !== 'lost' || stage.code === of.stage)
        .map((stage, n) => (
          <li
            key={stage.code}
            className={[
              stage.code === of.stage ? 'here' : n < at ? 'past' : '',
              stage.end && of.state !== 'lost' ? `end-${stage.end}` : '',
            ].join(' ')}
            aria-current={stage.code === of.stage ? 'step' : undefined}
          >
            {stageName(of.pipeline, stage.code)}
          </li>
        ))}
    </ol>
  );
}

/** What is missing to go on, why it is stuck, when its time is over. */
function NextCard({ of }: { of: OpportunityDetail }) {
  const w = useWords(words);
  const { pipeline, stageName, reasonName } = usePipelines();
  const next = nextStage(pipeline(of.pipeline), of.stage);
  const missing = of.ways.find(way => way.stage === next?.code)?.missing ?? [];
  return (
    <Card title={next && of.state === 'open' ? `${w.next}: ${stageName(of.pipeline, next.code)}` : w.next}>
      {of.state !== 'open' || !next ? (
        <p className="quiet">{w.ended}</p>
      ) : missing.length ? (
        <>
          <p>{w.missing}</p>
          <MissingList of={missing} />
        </>
      ) : (
        <p>{w.ready}</p>
      )}
      {of.needs_reason ? (
        <p>
          <Tag meaning="wrong">{w.blockNeeded}</Tag>
        </p>
      ) : null}
      {of.block_reason ? (
        <p>
          {w.blockReason}: <strong>{reasonName(of.pipeline, of.stage, of.block_reason)}</strong> {of.block_note}
        </p>
      ) : null}
      {of.due_ms && of.state === 'open' ? (
        <p className="quiet">
          {w.due} <At ms={of.due_ms} />
        </p>
      ) : null}
    </Card>
  );
}

type Doing = 'edit' | 'assign' | 'block';

/** One thing to do next, and what else can be done. */
function Actions({ of }: { of: OpportunityDetail }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const may = useMay();
  const { pipeline, stageName, stage } = usePipelines();
  const { move, busy, dialogs } = useMove();
  const { act } = useAct();
  const [doing, setDoing] = useState<Doing | null>(null);
  const stop = () => setDoing(null);
  const way = pipeline(of.pipeline);
  const next = of.state === 'open' ? nextStage(way, of.stage) : undefined;
  const lost = way?.stages.find(one => one.end === 'lost' && one.active !== false);
  const at = way?.stages.findIndex(one => one.code === of.stage) ?? -1;
  const before = way?.stages.slice(0, Math.max(0, at)).filter(one => one.active !== false && !one.end) ?? [];
  const canBlock = of.state === 'open' && reasonsOf(stage(of.pipeline, of.stage)).length > 0;
  const unblock = () =>
    act(() => postFrom(`/opportunities/${of.id}/block`, { reason: null }, of.version), { done: w.blockSaved, stale: STALE });
  const press = (key: string) => {
    if (key.startsWith('to.')) void move(of, key.slice(3));
    else if (key === 'unblock') void unblock();
    else setDoing(key as Doing);
  };
  return (
    <>
      {next ? (
        <Button type="primary" loading={busy} onClick={() => void move(of, next.code)}>
          {w.moveTo(stageName(of.pipeline, next.code))}
        </Button>
      ) : null}
      <Dropdown
        trigger={['click']}
        menu={{
          items: [
            { key: 'edit', label: w.edit },
            ...(canBlock ? [{ key: 'block', label: w.block }] : []),
            ...(of.block_reason ? [{ key: 'unblock', label: w.unblock }] : []),
            ...(may('customers.assign', 'crm') ? [{ key: 'assign', label: w.assign }] : []),
            ...before.map(one => ({ key: `to.${one.code}`, label: w.moveBack(stageName(of.pipeline, one.code)) })),
            ...(lost && of.state === 'open' ? [{ key: `to.${lost.code}`, label: w.lose, danger: true }] : []),
          ],
          onClick: ({ key }) => press(key),
        }}
      >
        <Button>{t.more}</Button>
      </Dropdown>
      {dialogs}
      <OpportunityForm of={of} open={doing === 'edit'} onClose={stop} />
      <BlockDialog of={of} open={doing === 'block'} onClose={stop} />
      <Assign of={of} open={doing === 'assign'} onClose={stop} />
    </>
  );
}

function BlockDialog({ of, open, onClose }: { of: OpportunityDetail; open: boolean; onClose: () => void }) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { stage } = usePipelines();
  const { outdate } = useAct();
  return (
    <FormDialog<{ reason: string; note?: string }>
      open={open}
      title={w.block}
      ok={t.save}
      initial={{ reason: of.block_reason || undefined, note: of.block_note }}
      onClose={onClose}
      onSave={async ({ reason, note }) => {
        await postFrom(`/opportunities/${of.id}/block`, { reason, note: note ?? '' }, of.version);
        outdate(STALE);
      }}
    >
      <Form.Item name="reason" label={w.blockReason} rules={[{ required: true, message: w.blockNeeded }]}>
        <Select
          autoFocus
          aria-label={w.blockReason}
          options={reasonsOf(stage(of.pipeline, of.stage)).map(one => ({ value: one.code, label: titled(one, lang) }))}
        />
      </Form.Item>
      <Form.Item name="note" label={w.note}>
        <Input maxLength={200} autoComplete="off" />
      </Form.Item>
    </FormDialog>
  );
}

/** Who looks after it from here on, and where. */
function Assign({ of, open, onClose }: { of: OpportunityRow; open: boolean; onClose: () => void }) {
  const w = useWords(words);
  const { outdate } = useAct();
  return (
    <FormDialog<{ owner?: number; organisation: number }>
      open={open}
      title={w.assign}
      ok={w.assign}
      initial={{ owner: of.owner ?? undefined, organisation: of.organisation }}
      onClose={onClose}
      onSave={async ({ owner, organisation }) => {
        await patch(`/opportunities/${of.id}`, { owner: owner ?? null, organisation }, of.version);
        outdate(STALE);
      }}
    >
      <Form.Item name="owner" label={w.owner}>
        <ChoosePerson label={w.owner} named={of.owner_name ?? undefined} placeholder={w.noOwner} />
      </Form.Item>
      <Form.Item name="organisation" label={w.organisation}>
        <ChooseOrganisation label={w.organisation} named={of.organisation_name} />
      </Form.Item>
    </FormDialog>
  );
}

/** The opportunity beside its list. */
export function OpportunityPeek({ id }: { id: string }) {
  const opportunity = useOpportunity(id);
  const facts = useFacts();
  return (
    <Loaded of={opportunity}>
      {data => (
        <>
          <h2>{data.title}</h2>
          <p className="peek-line">
            <Code>{data.code}</Code>
            <StageTag of={data} />
            <Stuck of={data} />
          </p>
          <Facts of={facts(data)} />
          <NextCard of={data} />
        </>
      )}
    </Loaded>
  );
}
