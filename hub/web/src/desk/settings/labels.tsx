// Label templates: pictures of all of them, and the editor of one, whose picture is what is printed.

import { useQueries, useQuery } from '@tanstack/react-query';
import { Button, Dropdown, Form, Input, Segmented, Select } from 'antd';
import { useEffect, useState } from 'react';
import { get, type Page, post, put } from '../api';
import { usePrefs, useWords } from '../app';
import { moved } from '../custom/places';
import { words as draftWords } from '../custom/words';
import { FormDialog, useAct } from '../parts/act';
import { Card, Code, Fault, Hint, Loaded, PageHead, Tag } from '../parts/common';
import { Field } from '../parts/field';
import { Icon } from '../parts/icons';
import { useUnsaved } from '../parts/unsaved';
import { go, Link } from '../route';
import { type Draft, DraftActions, type Drafted, DraftState, useDraft, Versions } from './draft';
import { LabelCanvas } from './label-canvas';
import { LabelForm } from './label-form';
import {
  elementOf,
  type Finding,
  type LabelElement,
  type LabelPreview,
  type LabelRow,
  type LabelSchema,
  type LabelTemplate,
} from './label-model';
import { begun, dragged, dropped, isChanged, rebased, redone, stepped, undone } from './label-steps';
import { words } from './label-words';
import './labels.css';

const RESOLUTIONS = [203, 300, 600];
/** A picture is asked for when nothing was changed for so long. */
const CALM_MS = 200;

export default function LabelsPage({ id }: { id: string }) {
  return id ? <One key={id} name={id} /> : <All />;
}

const drawn = (template: LabelTemplate, dpi = 203) => ({
  queryKey: ['label-preview', template, dpi],
  queryFn: () => post<LabelPreview>('/label-previews', { template, dpi }),
  staleTime: 600_000,
  retry: false,
});

const titleOf = (of: LabelTemplate, en: boolean) => (en && of.title_en) || of.title;

function All() {
  const w = useWords(words);
  const d = useWords(draftWords);
  const { lang } = usePrefs();
  const { outdate } = useAct();
  const [making, setMaking] = useState(false);
  const asked = useQuery({ queryKey: ['label-templates'], queryFn: ({ signal }) => get<Page<LabelRow>>('/label-templates', signal) });
  const rows = (asked.data?.items ?? []).flatMap(row => {
    const of = row.draft ?? row.published;
    return of ? [{ row, of }] : [];
  });
  const pictures = useQueries({ queries: rows.map(({ of }) => drawn(of)) });
  return (
    <>
      <PageHead
        title={w.labels}
        actions={
          <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
            {w.newLabel}
          </Button>
        }
      />
      <p className="reference">{w.labelsHint}</p>
      <Loaded of={asked}>
        {() => (
          <ul className="label-cards">
            {rows.map(({ row, of }, at) => {
              const png = pictures[at]?.data?.png;
              return (
                <li key={row.name}>
                  <Link to={`/settings/labels/${row.name}`}>
                    <span className="label-picture" style={{ aspectRatio: `${of.width} / ${of.height}` }}>
                      {png ? <img src={`data:image/png;base64,${png}`} alt="" /> : null}
                    </span>
                    <strong>{titleOf(of, lang === 'en')}</strong>
                  </Link>
                  <span className="quiet">
                    {w.size(of.width, of.height)} · {row.standard ? w.standard : w.own}
                  </span>
                  {row.number || row.draft ? <DraftState of={row} /> : null}
                </li>
              );
            })}
          </ul>
        )}
      </Loaded>
      <FormDialog<{ name: string; title: string; begin: string }>
        open={making}
        title={w.newLabel}
        ok={d.saveDraft}
        initial={{ begin: '' }}
        onClose={() => setMaking(false)}
        onSave={async ({ name, title, begin }) => {
          const from = rows.find(({ row }) => row.name === begin)?.of ?? { width: 60, height: 40, element: [] };
          await put(`/label-templates/${name}`, { ...from, name, title }, 0);
          outdate(['label-templates']);
          go(`/settings/labels/${name}`);
        }}
      >
        <Form.Item name="title" label={w.title} rules={[{ required: true, whitespace: true }]}>
          <Input maxLength={60} />
        </Form.Item>
        <Form.Item
          name="name"
          label={w.name}
          extra={w.nameHint}
          rules={[{ required: true, pattern: /^[a-z0-9-]{1,40}$/, message: w.nameHint }]}
        >
          <Input maxLength={40} autoCapitalize="none" spellCheck={false} />
        </Form.Item>
        <Form.Item name="begin" label={w.beginWith}>
          <Select
            options={[
              { value: '', label: w.blank },
              ...rows.map(({ row, of }) => ({ value: row.name, label: titleOf(of, lang === 'en') })),
            ]}
          />
        </Form.Item>
      </FormDialog>
    </>
  );
}

function One({ name }: { name: string }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const path = `/label-templates/${name}`;
  const draft = useDraft<LabelTemplate>(path);
  const [unsaved, setUnsaved] = useState(false);
  const schema = useQuery({
    queryKey: ['label-elements'],
    queryFn: ({ signal }) => get<LabelSchema>('/label-elements', signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Loaded of={draft.asked}>
      {data => {
        const of = data.draft ?? data.published;
        return (
          <>
            <PageHead
              title={of ? titleOf(of, lang === 'en') : name}
              back={{ to: '/settings/labels', label: w.labels }}
              actions={<DraftActions draft={draft} of={data} unsaved={unsaved} />}
            >
              <Code>{name}</Code>
              <DraftState of={data} />
            </PageHead>
            <Loaded of={schema}>
              {all => (of ? <Editor from={of} data={data} draft={draft} schema={all} path={path} onUnsaved={setUnsaved} /> : null)}
            </Loaded>
          </>
        );
      }}
    </Loaded>
  );
}

/** A template with the steps before and after it, and what of it is not saved. */
function useSteps(held: LabelTemplate) {
  const [steps, setSteps] = useState(() => begun(held));
  const rested = steps.held === held ? steps : rebased(steps, held);
  if (rested !== steps) setSteps(rested);
  return {
    now: rested.now,
    isChanged: isChanged(rested),
    set: (now: LabelTemplate) => setSteps(of => stepped(of, now)),
    drag: (now: LabelTemplate) => setSteps(of => dragged(of, now)),
    drop: () => setSteps(dropped),
    undo: rested.past.length ? () => setSteps(undone) : undefined,
    redo: rested.next.length ? () => setSteps(redone) : undefined,
  };
}

function useCalmly<T>(value: T): T {
  const [calm, setCalm] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setCalm(value), CALM_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return calm;
}

function Editor({
  from,
  data,
  draft,
  schema,
  path,
  onUnsaved,
}: {
  from: LabelTemplate;
  data: Drafted<LabelTemplate>;
  draft: Draft<LabelTemplate>;
  schema: LabelSchema;
  path: string;
  onUnsaved: (isUnsaved: boolean) => void;
}) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const en = lang === 'en';
  const steps = useSteps(from);
  const { now } = steps;
  const [chosen, setChosen] = useState<number | null>(null);
  const [dpi, setDpi] = useState(203);
  const calm = useCalmly(now);
  const shown = useQuery({ ...drawn(calm, dpi), placeholderData: last => last });
  const elements = now.element ?? [];
  const findings = shown.data?.findings ?? [];
  const kind = (of: LabelElement) => schema.kinds.find(one => one.kind === of.kind);
  const named = (at: number) => {
    const of = elements[at];
    const title = of && kind(of)?.title;
    return w.element((en ? title?.en : title?.zh) ?? '', at);
  };
  const put = (next: LabelElement[]) => steps.set({ ...now, element: next });
  const change = (at: number, to: LabelElement, done: boolean) => {
    const next = { ...now, element: elements.map((one, n) => (n === at ? to : one)) };
    if (done) steps.set(next);
    else steps.drag(next);
  };
  const remove = (at: number) => {
    put(elements.filter((_, n) => n !== at));
    setChosen(null);
  };
  /** What a field says in the picture, kept with the template. */
  const example = ({ name, title }: { name: string; title: string }, text: string) => {
    const known = now.field ?? [];
    const is = known.some(one => one.name === name);
    const field = is
      ? known.map(one => (one.name === name ? { ...one, example: text } : one))
      : [...known, { name, title: title || name, example: text }];
    steps.set({ ...now, field });
  };
  const save = () => draft.keep(now);
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey)) return;
      const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
      if (event.key === 's') void save();
      else if (event.key === 'z' && !typing) (event.shiftKey ? steps.redo : steps.undo)?.();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  });
  useUnsaved(steps.isChanged);
  useEffect(() => onUnsaved(steps.isChanged), [steps.isChanged, onUnsaved]);
  const element = chosen === null ? undefined : elements[chosen];
  const others = findings.filter(one => one.element === null);
  return (
    <div className="record">
      <div className="record-main">
        <Card>
          <div className="label-tools">
            <Dropdown
              trigger={['click']}
              menu={{
                items: schema.kinds.map(one => ({ key: one.kind, label: en ? one.title.en : one.title.zh })),
                onClick: ({ key }) => {
                  put([...elements, elementOf(key, schema, now)]);
                  setChosen(elements.length);
                },
              }}
            >
              <Button icon={<Icon name="plus" size={16} />}>{w.add}</Button>
            </Dropdown>
            <Button disabled={!steps.undo} onClick={steps.undo}>
              {w.undo}
            </Button>
            <Button disabled={!steps.redo} onClick={steps.redo}>
              {w.redo}
            </Button>
            <Segmented<number> aria-label={w.resolution} value={dpi} options={RESOLUTIONS} onChange={setDpi} />
            <span className="grow" />
            {steps.isChanged ? <Tag meaning="attention">{w.unsaved}</Tag> : null}
            <Button
              type={steps.isChanged ? 'primary' : 'default'}
              disabled={!steps.isChanged}
              loading={draft.busy}
              onClick={() => void save()}
            >
              {w.save}
            </Button>
          </div>
          <LabelCanvas
            of={now}
            shown={shown.data}
            chosen={chosen}
            named={named}
            onChoose={setChosen}
            onChange={change}
            onCancel={steps.drop}
            onRemove={remove}
          />
          <p className="quiet">
            {w.picture} {w.size(now.width, now.height)} · {w.dpi(dpi)}
          </p>
          {shown.error ? <Fault error={shown.error} /> : null}
        </Card>
        <Card title={w.findings}>
          {findings.length ? (
            <ul className="faults">
              {findings.map(one => (
                <li key={`${one.element} ${one.key} ${one.zh}`}>
                  {one.element === null ? null : (
                    <Button type="link" size="small" onClick={() => setChosen(one.element)}>
                      {named(one.element)}
                    </Button>
                  )}{' '}
                  {en ? one.en : one.zh}
                </li>
              ))}
            </ul>
          ) : (
            <p className="quiet">{w.fine}</p>
          )}
          <p className="quiet">{w.taken}</p>
        </Card>
        <Card title={w.data}>
          <p className="quiet">{shown.data?.fields.length ? w.dataHint : w.noFields}</p>
          <div className="label-form">
            {shown.data?.fields.map(of => (
              <Field key={of.name} label={`${(en && of.title_en) || of.title || of.name} {${of.name}}`}>
                {id => (
                  <Input
                    id={id}
                    maxLength={200}
                    value={now.field?.find(one => one.name === of.name)?.example ?? ''}
                    onChange={event => example(of, event.target.value)}
                  />
                )}
              </Field>
            ))}
          </div>
          <details>
            <summary>{w.functions}</summary>
            <p className="quiet">{w.functionsHint}</p>
            <ul className="label-functions">
              {schema.functions.map(one => (
                <li key={one.value}>
                  <code>{one.value}</code> {en ? one.title.en : one.title.zh}
                </li>
              ))}
            </ul>
          </details>
        </Card>
      </div>
      <aside className="record-side">
        {element && chosen !== null ? (
          <Card
            title={named(chosen)}
            extra={
              <span className="label-acts">
                {(
                  [
                    ['up', w.up, () => put(moved(elements, chosen, -1)), chosen - 1, chosen === 0],
                    ['down', w.down, () => put(moved(elements, chosen, 1)), chosen + 1, chosen === elements.length - 1],
                    ['copy', w.copy, () => put([...elements, { ...element }]), elements.length, false],
                    ['trash', w.remove, () => remove(chosen), null, false],
                  ] as const
                ).map(([icon, label, run, then, off]) => (
                  <Hint key={icon} text={label}>
                    <Button
                      type="text"
                      size="small"
                      disabled={off}
                      aria-label={label}
                      icon={<Icon name={icon} size={16} />}
                      onClick={() => {
                        run();
                        setChosen(then);
                      }}
                    />
                  </Hint>
                ))}
              </span>
            }
          >
            <LabelForm
              key={chosen}
              properties={[...(kind(element)?.properties ?? []), ...schema.element]}
              of={element}
              findings={findings.filter((one: Finding) => one.element === chosen)}
              onChange={to => change(chosen, { ...element, ...to }, true)}
            />
          </Card>
        ) : null}
        <Card title={w.elements} flush>
          {elements.length === 0 ? <p className="quiet card-body">{w.noElements}</p> : null}
          <ol className="label-elements">
            {elements.map((one, at) => (
              <li key={at}>
                <button type="button" aria-current={at === chosen ? 'true' : undefined} onClick={() => setChosen(at)}>
                  {named(at)} <span className="quiet clip">{String(one.text ?? one.rows ?? '')}</span>
                </button>
              </li>
            ))}
          </ol>
        </Card>
        <Card title={w.basics}>
          <LabelForm
            properties={schema.template}
            of={{ ...now }}
            locked={['name']}
            findings={others}
            onChange={to => steps.set({ ...now, ...to })}
          />
        </Card>
        <Versions path={path} draft={draft} of={data} unsaved={steps.isChanged} />
      </aside>
    </div>
  );
}
