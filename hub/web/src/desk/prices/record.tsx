// One price list: where and when it holds, and its prices, changed where they stand.

import { useQuery } from '@tanstack/react-query';
import { Button, Form, Modal } from 'antd';
import { useState } from 'react';
import { unitName } from '../../shared/units';
import { get, patch, put, remove } from '../api';
import { useMay, usePrefs, useWords } from '../app';
import { FormDialog, useAct } from '../parts/act';
import { ChooseItem } from '../parts/choose';
import { Card, Code, Facts, Loaded, PageHead } from '../parts/common';
import { useFilters } from '../parts/filters';
import { Icon } from '../parts/icons';
import { Inline } from '../parts/inline';
import { type Column, NoRows, PagedRows } from '../parts/list';
import { useItemName } from '../parts/names';
import { Search } from '../parts/search';
import { ExportButton, ImportButton } from '../parts/sheets';
import { WithTimeline } from '../parts/timeline';
import { Link } from '../route';
import { value as wordOf } from '../values';
import '../configure/configure.css';
import { ListForm } from './form';
import { hundredths, type PriceList, type PriceRow, written, yuan } from './model';
import { AmountItem, HoldsFor, percent, STALE, StateTag, Valid } from './parts';
import { states, words } from './words';

/** Hundredths in what was noted of a price. */
const MONEY = ['unit_price_fen', 'cost_fen'];
const SHARES = ['most_discount_bp'];

export default function PriceListPage({ id }: { id: string }) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const may = useMay();
  const { act, busy } = useAct();
  const [editing, setEditing] = useState(false);
  const list = useQuery({ queryKey: ['price-list', id], queryFn: ({ signal }) => get<PriceList>(`/price-lists/${id}`, signal) });
  const telling = {
    value: (field: string, value: unknown) => {
      if (MONEY.includes(field)) return `¥${yuan(Number(value))}`;
      if (field === 'state') return wordOf(states, String(value), lang);
      if (field === 'item') return <Link to={`/items/${value}`}>№ {String(value)}</Link>;
      return SHARES.includes(field) ? percent(Number(value)) : undefined;
    },
  };
  return (
    <Loaded of={list}>
      {data => {
        const isDraft = data.state === 'draft';
        const turn = () =>
          act(() => patch(`/price-lists/${id}`, { state: isDraft ? 'active' : 'draft' }, data.version), {
            done: isDraft ? w.activated : undefined,
            stale: STALE,
          });
        return (
          <>
            <PageHead
              title={(lang === 'en' && data.name_en) || data.name}
              back={{ to: '/prices', label: t.prices }}
              actions={
                may('prices') ? (
                  <>
                    <Button onClick={() => setEditing(true)}>{t.edit}</Button>
                    <Button type={isDraft ? 'primary' : 'default'} loading={busy} onClick={() => void turn()}>
                      {isDraft ? w.activate : w.toDraft}
                    </Button>
                  </>
                ) : null
              }
            >
              <Code>{data.code}</Code>
              <StateTag of={data} />
            </PageHead>
            <Facts
              of={[
                [w.valid, <Valid key="valid" of={data} />],
                [w.holdsFor, <HoldsFor key="holds" of={data} />],
                [w.mostDiscount, percent(data.most_discount_bp)],
                [w.priceCount, data.prices],
              ]}
            />
            <WithTimeline of="price_list" id={id} telling={telling}>
              <Prices of={data} />
            </WithTimeline>
            {may('prices') ? <ListForm open={editing} of={data} onClose={() => setEditing(false)} /> : null}
          </>
        );
      }}
    </Loaded>
  );
}

function Prices({ of: list }: { of: PriceList }) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const may = useMay();
  const { act } = useAct();
  const filters = useFilters(['q']);
  const itemName = useItemName();
  const [editing, setEditing] = useState<PriceRow | 'new' | null>(null);
  const [removing, setRemoving] = useState<PriceRow | null>(null);
  const canEdit = may('prices');
  const path = (item: number) => `/price-lists/${list.id}/prices/${item}`;
  const priced = async (row: PriceRow, text: string) => {
    const fen = hundredths(text);
    if (fen === undefined) throw new Error(w.badNumber);
    await put(path(row.item), { unit_price_fen: fen, most_discount_bp: row.most_discount_bp }, row.version);
  };
  const add = canEdit ? (
    <Button icon={<Icon name="plus" size={16} />} onClick={() => setEditing('new')}>
      {w.addPrice}
    </Button>
  ) : null;
  const cost: Column<PriceRow> = {
    key: 'cost',
    title: w.cost,
    number: true,
    cell: p => (p.cost_fen === undefined ? '–' : `¥${yuan(p.cost_fen)}`),
  };
  const doing: Column<PriceRow> = {
    key: 'doing',
    title: '',
    cell: p => (
      <span className="row-doing">
        <Button size="small" aria-label={`${t.edit} ${p.code}`} onClick={() => setEditing(p)}>
          {t.edit}
        </Button>
        <Button
          size="small"
          type="text"
          aria-label={`${w.removePrice} ${p.code}`}
          icon={<Icon name="trash" size={14} />}
          onClick={() => setRemoving(p)}
        />
      </span>
    ),
  };
  return (
    <Card
      title={w.prices}
      extra={
        <span className="price-tools">
          <Search value={filters.of.q ?? ''} onChange={q => filters.set('q', q)} placeholder={w.searchPrices} />
          {canEdit ? <ImportButton kind="prices" /> : null}
          <ExportButton
            of={{ list: 'prices', filters: ['price_list', 'q'] }}
            filter={{ price_list: list.id, q: filters.of.q }}
            shown={['list', 'code', 'name', 'unit', 'unit_price', ...(may('prices.cost') ? ['cost'] : []), 'most_discount']}
          />
          {add}
        </span>
      }
      flush
    >
      <PagedRows<PriceRow>
        name="prices"
        path={`/price-lists/${list.id}/prices`}
        filter={{ q: filters.of.q }}
        label={w.prices}
        empty={
          <NoRows
            filtered={filters.narrow}
            title={filters.narrow ? w.noPricesMatch : w.noPrices}
            hint={w.noPricesHint}
            action={add}
            clear={filters.clear}
          />
        }
        rowKey={p => p.item}
        columns={[
          {
            key: 'name',
            title: w.item,
            width: '200px',
            least: true,
            cell: p => (
              <>
                <Link to={`/items/${p.item}`}>{itemName(p)}</Link>
                <div className="quiet">
                  <Code>{p.code}</Code>
                </div>
              </>
            ),
          },
          {
            key: 'unit_price',
            title: w.unitPrice,
            number: true,
            cell: p => (
              <Inline
                value={written(p.unit_price_fen)}
                label={`${w.unitPrice} ${p.code}`}
                canEdit={canEdit}
                stale={STALE}
                onSave={text => priced(p, text)}
              >
                <span className="number">¥{yuan(p.unit_price_fen)}</span>
                <span className="unit"> / {unitName(p.unit, lang)}</span>
              </Inline>
            ),
          },
          ...(may('prices.cost') ? [cost] : []),
          {
            key: 'discount',
            title: w.discount,
            number: true,
            cell: p => percent(p.most_discount_bp) || <span className="quiet nowrap">{w.ofList}</span>,
          },
          ...(canEdit ? [doing] : []),
        ]}
      />
      <PriceForm list={list.id} of={editing} onClose={() => setEditing(null)} />
      <Modal
        open={removing !== null}
        title={w.removeSure(removing ? itemName(removing) : '')}
        okText={w.removePrice}
        okButtonProps={{ danger: true }}
        cancelText={t.cancel}
        closable={false}
        onCancel={() => setRemoving(null)}
        onOk={async () => {
          if (removing) await act(() => remove(path(removing.item), removing.version), { done: w.removed, stale: STALE });
          setRemoving(null);
        }}
      />
    </Card>
  );
}

interface Given {
  item?: number;
  unit_price: string;
  cost?: string;
  most_discount?: string;
}

function PriceForm({ list, of, onClose }: { list: number; of: PriceRow | 'new' | null; onClose: () => void }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const may = useMay();
  const { outdate } = useAct();
  const row = of === 'new' ? undefined : (of ?? undefined);
  const initial = row
    ? { unit_price: written(row.unit_price_fen), cost: written(row.cost_fen), most_discount: written(row.most_discount_bp) }
    : {};
  return (
    <FormDialog<Given>
      key={row?.item ?? 'new'}
      open={of !== null}
      title={row ? `${w.setPrice}: ${row.code}` : w.addPrice}
      ok={t.save}
      initial={initial}
      onClose={onClose}
      onSave={async given => {
        const body = {
          unit_price_fen: hundredths(given.unit_price),
          most_discount_bp: given.most_discount?.trim() ? hundredths(given.most_discount) : undefined,
          ...(may('prices.cost') ? { cost_fen: given.cost?.trim() ? hundredths(given.cost) : null } : {}),
        };
        await put(`/price-lists/${list}/prices/${row?.item ?? given.item}`, body, row?.version ?? 0);
        outdate(STALE);
      }}
    >
      {row ? null : (
        <Form.Item name="item" label={w.item} rules={[{ required: true, message: w.item }]}>
          <ChooseItem label={w.item} />
        </Form.Item>
      )}
      <AmountItem name="unit_price" label={w.unitPrice} needed suffix="¥" />
      {may('prices.cost') ? <AmountItem name="cost" label={w.cost} suffix="¥" /> : null}
      <AmountItem name="most_discount" label={w.discount} suffix="%" hint={w.mostHint} />
    </FormDialog>
  );
}
