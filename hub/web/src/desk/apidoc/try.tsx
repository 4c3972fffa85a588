// One operation: its form, the request, the answer with status and time.

import { Button, Input, Popconfirm, Select } from 'antd';
import { useState } from 'react';
import { bytes, quantity } from '../../shared/format';
import type { Meaning } from '../../shared/tokens';
import { standing } from '../api';
import { usePrefs, useWords } from '../app';
import { Card, Code, Tag } from '../parts/common';
import { Field } from '../parts/field';
import { Once } from '../parts/once';
import { save } from '../upload';
import { address, command, type Document, example, headersOf, type Operation, type Parameter, resolved, type Told, told } from './model';
import { words } from './words';

interface Answer {
  status: number;
  statusText: string;
  ms: number;
  headers: [string, string][];
  text?: string;
  blob?: Blob;
}

/** So much of an answer is shown; browsers stand still over more. */
const LONGEST = 100_000;
const SHOWN_HEADERS = ['etag', 'content-type', 'location', 'retry-after', 'content-disposition'];

export function Method({ of }: { of: string }) {
  return <span className={`method method-${of}`}>{of.toUpperCase()}</span>;
}

export function Try({ of: o, document }: { of: Operation; document: Document }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const [values, setValues] = useState<Record<string, string>>({});
  const isForm = o.body?.media === 'multipart/form-data';
  const [body, setBody] = useState(() => (o.body && !isForm ? JSON.stringify(example(o.body.schema, document), null, 2) : ''));
  const [file, setFile] = useState<File | null>(null);
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [fault, setFault] = useState('');
  const set = (name: string, value: string) => setValues(all => ({ ...all, [name]: value }));
  const missing = o.parameters.filter(p => p.required && !values[`${p.in} ${p.name}`]?.trim());
  const formFields =
    isForm && o.body ? Object.keys(resolved(o.body.schema, document).properties ?? {}).filter(name => name !== 'file') : [];
  const changes = o.method !== 'get';

  const send = async () => {
    setFault('');
    let content: BodyInit | undefined;
    if (isForm) {
      const form = new FormData();
      for (const name of formFields) form.append(name, values[`form ${name}`] ?? '');
      if (file) form.append('file', file, file.name);
      content = form;
    } else if (o.body && body.trim()) {
      try {
        content = JSON.stringify(JSON.parse(body));
      } catch (wrong) {
        return setFault(`${w.badJson}: ${wrong instanceof Error ? wrong.message : ''}`);
      }
    }
    setBusy(true);
    const began = performance.now();
    try {
      const got = await fetch(address(o, values), {
        method: o.method.toUpperCase(),
        headers: {
          accept: 'application/json, */*',
          ...standing(o.method.toUpperCase()),
          ...headersOf(o, values),
          ...(typeof content === 'string' ? { 'content-type': 'application/json' } : {}),
        },
        body: content,
        // An endless stream of events would never be there.
        signal: AbortSignal.timeout(30_000),
      });
      const media = got.headers.get('content-type') ?? '';
      const isText = /json|text|xml/.test(media) || got.status === 204;
      const blob = await got.blob();
      setAnswer({
        status: got.status,
        statusText: got.statusText,
        ms: Math.round(performance.now() - began),
        headers: [...got.headers].filter(([name]) => SHOWN_HEADERS.includes(name)),
        ...(isText ? { text: await blob.text() } : { blob }),
      });
    } catch (gone) {
      setAnswer(null);
      setFault(gone instanceof Error ? gone.message : String(gone));
    } finally {
      setBusy(false);
    }
  };
  const button = (
    <Button type="primary" loading={busy} disabled={missing.length > 0} onClick={changes ? undefined : send}>
      {w.send}
    </Button>
  );
  return (
    <div className="operation">
      <h2 className="operation-path">
        <Method of={o.method} /> <Code>{o.path}</Code>
      </h2>
      <p className="after">
        {o.summary} {o.description}
      </p>
      <Card>
        <form
          className="stack stack-wide"
          onSubmit={event => {
            event.preventDefault();
            if (!changes && missing.length === 0) void send();
          }}
        >
          {o.parameters.map(p => (
            <ParameterField
              key={`${p.in} ${p.name}`}
              of={p}
              document={document}
              value={values[`${p.in} ${p.name}`] ?? ''}
              onChange={value => set(`${p.in} ${p.name}`, value)}
            />
          ))}
          {o.method === 'get' && /Custom fields/.test(o.summary + o.description) ? (
            <Field label={w.more}>
              {id => (
                <Input
                  id={id}
                  placeholder={w.moreHint}
                  value={values['query more'] ?? ''}
                  onChange={e => set('query more', e.target.value)}
                />
              )}
            </Field>
          ) : null}
          {formFields.map(name => (
            <Field key={name} label={name}>
              {id => <Input id={id} value={values[`form ${name}`] ?? ''} onChange={e => set(`form ${name}`, e.target.value)} />}
            </Field>
          ))}
          {isForm ? (
            <Field label={w.file}>{id => <input id={id} type="file" onChange={event => setFile(event.target.files?.[0] ?? null)} />}</Field>
          ) : null}
          {o.body && !isForm ? (
            <>
              <Field label={w.body}>
                {id => (
                  <Input.TextArea
                    id={id}
                    className="json"
                    value={body}
                    onChange={e => setBody(e.target.value)}
                    autoSize={{ minRows: 3, maxRows: 20 }}
                    spellCheck={false}
                  />
                )}
              </Field>
              <details>
                <summary>{w.fields}</summary>
                <Fields of={told(o.body.schema, document)} />
              </details>
            </>
          ) : null}
          <div className="buttons">
            {changes ? (
              <Popconfirm title={w.sure} okText={w.send} cancelText={t.cancel} onConfirm={send} disabled={missing.length > 0}>
                {button}
              </Popconfirm>
            ) : (
              button
            )}
            {missing.length ? <span className="quiet">{w.missing(missing.map(p => p.name).join(', '))}</span> : null}
            {changes ? <Tag meaning="attention">{w.real}</Tag> : null}
          </div>
          {fault ? (
            <p className="wrong-words" role="alert">
              {fault}
            </p>
          ) : null}
        </form>
      </Card>
      {answer ? <AnswerCard of={answer} /> : null}
      <Card title={w.command} extra={<span className="quiet">{w.commandHint}</span>}>
        <Once text={command(o, location.origin, values, body)} label={w.command} />
      </Card>
      <Card title={w.answers}>
        <dl className="columns-list">
          {o.answers.map(a => (
            <div key={a.status}>
              <dt>
                <Code>{a.status}</Code>
              </dt>
              <dd className="quiet">{a.description}</dd>
            </div>
          ))}
        </dl>
        {o.answers
          .filter(a => a.status.startsWith('2') && a.schema)
          .slice(0, 1)
          .map(a => (
            <details key={a.status} className="after-small">
              <summary>
                {w.answer} {a.status}
              </summary>
              <Fields of={told(a.schema ?? {}, document)} />
            </details>
          ))}
      </Card>
    </div>
  );
}

function ParameterField({
  of: p,
  document,
  value,
  onChange,
}: {
  of: Parameter;
  document: Document;
  value: string;
  onChange: (value: string) => void;
}) {
  const w = useWords(words);
  const schema = p.schema ? resolved(p.schema, document) : {};
  const isEtag = p.name.toLowerCase() === 'if-match';
  const choices = schema.enum?.map(String) ?? (schema.type === 'boolean' ? ['true', 'false'] : undefined);
  return (
    <div>
      <Field label={`${p.name}${p.required ? ` *` : ''}`}>
        {id =>
          choices ? (
            <Select
              id={id}
              allowClear
              value={value || undefined}
              onChange={next => onChange(next ?? '')}
              options={choices.map(c => ({ value: c, label: c }))}
            />
          ) : (
            <Input id={id} value={value} onChange={event => onChange(event.target.value)} spellCheck={false} autoComplete="off" />
          )
        }
      </Field>
      <span className="quiet parameter-hint">{isEtag ? w.etag : p.description}</span>
    </div>
  );
}

function Fields({ of }: { of: Told[] }) {
  const w = useWords(words);
  return (
    <ul className="schema">
      {of.map(f => (
        <li key={f.name}>
          <Code>{f.name}</Code> <span className="quiet">{f.type}</span> {f.required ? <span className="needed">{w.required}</span> : null}{' '}
          {f.description}
          {f.inside.length ? <Fields of={f.inside} /> : null}
        </li>
      ))}
    </ul>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function AnswerCard({ of }: { of: Answer }) {
  const w = useWords(words);
  const meaning: Meaning = of.status < 300 ? 'right' : of.status < 500 ? 'attention' : 'wrong';
  const text = of.text === undefined ? '' : pretty(of.text);
  return (
    <Card
      title={w.answer}
      extra={
        <span role="status">
          <Tag meaning={meaning}>
            {of.status} {of.statusText}
          </Tag>{' '}
          <span className="quiet number">{w.took(of.ms)}</span>
        </span>
      }
    >
      <p className="quiet answer-headers">
        {of.headers.map(([name, value]) => (
          <span key={name}>
            {name}: <Code>{value}</Code>
          </span>
        ))}
      </p>
      {of.blob ? (
        <div className="buttons">
          <span>{w.binary(bytes(of.blob.size), of.blob.type)}</span>
          <Button
            onClick={() => {
              const href = URL.createObjectURL(of.blob as Blob);
              save(href, 'answer');
              setTimeout(() => URL.revokeObjectURL(href), 10_000);
            }}
          >
            {w.save}
          </Button>
        </div>
      ) : text ? (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
          <pre className="answer" tabIndex={0}>
            {text.slice(0, LONGEST)}
          </pre>
          {text.length > LONGEST ? <p className="quiet">{w.cut(quantity(LONGEST))}</p> : null}
        </>
      ) : (
        <p className="quiet">{w.nothing}</p>
      )}
    </Card>
  );
}
