// A scanner or printer as every page shows it: how it is now, and what of it is set otherwise than it should be.

import type { Meaning } from '../../shared/tokens';
import type { Drift } from '../api';
import { usePrefs } from '../app';
import { value, values } from '../values';
import { Tag } from './common';

/** A browser that is a station is known, and whether it is there now nobody knows; so it is with what hangs on an edge that is away. */
const meaning = (state: string): Meaning | undefined =>
  state === 'known' || state === 'away' ? undefined : state === 'online' ? 'right' : state === 'offline' ? 'attention' : 'wrong';

export function DeviceState({ of }: { of: string }) {
  const { lang } = usePrefs();
  return <Tag meaning={meaning(of)}>{value(values.deviceStates, of, lang)}</Tag>;
}

/** What differs, each on a line. */
export function DriftList({ of }: { of: { drift: Drift[]; differs: number } }) {
  const { t, lang } = usePrefs();
  const more = of.differs - of.drift.length;
  if (!of.drift.length) return null;
  return (
    <ul className="faults">
      {of.drift.map(one => {
        const { setting, has, wants } = lang === 'en' ? one.en : one.zh;
        return <li key={one.setting}>{t.deviceDrift(setting, has, wants)}</li>;
      })}
      {more > 0 ? <li>{t.deviceDriftMore(more)}</li> : null}
    </ul>
  );
}
