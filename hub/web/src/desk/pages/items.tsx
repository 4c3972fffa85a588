import { lazy } from 'react';
import type { ItemRow } from '../api';
import { usePrefs } from '../app';
import { CustomFilters, parametersOf } from '../custom/filters';
import { useCustomColumns, useEntityColumns } from '../custom/record';
import { Code, Quantity, Tag } from '../parts/common';
import type { Column } from '../parts/list';
import { ListPage } from '../parts/list-page';
import { useItemName } from '../parts/names';
import { nameColumns } from '../sheets/model';

const ItemPeek = lazy(() => import('./item').then(m => ({ default: m.ItemPeek })));

/** Complete sets, where the reader's role shows them. */
function OnHand({ of }: { of: ItemRow }) {
  return of.on_hand === undefined ? '–' : <Quantity of={of.on_hand} unit={of.unit} />;
}

export default function ItemsPage() {
  const fields = useEntityColumns('item');
  const custom = useCustomColumns<ItemRow>('item');
  const { t, lang } = usePrefs();
  const name = useItemName();
  const traits = (i: ItemRow) => (
    <>
      {i.is_kit ? <Tag>{t.kit}</Tag> : null}
      {i.by_lot ? <Tag>{t.byLot}</Tag> : null}
    </>
  );
  const columns: Column<ItemRow>[] = [
    { key: 'code', title: t.code, width: '180px', cell: i => <Code>{i.code}</Code> },
    {
      key: 'name',
      title: t.name,
      cell: i => (
        <>
          {name(i)} {traits(i)}
        </>
      ),
    },
    {
      key: 'cartons',
      title: t.cartons,
      number: true,
      width: '96px',
      cell: i => <span className="number">{i.is_kit ? '–' : i.cartons}</span>,
    },
    {
      key: 'barcodes',
      title: t.barcodes,
      number: true,
      width: '96px',
      cell: i => <span className="number">{i.barcodes_count ?? ''}</span>,
    },
    { key: 'on_hand', title: t.onHandSets, number: true, width: '140px', cell: i => <OnHand of={i} /> },
    ...custom,
  ];
  return (
    <ListPage<ItemRow>
      name="items"
      path="/items"
      title={t.items}
      search={t.searchItems}
      importKind="items"
      sheet={{ list: 'items', filters: ['q', 'custom'], columns: { name: nameColumns(lang), on_hand: ['on_hand', 'unit'] } }}
      sentence={filters => <p className="sentence">{filters.narrow ? t.itemsFound : t.itemsAll}</p>}
      more={parametersOf(fields)}
      beside={filters => <CustomFilters columns={fields} filters={filters} />}
      none={{ title: t.noItems, matching: t.noItemsMatch, hint: t.noItemsHint }}
      columns={columns}
      rowKey={i => i.id}
      to={i => `/items/${i.id}`}
      peek={i => <ItemPeek id={String(i.id)} />}
      card={i => (
        <>
          <div className="line">
            <strong className="grow">{name(i)}</strong>
            <OnHand of={i} />
          </div>
          <div className="line quiet">
            <Code>{i.code}</Code>
            <span className="grow" />
            {traits(i)}
            {i.cartons > 1 ? <span className="number">{lang === 'en' ? `${i.cartons} cartons` : `${i.cartons} 包件`}</span> : null}
          </div>
        </>
      )}
    />
  );
}
