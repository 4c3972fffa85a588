// The wall screen (业务大屏): one figure, who leads, what was won, what needs somebody. Drawn for 1920 × 1080 and fitted to the screen; it goes on
// by itself, and says in words when it cannot.

import { useEffect, useRef, useState } from 'react';
import { clock, quantity, rough } from '../../shared/format';
import { yuan } from '../../shared/money';
import { useMay, usePart, usePrefs, useWords, useZone } from '../app';
import { useLive } from '../live';
import { Fault, Tag } from '../parts/common';
import { Icon } from '../parts/icons';
import { Link } from '../route';
import { Bars } from './charts';
import { useAlerts } from './dashboard';
import './figures.css';
import { change, changeText, spanOf, todayIn } from './model';
import { useFunnel, useNow, useRanking, useSales } from './read';
import { words } from './words';

const WIDTH = 1920;
const HEIGHT = 1080;
const GLIDE_MS = 1200;

/** A number that goes from what it was to what it is; at once for who wants no motion. */
function useGlide(to: number): number {
  const [shown, setShown] = useState(to);
  const from = useRef(to);
  useEffect(() => {
    const begin = from.current;
    if (begin === to || matchMedia('(prefers-reduced-motion: reduce)').matches) {
      from.current = to;
      setShown(to);
      return;
    }
    const since = performance.now();
    let frame = 0;
    const step = (now: number) => {
      const part = Math.min(1, (now - since) / GLIDE_MS);
      from.current = part < 1 ? begin + (to - begin) * (1 - (1 - part) ** 3) : to;
      setShown(from.current);
      if (part < 1) frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [to]);
  return shown;
}

/** How much the picture is made smaller or larger to fit the screen. */
function useFit(): number {
  const fit = () => Math.min(innerWidth / WIDTH, innerHeight / HEIGHT);
  const [scale, setScale] = useState(fit);
  useEffect(() => {
    const resized = () => setScale(fit());
    addEventListener('resize', resized);
    return () => removeEventListener('resize', resized);
  });
  return scale;
}

/** The time, second by second. */
function useSeconds(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const tick = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(tick);
  }, []);
  return now;
}

export default function WallPage() {
  const w = useWords(words);
  const { lang, t } = usePrefs();
  const { below } = usePart();
  const may = useMay();
  const zone = useZone();
  const scale = useFit();
  const now = useSeconds();
  const live = useLive();
  const alertsOf = useAlerts();
  const asked = { ...spanOf('today', todayIn(zone, new Date(now))), below };
  const month = { ...spanOf('month', asked.from), below };
  const sales = useSales(asked);
  const ranked = useRanking(month);
  const around = useNow(asked);
  const funnel = useFunnel(month, may('opportunities.see', 'crm'));
  const glide = useGlide(rough(sales.data?.all.sales));

  useEffect(() => {
    const root = document.documentElement;
    const before = root.dataset.theme;
    root.dataset.theme = 'dark';
    document.title = `${w.wallTitle} · ${t.product}`;
    return () => {
      root.dataset.theme = before;
    };
  }, [w, t]);

  const last = clock(Math.max(sales.dataUpdatedAt, 0) || now, lang, zone);
  const isLost = live.state === 'lost' || [sales, ranked, around, funnel].some(read => read.isError);
  const by = sales.data ? change(sales.data.all.sales, sales.data.previous.sales) : null;
  // What is not known is not nothing.
  const alerts = around.data && alertsOf(around.data);
  const wins = around.data?.wins;
  if (sales.error && !sales.data) {
    return (
      <main className="wall">
        <Fault error={sales.error} retry={() => void sales.refetch()} />
      </main>
    );
  }
  return (
    <main className="wall">
      <div className="wall-picture" style={{ transform: `translate(-50%, -50%) scale(${scale})` }}>
        <header className="wall-head">
          <h1>{w.wallTitle}</h1>
          <span role="status">
            {isLost ? (
              <Tag meaning="wrong">{w.lost(last)}</Tag>
            ) : live.state === 'live' ? (
              <Tag meaning="right">{w.linked}</Tag>
            ) : (
              <Tag meaning="info">{w.connecting}</Tag>
            )}
          </span>
          <span className="wall-updated">{w.updated(last)}</span>
          <span className="grow" />
          <time className="wall-clock number">{clock(now, lang, zone).slice(0, 5)}</time>
          <button type="button" className="wall-leave" onClick={() => void document.documentElement.requestFullscreen?.()}>
            {w.fullScreen}
          </button>
          <Link className="wall-leave" to="/figures">
            {w.leave}
          </Link>
        </header>
        <section className="wall-main">
          <h2>{w.wallSales}</h2>
          <p className="wall-figure number">{sales.data ? yuan((Math.round(glide * 100) / 100).toFixed(2)) : '–'}</p>
          <p className="wall-said">
            <span>{w.wallOrders(sales.data ? quantity(sales.data.all.orders) : '–')}</span>
            {by === null ? null : (
              <span className={by >= 0 ? 'figure-up' : 'figure-down'}>
                <Icon name={by >= 0 ? 'up' : 'down'} size={28} />
                {w.wallBefore(changeText(by))}
              </span>
            )}
          </p>
        </section>
        <section className="wall-box wall-wins">
          <h2>{w.wins}</h2>
          {wins?.length ? (
            <ul className="plain">
              {wins.slice(0, 7).map(win => (
                <li key={win.order} className="wall-win">
                  <span className="quiet number">{clock(win.at_ms, lang, zone).slice(0, 5)}</span>
                  <span className="clip">
                    {win.organisation_name} · {win.person_name}
                  </span>
                  <strong className="number">{yuan(win.amount)}</strong>
                </li>
              ))}
            </ul>
          ) : (
            <p className="quiet">{wins ? w.noWins : '–'}</p>
          )}
        </section>
        <section className="wall-box wall-stores">
          <h2>
            {w.stores} · {w.month}
          </h2>
          <Bars
            numbered
            label={w.stores}
            of={(ranked.data?.organisations ?? []).slice(0, 10).map(row => ({
              key: row.organisation,
              name: (lang === 'en' && row.name_en) || row.name,
              value: rough(row.sales),
              shown: yuan(row.sales),
            }))}
          />
        </section>
        <section className="wall-box wall-people">
          <h2>
            {w.people} · {w.month}
          </h2>
          <Bars
            numbered
            label={w.people}
            of={(ranked.data?.people ?? []).map(row => ({
              key: row.person,
              name: row.name,
              value: rough(row.sales),
              shown: yuan(row.sales),
            }))}
          />
        </section>
        <section className="wall-box wall-funnel">
          <h2>{w.funnel}</h2>
          <Bars
            label={w.funnel}
            of={(funnel.data ?? []).map(stage => ({
              key: stage.stage,
              name: (lang === 'en' && stage.title_en) || stage.title,
              value: stage.open,
              shown: quantity(stage.open),
            }))}
          />
        </section>
        <section className="wall-box wall-alerts">
          <h2>{w.alerts}</h2>
          {alerts?.length ? (
            <ul className="plain">
              {alerts.slice(0, 5).map(alert => (
                <li key={alert.key} className="wall-alert">
                  <Icon name="attention" size={24} />
                  <span className="clip">{alert.label}</span>
                  <strong className="number">{quantity(alert.count)}</strong>
                </li>
              ))}
            </ul>
          ) : (
            <p className="quiet">{alerts ? w.noAlerts : '–'}</p>
          )}
          {around.data?.edges ? <p className="quiet">{w.edgesOnline(around.data.edges.online, around.data.edges.total)}</p> : null}
        </section>
      </div>
    </main>
  );
}
