// How much of an item there should be, and is, where it has limits; on the item's page.

import { useQuery } from '@tanstack/react-query';
import { get, type Page, query } from '../api';
import { useMay, usePart, useWords } from '../app';
import { Card, Quantity } from '../parts/common';
import { Rows } from '../parts/list';
import { Link } from '../route';
import { LimitTag } from './limits';
import type { StockLimit } from './model';
import { words } from './words';

export function ItemLimits({ item }: { item: number }) {
  const w = useWords(words);
  const { below } = usePart();
  const canSet = useMay()('approvals', 'warehouse');
  const asked = { item, below };
  const limits = useQuery({
    queryKey: ['stock-limits', 'of-item', asked],
    queryFn: ({ signal }) => get<Page<StockLimit>>(`/stock-limits${query({ ...asked, limit: 20 })}`, signal),
  });
  const rows = limits.data?.items;
  if (!rows || (!rows.length && !canSet)) return null;
  return (
    <Card
      title={w.limits}
      flush={rows.length > 0}
      extra={<Link to={`/stock/limits?item=${item}${rows.length ? '' : '&new=1'}`}>{rows.length ? w.all : w.newLimit}</Link>}
    >
      {rows.length ? (
        <Rows
          label={w.limits}
          rows={rows}
          rowKey={row => row.site}
          columns={[
            { key: 'site', title: w.site, cell: row => row.site_name },
            { key: 'quantity', title: w.onHand, number: true, cell: row => <Quantity of={row.quantity} unit={row.unit} /> },
            { key: 'min', title: w.min, number: true, cell: row => (row.min === null ? '' : <Quantity of={row.min} />) },
            { key: 'max', title: w.max, number: true, cell: row => (row.max === null ? '' : <Quantity of={row.max} />) },
            { key: 'state', title: w.state, cell: row => <LimitTag of={row} /> },
          ]}
        />
      ) : (
        <p className="quiet">{w.noLimitsHere}</p>
      )}
    </Card>
  );
}
