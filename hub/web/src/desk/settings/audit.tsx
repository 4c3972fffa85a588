import type { AuditRow } from '../api';
import { usePart, usePrefs, useWords } from '../app';
import { auditActions, auditEntities } from '../parts/audit-words';
import { Code, Time } from '../parts/common';
import { ListPage } from '../parts/list-page';
import { Changed } from '../parts/timeline';
import { Link } from '../route';
import { optionsOf, value, values } from '../values';
import { words } from './hub-words';

/** Where a record of a kind is looked at. */
const pages: Record<string, (id: string) => string> = {
  person: id => `/settings/people/${id}`,
  role: id => `/settings/roles/${id}`,
  organisation: id => `/settings/organisations/${id}`,
  task: id => `/tasks/${id}`,
  item: id => `/items/${id}`,
  customer: id => `/customers/${id}`,
  quote: id => `/quotes/${id}`,
  contract: id => `/contracts/${id}`,
  order: id => `/orders/${id}`,
  price_list: id => `/prices/${id}`,
  option_model: id => `/settings/models/${id}`,
  label_template: id => `/settings/labels/${id}`,
  opportunity: id => `/opportunities/${id}`,
  ticket: id => `/tickets/${id}`,
  exception: id => `/exceptions/${id}`,
  edge: id => `/edges/${id}`,
  job: id => `/settings/jobs/${id}`,
  channel: id => `/settings/channels/${id}`,
};

const DAY = 86_400_000;

/** Days ago to the full hour, so that the question stays the same while one reads. */
const since = (days: string) => (days ? Math.floor(Date.now() / 3_600_000) * 3_600_000 - Number(days) * DAY : '');

/** Who changed what, in the whole of what the reader may see. */
export default function AuditPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { below } = usePart();
  const record = (row: AuditRow) => {
    const page = pages[row.entity]?.(row.entity_id);
    const name = value(auditEntities, row.entity, lang);
    const title = `${name} ${row.entity_id}`;
    return page && row.action !== 'delete' ? <Link to={page}>{title}</Link> : title;
  };
  return (
    <ListPage<AuditRow>
      name="audit"
      path="/audit"
      title={w.audit}
      search={w.authorSearch}
      sentence={w.auditSentence}
      choices={[
        { name: 'entity', label: w.record, any: w.anyEntity, options: optionsOf(auditEntities, lang) },
        { name: 'action', label: w.action, any: w.anyAction, options: optionsOf(auditActions, lang) },
        { name: 'days', label: t.time, any: w.anyTime, options: optionsOf(values.days, lang) },
      ]}
      ask={({ days = '', q, ...of }) => ({ ...of, below, author: q, from: since(days) })}
      none={{ title: w.noAudit, matching: w.noAuditMatch }}
      rowKey={a => a.id}
      columns={[
        { key: 'at', title: t.time, width: '112px', cell: a => <Time ms={a.at_ms} /> },
        { key: 'author', title: w.author, width: '140px', cell: a => <Code>{a.author ?? '–'}</Code> },
        { key: 'action', title: w.action, width: '140px', cell: a => value(auditActions, a.action, lang) },
        { key: 'record', title: w.record, width: '180px', cell: record },
        { key: 'changes', title: w.changes, cell: a => <Changed of={a} /> },
      ]}
      card={a => (
        <>
          <div className="line">
            <strong>{value(auditActions, a.action, lang)}</strong>
            <span className="grow">{record(a)}</span>
            <span className="quiet nowrap">
              <Time ms={a.at_ms} />
            </span>
          </div>
          <div className="quiet">{a.author}</div>
          <Changed of={a} />
        </>
      )}
    />
  );
}
