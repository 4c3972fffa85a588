// Charts of the dashboard and the wall: bars that begin at nothing, a line for time. Each is drawn by hand, says its figures in words, and
// each of its parts opens the list behind it.

import { useId, useState } from 'react';
import { usePrefs, useWords } from '../app';
import { Link } from '../route';
import { short } from './model';
import { words } from './words';

export interface BarOf {
  key: string | number;
  name: string;
  value: number;
  /** As people read it. */
  shown: string;
  /** What stands behind it, in small. */
  more?: string;
  to?: string;
}

/** A ranking: name, bar, figure. The longest bar is the whole width. */
export function Bars({ of, label, numbered }: { of: BarOf[]; label: string; numbered?: boolean }) {
  const most = Math.max(...of.map(bar => bar.value), 0);
  return (
    <ol className="bars" aria-label={label}>
      {of.map((bar, n) => {
        const row = (
          <>
            <span className="bars-name">
              {numbered ? <span className={`bars-place${n < 3 ? ' bars-first' : ''}`}>{n + 1}</span> : null}
              <span className="clip">{bar.name}</span>
            </span>
            <span className="bars-value number">
              {bar.shown}
              {bar.more ? <span className="quiet bars-more">{bar.more}</span> : null}
            </span>
            <span className="bars-track" aria-hidden="true">
              <span className="bars-fill" style={{ width: `${most > 0 ? Math.max(0, (bar.value / most) * 100) : 0}%` }} />
            </span>
          </>
        );
        return (
          <li key={bar.key}>
            {bar.to ? (
              <Link className="bars-row" to={bar.to}>
                {row}
              </Link>
            ) : (
              <div className="bars-row">{row}</div>
            )}
          </li>
        );
      })}
    </ol>
  );
}

const WIDTH = 720;
const HEIGHT = 220;
const LEFT = 56;
const RIGHT = 12;
const TOP = 16;
const BOTTOM = 28;

/** A round number that is not below the most, and whose half is as round. */
export function ceiling(most: number): number {
  if (most <= 0) return 2;
  const size = 10 ** Math.floor(Math.log10(most));
  return (([1, 2, 3, 4, 6, 8, 10].find(step => step * size >= most) ?? 10) as number) * size;
}

export interface PointOf {
  name: string;
  value: number;
  shown: string;
  to: string;
}

/** A line over time, from nothing up. The table beneath it has the exact figures, and its rows open their lists. */
export function Line({ of, label, name }: { of: PointOf[]; label: string; name: string }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const title = useId();
  const [near, setNear] = useState<number | null>(null);
  const top = ceiling(Math.max(...of.map(point => point.value), 0));
  const x = (n: number) => LEFT + (of.length > 1 ? (n / (of.length - 1)) * (WIDTH - LEFT - RIGHT) : (WIDTH - LEFT - RIGHT) / 2);
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  const path = of.map((point, n) => `${n ? 'L' : 'M'}${x(n).toFixed(1)} ${y(point.value).toFixed(1)}`).join('');
  const every = Math.max(1, Math.ceil(of.length / 6));
  const at = near === null ? undefined : of[near];
  return (
    <figure className="line-chart">
      <svg
        role="img"
        aria-labelledby={title}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        onMouseLeave={() => setNear(null)}
        onMouseMove={event => {
          const box = event.currentTarget.getBoundingClientRect();
          const part = (((event.clientX - box.left) / box.width) * WIDTH - LEFT) / (WIDTH - LEFT - RIGHT);
          setNear(Math.min(of.length - 1, Math.max(0, Math.round(part * (of.length - 1)))));
        }}
      >
        <title id={title}>{label}</title>
        {[0, 0.5, 1].map(part => (
          <g key={part}>
            <line className="line-grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y(top * part)} y2={y(top * part)} />
            <text className="line-axis" x={LEFT - 8} y={y(top * part) + 4} textAnchor="end">
              {short(top * part, lang === 'en')}
            </text>
          </g>
        ))}
        {of.map((point, n) =>
          n % every === 0 ? (
            <text key={point.name} className="line-axis" x={x(n)} y={HEIGHT - 8} textAnchor="middle">
              {point.name.slice(5) || point.name}
            </text>
          ) : null,
        )}
        <path className="line-area" d={`${path}L${x(of.length - 1)} ${y(0)}L${x(0)} ${y(0)}Z`} />
        <path className="line-path" d={path} />
        {of.length <= 31
          ? of.map((point, n) => <circle key={point.name} className="line-dot" cx={x(n)} cy={y(point.value)} r={3} />)
          : null}
        {at && near !== null ? (
          <g className="line-near">
            <line x1={x(near)} x2={x(near)} y1={TOP} y2={HEIGHT - BOTTOM} />
            <circle cx={x(near)} cy={y(at.value)} r={5} />
          </g>
        ) : null}
      </svg>
      <p className="line-said" aria-hidden="true">
        {at ? `${at.name}　${at.shown}` : ' '}
      </p>
      <details>
        <summary>{w.table}</summary>
        <div className="table-scroll">
          <table className="table">
            <thead>
              <tr>
                <th>{name}</th>
                <th className="number">{w.sales}</th>
              </tr>
            </thead>
            <tbody>
              {of
                .filter(point => point.value !== 0)
                .map(point => (
                  <tr key={point.name}>
                    <th scope="row">{point.name}</th>
                    <td className="number">
                      <Link to={point.to}>{point.shown}</Link>
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}
