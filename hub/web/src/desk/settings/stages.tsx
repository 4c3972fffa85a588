// Pipelines: their list, and one with its stages, drafted and published like the fields.

import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, Switch } from 'antd';
import { useState } from 'react';
import { get, type Page, put } from '../api';
import { usePrefs, useWords } from '../app';
import { type Option, titled } from '../custom/model';
import { type DraftFault, faultsOf, othersOf, tidy } from '../custom/places';
import { words } from '../custom/words';
import { FormDialog, useAct } from '../parts/act';
import { Card, Code, Empty, Loaded, PageHead, Tag } from '../parts/common';
import { Field } from '../parts/field';
import { Icon } from '../parts/icons';
import { Rows } from '../parts/list';
import { go } from '../route';
import { value, values } from '../values';
import { Definitions, KeyItem, Names } from './defs';
import { DraftActions, type Drafted, DraftState, useDraft, Versions } from './draft';
import { StageDrawer } from './stage-drawer';

export interface Gate {
  fields?: { key: string; title: string; title_en?: string }[];
  files?: { kind: string; title: string; title_en?: string; at_least?: number }[];
  rules?: { rule: string; message: string; message_en?: string }[];
}
export interface Stage {
  code: string;
  title: string;
  title_en?: string;
  active?: boolean;
  owner_role?: string | null;
  deliverable?: string;
  deliverable_en?: string;
  limit_hours?: number | null;
  chance?: number | null;
  end?: 'won' | 'lost' | null;
  enter?: Gate;
  leave?: Gate;
  block_reasons?: Option[];
  actions?: Option[];
}
interface Pipeline {
  entity: string;
  title: string;
  title_en?: string;
  may_skip?: boolean;
  stages: Stage[];
}
type PipelineRow = Drafted<Pipeline> & { code: string };

const asked = (gate: Gate | undefined) => (gate?.fields?.length ?? 0) + (gate?.files?.length ?? 0) + (gate?.rules?.length ?? 0);

export default function StagesPage({ id }: { id: string }) {
  return id ? <One code={id} /> : <All />;
}

/** Stages one after the other, as records go along them. */
function Way({ of }: { of: Stage[] }) {
  const { lang } = usePrefs();
  return (
    <ol className="way-of-stages">
      {of.map(s => (
        <li key={s.code} className={s.end ? `end-${s.end}` : undefined}>
          {titled(s, lang)}
        </li>
      ))}
    </ol>
  );
}

function All() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { outdate } = useAct();
  const [making, setMaking] = useState(false);
  const pipelines = useQuery({ queryKey: ['pipelines'], queryFn: ({ signal }) => get<Page<PipelineRow>>('/pipelines', signal) });
  const make = (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
      {w.newPipeline}
    </Button>
  );
  const of = (p: PipelineRow) => p.published ?? p.draft;
  return (
    <>
      <PageHead title={w.stages} actions={make} />
      <p className="reference">{w.stagesHint}</p>
      <Loaded of={pipelines}>
        {({ items }) => (
          <Card flush>
            <Rows<PipelineRow>
              label={w.stages}
              rows={items}
              rowKey={p => p.code}
              to={p => `/settings/stages/${p.code}`}
              columns={[
                {
                  key: 'title',
                  title: w.pipeline,
                  width: '200px',
                  cell: p => <strong>{of(p) ? titled(of(p) as Pipeline, lang) : p.code}</strong>,
                },
                { key: 'stages', title: w.preview, cell: p => <Way of={of(p)?.stages ?? []} /> },
                { key: 'state', title: t.state, width: '200px', cell: p => <DraftState of={p} /> },
              ]}
            />
          </Card>
        )}
      </Loaded>
      <FormDialog<{ code: string; title: string; title_en?: string; entity: string }>
        open={making}
        title={w.newPipeline}
        ok={w.saveDraft}
        initial={{ entity: 'opportunity' }}
        onClose={() => setMaking(false)}
        onSave={async ({ code, ...rest }) => {
          await put(`/pipelines/${code}`, tidy({ ...rest, stages: [] }), 0);
          outdate(['pipelines']);
          go(`/settings/stages/${code}`);
        }}
      >
        <Names />
        <KeyItem name="code" label={w.pipelineCode} />
        <Form.Item name="entity" label={w.entity} rules={[{ required: true }]}>
          <Input maxLength={40} autoCapitalize="off" spellCheck={false} />
        </Form.Item>
      </FormDialog>
    </>
  );
}

function One({ code }: { code: string }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const path = `/pipelines/${code}`;
  const draft = useDraft<Pipeline>(path);
  return (
    <Loaded of={draft.asked}>
      {data => {
        const pipeline = data.draft ?? data.published;
        return (
          <>
            <PageHead
              title={pipeline ? titled(pipeline, lang) : code}
              back={{ to: '/settings/stages', label: w.stages }}
              actions={<DraftActions draft={draft} of={data} />}
            >
              <Code>{code}</Code>
              <DraftState of={data} />
            </PageHead>
            <div className="record">
              <div className="record-main">{pipeline ? <Stages of={pipeline} data={data} draft={draft} /> : null}</div>
              <aside className="record-side">
                <Versions path={path} draft={draft} of={data} />
              </aside>
            </div>
          </>
        );
      }}
    </Loaded>
  );
}

function Stages({ of, data, draft }: { of: Pipeline; data: Drafted<Pipeline>; draft: ReturnType<typeof useDraft<Pipeline>> }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const [opened, setOpened] = useState<number | null>(null);
  const faults: DraftFault[] = data.draft ? (data.faults ?? []) : [];
  const others = othersOf(faults, 'stages');
  const before = data.published?.stages ?? [];
  // `may_skip` is kept when it is off as well: that is how it was read.
  const whole = (change: Partial<Pipeline>): Pipeline => ({ ...tidy({ ...of, ...change }), stages: tidy(change.stages ?? of.stages) });
  const add = (
    <Button
      type={of.stages.length ? 'default' : 'primary'}
      icon={<Icon name="plus" size={16} />}
      onClick={() => setOpened(of.stages.length)}
    >
      {w.addStage}
    </Button>
  );
  return (
    <>
      <Card title={w.preview} flush extra={add}>
        {of.stages.length ? null : <Empty title={w.noStages} action={add} />}
        <Definitions<Stage>
          parts={of.stages}
          name={s => titled(s, lang)}
          keyOf={s => s.code}
          faults={at => faultsOf(faults, 'stages', at).map(one => one.fault)}
          sure={w.removeStage}
          sureHint={w.removeStageHint}
          onChange={stages => void draft.keep(whole({ stages }))}
          onOpen={setOpened}
        >
          {s => {
            const old = before.find(b => b.code === s.code);
            const isChanged = data.draft && old && JSON.stringify(tidy(old)) !== JSON.stringify(tidy(s));
            return (
              <>
                <div className="defs-name">
                  <strong>{titled(s, lang)}</strong> <Code>{s.code}</Code>
                  {s.end ? <Tag meaning={s.end === 'won' ? 'right' : 'attention'}>{s.end === 'won' ? w.won : w.lost}</Tag> : null}
                  {data.draft && !old ? <Tag meaning="info">{w.isNew}</Tag> : null}
                  {isChanged ? <Tag meaning="info">{w.isChanged}</Tag> : null}
                </div>
                <div className="quiet">
                  {[
                    s.owner_role && value(values.roles, s.owner_role, lang),
                    s.limit_hours && w.hours(s.limit_hours),
                    s.chance !== undefined && s.chance !== null && `${s.chance}%`,
                    (lang === 'en' && s.deliverable_en) || s.deliverable,
                    asked(s.enter) && `${w.enter}: ${w.gate(asked(s.enter))}`,
                    asked(s.leave) && `${w.leave}: ${w.gate(asked(s.leave))}`,
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </div>
              </>
            );
          }}
        </Definitions>
        {others.length ? (
          <ul className="faults card-body">
            {others.map(f => (
              <li key={f.field + f.rule}>{lang === 'en' ? f.en : f.zh}</li>
            ))}
          </ul>
        ) : null}
      </Card>
      <Card>
        <Field label={w.maySkip}>
          {id => <Switch id={id} checked={of.may_skip ?? false} onChange={on => void draft.keep(whole({ may_skip: on }))} />}
        </Field>
      </Card>
      {opened === null ? null : (
        <StageDrawer
          key={opened}
          stage={of.stages[opened]}
          isPublished={before.some(b => b.code === of.stages[opened]?.code)}
          faults={faultsOf(faults, 'stages', opened)}
          onClose={() => setOpened(null)}
          onSave={async stage => {
            const isThere = opened < of.stages.length;
            const stages = isThere ? of.stages.map((s, at) => (at === opened ? stage : s)) : [...of.stages, stage];
            const saved = await draft.save(whole({ stages }));
            return faultsOf(saved.faults ?? [], 'stages', opened);
          }}
        />
      )}
    </>
  );
}
