// One ticket on one page: how far it is, for whom and where, what is to be done and was done, who was there, what the customer says.

import { useQuery } from '@tanstack/react-query';
import { App, Button, Steps } from 'antd';
import type { ReactNode } from 'react';
import { exact } from '../../shared/format';
import { get, type Page, patch, query } from '../api';
import { useMay, usePrefs, useWords, useZone } from '../app';
import { CustomCard } from '../custom/record';
import { Card, Code, Facts, Loaded, PageHead, Tag, Time, When } from '../parts/common';
import { ContactCard } from '../parts/contact';
import { Files } from '../parts/files';
import { Icon } from '../parts/icons';
import { PersonName } from '../parts/named';
import { type Telling, WithTimeline } from '../parts/timeline';
import { Print } from '../print/paper';
import { TicketPaper } from '../print/ticket';
import { Link } from '../route';
import { value as wordOf } from '../values';
import { Actions } from './acts';
import { isOpen, LIFE, STALE, type Ticket, type TicketRow } from './model';
import { StateTag, useFaults, useKind } from './parts';
import { kinds, states, words } from './words';

const useTicket = (id: string) => useQuery({ queryKey: ['ticket', id], queryFn: ({ signal }) => get<Ticket>(`/tickets/${id}`, signal) });

/** The facts that matter. */
function useFacts(): (of: Ticket) => [string, ReactNode][] {
  const w = useWords(words);
  const may = useMay();
  const { called } = useFaults();
  return of => [
    [w.installer, of.installer ? <Link to={`/tickets?installer=${of.installer}&state=open`}>{of.installer_name}</Link> : w.noInstaller],
    [w.appointed, <When key="at" ms={of.appointed_ms} none="–" />],
    [w.organisation, of.organisation_name],
    ...(of.customer && may('customers.see', 'crm')
      ? [
          [
            w.customer,
            <Link key="customer" to={`/customers/${of.customer}`}>
              {of.contact ?? of.customer}
            </Link>,
          ] satisfies [string, ReactNode],
        ]
      : []),
    ...(of.order
      ? [
          [
            w.order,
            may('sales.see', 'sales') ? (
              <Link key="order" to={`/orders/${of.order}`}>
                {of.order_code ?? `№ ${of.order}`}
              </Link>
            ) : (
              (of.order_code ?? `№ ${of.order}`)
            ),
          ] satisfies [string, ReactNode],
        ]
      : []),
    ...(of.item
      ? [
          [
            w.item,
            <Link key="item" to={`/items/${of.item}`}>
              {of.item_name}
            </Link>,
          ] satisfies [string, ReactNode],
        ]
      : []),
    ...(of.fault ? [[w.fault, called(of.fault)] satisfies [string, ReactNode]] : []),
    ...(of.from
      ? [
          [
            w.from,
            <Link key="from" to={`/tickets/${of.from}`}>
              {of.from_code}
            </Link>,
          ] satisfies [string, ReactNode],
        ]
      : []),
    [of.done_ms ? w.done : w.due, <When key="done" ms={of.done_ms ?? of.due_ms} none="–" />],
  ];
}

function useTelling(): Telling {
  const { lang } = usePrefs();
  const { called } = useFaults();
  return {
    value: (field, value) => {
      if (field === 'state') return wordOf(states, String(value), lang);
      if (field === 'kind') return wordOf(kinds, String(value), lang);
      if (field === 'fault') return called(String(value));
      return field === 'installer' || field === 'owner' ? <PersonName id={Number(value)} /> : undefined;
    },
  };
}

export default function TicketPage({ id }: { id: string }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const may = useMay();
  const ticket = useTicket(id);
  const facts = useFacts();
  const telling = useTelling();
  const kindOf = useKind();
  const canEdit = may('tickets', 'service');
  return (
    <Loaded of={ticket}>
      {data => (
        <>
          <PageHead
            title={`${kindOf(data)} ${data.contact ?? ''}`}
            back={{ to: '/tickets', label: t.tickets }}
            actions={
              <>
                <Actions of={data} canEdit={canEdit} />
                <Print paper={() => <TicketPaper of={data} />} />
              </>
            }
          >
            <Code>{data.code}</Code>
            <StateTag of={data} />
            {data.far ? <Tag meaning="attention">{w.far}</Tag> : null}
          </PageHead>
          <Life of={data} />
          <Facts of={facts(data)} />
          <WithTimeline of="ticket" id={id} telling={telling}>
            <div className="halves">
              <div>
                <ContactCard
                  path={`/tickets/${id}`}
                  fields={(['phone', 'address'] as const).map(name => ({ name, label: w[name], value: data[name] }))}
                  canEdit={canEdit}
                  stale={STALE}
                  onSave={part => patch(`/tickets/${id}`, part, data.version)}
                />
                <WorkCard of={data} />
                <CustomCard
                  entity="ticket"
                  organisation={data.organisation}
                  values={data.custom}
                  canEdit={canEdit}
                  stale={STALE}
                  onSave={custom => patch(`/tickets/${id}`, { custom }, data.version)}
                />
              </div>
              <div>
                <VisitsCard of={data} />
                <CartonsCard of={data} />
                <SurveyCard of={data} />
                <MadeCard of={data} />
              </div>
            </div>
            <Files of="tickets" id={data.id} />
          </WithTimeline>
        </>
      )}
    </Loaded>
  );
}

/** How far it is, with when each step was. */
function Life({ of }: { of: Ticket }) {
  const { lang } = usePrefs();
  const zone = useZone();
  if (of.state === 'cancelled') return null;
  const when = (state: string) => {
    const step = of.steps_done.findLast(one => one.state === state);
    return state === 'new' ? of.created_ms : step && (step.made_ms ?? step.at_ms);
  };
  const current = LIFE.indexOf(of.state);
  const items = LIFE.map((state, n) => {
    const at = n <= current ? when(state) : undefined;
    return { title: wordOf(states, state, lang), content: at ? exact(at, lang, zone).replace(/:\d\d$/, '') : undefined };
  });
  return <Steps className="ticket-life" size="small" current={current} items={items} responsive />;
}

/** What is to be done, what was done, what came of it. */
function WorkCard({ of }: { of: Ticket }) {
  const w = useWords(words);
  const isVisit = of.kind === 'return_visit';
  const texts: [string, string | undefined][] = [
    [isVisit ? w.purpose : w.toDo, of.problem],
    [isVisit ? w.opinion : w.steps, isVisit ? of.result : of.steps],
    [isVisit ? w.follow : w.result, isVisit ? of.steps : of.result],
    [w.note, of.note],
    [w.reason, of.reason],
  ];
  const needs = [
    of.needs.photos ? w.needPhotos(of.photos, of.needs.photos) : '',
    of.needs.signature ? `${w.needSignature} ${of.signatures ? '✓' : '–'}` : '',
  ].filter(Boolean);
  return (
    <Card title={w.work_card}>
      <dl className="facts facts-rows">
        {texts.map(([label, text]) =>
          text ? (
            <div key={label}>
              <dt>{label}</dt>
              <dd className="follow-up">{text}</dd>
            </div>
          ) : null,
        )}
        {of.satisfaction ? (
          <div>
            <dt>{w.satisfaction}</dt>
            <dd>{w.stars(of.satisfaction)}</dd>
          </div>
        ) : null}
        {isOpen(of.state) && needs.length ? (
          <div>
            <dt>{w.needs}</dt>
            <dd>{needs.join(' · ')}</dd>
          </div>
        ) : null}
      </dl>
    </Card>
  );
}

function VisitsCard({ of }: { of: Ticket }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const zone = useZone();
  if (of.kind === 'return_visit') return null;
  return (
    <Card title={w.visits}>
      {of.check_ins.length ? null : <p className="quiet">{w.noVisits}</p>}
      {of.check_ins.map(one => (
        <p key={one.at_ms} className="peek-line">
          <Tag meaning={one.far ? 'attention' : 'right'}>{one.far ? w.far : w.near}</Tag> {one.author} ·{' '}
          {exact(one.made_ms ?? one.at_ms, lang, zone)}
          <span className="quiet">
            {one.distance_m == null ? (one.far ? w.noPlace : w.firstPlace) : w.distance(one.distance_m)}
            {one.accuracy_m == null ? '' : ` · ${w.accuracy(one.accuracy_m)}`}
          </span>
          {one.photos.map(file => (
            <a key={file} className="visit-photo" href={`/api/v1/files/${file}/content?inline=true`} target="_blank" rel="noreferrer">
              <img src={`/api/v1/files/${file}/thumbnail`} alt={w.visitPhoto} loading="lazy" />
            </a>
          ))}
        </p>
      ))}
    </Card>
  );
}

function CartonsCard({ of }: { of: Ticket }) {
  const w = useWords(words);
  if (!of.cartons.length) return null;
  const sum = (key: 'expected' | 'scanned') => of.cartons.reduce((all, one) => all + one[key], 0);
  return (
    <Card title={w.cartons} extra={w.cartonsOf(sum('scanned'), sum('expected'))}>
      <ul className="ticket-cartons">
        {of.cartons.map(one => (
          <li key={`${one.item}-${one.carton}`}>
            {one.scanned >= one.expected ? '✓' : '○'} {one.item_name} {one.carton}/{one.of}
            {one.expected > 1 ? <span className="quiet"> {`${one.scanned}/${one.expected}`}</span> : null}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function SurveyCard({ of }: { of: Ticket }) {
  const w = useWords(words);
  const { message } = App.useApp();
  const { survey } = of;
  if (!survey) return null;
  const copy = async (link: string) => {
    await navigator.clipboard?.writeText(location.origin + link).catch(() => undefined);
    void message.success(w.copied);
  };
  return (
    <Card title={w.survey}>
      {survey.answered_ms ? (
        <>
          <p>
            <strong>{w.score(survey.score ?? 0)}</strong> · {w.stars(survey.satisfaction ?? 0)} · <Time ms={survey.answered_ms} />
          </p>
          {survey.comment ? <p className="follow-up">{survey.comment}</p> : null}
        </>
      ) : survey.link ? (
        <>
          <p className="quiet">{w.surveyWaits}</p>
          <p className="peek-line">
            <a href={survey.link} target="_blank" rel="noreferrer">
              {w.surveyLink}
            </a>
            <Button size="small" icon={<Icon name="copy" size={16} />} onClick={() => void copy(survey.link ?? '')}>
              {w.copy}
            </Button>
          </p>
        </>
      ) : (
        <p className="quiet">{w.surveyOver}</p>
      )}
    </Card>
  );
}

function MadeCard({ of }: { of: Ticket }) {
  const w = useWords(words);
  const kindOf = useKind();
  if (!of.made.length) return null;
  return (
    <Card title={w.made}>
      {of.made.map(one => (
        <p key={one.id} className="peek-line">
          <Link to={`/tickets/${one.id}`}>
            {one.code} {kindOf(one)}
          </Link>
          <StateTag of={one} />
        </p>
      ))}
    </Card>
  );
}

/** The ticket beside its list. */
export function TicketPeek({ id }: { id: string }) {
  const w = useWords(words);
  const may = useMay();
  const ticket = useTicket(id);
  const facts = useFacts();
  const kindOf = useKind();
  return (
    <Loaded of={ticket}>
      {data => (
        <>
          <h2>
            {kindOf(data)} {data.contact}
          </h2>
          <p className="peek-line">
            <Code>{data.code}</Code>
            <StateTag of={data} />
          </p>
          <Facts of={[...(data.phone ? [[w.phone, data.phone] satisfies [string, ReactNode]] : []), ...facts(data)]} />
          {data.problem ? <p className="follow-up">{data.problem}</p> : null}
          <p className="peek-line">
            <Actions of={data} canEdit={may('tickets', 'service')} />
          </p>
        </>
      )}
    </Loaded>
  );
}

/** The tickets of a customer, or of one of their orders, on the page of it. */
export function TicketsCard({ customer, order }: { customer: number; order?: number }) {
  const { t } = usePrefs();
  const kindOf = useKind();
  const w = useWords(words);
  const may = useMay();
  const of = order === undefined ? query({ customer }) : query({ order });
  const asked = useQuery({
    queryKey: ['tickets', 'of', of],
    enabled: may('tickets.see', 'service'),
    queryFn: ({ signal }) => get<Page<TicketRow>>(`/tickets${of}&limit=5`, signal),
  });
  if (!asked.data) return null;
  return (
    <Card
      title={t.tickets}
      extra={may('tickets', 'service') ? <Link to={`/tickets${query({ customer, order, new: 1 })}`}>{w.newTicket}</Link> : null}
    >
      {asked.data.items.map(one => (
        <p key={one.id} className="peek-line">
          <Link to={`/tickets/${one.id}`}>
            {one.code} {kindOf(one)}
          </Link>
          <StateTag of={one} />
        </p>
      ))}
      {asked.data.total > asked.data.items.length ? <Link to={`/tickets${of}`}>{t.allOf(t.tickets)}</Link> : null}
      {asked.data.total ? null : <p className="quiet">{w.none}</p>}
    </Card>
  );
}
