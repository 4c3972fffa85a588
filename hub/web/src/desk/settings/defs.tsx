// The parts of a draft in their order, moved, opened and removed: fields of a record, stages of a pipeline. And lists within their forms.

import { Button, Checkbox, Form, Input, Modal } from 'antd';
import { type ReactNode, useState } from 'react';
import { usePrefs, useWords } from '../app';
import { type DraftFault, moved } from '../custom/places';
import { words } from '../custom/words';
import { Icon } from '../parts/icons';

interface Definitions<P> {
  parts: P[];
  name: (part: P) => string;
  keyOf: (part: P) => string;
  faults: (at: number) => DraftFault[];
  sure: (name: string) => string;
  sureHint: string;
  onChange: (parts: P[]) => void;
  onOpen: (at: number) => void;
  children: (part: P) => ReactNode;
}

export function Definitions<P>({ parts, name, keyOf, faults, sure, sureHint, onChange, onOpen, children }: Definitions<P>) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const [removing, setRemoving] = useState<number | null>(null);
  const named = (at: number | null) => {
    const part = at === null ? undefined : parts[at];
    return part === undefined ? '' : name(part);
  };
  return (
    <>
      <ol className="defs">
        {parts.map((part, at) => {
          const wrong = faults(at);
          return (
            <li key={keyOf(part) || at}>
              <span className="defs-move">
                <Button
                  type="text"
                  size="small"
                  disabled={at === 0}
                  aria-label={w.up(name(part))}
                  icon={<Icon name="up" size={14} />}
                  onClick={() => onChange(moved(parts, at, -1))}
                />
                <Button
                  type="text"
                  size="small"
                  disabled={at === parts.length - 1}
                  aria-label={w.down(name(part))}
                  icon={<Icon name="down" size={14} />}
                  onClick={() => onChange(moved(parts, at, 1))}
                />
              </span>
              <div className="defs-what">
                {children(part)}
                {wrong.length ? (
                  <ul className="faults">
                    {wrong.map(f => (
                      <li key={`${f.field} ${f.rule}`}>{lang === 'en' ? f.en : f.zh}</li>
                    ))}
                  </ul>
                ) : null}
              </div>
              <span className="row-doing">
                <Button size="small" onClick={() => onOpen(at)} aria-label={`${t.edit} ${name(part)}`}>
                  {t.edit}
                </Button>
                <Button
                  size="small"
                  type="text"
                  aria-label={`${t.remove} ${name(part)}`}
                  icon={<Icon name="trash" size={14} />}
                  onClick={() => setRemoving(at)}
                />
              </span>
            </li>
          );
        })}
      </ol>
      <Modal
        open={removing !== null}
        title={sure(named(removing))}
        okText={t.remove}
        okButtonProps={{ danger: true }}
        cancelText={t.cancel}
        closable={false}
        onCancel={() => setRemoving(null)}
        onOk={() => {
          onChange(parts.filter((_, at) => at !== removing));
          setRemoving(null);
        }}
      >
        {sureHint}
      </Modal>
    </>
  );
}

/** A list within a form: its lines, each with a way to remove it, and a way to add one. */
export function Lines({
  name,
  label,
  add,
  fresh,
  children,
}: {
  name: string | (string | number)[];
  label: string;
  add: string;
  fresh: object;
  children: (at: number) => ReactNode;
}) {
  const { t } = usePrefs();
  return (
    <Form.List name={name}>
      {(lines, { add: more, remove }) => (
        <fieldset className="lines">
          <legend>{label}</legend>
          {lines.map((line, n) => (
            <div key={line.key} className="def-line">
              <div className="def-line-fields">{children(line.name)}</div>
              <Button
                type="text"
                aria-label={`${t.remove} ${label} ${n + 1}`}
                icon={<Icon name="trash" size={16} />}
                onClick={() => remove(line.name)}
              />
            </div>
          ))}
          <Button size="small" icon={<Icon name="plus" size={14} />} onClick={() => more(fresh)}>
            {add}
          </Button>
        </fieldset>
      )}
    </Form.List>
  );
}

/** What something is called in both languages. `onEnglish` hears the English name when it is written. */
export function Names({ onEnglish }: { onEnglish?: (name: string) => void }) {
  const w = useWords(words);
  return (
    <>
      <Form.Item name="title" label={w.title} rules={[{ required: true, whitespace: true, message: w.title }]}>
        <Input maxLength={60} autoFocus />
      </Form.Item>
      <Form.Item name="title_en" label={w.titleEn}>
        <Input maxLength={60} onBlur={event => onEnglish?.(event.target.value)} />
      </Form.Item>
    </>
  );
}

/** The code by which programs and expressions name something; it stays once it is published. */
export function KeyItem({ name, label, fixed }: { name: string; label: string; fixed?: boolean }) {
  const w = useWords(words);
  return (
    <Form.Item
      name={name}
      label={label}
      extra={fixed ? undefined : w.keyHint}
      rules={[{ required: true, pattern: /^[a-z][a-z0-9_]*$/, message: w.keyHint }]}
    >
      <Input maxLength={40} disabled={fixed} autoCapitalize="off" spellCheck={false} />
    </Form.Item>
  );
}

/** Options of a choice, reasons, actions: a code that stays, its names, whether it may be chosen. */
export function OptionLines({ name, label, add }: { name: string | (string | number)[]; label: string; add: string }) {
  const w = useWords(words);
  return (
    <Lines name={name} label={label} add={add} fresh={{ active: true }}>
      {at => (
        <>
          <Form.Item name={[at, 'title']} rules={[{ required: true, message: w.optionTitle }]}>
            <Input aria-label={w.optionTitle} placeholder={w.optionTitle} maxLength={60} />
          </Form.Item>
          <Form.Item name={[at, 'title_en']}>
            <Input aria-label={w.optionEn} placeholder={w.optionEn} maxLength={60} />
          </Form.Item>
          <Form.Item name={[at, 'code']} rules={[{ required: true, message: w.optionCode }]}>
            <Input aria-label={w.optionCode} placeholder={w.optionCode} maxLength={40} autoCapitalize="off" spellCheck={false} />
          </Form.Item>
          <Form.Item name={[at, 'active']} valuePropName="checked" initialValue={true}>
            <Checkbox>{w.active}</Checkbox>
          </Form.Item>
        </>
      )}
    </Lines>
  );
}
