// An item on paper: what it is, its own fields, its barcodes to be scanned, its parts, where it lies.

import { quantity } from '../../shared/format';
import { unitName } from '../../shared/units';
import type { ItemPage } from '../api';
import { usePrefs, useWords } from '../app';
import { useItemName } from '../parts/names';
import { Bars, CustomFacts, Paper, Table } from './paper';
import { words } from './words';

/** Places that fit beside the rest; an item of thousands of stores has more. */
const PLACES = 40;

export function ItemPaper({ of: item }: { of: ItemPage }) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const name = useItemName();
  const unit = unitName(item.unit, lang);
  const carton = (n: number | null | undefined) => (n && item.cartons > 1 ? t.cartonN(n, item.cartons) : '');
  const stock = item.stock ?? [];
  const whole = stock.slice(0, PLACES).filter(s => s.location !== stock[PLACES]?.location);
  const left = (item.places ?? 0) - new Set(whole.map(s => s.location)).size;
  const traits = [item.is_kit ? w.kit : '', item.by_lot ? w.byLot : ''].filter(Boolean).join(' · ');
  return (
    <Paper
      title={w.itemSheet}
      number={item.code}
      name={name(item)}
      facts={[
        [w.unit, unit],
        [w.cartons, item.is_kit ? '' : String(item.cartons)],
        [w.sets, item.sets === undefined ? '' : `${quantity(item.sets)} ${unit}`],
        [w.traits, traits],
      ]}
    >
      <CustomFacts entity="item" values={item.custom} />
      <Table
        title={w.parts}
        head={[w.no, w.code, w.goods, w.quantity]}
        rows={item.parts.map((p, n) => [n + 1, p.code, name(p), `${quantity(p.quantity)} ${unitName(p.unit ?? '', lang)}`])}
      />
      <Table
        title={w.barcodes}
        head={[w.carton, w.countsAs, w.barcodes]}
        rows={item.barcodes.map(b => [
          carton(b.carton),
          `${quantity(b.quantity)} ${unit}`,
          <span key="bars" className="paper-code">
            <Bars of={b.text} />
            {b.text}
          </span>,
        ])}
      />
      <Table
        title={w.stock}
        head={[w.location, w.carton, t.lot, w.quantity]}
        rows={stock.slice(0, PLACES).map(s => [s.location_code, carton(s.carton), s.lot ?? '', quantity(s.quantity)])}
      />
      {left > 0 ? <p>{w.more(left)}</p> : null}
    </Paper>
  );
}
