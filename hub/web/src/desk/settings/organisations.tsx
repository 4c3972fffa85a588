// The chain as a tree, opened level by level; beside it the chosen organisation: what it is, what is switched on, moving it, making others
// beneath it.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Popconfirm, Select, Switch, Tree } from 'antd';
import { type Key, type ReactNode, useEffect, useState } from 'react';
import { get, type OrganisationRow, type Page, patch, post, query } from '../api';
import { useMay, usePrefs, useSession, useWords } from '../app';
import { FormDialog, useAct } from '../parts/act';
import { ChooseOrganisation } from '../parts/choose';
import { Card, Code, Empty, Facts, Fault, Loaded, PageHead, Tag } from '../parts/common';
import { Icon } from '../parts/icons';
import { Inline } from '../parts/inline';
import { WithTimeline } from '../parts/timeline';
import { go, Link } from '../route';
import { value } from '../values';
import { modules, organisationKinds, words } from './words';

interface Node {
  key: number;
  title: ReactNode;
  isLeaf: boolean;
  children?: Node[];
}

const STALE = ['organisations', 'organisation', 'sites', 'timeline'];
const PAGE = 200;

/** All that stands right beneath one, or where the tree begins for the reader. */
async function beneath(parent: number | null): Promise<OrganisationRow[]> {
  const rows: OrganisationRow[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<OrganisationRow> = await get(
      `/organisations${query({ ...(parent ? { parent } : { tops: true }), limit: PAGE, cursor })}`,
    );
    rows.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return rows;
}

export default function OrganisationsPage({ id }: { id: string }) {
  const w = useWords(words);
  const may = useMay();
  const { user } = useSession();
  const chosen = id ? Number(id) : (user.organisation ?? null);
  return (
    <>
      <PageHead title={w.organisations} />
      <div className="halves organisations">
        <OrganisationTree chosen={chosen} />
        {chosen ? <Organisation key={chosen} id={chosen} mayChange={may('organisations')} /> : <Empty title={w.chooseOne} />}
      </div>
    </>
  );
}

function OrganisationTree({ chosen }: { chosen: number | null }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const queries = useQueryClient();
  const read = (parent: number | null) =>
    queries.fetchQuery({ queryKey: ['organisations', 'beneath', parent], staleTime: 10_000, queryFn: () => beneath(parent) });
  const tops = useQuery({ queryKey: ['organisations', 'beneath', null], queryFn: () => beneath(null) });
  const [below, setBelow] = useState<Map<number, OrganisationRow[]>>(new Map());
  const [open, setOpen] = useState<Key[]>([]);
  const [fault, setFault] = useState<unknown>(null);
  const first = tops.data?.[0];
  // The first level stands open; after a change what is open is read again.
  const isStale = tops.dataUpdatedAt;
  useEffect(() => {
    if (!first || !isStale) return;
    setOpen(now => (now.length ? now : [first.id]));
  }, [first, isStale]);
  useEffect(() => {
    let gone = false;
    for (const key of open)
      void queries
        .fetchQuery({ queryKey: ['organisations', 'beneath', Number(key)], staleTime: 10_000, queryFn: () => beneath(Number(key)) })
        .then(rows => !gone && isStale && setBelow(now => new Map(now).set(Number(key), rows)))
        .catch(setFault);
    return () => {
      gone = true;
    };
  }, [open, queries, isStale]);
  const nodes = (rows: OrganisationRow[]): Node[] =>
    rows.map(o => ({
      key: o.id,
      title: (
        <span className={o.active ? undefined : 'quiet'}>
          {(lang === 'en' && o.name_en) || o.name} <span className="quiet">{value(organisationKinds, o.kind, lang)}</span>
          {o.active ? null : <Tag>{w.inactive}</Tag>}
        </span>
      ),
      isLeaf: o.children === 0,
      children: below.has(o.id) && o.children > 0 ? nodes(below.get(o.id) ?? []) : undefined,
    }));
  return (
    <Card>
      {fault ? <Fault error={fault} /> : null}
      <Loaded of={tops}>
        {rows => (
          <Tree
            aria-label={w.organisations}
            blockNode
            treeData={nodes(rows)}
            expandedKeys={open}
            onExpand={keys => setOpen(keys)}
            loadData={({ key }) =>
              read(Number(key)).then(
                found => setBelow(now => new Map(now).set(Number(key), found)),
                refused => setFault(refused),
              )
            }
            selectedKeys={chosen ? [chosen] : []}
            onSelect={([key]) => key && go(`/settings/organisations/${key}`)}
          />
        )}
      </Loaded>
    </Card>
  );
}

/** Kinds that may stand beneath one of a kind; the hub decides, this only does not offer the others. */
const fits: Record<string, string[]> = {
  headquarters: ['region', 'brand', 'dealer', 'store', 'warehouse'],
  region: ['region', 'brand', 'dealer', 'store', 'warehouse'],
  brand: ['region', 'dealer', 'store', 'warehouse'],
  dealer: ['subdealer', 'store', 'warehouse'],
  subdealer: ['store', 'warehouse'],
  store: ['warehouse'],
  warehouse: [],
};

function Organisation({ id, mayChange }: { id: number; mayChange: boolean }) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const may = useMay();
  const { act, outdate } = useAct();
  const [making, setMaking] = useState(false);
  const [moving, setMoving] = useState(false);
  const asked = useQuery({
    queryKey: ['organisation', id],
    queryFn: ({ signal }) => get<OrganisationRow>(`/organisations/${id}`, signal),
  });
  return (
    <Loaded of={asked}>
      {data => {
        const change = (part: object) => patch(`/organisations/${id}`, part, data.version);
        const below = fits[data.kind] ?? [];
        return (
          <div>
            <Card
              title={
                <Inline value={data.name} label={w.roleName} canEdit={mayChange} stale={STALE} onSave={name => change({ name })}>
                  {(lang === 'en' && data.name_en) || data.name}
                </Inline>
              }
              extra={data.active ? null : <Tag meaning="attention">{w.inactive}</Tag>}
            >
              <Facts
                of={[
                  [w.kind, value(organisationKinds, data.kind, lang)],
                  [w.code, <Code key="c">{data.code}</Code>],
                  [
                    w.roleNameEn,
                    <Inline
                      key="en"
                      value={data.name_en}
                      label={w.roleNameEn}
                      canEdit={mayChange}
                      stale={STALE}
                      onSave={name_en => change({ name_en })}
                    >
                      {data.name_en || '–'}
                    </Inline>,
                  ],
                  [
                    w.timeZone,
                    <Inline
                      key="tz"
                      value={data.time_zone}
                      label={w.timeZone}
                      canEdit={mayChange}
                      stale={STALE}
                      onSave={time_zone => change({ time_zone })}
                    />,
                  ],
                ]}
              />
              <div className="page-actions">
                {may('people.see') ? <Link to={`/settings/people?organisation=${id}`}>{w.peopleHere}</Link> : null}
                <span className="grow" />
                {mayChange && below.length && data.active ? (
                  <Button icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
                    {w.newBelow}
                  </Button>
                ) : null}
                {mayChange && data.parent ? <Button onClick={() => setMoving(true)}>{w.moveTo}</Button> : null}
                {mayChange && data.parent ? (
                  data.active ? (
                    <Popconfirm
                      title={w.closeSure(data.name)}
                      okText={w.close}
                      cancelText={t.cancel}
                      onConfirm={() => act(() => change({ active: false }), { stale: STALE })}
                    >
                      <Button danger>{w.close}</Button>
                    </Popconfirm>
                  ) : (
                    <Button onClick={() => act(() => change({ active: true }), { stale: STALE })}>{w.reopen}</Button>
                  )
                ) : null}
              </div>
            </Card>
            <WithTimeline of="organisation" id={id}>
              <Card title={w.modules}>
                <p className="quiet">{w.modulesHint}</p>
                <ul className="steps">
                  {Object.keys(modules).map(name => {
                    const offHere = data.switches[name] === false;
                    const off = data.switched_off.includes(name);
                    return (
                      <li key={name} className="line">
                        <Switch
                          size="small"
                          aria-label={value(modules, name, lang)}
                          checked={!off}
                          disabled={!mayChange || (off && !offHere)}
                          onChange={on => act(() => change({ switches: { ...data.switches, [name]: on } }), { stale: STALE })}
                        />
                        <span>{value(modules, name, lang)}</span>
                        {off && !offHere ? <span className="quiet">{w.offAbove}</span> : null}
                      </li>
                    );
                  })}
                </ul>
              </Card>
            </WithTimeline>
            <FormDialog<{ kind: string; code: string; name: string; name_en?: string; time_zone?: string }>
              open={making}
              title={`${w.newBelow}: ${data.name}`}
              ok={w.create}
              initial={{ kind: below.includes('store') ? 'store' : below[0] }}
              onClose={() => setMaking(false)}
              onSave={async given => {
                const made = await post<OrganisationRow>('/organisations', {
                  ...given,
                  parent: id,
                  name_en: given.name_en ?? '',
                  time_zone: given.time_zone?.trim() || null,
                });
                outdate(STALE);
                go(`/settings/organisations/${made.id}`);
              }}
            >
              <Form.Item name="kind" label={w.kind}>
                <Select options={below.map(k => ({ value: k, label: value(organisationKinds, k, lang) }))} />
              </Form.Item>
              <Form.Item name="code" label={w.code} rules={[{ required: true, whitespace: true, message: w.code }]}>
                <Input maxLength={40} />
              </Form.Item>
              <Form.Item name="name" label={w.roleName} rules={[{ required: true, whitespace: true, message: w.roleName }]}>
                <Input maxLength={100} />
              </Form.Item>
              <Form.Item name="name_en" label={w.roleNameEn}>
                <Input maxLength={100} />
              </Form.Item>
              <Form.Item name="time_zone" label={w.timeZone} extra={w.timeZoneHint}>
                <Input maxLength={60} placeholder={data.time_zone} />
              </Form.Item>
            </FormDialog>
            <FormDialog<{ parent: number }>
              open={moving}
              title={`${w.moveTo}: ${data.name}`}
              ok={w.moveTo}
              initial={{ parent: data.parent }}
              onClose={() => setMoving(false)}
              onSave={async given => {
                await change(given);
                outdate(STALE);
              }}
            >
              <Form.Item name="parent" label={w.above} extra={w.moveHint} rules={[{ required: true, message: t.chooseOrganisation }]}>
                <ChooseOrganisation label={w.above} />
              </Form.Item>
            </FormDialog>
          </div>
        );
      }}
    </Loaded>
  );
}
