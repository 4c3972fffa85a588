// Option models: their list, and one with its measures, options, formulas and constraints, drafted, tried and published.

import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, Select } from 'antd';
import { type ReactNode, useState } from 'react';
import { get, type Page, post, put } from '../api';
import { usePrefs, useWords } from '../app';
import { askable, useCalm } from '../configure';
import { OptionFields } from '../configure/fields';
import { Terms } from '../configure/terms';
import { titled } from '../custom/model';
import { type DraftFault, faultsOf, pathOf, tidy } from '../custom/places';
import { words as draftWords } from '../custom/words';
import { FormDialog, useAct } from '../parts/act';
import { ChooseItem } from '../parts/choose';
import { Card, Code, Fault, Loaded, PageHead, Tag } from '../parts/common';
import { Field } from '../parts/field';
import { Icon } from '../parts/icons';
import { Rows } from '../parts/list';
import {
  type Configuration,
  figuresText,
  type OptionModel,
  type OptionModelRow,
  startOf,
  type Term,
  type Violation,
} from '../prices/model';
import { kinds, words } from '../prices/words';
import { go } from '../route';
import { optionsOf, value } from '../values';
import { Definitions, KeyItem, Names } from './defs';
import { DraftActions, type Drafted, DraftState, useDraft, Versions } from './draft';
import { drawers, type PartName, type Parts } from './model-drawer';

export default function ModelsPage({ id }: { id: string }) {
  return id ? <One code={id} /> : <All />;
}

function All() {
  const w = useWords(words);
  const d = useWords(draftWords);
  const { t, lang } = usePrefs();
  const { outdate } = useAct();
  const [making, setMaking] = useState(false);
  const models = useQuery({ queryKey: ['option-models'], queryFn: ({ signal }) => get<Page<OptionModelRow>>('/option-models', signal) });
  const of = (m: OptionModelRow) => m.published ?? m.draft;
  const make = (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
      {w.newModel}
    </Button>
  );
  return (
    <>
      <PageHead title={w.models} actions={make} />
      <p className="reference">{w.modelsHint}</p>
      <Loaded of={models}>
        {({ items }) => (
          <Card flush>
            <Rows<OptionModelRow>
              label={w.models}
              rows={items}
              rowKey={m => m.code}
              to={m => `/settings/models/${m.code}`}
              columns={[
                { key: 'title', title: w.name, cell: m => <strong>{of(m) ? titled(of(m) as OptionModel, lang) : m.code}</strong> },
                { key: 'kind', title: w.kind, cell: m => value(kinds, of(m)?.kind ?? '', lang) },
                { key: 'items', title: w.items, cell: m => of(m)?.items?.join('、') },
                { key: 'state', title: t.state, width: '200px', cell: m => <DraftState of={m} /> },
              ]}
            />
          </Card>
        )}
      </Loaded>
      <FormDialog<{ code: string; title: string; title_en?: string; kind: OptionModel['kind'] }>
        open={making}
        title={w.newModel}
        ok={d.saveDraft}
        initial={{ kind: 'non_standard' }}
        onClose={() => setMaking(false)}
        onSave={async ({ code, ...rest }) => {
          await put(`/option-models/${code}`, { ...tidy(rest), terms: [] }, 0);
          outdate(['option-models']);
          go(`/settings/models/${code}`);
        }}
      >
        <Names />
        <KeyItem name="code" label={w.modelCode} />
        <Form.Item name="kind" label={w.kind} extra={w.kindHint}>
          <Select options={optionsOf(kinds, lang)} />
        </Form.Item>
      </FormDialog>
    </>
  );
}

function One({ code }: { code: string }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const path = `/option-models/${code}`;
  const draft = useDraft<OptionModel>(path);
  return (
    <Loaded of={draft.asked}>
      {data => {
        const model = data.draft ?? data.published;
        return (
          <>
            <PageHead
              title={model ? titled(model, lang) : code}
              back={{ to: '/settings/models', label: w.models }}
              actions={<DraftActions draft={draft} of={data} />}
            >
              <Code>{code}</Code>
              <DraftState of={data} />
            </PageHead>
            <div className="record">
              <div className="record-main">{model ? <Model of={model} data={data} draft={draft} /> : null}</div>
              <aside className="record-side">
                {model ? <TryIt key={`${data.version}`} code={code} model={model} data={data} /> : null}
                <Versions path={path} draft={draft} of={data} />
              </aside>
            </div>
          </>
        );
      }}
    </Loaded>
  );
}

interface Editing {
  of: OptionModel;
  data: Drafted<OptionModel>;
  draft: ReturnType<typeof useDraft<OptionModel>>;
}

const PARTS: PartName[] = ['parameters', 'sizes', 'categories', 'terms', 'constraints', 'parts'];

function Model({ of, data, draft }: Editing) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const faults: DraftFault[] = data.draft ? (data.faults ?? []) : [];
  const whole = (change: Partial<OptionModel>): OptionModel => {
    const next = { ...of, ...change };
    return { ...tidy(next), kind: next.kind, terms: tidy(next.terms) };
  };
  // What is about none of the parts below.
  const others = faults.filter(f => {
    const [first, index] = pathOf(f.field);
    return !PARTS.includes(first as PartName) || typeof index !== 'number';
  });
  return (
    <>
      <Card title={w.basics}>
        <div className="fields">
          <Field label={w.name}>{id => <Typed id={id} text={of.title} onDone={title => void draft.keep(whole({ title }))} />}</Field>
          <Field label={w.kind}>
            {id => (
              <Select
                id={id}
                className="wide"
                value={of.kind}
                options={optionsOf(kinds, lang)}
                onChange={kind => void draft.keep(whole({ kind }))}
              />
            )}
          </Field>
          <Field label={w.items}>
            {id => (
              <Select
                id={id}
                className="wide"
                mode="tags"
                open={false}
                suffixIcon={null}
                tokenSeparators={[',', '，', ' ', '、', ';']}
                value={of.items ?? []}
                onChange={items => void draft.keep(whole({ items }))}
              />
            )}
          </Field>
        </div>
        <p className="quiet">{w.kindHint}</p>
        {others.length ? (
          <ul className="faults">
            {others.map(f => (
              <li key={f.field + f.rule}>{lang === 'en' ? f.en : f.zh}</li>
            ))}
          </ul>
        ) : null}
      </Card>
      {PARTS.map(name => (
        <Part key={name} name={name} of={of} faults={faults} draft={draft} whole={whole} />
      ))}
    </>
  );
}

/** A line that is saved to the draft when its writer leaves it. */
function Typed({ id, text, onDone }: { id: string; text: string; onDone: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  return (
    <Input
      id={id}
      maxLength={60}
      value={typed}
      onChange={event => setTyped(event.target.value)}
      onBlur={() => typed !== text && onDone(typed)}
      onPressEnter={event => event.currentTarget.blur()}
    />
  );
}

function useShown(): { [N in PartName]: (part: Parts[N]) => { name: string; code?: string; line: ReactNode } } {
  const w = useWords(words);
  const { lang } = usePrefs();
  const when = (text: string | undefined) => (text ? ` · ${w.when.split('（')[0]?.split(' (')[0]}: ${text}` : '');
  return {
    parameters: p => ({
      name: titled(p, lang),
      code: p.code,
      line: [w.range(p.min, p.max, p.unit ?? ''), p.step && `${w.step} ${p.step}`, p.default && `${w.default} ${p.default}`]
        .filter(Boolean)
        .join(' · '),
    }),
    sizes: s => ({ name: titled(s, lang), line: figuresText(s.values) }),
    categories: c => ({
      name: titled(c, lang),
      code: c.code,
      line: c.options.map(o => titled(o, lang) + (o.active === false ? ' (–)' : '')).join(lang === 'en' ? ', ' : '、'),
    }),
    terms: f => ({
      name: titled(f, lang),
      code: f.code,
      line: (
        <>
          <code>{f.formula}</code>
          {when(f.when)}
        </>
      ),
    }),
    constraints: c => ({ name: (lang === 'en' && c.message_en) || c.message, line: <code>{c.rule}</code> }),
    parts: p => ({
      name: p.item ?? p.category ?? '',
      line: (
        <>
          <code>{p.quantity}</code>
          {when(p.when)}
        </>
      ),
    }),
  };
}

function Part<N extends PartName>({
  name,
  of,
  faults,
  draft,
  whole,
}: {
  name: N;
  of: OptionModel;
  faults: DraftFault[];
  draft: Editing['draft'];
  whole: (change: Partial<OptionModel>) => OptionModel;
}) {
  const w = useWords(words);
  const shown = useShown()[name] as (part: Parts[N]) => { name: string; code?: string; line: ReactNode };
  const [opened, setOpened] = useState<number | null>(null);
  const parts = (of[name] ?? []) as Parts[N][];
  const titles: Record<PartName, string> = {
    parameters: w.parameters,
    sizes: w.sizes,
    categories: w.categories,
    terms: w.terms,
    constraints: w.constraints,
    parts: w.parts,
  };
  const adds: Record<PartName, string> = {
    parameters: w.addParameter,
    sizes: w.addSize,
    categories: w.addCategory,
    terms: w.addTerm,
    constraints: w.addConstraint,
    parts: w.addPart,
  };
  const Drawer = drawers[name] as (of: {
    part?: Parts[N];
    faults: ReturnType<typeof faultsOf>;
    onSave: (part: Parts[N]) => Promise<ReturnType<typeof faultsOf>>;
    onClose: () => void;
  }) => ReactNode;
  return (
    <Card
      title={titles[name]}
      flush
      extra={
        <Button size="small" icon={<Icon name="plus" size={14} />} onClick={() => setOpened(parts.length)}>
          {adds[name]}
        </Button>
      }
    >
      {name === 'parts' && parts.length === 0 ? <p className="quiet card-body">{w.noParts}</p> : null}
      <Definitions<Parts[N]>
        parts={parts}
        name={part => shown(part).name}
        keyOf={part => `${shown(part).code ?? shown(part).name}`}
        faults={n => faultsOf(faults, name, n).map(one => one.fault)}
        sure={w.remove}
        sureHint={w.removeHint}
        onChange={next => void draft.keep(whole({ [name]: next }))}
        onOpen={setOpened}
      >
        {part => (
          <>
            <div className="defs-name">
              <strong>{shown(part).name}</strong> {shown(part).code ? <Code>{shown(part).code}</Code> : null}
            </div>
            <div className="quiet">{shown(part).line}</div>
          </>
        )}
      </Definitions>
      {opened === null ? null : (
        <Drawer
          key={opened}
          part={parts[opened]}
          faults={faultsOf(faults, name, opened)}
          onClose={() => setOpened(null)}
          onSave={async part => {
            const next = opened < parts.length ? parts.map((one, n) => (n === opened ? part : one)) : [...parts, part];
            const saved = await draft.save(whole({ [name]: next }));
            return faultsOf(saved.faults ?? [], name, opened);
          }}
        />
      )}
    </Card>
  );
}

interface Tried {
  terms: Term[];
  total_fen?: number;
  parts: { code: string; quantity: string }[];
  violations: Violation[];
}

/** A configuration priced by the draft as it stands, term by term. */
function TryIt({ code, model, data }: { code: string; model: OptionModel; data: Drafted<OptionModel> }) {
  const w = useWords(words);
  const [chosen, setChosen] = useState<Configuration>(() => startOf(model));
  const [item, setItem] = useState<number>();
  const calm = useCalm(chosen);
  const isRight = !data.faults?.length;
  const tried = useQuery({
    queryKey: ['option-model-try', code, data.version, item ?? null, askable(calm)],
    enabled: isRight,
    retry: false,
    placeholderData: before => before,
    queryFn: () => post<Tried>(`/option-models/${code}/try`, { draft: Boolean(data.draft), item, ...askable(calm) }),
  });
  return (
    <Card title={w.tryIt} extra={data.draft ? <Tag meaning="attention">{w.tryIt}</Tag> : null}>
      <p className="quiet">{w.tryHint}</p>
      <Field label={w.tryItem}>{id => <ChooseItem id={id} label={w.tryItem} value={item} onChange={setItem} />}</Field>
      <OptionFields model={model} value={chosen} onChange={setChosen} violations={tried.data?.violations ?? []} />
      {tried.error ? <Fault error={tried.error} /> : null}
      {tried.data?.total_fen === undefined ? null : <Terms of={tried.data.terms} total={tried.data.total_fen} />}
      {tried.data?.parts.some(p => p.code) ? (
        <p className="quiet">
          {w.perPiece}: {tried.data.parts.map(p => `${p.code} × ${p.quantity}`).join('、')}
        </p>
      ) : null}
    </Card>
  );
}
