import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { quantity } from '../../shared/format';
import { type EdgeRow, post } from '../api';
import { useMay, usePart, usePrefs } from '../app';
import { ChooseSite } from '../parts/choose';
import { Code, Fault, Time } from '../parts/common';
import { Icon } from '../parts/icons';
import { ListPage } from '../parts/list-page';
import { Once } from '../parts/once';
import { EdgeState, Lag } from '../parts/rows';
import { go } from '../route';

export default function EdgesPage() {
  const { t } = usePrefs();
  const { below } = usePart();
  const [making, setMaking] = useState(false);
  const may = useMay();
  const make = may('edges') ? (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
      {t.newEdge}
    </Button>
  ) : null;
  return (
    <>
      <ListPage<EdgeRow>
        name="edges"
        path="/edges"
        live="edge"
        title={t.edges}
        actions={
          <>
            <Button onClick={() => go('/devices')}>{t.deviceCompliance}</Button>
            {make}
          </>
        }
        sentence={t.edgesAll}
        choices={[{ name: 'away', label: t.state, any: t.edgesAny, options: [{ value: 'true', label: t.edgesAway }] }]}
        ask={of => ({ ...of, below })}
        none={{ title: t.noEdges, matching: t.noEdgesAway, hint: t.noEdgesHint, action: make }}
        rowKey={e => e.id}
        to={e => `/edges/${e.id}`}
        columns={[
          { key: 'name', title: t.name, cell: e => <strong>{e.name || e.id}</strong> },
          { key: 'id', title: 'ID', width: '140px', cell: e => <Code>{e.id}</Code> },
          { key: 'state', title: t.state, cell: e => <EdgeState of={e} /> },
          { key: 'backlog', title: t.backlog, number: true, cell: e => <span className="number">{quantity(e.backlog ?? 0)}</span> },
          { key: 'lag', title: t.lag, number: true, cell: e => <Lag ms={e.lag_ms} /> },
          { key: 'seen', title: t.lastSeen, cell: e => <Time ms={e.last_seen_ms} site={e.site} /> },
          { key: 'devices', title: t.devices, number: true, cell: e => <span className="number">{e.devices?.length ?? 0}</span> },
          { key: 'agent', title: t.agent, cell: e => e.agent ?? '' },
        ]}
        card={e => (
          <>
            <div className="line">
              <strong className="grow clip">{e.name || e.id}</strong>
              <EdgeState of={e} />
            </div>
            <div className="line quiet">
              <Code>{e.id}</Code>
              <span className="grow" />
              {e.backlog ? <span>{t.backlogN(quantity(e.backlog))}</span> : null}
              <Time ms={e.last_seen_ms} site={e.site} />
            </div>
            {e.lag_ms ? (
              <div className="quiet">
                {t.lag} <Lag ms={e.lag_ms} />
              </div>
            ) : null}
          </>
        )}
      />
      <Modal
        open={making}
        onCancel={() => setMaking(false)}
        title={t.newEdge}
        footer={null}
        destroyOnHidden
        closable={{ 'aria-label': t.close }}
      >
        <Enrol onDone={() => setMaking(false)} />
      </Modal>
    </>
  );
}

/** Create an edge; its token is shown once, with the command that uses it. */
function Enrol({ onDone }: { onDone: () => void }) {
  const { t } = usePrefs();
  const { site, isOneSite } = usePart();
  const queries = useQueryClient();
  const [made, setMade] = useState<{ id: string; token: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const create = async (given: { name: string; site?: number }) => {
    setBusy(true);
    setFault(null);
    try {
      setMade(await post('/edges', { name: given.name.trim(), site: given.site ?? site?.id }));
      void queries.invalidateQueries({ queryKey: ['edges'] });
    } catch (refused) {
      setFault(refused);
    } finally {
      setBusy(false);
    }
  };
  if (made) {
    return (
      <div className="stack">
        <p>{t.enrolTitle}</p>
        <Once text={`edge-agent enroll --hub ${location.origin} --token ${made.token}`} label={t.command} />
        <p>{t.token}</p>
        <Once text={made.token} label={t.token} />
        <p className="quiet">{t.enrolOnce}</p>
        <Button type="primary" onClick={onDone}>
          {t.done}
        </Button>
      </div>
    );
  }
  return (
    <Form layout="vertical" onFinish={create} initialValues={{ site: site?.id }}>
      <Form.Item
        name="name"
        label={t.edgeName}
        extra={t.edgeNameHint}
        rules={[{ required: true, whitespace: true, message: t.edgeNameNeeded }]}
      >
        <Input maxLength={60} autoFocus />
      </Form.Item>
      {isOneSite ? null : (
        <Form.Item name="site" label={t.site} rules={[{ required: true, message: t.siteNeeded }]}>
          <ChooseSite label={t.site} />
        </Form.Item>
      )}
      {fault ? <Fault error={fault} /> : null}
      <Button type="primary" htmlType="submit" loading={busy}>
        {t.createEdge}
      </Button>
    </Form>
  );
}
