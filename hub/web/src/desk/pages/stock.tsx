// Stock in two views: by item with its cartons and complete sets, and by location.

import { lazy } from 'react';
import { rough } from '../../shared/format';
import type { LocationRow, StockByItem } from '../api';
import { usePrefs, useSites } from '../app';
import { Code, PageHead, Quantity, Tag } from '../parts/common';
import { List, NoRows } from '../parts/list';
import { useItemName } from '../parts/names';
import { Search } from '../parts/search';
import { Choice, Sentence } from '../parts/sentence';
import { useFilter } from '../route';
import { lower, value, values, within } from '../values';

const ItemPeek = lazy(() => import('./item').then(m => ({ default: m.ItemPeek })));

export default function StockPage() {
  const { t } = usePrefs();
  const [by] = useFilter('by');
  const [q, setQ] = useFilter('q');
  const byLocation = by === 'location';
  const clear = () => setQ('');
  return (
    <>
      <PageHead
        title={t.stock}
        actions={<Search value={q} onChange={setQ} placeholder={byLocation ? t.searchLocations : t.searchStock} />}
      />
      {byLocation ? <ByLocation q={q} clear={clear} /> : <ByItem q={q} clear={clear} />}
    </>
  );
}

function ByChoice() {
  const { t } = usePrefs();
  const [by, setBy] = useFilter('by');
  return (
    <Choice
      label={t.stock}
      value={by}
      onChange={setBy}
      options={[
        { value: '', label: lower(t.byItem) },
        { value: 'location', label: lower(t.byLocation) },
      ]}
    />
  );
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

function ByItem({ q, clear }: { q: string; clear: () => void }) {
  const { t } = usePrefs();
  const { site } = useSites();
  const name = useItemName();
  return (
    <List<StockByItem>
      name="stock"
      path="/stock"
      live="movement"
      filter={{ by: 'item', q, site }}
      filters={<Sentence text={t.stockSentence} parts={{ by: <ByChoice /> }} />}
      label={t.byItem}
      rowKey={s => s.item}
      to={s => `/items/${s.item}`}
      peek={s => <ItemPeek id={String(s.item)} />}
      empty={<NoRows filtered={q !== ''} title={q ? t.nothingFound : t.noStock} hint={t.noStockHint} clear={clear} />}
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

const kinds = ['bin', 'receiving', 'staging', 'supplier', 'customer', 'variance', 'transit', 'scrap'];

/** Every location, so that an empty shelf can be found too. */
function ByLocation({ q, clear }: { q: string; clear: () => void }) {
  const { t, lang } = usePrefs();
  const { site } = useSites();
  const [kind, setKind] = useFilter('kind');
  return (
    <List<LocationRow>
      name="stock"
      path="/locations"
      filter={{ q, site, kind }}
      filters={
        <Sentence
          text={t.locationsSentence}
          parts={{
            by: <ByChoice />,
            kind: (
              <Choice
                label={t.kind}
                value={kind}
                onChange={setKind}
                options={[
                  { value: '', label: t.anyPlaceKind },
                  ...kinds.map(k => ({ value: k, label: within(values.locationKinds, k, lang) })),
                ]}
              />
            ),
          }}
        />
      }
      label={t.byLocation}
      rowKey={l => l.id}
      to={l => `/locations/${l.id}`}
      empty={
        <NoRows
          filtered={q !== '' || kind !== ''}
          title={t.nothingFound}
          clear={() => {
            setKind('');
            clear();
          }}
        />
      }
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
