// All service tickets that the reader may see: as a list, or as a board of who does what on which day.

import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useMay, usePart, usePrefs, useWords } from '../app';
import { CustomFilters, parametersOf } from '../custom/filters';
import { useCustomColumns, useEntityColumns } from '../custom/record';
import { Tag, When } from '../parts/common';
import { Icon } from '../parts/icons';
import { ListPage } from '../parts/list-page';
import { go, useFilter, usePlace } from '../route';
import { optionsOf } from '../values';
import { TicketForm } from './form';
import type { TicketRow } from './model';
import { FiguresCard, StateTag, useFaults, useKind } from './parts';
import { kinds, states, words } from './words';

const Board = lazy(() => import('./board'));
const TicketPeek = lazy(() => import('./ticket').then(m => ({ default: m.TicketPeek })));

export default function TicketsPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const may = useMay();
  const { below } = usePart();
  const { search } = usePlace();
  const kindOf = useKind();
  const { called } = useFaults();
  const fields = useEntityColumns('ticket');
  const custom = useCustomColumns<TicketRow>('ticket');
  const [asked, setAsked] = useFilter('new');
  const [making, setMaking] = useState(false);
  const canMake = may('tickets', 'service');
  const make = canMake ? (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
      {w.newTicket}
    </Button>
  ) : null;
  const installer = search.get('installer') ?? '';
  const number = (name: string) => Number(search.get(name)) || undefined;
  return (
    <>
      <ListPage<TicketRow>
        name="tickets"
        path="/tickets"
        title={t.tickets}
        search={w.search}
        sheet={{
          list: 'tickets',
          filters: ['below', 'q', 'kind', 'state', 'installer', 'customer', 'order', 'fault', 'appointed', 'due', 'far', 'reach', 'custom'],
          columns: SHEET,
        }}
        actions={make}
        sentence={w.sentence}
        choices={[
          { name: 'kind', label: w.kind, any: w.anyKind, options: [...optionsOf(kinds, lang), { value: 'work', label: w.work }] },
          { name: 'state', label: w.state, any: w.anyState, options: [{ value: 'open', label: w.open }, ...optionsOf(states, lang)] },
          {
            name: 'installer',
            label: w.installer,
            any: w.anyInstaller,
            options: [
              { value: 'me', label: w.mine },
              { value: 'none', label: w.nobodys },
              ...(Number(installer) ? [{ value: installer, label: w.thatInstaller }] : []),
            ],
          },
          { name: 'appointed', label: w.appointed, any: w.anyAppointed, options: [{ value: 'today', label: w.appointedToday }] },
          { name: 'due', label: w.due, any: w.anyDue, options: [{ value: 'now', label: w.dueNow }] },
          { name: 'far', label: w.far, any: w.anyFar, options: [{ value: 'true', label: w.farOnly }] },
          // A counter narrows by it; nobody else needs to think of it.
          ...(search.get('reach')
            ? [
                {
                  name: 'reach',
                  label: w.reach,
                  any: w.anyReach,
                  options: [{ value: 'seen', label: w.reachSeen }, ...(canMake ? [{ value: 'led', label: w.reachLed }] : [])],
                },
              ]
            : []),
          ...(canMake
            ? [{ name: 'view', label: t.tickets, any: w.asList, options: [{ value: 'board', label: w.asBoard }], how: true }]
            : []),
        ]}
        more={['customer', 'order', 'fault', ...parametersOf(fields)]}
        beside={filters => <CustomFilters columns={fields} filters={filters} />}
        ask={of => ({ ...of, below })}
        instead={(filters, filter) =>
          filters.of.view === 'board' ? (
            <Suspense fallback={null}>
              <Board filter={filter} />
            </Suspense>
          ) : undefined
        }
        none={{ title: w.none, matching: w.noneMatch, hint: w.noneHint, action: make }}
        rowKey={row => row.id}
        to={row => `/tickets/${row.id}`}
        peek={row => <TicketPeek id={String(row.id)} />}
        columns={[
          {
            key: 'code',
            title: w.search,
            cell: row => (
              <span className="nowrap">
                <strong>{row.code}</strong> <StateTag of={row} /> {row.far ? <Tag meaning="attention">{w.far}</Tag> : null}
              </span>
            ),
          },
          { key: 'kind', title: w.kind, cell: row => <span className="nowrap">{kindOf(row)}</span> },
          { key: 'contact', title: w.contact, cell: row => <span className="nowrap">{row.contact}</span> },
          {
            key: 'installer',
            title: w.installer,
            cell: row => <span className={row.installer_name ? 'nowrap' : 'quiet nowrap'}>{row.installer_name ?? w.noInstaller}</span>,
          },
          { key: 'appointed', title: w.appointed, cell: row => <When ms={row.appointed_ms} none="" /> },
          { key: 'due', title: w.due, cell: row => <When ms={row.due_ms} none="" /> },
          { key: 'address', title: w.address, width: '184px', least: true, cell: row => row.address },
          { key: 'item', title: w.item, width: '160px', cell: row => row.item_name },
          { key: 'fault', title: w.fault, cell: row => (row.fault ? called(row.fault) : null) },
          { key: 'organisation', title: w.organisation, cell: row => <span className="nowrap">{row.organisation_name}</span> },
          ...custom,
        ]}
        card={row => (
          <>
            <div className="line">
              <strong className="grow clip">
                {kindOf(row)} {row.contact}
              </strong>
              <StateTag of={row} />
            </div>
            <div className="line quiet">
              <span className="grow clip">{[row.code, row.installer_name ?? w.noInstaller].join(' · ')}</span>
              <span className="nowrap">
                {row.appointed_ms || !row.due_ms ? '' : `${w.due} `}
                <When ms={row.appointed_ms ?? row.due_ms} none="" />
              </span>
            </div>
          </>
        )}
      >
        <FiguresCard />
      </ListPage>
      {canMake ? (
        <TicketForm
          open={making || asked === '1'}
          initial={{ customer: number('customer'), order: number('order'), ...(below !== null ? { organisation: below } : {}) }}
          onClose={made => {
            setMaking(false);
            if (made) go(`/tickets/${made.id}`, asked !== '');
            else if (asked) setAsked('');
          }}
        />
      ) : null}
    </>
  );
}

/** The state stands beside the number, and has a column of its own in a sheet. */
const SHEET = { code: ['code', 'state'], contact: ['contact', 'phone'] };
