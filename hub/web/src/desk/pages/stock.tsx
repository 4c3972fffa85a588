// Stock in two views: by item with its cartons and complete sets, and by location.

import { Button } from 'antd';
import { lazy } from 'react';
import { rough } from '../../shared/format';
import type { LocationRow, StockByItem } from '../api';
import { usePart, usePrefs, useWords } from '../app';
import { Code, Quantity, Tag } from '../parts/common';
import { sitesKnown } from '../parts/known';
import { type ChoiceOf, ListPage } from '../parts/list-page';
import { useItemName } from '../parts/names';
import { go, useFilter } from '../route';
import { nameColumns } from '../sheets/model';
import { words } from '../stock/words';
import { lower, optionsOf, value, values } from '../values';

const ItemPeek = lazy(() => import('./item').then(m => ({ default: m.ItemPeek })));

export default function StockPage() {
  const [by] = useFilter('by');
  return by === 'location' ? <ByLocation /> : <ByItem />;
}

function useBy(): ChoiceOf {
  const { t } = usePrefs();
  return { name: 'by', label: t.stock, any: lower(t.byItem), options: [{ value: 'location', label: lower(t.byLocation) }], how: true };
}

/** Cartons as chips with their number on hand. Marked are the few that hold the sets back; when it is most of them, the others are simply spare. */
function CartonChips({ of }: { of: StockByItem }) {
  const { t } = usePrefs();
  if (of.cartons.length < 2) return null;
  const least = Math.min(...of.cartons.map(c => rough(c.quantity)));
  const few = of.cartons.filter(c => rough(c.quantity) === least).length * 2 <= of.cartons.length;
  return (
    <span className="chips">
      {of.cartons.map(c => {
        const scarce = few && rough(c.quantity) === least;
        return (
          <span
            key={c.carton}
            className={`chip${scarce ? ' chip-short' : ''}`}
            title={`${t.cartonN(c.carton, of.cartons.length)}${scarce ? ` · ${t.short}` : ''}`}
          >
            {c.carton}
            <span className="quiet">×</span>
            <Quantity of={c.quantity} />
          </span>
        );
      })}
    </span>
  );
}

/** The ways to stock of a period and to its limits. */
function Further() {
  const w = useWords(words);
  return (
    <>
      <Button onClick={() => go('/stock/summary')}>{w.summary}</Button>
      <Button onClick={() => go('/stock/limits')}>{w.limits}</Button>
    </>
  );
}

function ByItem() {
  const { t, lang } = usePrefs();
  const { below } = usePart();
  const by = useBy();
  const name = useItemName();
  const site = sitesKnown.use();
  return (
    <ListPage<StockByItem>
      name="stock"
      path="/stock"
      live="movement"
      title={t.stock}
      label={t.byItem}
      search={t.searchStock}
      importKind="opening_stock"
      sheet={{ list: 'stock', filters: ['below', 'site', 'q'], columns: { name: nameColumns(lang), sets: ['sets', 'unit'] } }}
      sentence={t.stockSentence}
      actions={<Further />}
      choices={[by]}
      more={['site']}
      beside={({ of }) => (of.site ? <span className="quiet">{site(of.site)?.name}</span> : null)}
      ask={({ q, site }) => ({ by: 'item', q, site, below })}
      none={{ title: t.noStock, matching: t.nothingFound, hint: t.noStockHint }}
      rowKey={s => s.item}
      to={s => `/items/${s.item}`}
      peek={s => <ItemPeek id={String(s.item)} />}
      columns={[
        { key: 'code', title: t.code, width: '180px', cell: s => <Code>{s.code}</Code> },
        { key: 'name', title: t.name, cell: s => name(s) },
        { key: 'cartons', title: t.cartonTimes, cell: s => <CartonChips of={s} /> },
        { key: 'sets', title: t.sets, number: true, width: '120px', cell: s => <Quantity of={s.sets} unit={s.unit} /> },
      ]}
      card={s => (
        <>
          <div className="line">
            <strong className="grow">{name(s)}</strong>
            <Quantity of={s.sets} unit={s.unit} />
          </div>
          <div className="line quiet">
            <Code>{s.code}</Code>
          </div>
          <CartonChips of={s} />
        </>
      )}
    />
  );
}

/** Every location, so that an empty shelf can be found too. */
function ByLocation() {
  const { t, lang } = usePrefs();
  const { below } = usePart();
  const by = useBy();
  return (
    <ListPage<LocationRow>
      name="stock"
      path="/locations"
      title={t.stock}
      label={t.byLocation}
      search={t.searchLocations}
      importKind="locations"
      sheet={{ list: 'locations', filters: ['below', 'q', 'kind'], columns: { quantity: ['on_hand'] } }}
      actions={<Further />}
      sentence={t.locationsSentence}
      choices={[by, { name: 'kind', label: t.kind, any: t.anyPlaceKind, options: optionsOf(values.locationKinds, lang) }]}
      ask={({ q, kind }) => ({ q, kind, below })}
      none={{ title: t.nothingFound }}
      rowKey={l => l.id}
      to={l => `/locations/${l.id}`}
      columns={[
        { key: 'code', title: t.location, cell: l => <Code>{l.code}</Code> },
        { key: 'name', title: t.name, cell: l => l.name },
        { key: 'kind', title: t.kind, cell: l => <Tag>{value(values.locationKinds, l.kind, lang)}</Tag> },
        { key: 'quantity', title: t.quantity, number: true, cell: l => <Quantity of={l.on_hand} /> },
      ]}
      card={l => (
        <div className="line">
          <strong className="grow">
            <Code>{l.code}</Code>
          </strong>
          <Tag>{value(values.locationKinds, l.kind, lang)}</Tag>
          <Quantity of={l.on_hand} />
        </div>
      )}
    />
  );
}
