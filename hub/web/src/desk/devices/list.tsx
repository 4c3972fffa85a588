// Devices of the chain beside their profiles: how many are set as they should be, by family; which are not, and what differs.

import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { quantity } from '../../shared/format';
import type { Meaning } from '../../shared/tokens';
import { get, type Page, query } from '../api';
import { useMay, usePart, usePrefs, useWords } from '../app';
import { Card, Code, Hint, Loaded, Tag, Time } from '../parts/common';
import { DeviceState, DriftList } from '../parts/device';
import { ListPage } from '../parts/list-page';
import { go, useFilter } from '../route';
import { value, values } from '../values';
import { type Count, type Device, groups, STATES, share } from './model';
import { families, states, words } from './words';
import './devices.css';

const meaning = (state: string): Meaning | undefined =>
  state === 'holds' ? 'right' : state === 'unsettable' || state === 'unwatched' ? undefined : 'attention';

export function SettingsTag({ of }: { of: string }) {
  const { lang } = usePrefs();
  return <Tag meaning={meaning(of)}>{value(states, of, lang)}</Tag>;
}

/** How it is now; while its edge is away, since when. */
function StateOf({ of }: { of: Device }) {
  return (
    <>
      <DeviceState of={of.state} />{' '}
      {of.state === 'away' ? (
        <span className="quiet nowrap">
          <Time ms={of.heard_ms} site={of.site} />
        </span>
      ) : null}
    </>
  );
}

/** The whole chain at a glance: one bar for each family; a press shows its devices. */
function Compliance() {
  const w = useWords(words);
  const { lang } = usePrefs();
  const { below } = usePart();
  const [, setFamily] = useFilter('family');
  const counts = useQuery({
    queryKey: ['devices', 'counts', below],
    queryFn: ({ signal }) => get<Page<Count>>(`/devices/counts${query({ below })}`, signal),
  });
  return (
    <Loaded of={counts}>
      {({ items }) => {
        if (!items.length) return null;
        const percent = share(items);
        const all = groups(items);
        return (
          <Card title={percent === null ? w.noShare : <Hint text={w.shareHint}>{w.rightShare(percent)}</Hint>}>
            <div className="compliance">
              {all.map(group => {
                const name = group.family ? value(families, group.family, lang) : w.unknownFamily;
                return (
                  <button key={group.key} type="button" disabled={!group.family} onClick={() => setFamily(group.family)}>
                    <span className="clip">
                      {value(values.deviceKinds, group.role, lang)} · {name}
                    </span>
                    <span className="compliance-bar">
                      {STATES.filter(state => group.of[state]).map(state => (
                        <i
                          key={state}
                          className={`is-${state}`}
                          style={{ flexGrow: group.of[state] }}
                          title={`${value(states, state, lang)} ${quantity(group.of[state])}`}
                        />
                      ))}
                    </span>
                    <span className="number">{w.ofDevices(quantity(group.devices))}</span>
                  </button>
                );
              })}
            </div>
            <p className="compliance-legend quiet">
              {STATES.filter(state => all.some(group => group.of[state])).map(state => (
                <span key={state}>
                  <i className={`is-${state}`} /> {value(states, state, lang)}{' '}
                  {quantity(all.reduce((sum, group) => sum + group.of[state], 0))}
                </span>
              ))}
            </p>
          </Card>
        );
      }}
    </Loaded>
  );
}

export default function DevicesPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { below } = usePart();
  const may = useMay();
  const family = (row: Device) => (row.family ? value(families, row.family, lang) : '');
  return (
    <ListPage<Device>
      name="devices"
      path="/devices"
      live="edge"
      title={w.devices}
      back={{ to: '/edges', label: t.edges }}
      search={w.search}
      actions={may('settings') ? <Button onClick={() => go('/settings/devices')}>{w.manage}</Button> : null}
      sentence={w.sentence}
      beside={({ of, set }) =>
        of.family ? (
          <Button size="small" onClick={() => set('family', '')}>
            {value(families, of.family, lang)} ✕
          </Button>
        ) : null
      }
      choices={[
        {
          name: 'role',
          label: w.role,
          any: w.anyRole,
          options: ['scanner', 'printer'].map(one => ({ value: one, label: value(values.deviceKinds, one, lang) })),
        },
        {
          name: 'settings',
          label: w.settings,
          any: w.anySettings,
          options: STATES.map(one => ({ value: one, label: value(states, one, lang) })),
        },
      ]}
      more={['family']}
      ask={of => ({ ...of, below })}
      none={{ title: w.none, matching: w.noneMatch, hint: w.noneHint }}
      rowKey={row => `${row.edge} ${row.device}`}
      to={row => `/edges/${row.edge}`}
      columns={[
        { key: 'name', title: t.name, width: '130px', cell: row => <strong>{row.name}</strong> },
        {
          key: 'family',
          title: t.kind,
          cell: row => [value(values.deviceKinds, row.role, lang), family(row)].filter(Boolean).join(' · '),
        },
        { key: 'site', title: w.site, cell: row => row.site_name },
        { key: 'edge', title: w.edge, cell: row => row.edge_name },
        { key: 'state', title: t.state, cell: row => <StateOf of={row} /> },
        { key: 'settings', title: w.settings, cell: row => <SettingsTag of={row.settings} /> },
        { key: 'profile', title: w.profile, cell: row => (row.profile ? <Code>{row.profile}</Code> : '') },
        { key: 'drift', title: w.differs, cell: row => <DriftList of={row} /> },
        { key: 'since', title: w.since, cell: row => (row.since_ms == null ? '' : <Time ms={row.since_ms} site={row.site} />) },
      ]}
      card={row => (
        <>
          <div className="line">
            <strong className="grow clip">{row.name}</strong>
            <SettingsTag of={row.settings} />
          </div>
          <div className="line">
            <StateOf of={row} />
          </div>
          <div className="line quiet">
            <span className="grow clip">{row.site_name}</span>
            <span>{family(row) || value(values.deviceKinds, row.role, lang)}</span>
          </div>
          <DriftList of={row} />
        </>
      )}
    >
      <Compliance />
    </ListPage>
  );
}
