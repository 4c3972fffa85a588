import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Popconfirm } from 'antd';
import { bytes, quantity, stretch } from '../../shared/format';
import { type DeviceSettings, type EdgeRow, get, post } from '../api';
import { useMay, usePrefs } from '../app';
import { Card, Code, Empty, Facts, Fault, Loaded, PageHead, Tag, Time } from '../parts/common';
import { DeviceState, DriftList } from '../parts/device';
import { Rows } from '../parts/list';
import { EdgeState, Lag } from '../parts/rows';
import { WithTimeline } from '../parts/timeline';
import { value, values } from '../values';

/** One edge: is it there, how far behind, what hangs on it, what does it know. */
export default function EdgePage({ id }: { id: string }) {
  const { t, lang } = usePrefs();
  const may = useMay();
  const edge = useQuery({ queryKey: ['edge', id], queryFn: ({ signal }) => get<EdgeRow>(`/edges/${id}`, signal) });
  return (
    <Loaded of={edge}>
      {data => (
        <>
          <PageHead
            title={data.name || data.id}
            back={{ to: '/edges', label: t.edges }}
            actions={may('edges') ? <Actions of={data} /> : null}
          >
            <Code>{data.id}</Code>
            <EdgeState of={data} />
            {data.refused ? <Tag meaning="wrong">{value(values.refusals, data.refused, lang)}</Tag> : null}
          </PageHead>
          <Facts
            of={[
              [t.backlog, <span key="b">{quantity(data.backlog ?? 0)}</span>],
              [t.lag, <Lag key="l" ms={data.lag_ms} />],
              [t.lastSeen, <Time key="s" ms={data.last_seen_ms} site={data.site} />],
              [
                t.clockSkew,
                <span key="c">
                  {data.clock_skew_ms == null ? '–' : `${data.clock_skew_ms < 0 ? '−' : '+'}${stretch(Math.abs(data.clock_skew_ms), lang)}`}
                </span>,
              ],
              [t.diskFree, <span key="d">{data.disk_free == null ? '–' : bytes(data.disk_free)}</span>],
              [t.memory, <span key="m">{data.memory == null ? '–' : bytes(data.memory)}</span>],
              [t.labelFonts, <LabelFonts key="f" of={data.label_fonts} />],
              [t.agent, data.agent ?? '–'],
              [t.epoch, data.epoch],
              [t.committed, <span key="k">{quantity(data.committed)}</span>],
            ]}
          />
          <WithTimeline of="edge" id={data.id}>
            <Card title={t.devices} flush>
              {data.devices?.length ? (
                <Rows
                  label={t.devices}
                  rows={data.devices}
                  rowKey={d => d.id}
                  columns={[
                    { key: 'kind', title: t.kind, cell: d => value(values.deviceKinds, d.kind, lang) },
                    { key: 'model', title: t.name, cell: d => d.model },
                    { key: 'id', title: 'ID', width: '160px', least: true, cell: d => <Code>{d.station ?? d.id}</Code> },
                    {
                      key: 'state',
                      title: t.state,
                      cell: d => <DeviceState of={d.state} />,
                    },
                    { key: 'settings', title: t.deviceSettings, cell: d => <Settings of={d.settings} /> },
                  ]}
                />
              ) : (
                <Empty title={t.noDevices} />
              )}
            </Card>
            <Card title={t.dataSets} flush>
              <Rows
                label={t.dataSets}
                rows={data.datasets ?? []}
                rowKey={d => d.name}
                columns={[
                  { key: 'name', title: t.name, cell: d => value(values.datasetNames, d.name, lang) },
                  { key: 'version', title: t.version, number: true, cell: d => <span className="number">{d.version}</span> },
                  {
                    key: 'state',
                    title: t.state,
                    cell: d => <Tag meaning={d.current ? 'right' : 'attention'}>{d.current ? t.upToDate : t.behind}</Tag>,
                  },
                ]}
              />
            </Card>
          </WithTimeline>
        </>
      )}
    </Loaded>
  );
}

/** A label is its preview dot for dot only with the same fonts. */
function LabelFonts({ of }: { of: EdgeRow['label_fonts'] }) {
  const { t } = usePrefs();
  if (of === 'other') return <Tag meaning="attention">{t.labelFontsOther}</Tag>;
  return <span>{of ? t.labelFontsSame : '–'}</span>;
}

/** How a device is set beside its profile, and what is otherwise. */
function Settings({ of }: { of: DeviceSettings | undefined }) {
  const { lang } = usePrefs();
  if (!of) return <>–</>;
  return (
    <>
      <Tag meaning={of.state === 'holds' ? 'right' : of.state === 'unsettable' ? undefined : 'attention'}>
        {value(values.deviceSettings, of.state, lang)}
      </Tag>{' '}
      <Code>{of.profile}</Code>
      <DriftList of={of} />
    </>
  );
}

function Actions({ of: edge }: { of: EdgeRow }) {
  const { t } = usePrefs();
  const { modal } = App.useApp();
  const queries = useQueryClient();
  const act = async (what: string) => {
    try {
      await post(`/edges/${edge.id}/${what}`);
    } catch (refused) {
      modal.error({ title: t.refused, content: <Fault error={refused} /> });
    }
    void queries.invalidateQueries({ queryKey: ['edge'] });
    void queries.invalidateQueries({ queryKey: ['edges'] });
  };
  return (
    <>
      {edge.state === 'refused' ? (
        <Popconfirm
          title={t.forgiveSure}
          description={t.forgiveHint}
          okText={t.forgive}
          cancelText={t.cancel}
          onConfirm={() => act('forgive')}
        >
          <Button type="primary">{t.forgive}</Button>
        </Popconfirm>
      ) : null}
      {edge.state === 'disabled' ? (
        <Button onClick={() => act('enable')}>{t.enable}</Button>
      ) : (
        <Popconfirm
          title={t.disableSure(edge.name || edge.id)}
          description={t.disableHint}
          okText={t.disable}
          cancelText={t.cancel}
          onConfirm={() => act('disable')}
        >
          <Button danger>{t.disable}</Button>
        </Popconfirm>
      )}
    </>
  );
}
