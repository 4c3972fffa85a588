// A record on paper: an A4 document that is made when somebody prints (by the button or by Ctrl+P) and is all that the printer sees.

import { Button, Dropdown, QRCode } from 'antd';
import { type ReactNode, useEffect, useState } from 'react';
import { createPortal, flushSync } from 'react-dom';
import { barPath } from '../../shared/code128';
import { exact } from '../../shared/format';
import type { Custom } from '../api';
import { usePrefs, useSession, useWords, useZone } from '../app';
import { bare, grouped, isEmpty, shown, titled } from '../custom/model';
import { type Entity, useEntityForm } from '../custom/record';
import { words } from './words';
import './print.css';

/** A fact at the head of a document; one without a value is left out. */
export type Fact = [label: string, value: ReactNode];

/** A document beside the first one of a record. */
export interface Other {
  label: string;
  paper: () => ReactNode;
}

/** Prints the record on this page as the document that `paper` draws, or as one of the others. */
export function Print({ paper, others = [] }: { paper: () => ReactNode; others?: Other[] }) {
  const w = useWords(words);
  const [isPrinting, setPrinting] = useState(false);
  const [other, setOther] = useState<string>();
  useEffect(() => {
    // Drawn before the browser looks at the page.
    const before = () => flushSync(() => setPrinting(true));
    const after = () => {
      setPrinting(false);
      setOther(undefined);
    };
    addEventListener('beforeprint', before);
    addEventListener('afterprint', after);
    return () => {
      removeEventListener('beforeprint', before);
      removeEventListener('afterprint', after);
    };
  }, []);
  return (
    <>
      {others.length ? (
        <Dropdown
          trigger={['click']}
          menu={{
            items: [{ key: '', label: w.print }, ...others.map(({ label }) => ({ key: label, label }))],
            onClick: ({ key }) => {
              flushSync(() => setOther(key));
              window.print();
            },
          }}
        >
          <Button>{w.print}</Button>
        </Dropdown>
      ) : (
        <Button onClick={() => window.print()}>{w.print}</Button>
      )}
      {isPrinting ? createPortal((others.find(({ label }) => label === other)?.paper ?? paper)(), document.body) : null}
    </>
  );
}

/** Bars of a text; nothing when it has characters that Code 128 does not. */
export function Bars({ of }: { of: string }) {
  if (!/^[\x20-\x7e]{1,48}$/.test(of)) return null;
  const { path, width } = barPath(of);
  return (
    <svg
      className="paper-bars"
      viewBox={`0 0 ${width} 1`}
      preserveAspectRatio="none"
      role="img"
      aria-label={of}
      shapeRendering="crispEdges"
    >
      <path d={path} />
    </svg>
  );
}

/** An A4 document: what it is, its number, the link to its page, facts, tables, and who signs. */
export function Paper({
  title,
  number,
  name,
  facts,
  head,
  signed = [],
  children,
}: {
  title: string;
  number: string;
  name?: string;
  facts: Fact[];
  head?: ReactNode;
  signed?: string[];
  children?: ReactNode;
}) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { user } = useSession();
  const zone = useZone();
  return (
    <article className="paper">
      <header className="paper-head">
        <div className="paper-title">
          <p className="paper-kind">
            {t.product} · {title}
          </p>
          <h1>{name ?? number}</h1>
          {name ? <p className="paper-number">{number}</p> : null}
          {head}
        </div>
        <figure className="paper-link">
          <QRCode value={location.origin + location.pathname} type="svg" size={84} bordered={false} color="#000000" bgColor="#ffffff" />
          <figcaption>{w.openPage}</figcaption>
        </figure>
      </header>
      <dl className="paper-facts">
        {facts
          .filter(([, value]) => !isEmpty(value))
          .map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {children}
      <footer className="paper-foot">
        {signed.length ? (
          <ul className="paper-signed">
            {signed.map(who => (
              <li key={who}>
                <span>{who}</span>
                <span>{w.signature}</span>
              </li>
            ))}
          </ul>
        ) : null}
        <p>{w.printed(exact(Date.now(), lang, zone), user.name || user.login)}</p>
      </footer>
    </article>
  );
}

/** A table of a document; its head is said again on each sheet. A column in which no row says anything is left out; `null` is room to write. */
export function Table({ title, head: columns, rows: all }: { title?: string; head: string[]; rows: ReactNode[][] }) {
  if (all.length === 0) return null;
  const used = columns.map((_, at) => all.some(row => row[at] !== ''));
  const head = columns.filter((_, at) => used[at]);
  const rows = all.map(row => row.filter((_, at) => used[at]));
  // Amounts are read by their digits, which stand beneath each other.
  const isMoney = head.map((_, at) => rows.every(row => typeof row[at] === 'string' && row[at].startsWith('¥')));
  return (
    <table className="paper-table">
      {title ? <caption>{title}</caption> : null}
      <thead>
        <tr>
          {head.map((column, at) => (
            <th key={column} scope="col" className={isMoney[at] ? 'paper-money' : undefined}>
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, n) => (
          <tr key={n}>
            {row.map((cell, at) => (
              <td key={head[at]} className={isMoney[at] ? 'paper-money' : undefined}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The custom fields that a record has a value in, by groups, as its page shows them. */
export function CustomFacts({ entity, organisation, values = {} }: { entity: Entity; organisation?: number | null; values?: Custom }) {
  const { lang } = usePrefs();
  const form = useEntityForm(entity, organisation).data;
  if (!form) return null;
  return grouped(
    form.fields.filter(f => !isEmpty(values[bare(f.key)])),
    form.groups,
  ).map(({ group, fields }) => (
    <section key={group?.key ?? ''} className="paper-part">
      {group ? <h2>{titled(group, lang)}</h2> : null}
      <dl className="paper-facts">
        {fields.map(f => (
          <div key={f.key}>
            <dt>{titled(f, lang)}</dt>
            <dd>{shown(f, values[bare(f.key)], lang)}</dd>
          </div>
        ))}
      </dl>
    </section>
  ));
}
