// The contract ledger (合同台账): all contracts that the reader may see, and made.

import { Button, Input } from 'antd';
import { useState } from 'react';
import { useMay, usePart, usePrefs, useWords } from '../app';
import { Code } from '../parts/common';
import type { Filters } from '../parts/filters';
import { Icon } from '../parts/icons';
import { ListPage } from '../parts/list-page';
import { Yuan } from '../payments/parts';
import { go, useFilter, usePlace } from '../route';
import { optionsOf } from '../values';
import { ContractForm } from './form';
import type { Contract, ContractRow } from './model';
import { ContractTag } from './parts';
import { states, words } from './words';

/** Signed from when to when. */
function Signed({ filters }: { filters: Filters }) {
  const w = useWords(words);
  const day = (name: 'signed_from' | 'signed_to', label: string) => (
    <Input type="date" aria-label={label} value={filters.of[name] ?? ''} onChange={event => filters.set(name, event.target.value)} />
  );
  return (
    <span className="days-asked">
      <span className="quiet">{w.signedOn}</span>
      {day('signed_from', w.signedFrom)}
      <span aria-hidden>–</span>
      {day('signed_to', w.signedTo)}
    </span>
  );
}

const SHEET_FILTERS = 'below,q,owner,customer,opportunity,quote,state,signed_from,signed_to,due,approval'.split(',');

export default function ContractsPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const may = useMay();
  const { below } = usePart();
  const { search } = usePlace();
  const [asked, setAsked] = useFilter('new');
  const [making, setMaking] = useState(false);
  const canMake = may('sales', 'sales');
  const number = (name: string) => Number(search.get(name)) || undefined;
  const close = (made?: Contract) => {
    setMaking(false);
    if (made) go(`/contracts/${made.id}`, asked !== '');
    else if (asked) setAsked('');
  };
  const make = canMake ? (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
      {w.newContract}
    </Button>
  ) : null;
  const due = {
    name: 'due',
    label: w.nextDue,
    any: w.anyDue,
    options: [
      { value: '0', label: w.due0 },
      { value: '7', label: w.due7 },
      { value: '30', label: w.due30 },
    ],
  };
  return (
    <>
      <ListPage<ContractRow>
        name="contracts"
        path="/contracts"
        title={t.contracts}
        search={w.search}
        actions={make}
        sentence={w.sentence}
        choices={[
          { name: 'owner', label: w.owner, any: w.anyOwner, options: [{ value: 'me', label: w.me }] },
          { name: 'state', label: w.state, any: w.anyState, options: optionsOf(states, lang) },
          ...(may('payments.see', 'sales') ? [due] : []),
          { name: 'approval', label: w.asked, any: w.anyApproval, options: [{ value: 'asked', label: w.asked }] },
        ]}
        more={['customer', 'opportunity', 'quote', 'signed_from', 'signed_to']}
        beside={filters => <Signed filters={filters} />}
        ask={of => ({ ...of, below })}
        sheet={{ list: 'contracts', filters: SHEET_FILTERS, columns: { next_due: ['next_due_on', 'overdue'] } }}
        none={{ title: w.none, matching: w.noneMatch, hint: w.noneHint, action: make }}
        rowKey={c => c.id}
        to={c => `/contracts/${c.id}`}
        columns={[
          { key: 'code', title: w.code, cell: c => <Code>{c.code}</Code> },
          { key: 'state', title: w.state, cell: c => <ContractTag of={c} /> },
          { key: 'customer', title: w.customer, cell: c => <strong className="nowrap">{c.customer_name}</strong> },
          { key: 'amount', title: w.amount, number: true, cell: c => <Yuan of={c.amount} /> },
          { key: 'paid', title: w.paid, number: true, cell: c => (c.paid === undefined ? '–' : <Yuan of={c.paid} />) },
          { key: 'next_due', title: w.nextDue, cell: c => <span className="nowrap">{c.next_due_on ?? '–'}</span> },
          { key: 'signed_on', title: w.signedOn, cell: c => <span className="nowrap">{c.signed_on ?? '–'}</span> },
          { key: 'owner', title: w.owner, cell: c => <span className="nowrap">{c.owner_name}</span> },
          { key: 'organisation', title: w.organisation, cell: c => <span className="nowrap">{c.organisation_name}</span> },
        ]}
        card={c => (
          <>
            <div className="line">
              <strong className="grow clip">{c.customer_name}</strong>
              <Yuan of={c.amount} />
            </div>
            <div className="line quiet">
              <span className="grow clip">{[c.code, c.signed_on].filter(Boolean).join(' · ')}</span>
              <ContractTag of={c} />
            </div>
          </>
        )}
      />
      {canMake ? (
        <ContractForm
          open={making || asked === '1'}
          begun={{ customer: number('customer'), opportunity: number('opportunity') }}
          onClose={close}
        />
      ) : null}
    </>
  );
}
