// Small parts that every page is made of: times, quantities, states, headings, and the four ways a page can be without data.

import { Button, Skeleton, Tooltip } from 'antd';
import { type ReactNode, useEffect, useState } from 'react';
import { exact, moment, quantity, relative } from '../../shared/format';
import type { Meaning } from '../../shared/tokens';
import { unitName } from '../../shared/units';
import { Refusal, Unreachable } from '../api';
import { usePrefs, useT, useZone } from '../app';
import { Link } from '../route';
import { Icon, type IconName } from './icons';

let now = Date.now();
const clocks = new Set<(now: number) => void>();
setInterval(() => {
  now = Date.now();
  for (const tick of clocks) tick(now);
}, 10_000);

/** The time in ten-second steps, one timer for all relative times on the page. */
function useNow(): number {
  const [at, setAt] = useState(now);
  useEffect(() => {
    clocks.add(setAt);
    return () => {
      clocks.delete(setAt);
    };
  }, []);
  return Math.max(at, now);
}

/** `3 分钟前`, the exact time in the site's zone on hover. */
export function Time({ ms, site, none }: { ms: number | null | undefined; site?: number | null; none?: string }) {
  const { lang, t } = usePrefs();
  const zone = useZone(site);
  const at = useNow();
  if (!ms) return <span className="quiet">{none ?? t.never}</span>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={exact(ms, lang, zone)}>
      {relative(ms, Math.max(at, ms), lang)}
    </time>
  );
}

/** When something is or was to happen, by the calendar: what was agreed is kept by the clock, not by how long it is until then. */
export function When({ ms, site, none }: { ms: number | null | undefined; site?: number | null; none?: string }) {
  const { lang, t } = usePrefs();
  const zone = useZone(site);
  const at = useNow();
  if (!ms) return <span className="quiet">{none ?? t.never}</span>;
  return (
    <time className="nowrap" dateTime={new Date(ms).toISOString()} title={exact(ms, lang, zone)}>
      {moment(ms, at, lang, zone)}
    </time>
  );
}

/** A moment that is told exactly, such as one to come. */
export function At({ ms, site }: { ms: number; site?: number | null }) {
  const { lang } = usePrefs();
  return <time dateTime={new Date(ms).toISOString()}>{exact(ms, lang, useZone(site))}</time>;
}

/** An amount, with its unit in the reader's language. */
export function Quantity({ of, unit }: { of: string | number | null | undefined; unit?: string }) {
  const { lang } = usePrefs();
  const text = quantity(of);
  return (
    <span className={`number${text.startsWith('−') ? ' negative' : ''}`}>
      {text}
      {unit ? <span className="unit"> {unitName(unit, lang)}</span> : null}
    </span>
  );
}

const meaningIcons: Record<Meaning, IconName> = { right: 'right', wrong: 'wrong', attention: 'attention', info: 'info' };

/** A state: colour, icon and word together. */
export function Tag({ meaning, children }: { meaning?: Meaning; children: ReactNode }) {
  return (
    <span className={`tag${meaning ? ` tag-${meaning}` : ''}`}>
      {meaning ? <Icon name={meaningIcons[meaning]} size={12} /> : null}
      {children}
    </span>
  );
}

export function PageHead({
  title,
  back,
  actions,
  children,
}: {
  title: ReactNode;
  back?: { to: string; label: string };
  actions?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <header className="page-head">
      <div className="page-title">
        {back ? (
          <Link to={back.to} className="back">
            <Icon name="back" size={16} />
            {back.label}
          </Link>
        ) : null}
        <h1>{title}</h1>
        {children}
      </div>
      {actions ? <div className="page-actions">{actions}</div> : null}
    </header>
  );
}

export function Card({ title, extra, children, flush }: { title?: ReactNode; extra?: ReactNode; children: ReactNode; flush?: boolean }) {
  return (
    <section className="card">
      {title ? (
        <div className="card-head">
          <h2>{title}</h2>
          {extra}
        </div>
      ) : null}
      <div className={flush ? 'card-flush' : 'card-body'}>{children}</div>
    </section>
  );
}

/** The five facts that matter. */
export function Facts({ of }: { of: [label: string, value: ReactNode][] }) {
  return (
    <dl className="facts">
      {of.map(([label, shown]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{shown}</dd>
        </div>
      ))}
    </dl>
  );
}

/** An empty page teaches the first step. */
export function Empty({ title, hint, action }: { title: string; hint?: string; action?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name="empty" size={40} />
      <p className="empty-title">{title}</p>
      {hint ? <p>{hint}</p> : null}
      {action}
    </div>
  );
}

/** What went wrong, by which rule, and who can fix it. */
export function Fault({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = useT();
  const offline = error instanceof Unreachable;
  const problem = error instanceof Refusal ? error.problem : null;
  return (
    // The rule's own name is for whoever is asked for help; what it says stands in words.
    <div className="fault" role="alert" title={problem?.rule ? `${t.rule}: ${problem.rule}` : undefined}>
      <Tag meaning={offline ? 'attention' : 'wrong'}>{offline ? t.networkFault : (problem?.title ?? t.refused)}</Tag>
      <p>{offline ? t.networkFaultHint : (problem?.detail ?? (problem ? '' : String(error)))}</p>
      {problem ? (
        <p className="quiet">
          {[problem.field && `${t.field}: ${problem.field}`, problem.who && `${t.whoCanFix}: ${problem.who}`].filter(Boolean).join(' · ')}
        </p>
      ) : null}
      {problem?.status === 404 ? (
        <Link to="/">{t.goHome}</Link>
      ) : retry ? (
        <Button size="small" onClick={retry}>
          {t.retry}
        </Button>
      ) : null}
    </div>
  );
}

interface Asked<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

/** Loading, failed or here: the same everywhere. What was read before stays on screen when a later read fails. */
export function Loaded<T>({ of, children }: { of: Asked<T>; children: (data: T) => ReactNode }) {
  const t = useT();
  if (of.data !== undefined) {
    return (
      <>
        {of.error ? <Fault error={of.error} retry={() => void of.refetch()} /> : null}
        {children(of.data)}
      </>
    );
  }
  if (of.error) return <Fault error={of.error} retry={() => void of.refetch()} />;
  return (
    <div aria-busy="true" aria-label={t.loading} role="status" className="card card-body">
      <Skeleton active paragraph={{ rows: 5 }} />
    </div>
  );
}

export function Bar({ done, short, of, label }: { done: number; short: number; of: number; label: string }) {
  const part = (n: number) => `${of > 0 ? Math.min(100, (n / of) * 100) : 0}%`;
  return (
    <div className="bar" role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={of} aria-valuenow={Math.min(done, of)}>
      <span className="bar-done" style={{ width: part(done) }} />
      <span className="bar-short" style={{ width: part(short) }} />
    </div>
  );
}

export function Code({ children }: { children: ReactNode }) {
  return <span className="code">{children}</span>;
}

export function Hint({ text, children }: { text: string; children: ReactNode }) {
  return (
    <Tooltip title={text}>
      <span>{children}</span>
    </Tooltip>
  );
}
