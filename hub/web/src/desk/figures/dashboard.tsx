// The dashboard (经营数据): how much, compared with what, where, why. Every figure opens its records, of the same time and the same part of the
// chain.

import { Button, Input } from 'antd';
import type { ReactNode } from 'react';
import { quantity, rough } from '../../shared/format';
import { yuan } from '../../shared/money';
import { useMay, usePart, usePrefs, useWords, useZone } from '../app';
import { classes } from '../customers/words';
import { Card, Empty, Hint, Loaded, PageHead } from '../parts/common';
import { Counter } from '../parts/counter';
import { useFilters } from '../parts/filters';
import { Icon } from '../parts/icons';
import { Choice, Sentence } from '../parts/sentence';
import { go, Link } from '../route';
import { value, values } from '../values';
import { Bars, Line } from './charts';
import './figures.css';
import type { FiguresNow, Measure, OfOrganisation, SalesFigures, Span } from './model';
import { change, changeText, ordersOf, PERIODS, series, spanOf, todayIn } from './model';
import { useFunnel, useMeasures, useNow, useSales, useStock } from './read';
import { words } from './words';

export default function DashboardPage() {
  const w = useWords(words);
  const { t } = usePrefs();
  const { below } = usePart();
  const may = useMay();
  const zone = useZone();
  const filters = useFilters(['period', 'from', 'to']);
  const word = filters.of.period || 'month';
  const span = spanOf(word, todayIn(zone, new Date()), filters.of.from, filters.of.to);
  const asked = { ...span, below };
  const sales = useSales(asked);
  const day = (name: 'from' | 'to') => (
    <Input
      key={name}
      type="date"
      className="figure-day"
      aria-label={w[name]}
      value={span[name]}
      onChange={event => filters.set(name, event.target.value)}
    />
  );
  const period = (
    <Choice
      label={w.period}
      value={word}
      onChange={next => filters.set('period', next === 'month' ? '' : next)}
      options={PERIODS.map(name => ({ value: name, label: w[name] }))}
    />
  );
  return (
    <>
      <PageHead
        title={t.figures}
        actions={
          <Button icon={<Icon name="screen" size={16} />} onClick={() => go('/wall')}>
            {w.wall}
          </Button>
        }
      />
      <div className="list-head">
        <Sentence text={w.sentence} parts={{ period }} />
        {word === 'custom' ? (
          <span className="figure-days">
            {day('from')}
            <span aria-hidden="true">–</span>
            {day('to')}
          </span>
        ) : null}
      </div>
      <Loaded of={sales}>{data => <Sales of={data} below={below} />}</Loaded>
      <div className="halves">
        <div>
          {may('opportunities.see', 'crm') ? <Funnel asked={asked} /> : null}
          {may('stock.see', 'warehouse') && may('prices.cost') ? <Stock asked={asked} /> : null}
        </div>
        <div>
          <Measures asked={asked} />
          <Now asked={asked} />
        </div>
      </div>
    </>
  );
}

type Asked = Span & { below: number | null };

/** How much something changed on the period before: a word and a sign, never the colour alone. */
function Change({ now, before }: { now: string | number | null | undefined; before: string | number | null | undefined }) {
  const w = useWords(words);
  const by = change(now, before);
  if (by === null) return <span className="figure-change quiet">{w.beforeNone}</span>;
  return (
    <span className={`figure-change${by > 0 ? ' figure-up' : by < 0 ? ' figure-down' : ''}`}>
      {by === 0 ? null : <Icon name={by > 0 ? 'up' : 'down'} size={12} />}
      {w.before(changeText(by))}
    </span>
  );
}

function Tile({ label, shown, to, small, children }: { label: string; shown: string; to: string; small?: string; children?: ReactNode }) {
  const w = useWords(words);
  return (
    <Link to={to} className="counter figure" title={w.opensList}>
      <span className="counter-label">{label}</span>
      <span className="counter-number">{shown}</span>
      {children}
      {small ? <span className="quiet figure-small">{small}</span> : null}
    </Link>
  );
}

/** Everything, in tenths of a percent. */
const WHOLE = 1000;

function Sales({ of, below }: { of: SalesFigures; below: number | null }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const { all, previous } = of;
  const span = { from: of.from, to: of.to };
  const mine = { below, person: of.own_only ? 'me' : undefined };
  const list = ordersOf(span, mine);
  const known = all.cost_known;
  const profitOf = known ? w.profitOf(`${(known / 10).toFixed(1).replace(/\.0$/, '')}%`) : w.profitNone;
  const points = series(span, of.days);
  const isDays = points.every(point => point.from === point.to);
  const whole = rough(all.sales);
  const places = (rows: OfOrganisation[]) =>
    rows.map(row => ({
      key: row.organisation,
      name: (lang === 'en' && row.name_en) || row.name,
      value: rough(row.sales),
      shown: yuan(row.sales),
      more: w.ordersMany(row.orders),
      to: ordersOf(span, { ...mine, below: row.organisation }),
    }));
  return (
    <>
      <div className="counters figures-head">
        <Tile label={w.sales} shown={yuan(all.sales)} to={list}>
          <Change now={all.sales} before={previous.sales} />
        </Tile>
        <Tile label={w.orders} shown={quantity(all.orders)} to={list}>
          <Change now={all.orders} before={previous.orders} />
        </Tile>
        <Tile label={w.customers} shown={quantity(all.customers)} to={list}>
          <Change now={all.customers} before={previous.customers} />
        </Tile>
        {all.average === undefined ? null : (
          <Tile label={w.average} shown={all.average === null ? '–' : yuan(all.average)} to={list}>
            <Change now={all.average} before={previous.average} />
          </Tile>
        )}
        {all.profit === undefined ? null : (
          <Tile
            label={w.profit}
            shown={known ? yuan(all.profit) : '–'}
            to={list}
            small={all.orders && (known ?? 0) < WHOLE ? profitOf : undefined}
          >
            <Change now={all.profit} before={previous.profit} />
          </Tile>
        )}
      </div>
      {all.orders === 0 && of.people.length === 0 ? (
        <Card>
          <Empty title={w.noSales} hint={w.noSalesHint} />
        </Card>
      ) : (
        <>
          {points.length > 1 ? (
            <Card title={isDays ? w.byDay : w.byMonth}>
              <Line
                label={`${isDays ? w.byDay : w.byMonth} ${of.from} – ${of.to}`}
                name={w.period}
                of={points.map(point => ({
                  name: point.name,
                  value: point.value,
                  shown: yuan(point.value.toFixed(2)),
                  to: ordersOf(point, mine),
                }))}
              />
            </Card>
          ) : null}
          <div className="halves">
            <div>
              <Card title={w.stores}>
                <Bars numbered label={w.stores} of={places(of.organisations)} />
                {of.organisations_count > of.organisations.length ? (
                  <p className="quiet bars-rest">{w.storesMore(of.organisations_count)}</p>
                ) : null}
              </Card>
            </div>
            <div>
              <Card title={<Hint text={w.peopleHint}>{w.people}</Hint>}>
                <Bars
                  numbered
                  label={w.people}
                  of={of.people.map(row => ({
                    key: row.person,
                    name: row.name,
                    value: rough(row.sales),
                    shown: yuan(row.sales),
                    more: w.ordersMany(row.orders),
                    to: ordersOf(span, { below, person: row.person }),
                  }))}
                />
              </Card>
              <Card title={<Hint text={w.classesHint}>{w.classes}</Hint>}>
                <Bars
                  label={w.classes}
                  of={of.classes.map(row => ({
                    key: row.class,
                    name: value(classes, row.class, lang),
                    value: rough(row.sales),
                    shown: yuan(row.sales),
                    more: `${w.ordersMany(row.orders)} · ${whole > 0 ? ((rough(row.sales) / whole) * 100).toFixed(0) : 0}%`,
                    to: ordersOf(span, { ...mine, class: row.class }),
                  }))}
                />
              </Card>
              {of.brands.length ? (
                <Card title={w.brands}>
                  <Bars label={w.brands} of={places(of.brands)} />
                </Card>
              ) : null}
            </div>
          </div>
        </>
      )}
    </>
  );
}

function Funnel({ asked }: { asked: Asked }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const funnel = useFunnel(asked, true);
  return (
    <Card title={<Hint text={w.funnelHint}>{w.funnel}</Hint>} extra={<Link to="/opportunities/report">{w.opensList}</Link>}>
      <Loaded of={funnel}>
        {stages => (
          <Bars
            label={w.funnel}
            of={stages.map(stage => ({
              key: stage.stage,
              name: (lang === 'en' && stage.title_en) || stage.title,
              value: stage.open,
              shown: quantity(stage.open),
              more: [stage.amount === undefined ? '' : yuan(stage.amount), stage.rate === null ? '' : w.funnelRate(stage.rate)]
                .filter(Boolean)
                .join(' · '),
              to: `/opportunities?state=open&pipeline=sales&stage=${stage.stage}`,
            }))}
          />
        )}
      </Loaded>
    </Card>
  );
}

function Stock({ asked }: { asked: Asked }) {
  const w = useWords(words);
  const stock = useStock(asked, true);
  return (
    <Card title={<Hint text={w.stockHint}>{w.stock}</Hint>} extra={<Link to="/stock">{w.opensList}</Link>}>
      <Loaded of={stock}>
        {data =>
          data.value === undefined || data.items === data.unknown ? (
            <p className="quiet">{w.noData}</p>
          ) : (
            <>
              <p className="figure-large number">{yuan(data.value)}</p>
              {data.unknown ? <p className="quiet">{w.stockUnknown(data.unknown, data.items)}</p> : null}
              <Bars
                label={w.stock}
                of={data.sites.slice(0, 10).map(site => ({
                  key: site.site,
                  name: site.name,
                  value: rough(site.value),
                  shown: yuan(site.value),
                  to: `/stock?site=${site.site}`,
                }))}
              />
            </>
          )
        }
      </Loaded>
    </Card>
  );
}

const UNITS: Record<Measure['code'], (value: string, w: { days: (value: string) => string; turns: (value: string) => string }) => string> =
  {
    repurchase: value => `${value}%`,
    average_order: value => yuan(value),
    returns: value => `${value}%`,
    nps: value => value,
    turnover: (value, w) => w.turns(value),
    turnover_days: (value, w) => w.days(quantity(value.replace(/\.0$/, ''))),
  };

/** The records that a measure is made of, where a list shows just these. */
const LISTS: Partial<Record<Measure['code'], (asked: Asked) => string>> = {
  average_order: ({ from, to, below }) => ordersOf({ from, to }, { below }),
};

function Opening({ to, children }: { to: string | undefined; children: ReactNode }) {
  return to ? <Link to={to}>{children}</Link> : children;
}

function Measures({ asked }: { asked: Asked }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const measures = useMeasures(asked);
  return (
    <Card title={<Hint text={w.measuresHint}>{w.measures}</Hint>}>
      <Loaded of={measures}>
        {rows => (
          <dl className="facts measures">
            {rows.map(row => (
              <div key={row.code}>
                <dt>
                  <Hint text={lang === 'en' ? row.definition_en : row.definition}>
                    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: its definition opens by the keyboard too */}
                    <span className="defined" tabIndex={0}>
                      {lang === 'en' ? row.title_en : row.title}
                    </span>
                  </Hint>
                </dt>
                <dd className="number">
                  {row.value === null ? (
                    <span className="quiet">{w.noData}</span>
                  ) : (
                    <Opening to={LISTS[row.code]?.(asked)}>{UNITS[row.code](row.value, w)}</Opening>
                  )}
                </dd>
              </div>
            ))}
          </dl>
        )}
      </Loaded>
    </Card>
  );
}

/** What needs somebody, with the list that says what. */
export function useAlerts(): (of: FiguresNow) => { key: string; label: string; count: number; to: string }[] {
  const w = useWords(words);
  const { lang } = usePrefs();
  return of =>
    [
      { key: 'late', label: w.ordersLate, count: of.orders_late ?? 0, to: '/orders?late=true' },
      { key: 'tickets', label: w.ticketsOverdue, count: of.tickets?.overdue ?? 0, to: '/tickets?state=open&due=now&reach=seen' },
      { key: 'edges', label: w.edgesAway, count: of.edges?.offline ?? 0, to: '/edges?away=true' },
      ...(of.cases ?? []).map(row => ({
        key: row.kind,
        label: value(values.exceptionKinds, row.kind, lang),
        count: row.count,
        to: `/exceptions?kind=${row.kind}`,
      })),
    ].filter(alert => alert.count > 0);
}

function Now({ asked }: { asked: Asked }) {
  const w = useWords(words);
  const alertsOf = useAlerts();
  const now = useNow(asked);
  return (
    <Card title={w.alerts}>
      <Loaded of={now}>
        {data => {
          const alerts = alertsOf(data);
          return (
            <>
              {alerts.length ? (
                <div className="counters figures-alerts">
                  {alerts.map(({ key, label, count, to }) => (
                    <Counter key={key} label={label} shown={quantity(count)} to={to} meaning="attention" list={label} />
                  ))}
                </div>
              ) : (
                <p className="quiet">{w.noAlerts}</p>
              )}
              <p className="quiet figures-side">
                {data.edges ? <Link to="/edges">{w.edgesOnline(data.edges.online, data.edges.total)}</Link> : null}
                {data.tickets ? (
                  <Link to="/tickets?state=open&reach=seen">
                    {w.tickets} {data.tickets.open}
                  </Link>
                ) : null}
              </p>
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}
