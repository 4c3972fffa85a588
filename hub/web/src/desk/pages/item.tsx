// One item: its cartons as a grid that shows what is missing for another complete set, its barcodes, parts, places and movements.

import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { rough } from '../../shared/format';
import { unitName } from '../../shared/units';
import { get, type ItemPage as Item, type ItemStock, patch } from '../api';
import { useMay, usePart, usePrefs } from '../app';
import { CustomCard } from '../custom/record';
import { Card, Code, Empty, Facts, Loaded, PageHead, Quantity, Tag } from '../parts/common';
import { Files } from '../parts/files';
import { sitesKnown } from '../parts/known';
import { type Column, Rows } from '../parts/list';
import { Moved } from '../parts/moved';
import { useItemName } from '../parts/names';
import { Carton } from '../parts/rows';
import { WithTimeline } from '../parts/timeline';
import { ItemPriceCard } from '../prices/item-price';
import { ItemPaper } from '../print/item';
import { Print } from '../print/paper';
import { ItemLimits } from '../stock/of-item';

/** An item whose stock the reader's role shows. */
type Stocked = Item & Required<Pick<Item, 'stock' | 'sets' | 'by_carton' | 'places'>>;
const isStocked = (item: Item): item is Stocked => item.stock !== undefined && item.sets !== undefined;

/** One carton and no lots: nothing tells its pieces apart. */
const isWhole = (item: Item) => item.cartons === 1 && !item.by_lot;

const useItem = (id: string) => useQuery({ queryKey: ['item', id], queryFn: ({ signal }) => get<Item>(`/items/${id}`, signal) });

/** What kind of item it is, behind its name. */
function Traits({ of: item }: { of: Item }) {
  const { t } = usePrefs();
  return (
    <>
      <Code>{item.code}</Code>
      {item.is_kit ? <Tag meaning="info">{t.kit}</Tag> : null}
      {item.by_lot ? <Tag>{t.byLot}</Tag> : null}
    </>
  );
}

/** The facts that matter, on its page and beside a list. */
function useFacts(): (of: Item) => [string, ReactNode][] {
  const { t } = usePrefs();
  return of => [
    ...(isStocked(of) ? [[t.sets, <Quantity key="sets" of={of.sets} unit={of.unit} />] satisfies [string, ReactNode]] : []),
    [t.cartons, of.is_kit ? '–' : of.cartons],
    [t.barcodes, of.barcodes.length],
  ];
}

export default function ItemPage({ id }: { id: string }) {
  const { t, lang } = usePrefs();
  const { below } = usePart();
  const may = useMay();
  const item = useItem(id);
  const facts = useFacts();
  const itemName = useItemName();
  return (
    <Loaded of={item}>
      {data => (
        <>
          <PageHead
            title={itemName(data)}
            back={{ to: '/items', label: t.items }}
            actions={<Print paper={() => <ItemPaper of={data} />} />}
          >
            <Traits of={data} />
          </PageHead>
          <Facts
            of={[
              ...facts(data),
              ...(isStocked(data) ? [[t.locations, data.places] satisfies [string, ReactNode]] : []),
              [t.unit, unitName(data.unit, lang)],
            ]}
          />
          <WithTimeline of="item" id={data.id}>
            {data.is_kit || data.cartons < 2 || !isStocked(data) ? null : <CartonGrid of={data} />}
            <div className="halves">
              {isStocked(data) ? <Places of={data} /> : null}
              <div>
                {may('prices.see') ? <ItemPriceCard item={data.id} unit={data.unit} /> : null}
                {data.parts.length ? <Parts of={data} /> : null}
                {may('stock.see', 'warehouse') && !data.is_kit ? <ItemLimits item={data.id} /> : null}
                <Barcodes of={data} />
              </div>
            </div>
            <CustomCard
              entity="item"
              values={data.custom}
              canEdit={may('items')}
              stale={['item', 'items', 'timeline']}
              onSave={custom => patch(`/items/${data.id}`, { custom }, data.version)}
            />
            <Files of="items" id={data.id} />
            {may('stock.see', 'warehouse') ? (
              <Moved of="item" id={data.id} below={below} title={t.recentMovements} leave={isWhole(data) ? ['carton'] : []} />
            ) : null}
          </WithTimeline>
        </>
      )}
    </Loaded>
  );
}

/** The item beside its list. */
export function ItemPeek({ id }: { id: string }) {
  const itemName = useItemName();
  const item = useItem(id);
  const facts = useFacts();
  return (
    <Loaded of={item}>
      {data => (
        <>
          <h2>{itemName(data)}</h2>
          <p className="peek-line">
            <Traits of={data} />
          </p>
          <Facts of={facts(data)} />
          {data.is_kit || data.cartons < 2 || !isStocked(data) ? null : <CartonGrid of={data} />}
          {data.parts.length ? <Parts of={data} /> : isStocked(data) ? <Places of={data} /> : null}
        </>
      )}
    </Loaded>
  );
}

function Parts({ of: kit }: { of: Item }) {
  const { t } = usePrefs();
  const itemName = useItemName();
  return (
    <Card title={t.parts} flush>
      <Rows
        label={t.parts}
        rows={kit.parts}
        rowKey={p => p.item}
        to={p => `/items/${p.item}`}
        columns={[
          { key: 'code', title: t.code, cell: p => <Code>{p.code}</Code> },
          { key: 'name', title: t.name, cell: p => itemName(p) },
          { key: 'quantity', title: t.quantity, number: true, cell: p => <Quantity of={p.quantity} unit={p.unit} /> },
        ]}
      />
    </Card>
  );
}

/** Carton 1 … n with how many of each; those with the fewest decide how many sets are complete. */
function CartonGrid({ of: item }: { of: Stocked }) {
  const { t } = usePrefs();
  const counts = Array.from({ length: item.cartons }, (_, i) => item.by_carton.find(held => held.carton === i + 1)?.quantity ?? '0');
  const most = Math.max(...counts.map(rough), 0);
  const least = Math.min(...counts.map(rough));
  const few = counts.filter(c => rough(c) === least).length * 2 <= counts.length;
  return (
    <Card title={t.cartonGrid} extra={<span className="quiet">{t.cartonGridHint(item.sets)}</span>}>
      <ol className="carton-grid" aria-label={t.cartonGrid}>
        {counts.map((count, i) => {
          const n = rough(count);
          const scarce = few && n === least;
          return (
            <li key={i} className={n <= 0 ? 'none' : scarce ? 'scarce' : 'full'}>
              <span className="carton-n">{t.cartonN(i + 1, item.cartons)}</span>
              <Quantity of={count} />
              {n <= 0 && most > 0 ? <Tag meaning="wrong">{t.short}</Tag> : scarce ? <Tag meaning="attention">{t.short}</Tag> : null}
            </li>
          );
        })}
      </ol>
    </Card>
  );
}

/** Rows that the hub gives at most. */
const MOST_ROWS = 200;

function Places({ of: item }: { of: Stocked }) {
  const { t } = usePrefs();
  const site = sitesKnown.use();
  const shown = new Set(item.stock.map(s => s.location)).size;
  const isOneSite = new Set(item.stock.map(s => s.site)).size < 2;
  const carton: Column<ItemStock> = {
    key: 'carton',
    title: t.cartons,
    cell: s => <Carton carton={s.carton} of={item.cartons} lot={s.lot} />,
  };
  return (
    <Card
      title={t.stockByPlace}
      extra={item.places > shown || item.stock.length === MOST_ROWS ? <span className="quiet">{t.firstPlaces(shown)}</span> : null}
      flush
    >
      {item.stock.length ? (
        <Rows
          label={t.stockByPlace}
          rows={item.stock}
          rowKey={s => `${s.location} ${s.carton} ${s.lot ?? ''}`}
          to={s => `/locations/${s.location}`}
          columns={[
            ...(isOneSite ? [] : [{ key: 'site', title: t.site, cell: (s: ItemStock) => site(s.site)?.name ?? '' }]),
            { key: 'location', title: t.location, cell: s => <Code>{s.location_code}</Code> },
            ...(isWhole(item) ? [] : [carton]),
            {
              key: 'quantity',
              title: t.quantity,
              number: true,
              cell: s => <Quantity of={s.quantity} unit={item.cartons === 1 ? item.unit : undefined} />,
            },
          ]}
          card={s => (
            <div className="line">
              <Code>{s.location_code}</Code>
              <span className="grow">
                {isOneSite ? null : site(s.site)?.name}
                <Carton carton={s.carton} of={item.cartons} lot={s.lot} />
              </span>
              <Quantity of={s.quantity} />
            </div>
          )}
        />
      ) : (
        <Empty title={t.noStock} hint={t.noStockHint} />
      )}
    </Card>
  );
}

function Barcodes({ of: item }: { of: Item }) {
  const { t } = usePrefs();
  const carton: Column<Item['barcodes'][number]> = {
    key: 'carton',
    title: t.cartons,
    cell: b => (b.carton ? <Carton carton={b.carton} of={item.cartons} /> : t.all),
  };
  return (
    <Card title={t.barcodes} flush>
      {item.barcodes.length ? (
        <Rows
          label={t.barcodes}
          rows={item.barcodes}
          rowKey={b => b.text}
          columns={[
            { key: 'text', title: t.barcode, cell: b => <Code>{b.text}</Code> },
            ...(item.cartons > 1 ? [carton] : []),
            { key: 'quantity', title: t.countsAs, number: true, cell: b => <Quantity of={b.quantity} unit={item.unit} /> },
          ]}
        />
      ) : (
        <p className="quiet card-body">{t.noBarcodes}</p>
      )}
    </Card>
  );
}
