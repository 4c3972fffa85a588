// What is known of a customer, changed where it stands: tags by their groups, what else is known of them, the note.

import { Button, Input, Select } from 'antd';
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { usePrefs, useWords } from '../app';
import { titled } from '../custom/model';
import { useFieldRights } from '../custom/record';
import { useAct } from '../parts/act';
import { Card, Time } from '../parts/common';
import { Inline, type InlineControl } from '../parts/inline';
import { value as wordOf } from '../values';
import { age, type CustomerRow } from './model';
import { STALE, TagSelect, Tags, useChoices, useOptions } from './parts';
import { genders, words } from './words';

/** A card whose content is changed as a whole: Ctrl+Enter saves, Esc goes back. */
function Edited<V>({
  title,
  held,
  canEdit,
  onSave,
  control,
  children,
}: {
  title: string;
  held: V;
  canEdit: boolean;
  onSave: (value: V) => Promise<unknown>;
  control: (value: V, set: (value: V) => void) => ReactNode;
  children: ReactNode;
}) {
  const { t } = usePrefs();
  const { act, busy } = useAct();
  const [typed, setTyped] = useState<{ value: V } | null>(null);
  const save = async () => {
    if (!typed) return;
    const isSame = JSON.stringify(typed.value) === JSON.stringify(held);
    if (isSame || (await act(() => onSave(typed.value), { stale: STALE }))) setTyped(null);
  };
  const key = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.defaultPrevented) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void save();
    else if (event.key === 'Escape') setTyped(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <Card
      title={title}
      extra={
        canEdit && !typed ? (
          <Button size="small" aria-label={`${t.edit}: ${title}`} onClick={() => setTyped({ value: held })}>
            {t.edit}
          </Button>
        ) : null
      }
    >
      {typed ? (
        <form
          className="stack"
          onKeyDown={key}
          onSubmit={event => {
            event.preventDefault();
            void save();
          }}
        >
          {control(typed.value, value => setTyped({ value }))}
          <span className="buttons">
            <Button type="primary" size="small" htmlType="submit" loading={busy}>
              {t.save}
            </Button>
            <Button size="small" onClick={() => setTyped(null)}>
              {t.cancel}
            </Button>
          </span>
        </form>
      ) : (
        children
      )}
    </Card>
  );
}

export function TagsCard({ of, canEdit, onSave }: { of: CustomerRow; canEdit: boolean; onSave: (tags: string[]) => Promise<unknown> }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const { tags: groups } = useChoices();
  const held = of.tags ?? [];
  const inGroup = (tag: string, code: string) => tag.startsWith(`${code}.`);
  const loose = held.filter(tag => !groups.some(g => inGroup(tag, g.code)));
  return (
    <Edited<string[]>
      title={w.tags}
      held={held}
      canEdit={canEdit}
      onSave={onSave}
      control={(tags, set) => <TagSelect label={w.tags} autoFocus value={tags} onChange={set} />}
    >
      {held.length === 0 ? <p className="quiet">{w.noTags}</p> : null}
      <dl className="values">
        {groups
          .filter(g => held.some(tag => inGroup(tag, g.code)))
          .map(g => (
            <div key={g.code}>
              <dt>{titled(g, lang)}</dt>
              <dd>
                <Tags of={held.filter(tag => inGroup(tag, g.code))} />
              </dd>
            </div>
          ))}
      </dl>
      <Tags of={loose} />
    </Edited>
  );
}

export function NoteCard({ of, canEdit, onSave }: { of: CustomerRow; canEdit: boolean; onSave: (note: string) => Promise<unknown> }) {
  const w = useWords(words);
  return (
    <Edited<string>
      title={w.note}
      held={of.note ?? ''}
      canEdit={canEdit}
      onSave={note => onSave(note.trim())}
      control={(note, set) => (
        <Input.TextArea
          autoFocus
          aria-label={w.note}
          autoSize={{ minRows: 3, maxRows: 12 }}
          maxLength={2000}
          value={note}
          onChange={event => set(event.target.value)}
        />
      )}
    >
      {of.note ? <p className="follow-up">{of.note}</p> : <p className="quiet">{w.noNote}</p>}
    </Edited>
  );
}

/** A choice among a few, where a line of text would be. */
const choice = (label: string, options: { value: string; label: string }[]) => (field: InlineControl) => (
  <Select
    size="small"
    autoFocus
    allowClear
    className="inline-choice"
    aria-label={label}
    value={field.value || undefined}
    onChange={next => field.onChange(next ?? '')}
    onKeyDown={field.onKeyDown}
    options={options}
  />
);

type Line = 'gender' | 'birth_year' | 'employer' | 'position' | 'hobbies' | 'source' | 'campaign';

export function MoreCard({ of, canEdit, onSave }: { of: CustomerRow; canEdit: boolean; onSave: (part: object) => Promise<unknown> }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const { sees, writes } = useFieldRights('customer');
  const { sources, source } = useChoices();
  const options = useOptions();
  const years = age(of.birth_year);
  const lines: { name: Line; label: string; shown?: ReactNode; control?: (field: InlineControl) => ReactNode }[] = [
    {
      name: 'gender',
      label: w.gender,
      shown: of.gender ? wordOf(genders, of.gender, lang) : '',
      control: choice(
        w.gender,
        Object.keys(genders).map(code => ({ value: code, label: wordOf(genders, code, lang) })),
      ),
    },
    { name: 'birth_year', label: w.birthYear, shown: years === undefined ? '' : `${of.birth_year} · ${w.aged(years)}` },
    { name: 'employer', label: w.employer },
    { name: 'position', label: w.position },
    { name: 'hobbies', label: w.hobbies },
    {
      name: 'source',
      label: w.source,
      shown: of.source ? source(of.source) : '',
      control: choice(w.source, options(sources, of.source)),
    },
    { name: 'campaign', label: w.campaign },
  ];
  const sent = (name: Line, text: string) => {
    if (name === 'gender') return text || null;
    return name === 'birth_year' ? (text ? Number(text) || text : null) : text;
  };
  return (
    <Card title={w.about}>
      <dl className="facts facts-rows">
        {lines
          .filter(line => sees(line.name))
          .map(({ name, label, shown, control }) => (
            <div key={name}>
              <dt>{label}</dt>
              <dd>
                <Inline
                  value={String(of[name] ?? '')}
                  label={label}
                  canEdit={canEdit && writes(name)}
                  stale={STALE}
                  control={control}
                  onSave={text => onSave({ [name]: sent(name, text) })}
                >
                  {shown || of[name] || '–'}
                </Inline>
              </dd>
            </div>
          ))}
        <div>
          <dt>{w.created}</dt>
          <dd>
            {of.created_by} · <Time ms={of.created_ms} />
          </dd>
        </div>
      </dl>
    </Card>
  );
}
