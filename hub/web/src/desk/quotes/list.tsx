// All quotes that the reader may see, and made.

import { Button } from 'antd';
import { useState } from 'react';
import { useMay, usePart, usePrefs, useWords } from '../app';
import { Code, Tag } from '../parts/common';
import { Icon } from '../parts/icons';
import { ListPage } from '../parts/list-page';
import { Yuan } from '../payments/parts';
import { go, useFilter, usePlace } from '../route';
import { optionsOf, value } from '../values';
import { QuoteForm } from './form';
import type { Quote, QuoteRow } from './model';
import { states, words } from './words';

export function QuoteTag({ of }: { of: Pick<QuoteRow, 'state' | 'expired'> }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  if (of.expired) return <Tag meaning="attention">{w.expired}</Tag>;
  return <Tag meaning={of.state === 'accepted' ? 'right' : 'info'}>{value(states, of.state, lang)}</Tag>;
}

export default function QuotesPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const may = useMay();
  const { below } = usePart();
  const { search } = usePlace();
  const [asked, setAsked] = useFilter('new');
  const [making, setMaking] = useState(false);
  const canMake = may('sales', 'sales');
  const close = (made?: Quote) => {
    setMaking(false);
    if (made) go(`/quotes/${made.id}`, asked !== '');
    else if (asked) setAsked('');
  };
  const make = canMake ? (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
      {w.newQuote}
    </Button>
  ) : null;
  return (
    <>
      <ListPage<QuoteRow>
        name="quotes"
        path="/quotes"
        title={t.quotes}
        search={w.search}
        actions={make}
        sentence={w.sentence}
        choices={[
          { name: 'owner', label: w.owner, any: w.anyOwner, options: [{ value: 'me', label: w.me }] },
          { name: 'state', label: w.state, any: w.anyState, options: optionsOf(states, lang) },
        ]}
        more={['customer', 'opportunity']}
        ask={of => ({ ...of, below })}
        none={{ title: w.none, matching: w.noneMatch, hint: w.noneHint, action: make }}
        rowKey={q => q.id}
        to={q => `/quotes/${q.id}`}
        columns={[
          { key: 'code', title: w.code, cell: q => <Code>{q.code}</Code> },
          { key: 'state', title: w.state, cell: q => <QuoteTag of={q} /> },
          { key: 'customer', title: w.customer, cell: q => <strong className="nowrap">{q.customer_name}</strong> },
          { key: 'amount', title: w.amount, number: true, cell: q => <Yuan of={q.amount} /> },
          { key: 'version', title: w.version, cell: q => w.versionN(q.current) },
          { key: 'valid_until', title: w.validUntil, cell: q => <span className="nowrap">{q.valid_until}</span> },
          { key: 'owner', title: w.owner, cell: q => <span className="nowrap">{q.owner_name}</span> },
          { key: 'organisation', title: w.organisation, cell: q => <span className="nowrap">{q.organisation_name}</span> },
        ]}
        card={q => (
          <>
            <div className="line">
              <strong className="grow clip">{q.customer_name}</strong>
              <Yuan of={q.amount} />
            </div>
            <div className="line quiet">
              <span className="grow clip">{[q.code, w.versionN(q.current), q.valid_until].join(' · ')}</span>
              <QuoteTag of={q} />
            </div>
          </>
        )}
      />
      {canMake ? <QuoteForm open={making || asked === '1'} customer={Number(search.get('customer')) || undefined} onClose={close} /> : null}
    </>
  );
}
