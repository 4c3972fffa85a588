// Stock of a period (收发汇总): opening, in, out, closing of each item, and of all together by unit; each row opens its movements.

import { useQuery } from '@tanstack/react-query';
import { unitName } from '../../shared/units';
import { get, type Page, query } from '../api';
import { usePart, usePrefs, useWords, useZone } from '../app';
import { dayOf } from '../customers/times';
import { Code, Quantity } from '../parts/common';
import type { Filters } from '../parts/filters';
import { ListPage } from '../parts/list-page';
import { useItemName } from '../parts/names';
import { usePlace } from '../route';
import { type Days, daysOf, type SummaryRow, type TotalsRow } from './model';
import { DayFields, Reasons } from './parts';
import { words } from './words';

export default function StockSummaryPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { below } = usePart();
  const today = dayOf(Date.now(), useZone());
  const name = useItemName();
  const { search } = usePlace();
  const days = (of: Record<string, string>) => daysOf(of.time ?? '', today, of.from, of.to);
  const asked = days(Object.fromEntries(search));
  const unit = (row: SummaryRow) => (row.cartons > 1 ? w.packages : row.unit);
  return (
    <ListPage<SummaryRow>
      name="stock-summary"
      path="/stock/summary"
      live="movement"
      title={w.summary}
      back={{ to: '/stock', label: t.stock }}
      search={w.search}
      sentence={w.sentence}
      choices={[
        {
          name: 'time',
          label: w.time,
          any: w.thisMonth,
          options: [
            { value: 'last_month', label: w.lastMonth },
            { value: 'today', label: w.today },
            { value: 'yesterday', label: w.yesterday },
            { value: 'week', label: w.week },
          ],
        },
      ]}
      more={['from', 'to']}
      beside={filters => <Beside filters={filters} days={days(filters.of)} today={today} />}
      ask={of => ({ ...days(of), q: of.q ?? '', below })}
      sheet={{ list: 'stock_summary', filters: ['below', 'site', 'q', 'from', 'to'], columns: { opening: ['opening', 'unit'] } }}
      none={{ title: w.none, matching: w.noneMatch }}
      rowKey={row => row.item}
      to={row => `/movements${query({ item: row.item, ...asked, flows: true })}`}
      columns={[
        { key: 'code', title: t.code, width: '160px', cell: row => <Code>{row.code}</Code> },
        { key: 'name', title: t.name, cell: row => name(row) },
        { key: 'opening', title: w.opening, number: true, cell: row => <Quantity of={row.opening} unit={unit(row)} /> },
        { key: 'in', title: w.in, number: true, cell: row => <Quantity of={row.in} /> },
        { key: 'out', title: w.out, number: true, cell: row => <Quantity of={row.out} /> },
        { key: 'closing', title: w.closing, number: true, cell: row => <Quantity of={row.closing} unit={unit(row)} /> },
        { key: 'why', title: w.why, cell: row => <Reasons of={row} /> },
      ]}
      card={row => (
        <>
          <div className="line">
            <strong className="grow clip">{name(row)}</strong>
            <Quantity of={row.closing} unit={unitName(unit(row), lang)} />
          </div>
          <div className="line quiet">
            <span className="grow clip">
              {w.opening} <Quantity of={row.opening} /> · {w.in} <Quantity of={row.in} /> · {w.out} <Quantity of={row.out} />
            </span>
          </div>
          <Reasons of={row} />
        </>
      )}
    />
  );
}

/** So often the sums are asked for anew while somebody looks at them. */
const TOTALS_EVERY_MS = 60_000;
/** So many units are shown at once; goods of more are opened. */
const FEW = 3;

/** The days in exact terms, and what all rows are together. */
function Beside({ filters, days, today }: { filters: Filters; days: Days; today: string }) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { below } = usePart();
  const asked = { ...days, q: filters.of.q, below };
  const totals = useQuery<Page<TotalsRow>>({
    // Sums of the whole chain are dear: not with every movement that the page hears of.
    queryKey: ['stock-totals', asked],
    refetchInterval: TOTALS_EVERY_MS,
    placeholderData: before => before,
    queryFn: ({ signal }) => get<Page<TotalsRow>>(`/stock/summary/totals${query(asked)}`, signal),
  });
  const rows = totals.data?.items ?? [];
  return (
    <div className="stock-period">
      <DayFields of={days} today={today} set={filters.set} />
      <p className="quiet">{w.rule}</p>
      {rows.length ? (
        <details className="stock-totals" open={rows.length <= FEW}>
          <summary>{w.totals(days.from, days.to, rows.length)}</summary>
          <div className="table-scroll">
            <table className="table figures">
              <thead>
                <tr>
                  <th>{t.unit}</th>
                  <th className="number">{w.opening}</th>
                  <th className="number">{w.in}</th>
                  <th className="number">{w.out}</th>
                  <th className="number">{w.closing}</th>
                  <th>{w.why}</th>
                </tr>
              </thead>
              <tbody>
                {rows.map(row => (
                  <tr key={row.unit}>
                    <td>{row.unit ? unitName(row.unit, lang) : w.packages}</td>
                    <td className="number">
                      <Quantity of={row.opening} />
                    </td>
                    <td className="number">
                      <Quantity of={row.in} />
                    </td>
                    <td className="number">
                      <Quantity of={row.out} />
                    </td>
                    <td className="number">
                      <Quantity of={row.closing} />
                    </td>
                    <td>
                      <Reasons of={row} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      ) : null}
    </div>
  );
}
