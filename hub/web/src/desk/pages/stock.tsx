// Stock in two views: by item with its cartons and complete sets, and by location.

import { Segmented, Select } from 'antd';
import { rough } from '../../shared/format';
import type { LocationRow, StockByItem } from '../api';
import { usePrefs, useSites } from '../app';
import { Card, Code, PageHead, Quantity, Tag } from '../parts/common';
import { NoRows, PagedRows } from '../parts/list';
import { Search } from '../parts/search';
import { useFilter } from '../route';
import { value, values } from '../values';

export default function StockPage() {
  const { t } = usePrefs();
  const [by, setBy] = useFilter('by');
  const [q, setQ] = useFilter('q');
  const byLocation = by === 'location';
  return (
    <>
      <PageHead
        title={t.stock}
        actions={<Search value={q} onChange={setQ} placeholder={`${t.search} ${byLocation ? t.location : t.item}`} />}
      />
      <div className="filters">
        <Segmented
          aria-label={t.stock}
          value={byLocation ? 'location' : 'item'}
          onChange={next => setBy(next === 'item' ? '' : next)}
          options={[
            { value: 'item', label: t.byItem },
            { value: 'location', label: t.byLocation },
          ]}
        />
        {byLocation ? <KindFilter /> : null}
      </div>
      <Card flush>{byLocation ? <ByLocation q={q} clear={() => setQ('')} /> : <ByItem q={q} clear={() => setQ('')} />}</Card>
    </>
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
  return (
    <PagedRows<StockByItem>
      name="stock"
      path="/stock"
      filter={{ by: 'item', q, site }}
      label={t.byItem}
      rowKey={s => s.item}
      to={s => `/items/${s.item}`}
      empty={<NoRows filtered={q !== ''} title={q ? t.nothingFound : t.noStock} hint={t.noStockHint} clear={clear} />}
      columns={[
        { key: 'code', title: t.code, width: '180px', cell: s => <Code>{s.code}</Code> },
        { key: 'name', title: t.name, cell: s => s.name },
        { key: 'cartons', title: t.cartonGrid, cell: s => <CartonChips of={s} /> },
        { key: 'sets', title: t.sets, number: true, width: '120px', cell: s => <Quantity of={s.sets} unit={s.unit} /> },
      ]}
      card={s => (
        <>
          <div className="line">
            <strong className="grow">{s.name}</strong>
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

function KindFilter() {
  const { t, lang } = usePrefs();
  const [kind, setKind] = useFilter('kind');
  return (
    <Select
      aria-label={t.kind}
      style={{ minWidth: 140 }}
      value={kind}
      onChange={setKind}
      options={[
        { value: '', label: `${t.kind}: ${t.all}` },
        ...kinds.map(k => ({ value: k, label: value(values.locationKinds, k, lang) })),
      ]}
    />
  );
}

/** Every location, so that an empty shelf can be found too. */
function ByLocation({ q, clear }: { q: string; clear: () => void }) {
  const { t, lang } = usePrefs();
  const { site } = useSites();
  const [kind] = useFilter('kind');
  return (
    <PagedRows<LocationRow>
      name="stock"
      path="/locations"
      filter={{ q, site, kind }}
      label={t.byLocation}
      rowKey={l => l.id}
      to={l => `/locations/${l.id}`}
      empty={<NoRows filtered={q !== '' || kind !== ''} title={t.nothingFound} clear={clear} />}
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
