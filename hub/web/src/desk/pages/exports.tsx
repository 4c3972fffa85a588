import { Button, Popconfirm } from 'antd';
import { quantity } from '../../shared/format';
import type { Meaning } from '../../shared/tokens';
import { remove } from '../api';
import { usePrefs, useWords } from '../app';
import { useFilterWords } from '../customers/parts';
import { useFilterWords as useOpportunityFilterWords } from '../opportunities/parts';
import { states as orderStates } from '../orders/words';
import { useAct } from '../parts/act';
import { At, Tag, Time } from '../parts/common';
import { Icon } from '../parts/icons';
import { sitesKnown } from '../parts/known';
import { ListPage } from '../parts/list-page';
import { OrganisationName } from '../parts/named';
import { useNameOf, useRoleName } from '../parts/names';
import { kinds as paymentKinds } from '../payments/words';
import { useRoles } from '../settings/role-rows';
import { words as people } from '../settings/words';
import type { ExportRow } from '../sheets/model';
import { JobBar } from '../sheets/parts';
import { exportLists, exportStates, words } from '../sheets/words';
import { kinds as ticketKinds, states as ticketStates } from '../tickets/words';
import { type Values, value, values, within } from '../values';

const meanings: Record<string, Meaning | undefined> = { waiting: 'info', done: 'right', failed: 'wrong' };

/** The reader's exports: made, being made, and until when they are kept. */
export default function ExportsPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const name = (e: ExportRow) => `${value(exportLists, e.list, lang)}.${e.format}`;
  return (
    <ListPage<ExportRow>
      name="exports"
      path="/exports"
      title={w.exports}
      sentence={() => (
        <p className="sentence">
          {w.exportsSentence}
          <span className="quiet"> {w.kept7}</span>
        </p>
      )}
      none={{ title: w.noExports, hint: w.noExportsHint }}
      again={rows => (rows.some(e => e.state === 'waiting') ? 2000 : false)}
      rowKey={e => e.id}
      columns={[
        { key: 'list', title: w.list, width: '200px', cell: e => <strong>{name(e)}</strong> },
        { key: 'filters', title: w.filters, cell: e => <FiltersOf of={e} /> },
        { key: 'state', title: t.state, width: '160px', cell: e => <ExportState of={e} /> },
        { key: 'rows', title: w.rows, number: true, width: '96px', cell: e => <span className="number">{quantity(e.rows)}</span> },
        { key: 'at', title: w.when, width: '112px', cell: e => <Time ms={e.created_ms} /> },
        { key: 'until', title: w.keptUntil, width: '176px', cell: e => (e.state === 'done' ? <At ms={e.expires_ms} /> : null) },
        { key: 'do', title: '', width: '160px', cell: e => <Doing of={e} name={name(e)} /> },
      ]}
      card={e => (
        <>
          <div className="line">
            <strong className="grow clip">{name(e)}</strong>
            <ExportState of={e} />
          </div>
          <div className="line quiet">
            <span className="grow clip">
              <FiltersOf of={e} /> · {quantity(e.rows)}
            </span>
            <Time ms={e.created_ms} />
          </div>
          {e.state === 'done' ? (
            <div className="quiet">
              {w.keptUntil} <At ms={e.expires_ms} />
            </div>
          ) : null}
          <Doing of={e} name={name(e)} />
        </>
      )}
    />
  );
}

function ExportState({ of }: { of: ExportRow }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  return (
    <>
      <Tag meaning={meanings[of.state]}>{value(exportStates, of.state, lang)}</Tag>
      {of.state === 'waiting' && of.job ? <JobBar job={of.job} label={w.state} /> : null}
      {of.error ? <div className="quiet break">{of.error}</div> : null}
    </>
  );
}

/** Words of kinds and states, by list. */
const kinds: Record<string, Values> = {
  tasks: values.taskKinds,
  exceptions: values.exceptionKinds,
  locations: values.locationKinds,
  tickets: ticketKinds,
  payments: paymentKinds,
};
const states: Record<string, Values> = {
  tasks: values.taskStates,
  exceptions: { open: ['待处理', 'Open'], resolved: ['已处理', 'Resolved'] },
  tickets: ticketStates,
  orders: orderStates,
};

/** The filters of an export in words. */
function FiltersOf({ of }: { of: ExportRow }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const siteOf = sitesKnown.use();
  const { site, below, q, kind, state, item, location, task, role, disabled } = of.filters;
  const isMore = Object.keys(of.filters).some(name => name.startsWith('custom.') || name === 'sort');
  const p = useWords(people);
  const roles = useRoles();
  const roleName = useRoleName();
  const ofCustomers = useFilterWords(of.list === 'customers');
  const ofOpportunities = useOpportunityFilterWords();
  const ofRole = roles.data?.items.find(r => r.id === Number(role));
  const named = (words: Values | undefined, several: string) =>
    several
      .split(',')
      .map(one => within(words ?? {}, one, lang))
      .join('、');
  const said = [
    site && siteOf(Number(site))?.name,
    kind && named(kinds[of.list], String(kind)),
    state && of.list !== 'opportunities' && named(states[of.list], String(state)),
    q && `“${q}”`,
    ofRole && roleName(ofRole),
    disabled === undefined ? '' : String(disabled) === 'true' ? p.disabled : p.inUse,
    ...(of.list === 'customers' ? ofCustomers(of.filters) : []),
    ...(of.list === 'opportunities' ? ofOpportunities(of.filters) : []),
    isMore && w.moreFilters,
  ].filter(Boolean);
  return (
    <>
      {said.join(' · ') || (item || location || task || below || role ? '' : w.noFilters)}{' '}
      {below ? <OrganisationName id={Number(below)} /> : null} {item ? <Named what="items" id={item} /> : null}
      {location ? <Named what="locations" id={location} /> : null}
      {task ? <Named what="tasks" id={task} /> : null}
    </>
  );
}

function Named({ what, id }: { what: 'items' | 'locations' | 'tasks'; id: string | number }) {
  return <>{useNameOf(what, String(id))}</>;
}

function Doing({ of, name }: { of: ExportRow; name: string }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const { act, busy } = useAct();
  if (of.state === 'expired') return null;
  return (
    <span className="row-doing">
      {of.content && of.state === 'done' ? (
        <Button size="small" href={of.content} download aria-label={w.downloadOf(name)} icon={<Icon name="download" size={14} />}>
          {w.download}
        </Button>
      ) : null}
      <Popconfirm
        title={w.throwAwaySure}
        okText={w.throwAway}
        cancelText={t.cancel}
        onConfirm={() => act(() => remove(`/exports/${of.id}`), { done: w.thrownAway, stale: ['exports'] })}
      >
        <Button size="small" type="text" loading={busy} aria-label={w.throwAwayOf(name)} icon={<Icon name="trash" size={14} />} />
      </Popconfirm>
    </span>
  );
}
