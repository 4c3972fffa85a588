import { lazy } from 'react';
import type { ExceptionRow } from '../api';
import { usePrefs, useSites } from '../app';
import { PageHead, Tag, Time } from '../parts/common';
import { subject } from '../parts/exception';
import { List, NoRows } from '../parts/list';
import { useMachineNames } from '../parts/names';
import { Choice, Sentence } from '../parts/sentence';
import { go, useFilter } from '../route';
import { lower, value, values, within } from '../values';

const ExceptionPeek = lazy(() => import('./exception').then(m => ({ default: m.ExceptionPeek })));

export default function ExceptionsPage() {
  const { t, lang } = usePrefs();
  const { site } = useSites();
  const machines = useMachineNames();
  const [state, setState] = useFilter('state');
  const [kind, setKind] = useFilter('kind');
  const shown = state || 'open';
  return (
    <>
      <PageHead title={t.exceptions} />
      <List<ExceptionRow>
        name="exceptions"
        path="/exceptions"
        live="exception"
        filter={{ site, state: shown === 'any' ? '' : shown, kind }}
        filters={
          <Sentence
            text={t.exceptionsSentence}
            parts={{
              state: (
                <Choice
                  label={t.state}
                  value={state}
                  onChange={setState}
                  options={[
                    { value: '', label: lower(t.openState) },
                    { value: 'resolved', label: lower(t.resolved) },
                    { value: 'any', label: t.openOrResolved },
                  ]}
                />
              ),
              kind: (
                <Choice
                  label={t.kind}
                  value={kind}
                  onChange={setKind}
                  options={[
                    { value: '', label: t.ofAnyKind },
                    ...Object.keys(values.exceptionKinds).map(k => ({ value: k, label: within(values.exceptionKinds, k, lang) })),
                  ]}
                />
              ),
            }}
          />
        }
        label={t.exceptions}
        rowKey={x => x.id}
        to={x => `/exceptions/${x.id}`}
        peek={x => <ExceptionPeek id={String(x.id)} />}
        empty={
          <NoRows
            filtered={kind !== '' || state !== ''}
            title={kind || state ? t.noExceptionsMatch : t.noExceptions}
            hint={t.noExceptionsHint}
            clear={() => go('/exceptions', true)}
          />
        }
        columns={[
          {
            key: 'kind',
            title: t.kind,
            width: '220px',
            cell: x => <Tag meaning={x.state === 'open' ? 'attention' : 'right'}>{value(values.exceptionKinds, x.kind, lang)}</Tag>,
          },
          { key: 'subject', title: t.details, cell: x => <span className="break">{subject(x, lang, machines)}</span> },
          { key: 'edge', title: t.edge, width: '180px', cell: x => machines.edge(x.edge) },
          { key: 'opened', title: t.opened, width: '112px', cell: x => <Time ms={x.opened_ms} site={x.site} /> },
        ]}
        card={x => (
          <>
            <div className="line">
              <span className="grow">
                <Tag meaning={x.state === 'open' ? 'attention' : 'right'}>{value(values.exceptionKinds, x.kind, lang)}</Tag>
              </span>
              <span className="quiet">
                <Time ms={x.opened_ms} site={x.site} />
              </span>
            </div>
            <div className="break">{subject(x, lang, machines)}</div>
          </>
        )}
      />
    </>
  );
}
