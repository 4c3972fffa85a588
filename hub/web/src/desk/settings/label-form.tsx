// What is set of an element or of a template, as the drawing program says what may be set.

import { Button, Checkbox, Input, InputNumber, Select } from 'antd';
import { useRef } from 'react';
import { usePrefs, useWords } from '../app';
import { useAct } from '../parts/act';
import { Hint } from '../parts/common';
import { Field } from '../parts/field';
import { Icon } from '../parts/icons';
import type { Finding, Property } from './label-model';
import { words } from './label-words';

/** Pictures within a template go to every edge with it. */
const LARGEST = 100_000;

/** What takes the whole width of the form. */
const WIDE = ['expression', 'png', 'columns'];

type Of = { [key: string]: unknown };

export function LabelForm({
  properties,
  of,
  findings,
  locked = [],
  onChange,
}: {
  properties: Property[];
  of: Of;
  findings: Finding[];
  locked?: string[];
  onChange: (change: Of) => void;
}) {
  const { lang } = usePrefs();
  return (
    <div className="label-form">
      {properties
        .filter(one => one.name !== 'kind')
        .map(one => {
          const found = findings.filter(finding => finding.key === one.name);
          return (
            <div key={one.name} className={WIDE.includes(one.form.form) ? 'wide' : undefined}>
              <Field label={lang === 'en' ? one.title.en : one.title.zh}>
                {id => (
                  <Control
                    id={id}
                    property={one}
                    value={of[one.name]}
                    disabled={locked.includes(one.name)}
                    set={value => onChange({ [one.name]: value })}
                  />
                )}
              </Field>
              {found.map(finding => (
                <p key={finding.zh} className={finding.severity === 'error' ? 'fault' : 'quiet'}>
                  {lang === 'en' ? finding.en : finding.zh}
                </p>
              ))}
            </div>
          );
        })}
    </div>
  );
}

function Control({
  id,
  property,
  value,
  disabled,
  set,
}: {
  id: string;
  property: Property;
  value: unknown;
  disabled: boolean;
  set: (value: unknown) => void;
}) {
  const { lang } = usePrefs();
  const { form } = property;
  switch (form.form) {
    case 'millimetres':
      return (
        <InputNumber<number>
          id={id}
          className="wide"
          disabled={disabled}
          min={form.min}
          max={form.max}
          step={0.5}
          suffix="mm"
          value={typeof value === 'number' ? value : form.default}
          onChange={next => next !== null && set(next)}
        />
      );
    case 'steps': {
      const choices = Array.from({ length: Math.floor((form.max - form.min) / form.step) + 1 }, (_, n) => form.min + n * form.step);
      return (
        <Select
          id={id}
          className="wide"
          value={typeof value === 'number' ? value : form.min}
          options={choices.map(n => ({ value: n, label: `${n}°` }))}
          onChange={set}
        />
      );
    }
    case 'truth':
      return (
        <Checkbox id={id} checked={value === undefined ? form.default : value === true} onChange={event => set(event.target.checked)} />
      );
    case 'choice':
      return (
        <Select
          id={id}
          className="wide"
          value={typeof value === 'string' ? value : form.choices[0]?.value}
          options={form.choices.map(one => ({ value: one.value, label: lang === 'en' ? one.title.en : one.title.zh }))}
          onChange={set}
        />
      );
    case 'expression':
      return <Input.TextArea id={id} autoSize maxLength={2000} value={String(value ?? '')} onChange={event => set(event.target.value)} />;
    case 'png':
      return <Picture id={id} value={value} set={set} />;
    case 'columns':
      return <Columns properties={form.properties} value={value} set={set} />;
    default:
      return (
        <Input
          id={id}
          disabled={disabled}
          maxLength={200}
          value={String(value ?? '')}
          onChange={event => set(event.target.value || undefined)}
        />
      );
  }
}

function Picture({ id, value, set }: { id: string; value: unknown; set: (value: unknown) => void }) {
  const w = useWords(words);
  const { act } = useAct();
  const input = useRef<HTMLInputElement>(null);
  const read = async (file: File) => {
    if (file.size > LARGEST) throw new Error(w.tooLarge);
    const bytes = new Uint8Array(await file.arrayBuffer());
    set(btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join('')));
  };
  return (
    <>
      <input
        ref={input}
        id={id}
        type="file"
        accept="image/png"
        hidden
        onChange={event => {
          const file = event.target.files?.[0];
          if (file) void act(() => read(file));
        }}
      />
      <Button onClick={() => input.current?.click()}>{w.picked}</Button>{' '}
      {typeof value === 'string' && value ? <span className="quiet">{w.kept(Math.ceil((value.length * 3) / 4000))}</span> : null}
    </>
  );
}

/** Columns of a table, a row each, with what may be set of them. */
function Columns({ properties, value, set }: { properties: Property[]; value: unknown; set: (value: unknown) => void }) {
  const { lang } = usePrefs();
  const w = useWords(words);
  const columns = Array.isArray(value) ? (value as Of[]) : [];
  const change = (at: number, to: Of) => set(columns.map((one, n) => (n === at ? { ...one, ...to } : one)));
  return (
    <div className="label-columns">
      {columns.map((column, at) => (
        <div key={at} className="label-column">
          {properties.map(one => (
            <Field key={one.name} label={lang === 'en' ? one.title.en : one.title.zh}>
              {id => (
                <Control id={id} property={one} value={column[one.name]} disabled={false} set={to => change(at, { [one.name]: to })} />
              )}
            </Field>
          ))}
          <Hint text={w.removeColumn}>
            <Button
              type="text"
              disabled={columns.length === 1}
              aria-label={w.removeColumn}
              icon={<Icon name="trash" size={16} />}
              onClick={() => set(columns.filter((_, n) => n !== at))}
            />
          </Hint>
        </div>
      ))}
      <Button size="small" icon={<Icon name="plus" size={16} />} onClick={() => set([...columns, { width: 10 }])}>
        {w.addColumn}
      </Button>
    </div>
  );
}
