import { Segmented, Select } from 'antd';
import type { ExceptionRow } from '../api';
import { usePrefs, useSites } from '../app';
import { Card, PageHead, Tag, Time } from '../parts/common';
import { subject } from '../parts/exception';
import { NoRows, PagedRows } from '../parts/list';
import { useFilter } from '../route';
import { value, values } from '../values';

export default function ExceptionsPage() {
  const { t, lang } = usePrefs();
  const { site } = useSites();
  const [state, setState] = useFilter('state');
  const [kind, setKind] = useFilter('kind');
  const shown = state || 'open';
  return (
    <>
      <PageHead title={t.exceptions} />
      <div className="filters">
        <Segmented
          aria-label={t.state}
          value={shown}
          onChange={next => setState(next === 'open' ? '' : next)}
          options={[
            { value: 'open', label: t.openState },
            { value: 'resolved', label: t.resolved },
          ]}
        />
        <Select
          aria-label={t.kind}
          style={{ minWidth: 180 }}
          value={kind}
          onChange={setKind}
          options={[
            { value: '', label: `${t.kind}: ${t.all}` },
            ...Object.keys(values.exceptionKinds).map(k => ({ value: k, label: value(values.exceptionKinds, k, lang) })),
          ]}
        />
      </div>
      <Card flush>
        <PagedRows<ExceptionRow>
          name="exceptions"
          path="/exceptions"
          filter={{ site, state: shown, kind }}
          label={t.exceptions}
          rowKey={x => x.id}
          to={x => `/exceptions/${x.id}`}
          empty={
            <NoRows
              filtered={kind !== ''}
              title={kind ? t.noExceptionsMatch : t.noExceptions}
              hint={t.noExceptionsHint}
              clear={() => setKind('')}
            />
          }
          columns={[
            {
              key: 'kind',
              title: t.kind,
              width: '220px',
              cell: x => <Tag meaning={x.state === 'open' ? 'attention' : 'right'}>{value(values.exceptionKinds, x.kind, lang)}</Tag>,
            },
            { key: 'subject', title: t.details, cell: x => <span className="break">{subject(x, lang)}</span> },
            { key: 'edge', title: t.edge, width: '140px', cell: x => x.edge ?? '' },
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
              <div className="break">{subject(x, lang)}</div>
            </>
          )}
        />
      </Card>
    </>
  );
}
