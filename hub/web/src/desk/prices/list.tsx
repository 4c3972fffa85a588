// All price lists that hold for the reader, and drafts for those who keep them.

import { Button } from 'antd';
import { useState } from 'react';
import { useMay, usePrefs, useWords } from '../app';
import { Code, Time } from '../parts/common';
import { Icon } from '../parts/icons';
import { ListPage } from '../parts/list-page';
import { go } from '../route';
import { optionsOf } from '../values';
import { ListForm } from './form';
import type { PriceList } from './model';
import { HoldsFor, percent, StateTag, Valid } from './parts';
import { states, words } from './words';

export default function PriceListsPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const may = useMay();
  const [making, setMaking] = useState(false);
  const make = may('prices') ? (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
      {w.newList}
    </Button>
  ) : null;
  const nameOf = (l: PriceList) => (lang === 'en' && l.name_en) || l.name;
  return (
    <>
      <ListPage<PriceList>
        name="price-lists"
        path="/price-lists"
        title={t.prices}
        search={w.search}
        importKind={may('prices') ? 'prices' : undefined}
        actions={make}
        sentence={w.sentence}
        choices={[{ name: 'state', label: w.state, any: w.anyState, options: optionsOf(states, lang) }]}
        none={{ title: w.noLists, matching: w.noListsMatch, hint: w.noListsHint, action: make }}
        rowKey={l => l.id}
        to={l => `/prices/${l.id}`}
        columns={[
          {
            key: 'name',
            title: w.name,
            cell: l => (
              <>
                <strong>{nameOf(l)}</strong> <Code>{l.code}</Code>
              </>
            ),
          },
          { key: 'state', title: w.state, width: '96px', cell: l => <StateTag of={l} /> },
          { key: 'valid', title: w.valid, cell: l => <Valid of={l} /> },
          { key: 'holds', title: w.holdsFor, cell: l => <HoldsFor of={l} /> },
          { key: 'discount', title: w.discount, number: true, cell: l => percent(l.most_discount_bp) },
          { key: 'prices', title: w.priceCount, number: true, cell: l => l.prices },
          { key: 'created', title: t.created, cell: l => <Time ms={l.created_ms} /> },
        ]}
        card={l => (
          <>
            <div className="line">
              <strong className="grow clip">{nameOf(l)}</strong>
              <StateTag of={l} />
            </div>
            <div className="line quiet">
              <span className="grow clip">
                <HoldsFor of={l} />
              </span>
              <Valid of={l} />
            </div>
          </>
        )}
      />
      {may('prices') ? (
        <ListForm
          open={making}
          onClose={made => {
            setMaking(false);
            if (made) go(`/prices/${made.id}`);
          }}
        />
      ) : null}
    </>
  );
}
