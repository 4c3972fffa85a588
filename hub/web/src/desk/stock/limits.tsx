// Limits of stock (库存上下限): how much there should be of an item at a site, how much there is; set, changed, taken away.

import { Button, Form, Input, Popconfirm } from 'antd';
import { useState } from 'react';
import { put, remove } from '../api';
import { useMay, usePart, usePrefs, useWords } from '../app';
import { FormDialog, useAct } from '../parts/act';
import { ChooseItem, ChooseSite } from '../parts/choose';
import { Code, Quantity, Tag } from '../parts/common';
import { Icon } from '../parts/icons';
import { ListPage } from '../parts/list-page';
import { useItemName } from '../parts/names';
import { Of } from '../parts/of';
import { useFilter, usePlace } from '../route';
import { value } from '../values';
import type { StockLimit } from './model';
import { limitStates, words } from './words';

const STALE = ['stock-limits', 'exceptions', 'home'];

export function LimitTag({ of }: { of: StockLimit }) {
  const { lang } = usePrefs();
  return <Tag meaning={of.state === 'within' ? 'right' : 'attention'}>{value(limitStates, of.state, lang)}</Tag>;
}

export default function StockLimitsPage() {
  const w = useWords(words);
  const { t } = usePrefs();
  const { below } = usePart();
  const name = useItemName();
  const canSet = useMay()('approvals', 'warehouse');
  const { act } = useAct();
  const [asked, setAsked] = useFilter('new');
  const [changing, setChanging] = useState<StockLimit | 'new' | null>(null);
  const open = changing ?? (asked ? 'new' : null);
  const make = canSet ? (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setChanging('new')}>
      {w.newLimit}
    </Button>
  ) : null;
  const tools = (row: StockLimit) => (
    <span className="line nowrap">
      <Button size="small" onClick={() => setChanging(row)}>
        {t.edit}
      </Button>
      <Popconfirm
        title={w.removeSure(name(row))}
        okText={t.remove}
        cancelText={t.cancel}
        onConfirm={() => act(() => remove(`/sites/${row.site}/limits/${row.item}`, row.version), { stale: STALE })}
      >
        <Button size="small" danger>
          {t.remove}
        </Button>
      </Popconfirm>
    </span>
  );
  const { search } = usePlace();
  const item = Number(search.get('item')) || undefined;
  return (
    <>
      <ListPage<StockLimit>
        name="stock-limits"
        path="/stock-limits"
        live="exception"
        title={w.limits}
        back={{ to: '/stock', label: t.stock }}
        search={w.search}
        actions={make}
        sentence={w.limitsSentence}
        beside={({ of, set }) => (of.item ? <Of what="items" id={of.item} label={w.item} onClear={() => set('item', '')} /> : null)}
        choices={[{ name: 'passed', label: w.state, any: w.anyLimit, options: [{ value: 'true', label: w.passed }] }]}
        more={['item']}
        ask={of => ({ ...of, below })}
        none={{ title: w.noLimits, matching: w.noLimitsMatch, hint: w.noLimitsHint, action: make }}
        rowKey={row => `${row.site} ${row.item}`}
        columns={[
          { key: 'code', title: t.code, width: '160px', cell: row => <Code>{row.code}</Code> },
          { key: 'name', title: t.name, cell: row => name(row) },
          { key: 'site', title: w.site, cell: row => row.site_name },
          { key: 'quantity', title: w.onHand, number: true, cell: row => <Quantity of={row.quantity} unit={row.unit} /> },
          { key: 'min', title: w.min, number: true, cell: row => (row.min === null ? '' : <Quantity of={row.min} />) },
          { key: 'max', title: w.max, number: true, cell: row => (row.max === null ? '' : <Quantity of={row.max} />) },
          { key: 'state', title: w.state, cell: row => <LimitTag of={row} /> },
          ...(canSet ? [{ key: 'tools', title: '', cell: tools }] : []),
        ]}
        card={row => (
          <>
            <div className="line">
              <strong className="grow clip">{name(row)}</strong>
              <LimitTag of={row} />
            </div>
            <div className="line quiet">
              <span className="grow clip">{row.site_name}</span>
              <span>
                {w.onHand} <Quantity of={row.quantity} unit={row.unit} />
              </span>
            </div>
            <div className="line quiet">
              <span className="grow">
                {row.min === null ? null : (
                  <>
                    {w.min} <Quantity of={row.min} />{' '}
                  </>
                )}
                {row.max === null ? null : (
                  <>
                    {w.max} <Quantity of={row.max} />
                  </>
                )}
              </span>
              {canSet ? tools(row) : null}
            </div>
          </>
        )}
      />
      {canSet ? (
        <LimitForm
          of={open}
          item={item}
          onClose={() => {
            setChanging(null);
            if (asked) setAsked('');
          }}
        />
      ) : null}
    </>
  );
}

interface Wanted {
  item?: number;
  site?: number;
  min?: string;
  max?: string;
}

function LimitForm({ of, item: given, onClose }: { of: StockLimit | 'new' | null; item?: number; onClose: () => void }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const name = useItemName();
  const { outdate } = useAct();
  const was = of === 'new' ? null : of;
  const save = async (wanted: Wanted) => {
    const [site, item] = [was?.site ?? wanted.site, was?.item ?? wanted.item];
    const body = { min: wanted.min?.trim() || null, max: wanted.max?.trim() || null };
    await put(`/sites/${site}/limits/${item}`, body, was?.version ?? 0);
    outdate(STALE);
    // The hub looks at it within a second or two.
    setTimeout(() => outdate(STALE), 2_500);
  };
  const amount = { pattern: /^\s*\d{1,9}(\.\d{1,3})?\s*$/, message: '0 – 999999999' };
  return (
    <FormDialog<Wanted>
      key={was ? `${was.site} ${was.item} ${was.version}` : 'new'}
      open={of !== null}
      title={was ? `${name(was)} · ${was.site_name}` : w.newLimit}
      ok={t.save}
      initial={was ? { min: was.min ?? '', max: was.max ?? '' } : { item: given }}
      onClose={onClose}
      onSave={save}
    >
      {was ? null : (
        <>
          <Form.Item name="item" label={w.item} rules={[{ required: true, message: w.needed }]}>
            <ChooseItem label={w.item} />
          </Form.Item>
          <Form.Item name="site" label={w.site} rules={[{ required: true, message: w.needed }]}>
            <ChooseSite label={w.site} />
          </Form.Item>
        </>
      )}
      <Form.Item name="min" label={w.min} rules={[amount]}>
        <Input inputMode="decimal" maxLength={14} />
      </Form.Item>
      <Form.Item
        name="max"
        label={w.max}
        extra={w.limitHint}
        dependencies={['min']}
        rules={[
          amount,
          form => ({
            validator: (_, max) =>
              max?.trim() || form.getFieldValue('min')?.trim() ? Promise.resolve() : Promise.reject(new Error(w.oneNeeded)),
          }),
        ]}
      >
        <Input inputMode="decimal" maxLength={14} />
      </Form.Item>
    </FormDialog>
  );
}
