// Small parts of the pages about tickets: state, kind, what can be chosen, figures.

import './tickets.css';
import { useQuery } from '@tanstack/react-query';
import { Select, Tooltip } from 'antd';
import type { Meaning } from '../../shared/tokens';
import { type AuditRow, get, type Page, query } from '../api';
import { usePart, usePrefs, useWords } from '../app';
import { titled } from '../custom/model';
import { Card, Tag, Time } from '../parts/common';
import { Link } from '../route';
import { value } from '../values';
import { type Choices, type Figures, hundredths, type Installer, type State, type SurveyFigures, type TicketRow } from './model';
import { kinds, states, words } from './words';

const meanings: Partial<Record<State, Meaning>> = {
  new: 'attention',
  dispatched: 'info',
  accepted: 'info',
  appointed: 'info',
  on_site: 'right',
  completed: 'right',
  cancelled: 'wrong',
};

export function StateTag({ of }: { of: Pick<TicketRow, 'state'> }) {
  const { lang } = usePrefs();
  return <Tag meaning={meanings[of.state]}>{value(states, of.state, lang)}</Tag>;
}

export function useKind(): (of: Pick<TicketRow, 'kind'>) => string {
  const { lang } = usePrefs();
  return of => value(kinds, of.kind, lang);
}

/** Kinds of fault, and what a code is called. */
export function useFaults() {
  const { lang } = usePrefs();
  const asked = useQuery({
    queryKey: ['ticket-choices'],
    staleTime: 300_000,
    queryFn: ({ signal }) => get<Choices>('/tickets/choices', signal),
  });
  const faults = asked.data?.faults ?? [];
  const called = (code: string) => {
    const found = faults.find(one => one.code === code);
    return found ? titled(found, lang) : code;
  };
  const options = (held?: string) =>
    faults.filter(one => one.active !== false || one.code === held).map(one => ({ value: one.code, label: titled(one, lang) }));
  return { called, options };
}

/** People to whom the reader can give tickets. */
export const useInstallers = (enabled = true) =>
  useQuery({ queryKey: ['installers'], enabled, queryFn: ({ signal }) => get<Page<Installer>>('/tickets/installers', signal) });

/** One of them, with how much they have to do. */
export function ChooseInstaller({
  label,
  ...field
}: {
  /** Given by the form. */
  id?: string;
  value?: number;
  onChange?: (installer: number | undefined) => void;
  label: string;
  autoFocus?: boolean;
}) {
  const w = useWords(words);
  const asked = useInstallers();
  return (
    <Select<number>
      {...field}
      className="wide"
      aria-label={label}
      loading={asked.isPending}
      showSearch={{ optionFilterProp: 'label' }}
      options={(asked.data?.items ?? []).map(one => ({
        value: one.id,
        label: `${one.name} · ${one.organisation_name} · ${w.dispatchOpen(one.open)}`,
      }))}
    />
  );
}

function Figure({ label, hint, children }: { label: string; hint?: string; children: string }) {
  const said = (
    <span className="ticket-figure">
      <span className="quiet">{label}</span> <strong className="number">{children}</strong>
    </span>
  );
  return hint ? <Tooltip title={hint}>{said}</Tooltip> : said;
}

function Line({ of, name }: { of: Figures; name?: string }) {
  const w = useWords(words);
  return (
    <p className="ticket-figures">
      {name ? <strong className="grow clip">{name}</strong> : null}
      <Figure label={w.nps} hint={w.npsHint}>
        {of.nps === null ? '–' : String(of.nps)}
      </Figure>
      <Figure label={w.satisfaction}>{hundredths(of.satisfaction_hundredths)}</Figure>
      <Figure label={w.coverage}>{of.coverage_percent === null ? '–' : `${of.coverage_percent} %`}</Figure>
      <span className="quiet">{w.answers(of.answers, of.completed)}</span>
    </p>
  );
}

/** NPS, satisfaction and return visits, of all that the reader sees and by store. */
export function FiguresCard() {
  const w = useWords(words);
  const { below } = usePart();
  const asked = useQuery({
    queryKey: ['survey-figures', below],
    queryFn: ({ signal }) => get<SurveyFigures>(`/surveys/figures${query({ below })}`, signal),
  });
  if (!asked.data?.all.completed) return null;
  const { all, stores } = asked.data;
  return (
    <Card title={w.figures}>
      <Line of={all} />
      {stores.length > 1 ? (
        <details>
          <summary>{w.byStore}</summary>
          {stores.map(of => (
            <Line key={of.organisation} of={of} name={of.organisation_name} />
          ))}
        </details>
      ) : null}
    </Card>
  );
}

/** What happened to a ticket, in its customer's timeline: 送货安装 S000006 已完工. */
export function TicketSaid({ of }: { of: AuditRow }) {
  const { lang } = usePrefs();
  const { ticket, code, kind, state } = (of.new ?? {}) as { ticket?: number; code?: string; kind?: string; state?: string };
  return (
    <>
      <strong>
        {value(kinds, kind ?? '', lang)} <Link to={`/tickets/${ticket}`}>{code}</Link> {value(states, state ?? '', lang)}
      </strong>
      <div className="quiet">
        {of.author} · <Time ms={of.at_ms} />
      </div>
    </>
  );
}
