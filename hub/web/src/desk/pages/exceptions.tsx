import { lazy } from 'react';
import { type ExceptionRow, post } from '../api';
import { useMay, usePart, usePrefs } from '../app';
import { Tag, Time } from '../parts/common';
import { subject } from '../parts/exception';
import { ListPage } from '../parts/list-page';
import { useMachineNames } from '../parts/names';
import { lower, optionsOf, value, values } from '../values';

const ExceptionPeek = lazy(() => import('./exception').then(m => ({ default: m.ExceptionPeek })));

export default function ExceptionsPage() {
  const { t, lang } = usePrefs();
  const { below } = usePart();
  const may = useMay();
  const machines = useMachineNames();
  return (
    <ListPage<ExceptionRow>
      name="exceptions"
      path="/exceptions"
      live="exception"
      title={t.exceptions}
      sheet={{ list: 'exceptions', filters: ['below', 'state', 'kind'], columns: { subject: ['data'] } }}
      sentence={t.exceptionsSentence}
      choices={[
        {
          name: 'state',
          label: t.state,
          any: lower(t.openState),
          options: [
            { value: 'resolved', label: lower(t.resolved) },
            { value: 'any', label: t.openOrResolved },
          ],
        },
        { name: 'kind', label: t.kind, any: t.ofAnyKind, options: optionsOf(values.exceptionKinds, lang) },
      ]}
      ask={({ state, kind }) => ({ below, kind, state: state === 'any' ? '' : state || 'open' })}
      none={{ title: t.noExceptions, matching: t.noExceptionsMatch, hint: t.noExceptionsHint }}
      rowKey={x => x.id}
      to={x => `/exceptions/${x.id}`}
      peek={x => <ExceptionPeek id={String(x.id)} />}
      batch={
        may('cases')
          ? [
              {
                label: t.dismiss,
                sure: t.dismissSure,
                fits: x => x.state === 'open' && (x.actions ?? []).includes('dismiss'),
                run: x => post(`/exceptions/${x.id}/resolve`, { action: 'dismiss' }),
              },
            ]
          : undefined
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
  );
}
