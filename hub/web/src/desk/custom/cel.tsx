// An expression while it is written: the hub looks at it, and each mistake is underlined at its place and said in words beneath.

import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useDeferredValue, useEffect, useRef, useState } from 'react';
import { post } from '../api';
import { usePrefs, useWords } from '../app';
import { Code, Tag } from '../parts/common';
import { type DraftFault, marked, type Place } from './places';
import { words } from './words';

interface Checked {
  ok: boolean;
  faults: ({ message: string; rule: string } & Place)[];
  variables: Record<string, unknown>;
}

/** Typing is not answered letter by letter. */
function useCalm(text: string): string {
  const [calm, setCalm] = useState(text);
  useEffect(() => {
    const wait = setTimeout(() => setCalm(text), 350);
    return () => clearTimeout(wait);
  }, [text]);
  return useDeferredValue(calm);
}

/** `record.code`, `custom.price`: all that can be named, flat. */
function flat(variables: Record<string, unknown>): string[] {
  return Object.entries(variables).flatMap(([name, of]) =>
    of && typeof of === 'object' ? Object.keys(of).map(key => `${name}.${key}`) : [name],
  );
}

export function Cel({
  id,
  value = '',
  onChange,
  label,
  entity,
  known,
  faults,
}: {
  /** Given by the form. */
  id?: string;
  value?: string;
  onChange?: (text: string) => void;
  label: string;
  /** The kind of record that it is about; without one the hub says what is wrong when the draft is saved. */
  entity?: string;
  /** Types of the custom fields as they are drafted. */
  known: Record<string, string>;
  /** What the hub said of the draft. */
  faults?: DraftFault[];
}) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const field = useRef<HTMLTextAreaElement>(null);
  const calm = useCalm(value);
  const asked = useQuery({
    queryKey: ['expression', entity, calm, known, lang],
    enabled: Boolean(entity) && calm.trim() !== '',
    staleTime: 600_000,
    queryFn: () => post<Checked>('/expressions/check', { entity, source: calm, wants: 'bool', variables: { custom: known } }),
  });
  const [saved] = useState(value);
  const isCurrent = calm === value;
  const said: ({ message: string } & Partial<Place>)[] =
    entity && value.trim()
      ? isCurrent
        ? (asked.data?.faults ?? [])
        : []
      : value === saved
        ? (faults ?? []).map(f => ({ message: lang === 'en' ? f.en : f.zh, ...f.place }))
        : [];
  const places = said.filter((f): f is { message: string } & Place => f.offset !== undefined);
  const goTo = (place: Place) => {
    const at = [...value].slice(0, place.offset).join('').length;
    const end = [...value].slice(0, place.offset + place.length).join('').length;
    field.current?.focus();
    field.current?.setSelectionRange(at, end);
  };
  // Tab leaves the field, as everywhere; Enter makes a line and sends nothing.
  const key = (event: KeyboardEvent) => event.key === 'Enter' && event.stopPropagation();
  return (
    <div className="cel">
      <div className={`cel-text${said.length ? ' cel-wrong' : ''}`}>
        <pre aria-hidden="true">
          {marked(value, places).map((piece, at) =>
            // Pieces have no other name than their place.
            piece.wrong ? <mark key={at}>{piece.text}</mark> : <span key={at}>{piece.text}</span>,
          )}{' '}
        </pre>
        <textarea
          ref={field}
          id={id}
          rows={2}
          value={value}
          aria-label={label}
          aria-invalid={said.length > 0}
          aria-describedby={id ? `${id}-said` : undefined}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          onChange={event => onChange?.(event.target.value)}
          onKeyDown={key}
        />
      </div>
      <div id={id ? `${id}-said` : undefined} role="status" className="cel-said">
        {said.map(f => (
          <p key={`${f.offset} ${f.message}`}>
            {f.offset !== undefined && f.line ? (
              <button type="button" className="cel-place" onClick={() => goTo(f as Place)}>
                {w.at(f.line, f.column ?? 1)}
              </button>
            ) : null}
            {f.message}
          </p>
        ))}
        {entity && value.trim() && isCurrent && asked.data?.ok ? <Tag meaning="right">{w.ruleOk}</Tag> : null}
      </div>
      {asked.data && value.trim() ? (
        <details>
          <summary>{w.names}</summary>
          <p className="cel-names">
            {flat(asked.data.variables).map(name => (
              <Code key={name}>{name}</Code>
            ))}
          </p>
        </details>
      ) : null}
    </div>
  );
}
