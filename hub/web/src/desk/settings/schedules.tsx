import { useQuery } from '@tanstack/react-query';
import { Button, Dropdown, Form, Input, Modal, Select, Switch } from 'antd';
import { useState } from 'react';
import { exact } from '../../shared/format';
import { freshKey } from '../../shared/keys';
import { get, type Page, post, put, remove } from '../api';
import { usePrefs, useWords } from '../app';
import { FormDialog, useAct } from '../parts/act';
import { Card, Code, Empty, Loaded, PageHead, Tag, Time } from '../parts/common';
import { Icon } from '../parts/icons';
import { Rows } from '../parts/list';
import { go, Link } from '../route';
import { SiteField, useSiteName } from './hub-parts';
import { words } from './hub-words';

interface Schedule {
  id: number;
  name: string;
  kind: string;
  args: Record<string, unknown>;
  cron: string;
  time_zone?: string;
  zone: string;
  site?: number;
  missed: string;
  enabled: boolean;
  next: number[];
  last_planned_ms?: number;
  last_job?: number;
  version: number;
}

interface Wanted {
  name: string;
  kind: string;
  cron: string;
  time_zone?: string;
  site?: number;
  missed: string;
  args?: string;
  enabled: boolean;
}

function useKinds() {
  const { lang } = usePrefs();
  return useQuery({
    queryKey: ['schedule-kinds', lang],
    staleTime: 600_000,
    queryFn: ({ signal }) => get<Page<{ kind: string; name: string }>>('/schedule-kinds', signal),
  });
}

export default function SchedulesPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { act, outdate } = useAct();
  const siteName = useSiteName();
  const kinds = useKinds();
  const schedules = useQuery({ queryKey: ['schedules'], queryFn: ({ signal }) => get<Page<Schedule>>('/schedules', signal) });
  const [changing, setChanging] = useState<Schedule | 'new' | null>(null);
  const [deleting, setDeleting] = useState<Schedule | null>(null);
  const make = (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setChanging('new')}>
      {w.newSchedule}
    </Button>
  );
  const isNew = changing === 'new' || changing === null;
  const run = async (s: Schedule) => {
    const made = await act(() => post<{ job: number }>(`/schedules/${s.id}/run`, {}, { 'idempotency-key': freshKey() }), { done: w.begun });
    if (made) go(`/settings/jobs/${made.value.job}`);
  };
  const save = async (given: Wanted) => {
    const body = {
      ...given,
      args: given.args?.trim() ? JSON.parse(given.args) : {},
      site: given.site ?? null,
      time_zone: given.time_zone ?? null,
    };
    await (isNew ? post('/schedules', body) : put(`/schedules/${changing.id}`, body, changing.version));
    outdate(['schedules']);
  };
  return (
    <>
      <PageHead title={w.schedules} actions={make} />
      <Card flush>
        <Loaded of={schedules}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={w.noSchedules} hint={w.noSchedulesHint} action={make} />
            ) : (
              <Rows
                label={w.schedules}
                rows={items}
                rowKey={s => s.id}
                columns={[
                  {
                    key: 'name',
                    title: w.name,
                    cell: s => (
                      <>
                        <strong>{s.name}</strong> {s.enabled ? null : <Tag meaning="attention">{w.off}</Tag>}
                        <div className="quiet">{kinds.data?.items.find(k => k.kind === s.kind)?.name ?? s.kind}</div>
                      </>
                    ),
                  },
                  {
                    key: 'cron',
                    title: w.pattern,
                    cell: s => (
                      <>
                        <Code>{s.cron}</Code>
                        <div className="quiet">{s.zone}</div>
                      </>
                    ),
                  },
                  { key: 'site', title: w.ofSite, cell: s => <span className="nowrap">{siteName(s.site)}</span> },
                  { key: 'next', title: w.next, cell: s => (s.next[0] ? exact(s.next[0], lang, s.zone) : '–') },
                  {
                    key: 'last',
                    title: w.lastRun,
                    cell: s =>
                      s.last_job ? (
                        <Link to={`/settings/jobs/${s.last_job}`}>
                          <Time ms={s.last_planned_ms} />
                        </Link>
                      ) : (
                        // A run that was missed and skipped was none.
                        <Time ms={null} />
                      ),
                  },
                  {
                    key: 'more',
                    title: '',
                    cell: s => (
                      <Dropdown
                        trigger={['click']}
                        menu={{
                          items: [
                            { key: 'run', label: w.runNow },
                            { key: 'edit', label: t.edit },
                            { key: 'delete', label: t.remove, danger: true },
                          ],
                          onClick: ({ key }) => {
                            if (key === 'run') void run(s);
                            else if (key === 'edit') setChanging(s);
                            else setDeleting(s);
                          },
                        }}
                      >
                        <Button size="small" aria-label={`${t.more}: ${s.name}`}>
                          …
                        </Button>
                      </Dropdown>
                    ),
                  },
                ]}
              />
            )
          }
        </Loaded>
      </Card>
      <Modal
        open={deleting !== null}
        title={w.removeSure(deleting?.name ?? '')}
        okText={t.remove}
        okButtonProps={{ danger: true }}
        cancelText={t.cancel}
        closable={false}
        onCancel={() => setDeleting(null)}
        onOk={async () => {
          if (deleting) await act(() => remove(`/schedules/${deleting.id}`), { stale: ['schedules'] });
          setDeleting(null);
        }}
      />
      <FormDialog<Wanted>
        key={isNew ? 'new' : changing.id}
        open={changing !== null}
        title={isNew ? w.newSchedule : changing.name}
        ok={isNew ? w.create : t.save}
        initial={
          isNew
            ? { kind: kinds.data?.items[0]?.kind, cron: '0 9 * * *', missed: 'once', enabled: true }
            : { ...changing, args: JSON.stringify(changing.args) === '{}' ? '' : JSON.stringify(changing.args) }
        }
        onClose={() => setChanging(null)}
        onSave={save}
      >
        <Form.Item name="name" label={w.name} rules={[{ required: true, whitespace: true, message: w.nameNeeded }]}>
          <Input maxLength={100} autoFocus />
        </Form.Item>
        <Form.Item name="kind" label={w.what} rules={[{ required: true, message: w.what }]}>
          <Select options={kinds.data?.items.map(k => ({ value: k.kind, label: k.name }))} />
        </Form.Item>
        <Form.Item name="cron" label={w.pattern} extra={w.patternHint} rules={[{ required: true, whitespace: true, message: w.pattern }]}>
          <Input maxLength={100} className="code" />
        </Form.Item>
        <Preview />
        <SiteField />
        <Form.Item name="time_zone" label={w.zone} extra={w.zoneHint}>
          <Input maxLength={60} placeholder="Asia/Shanghai" />
        </Form.Item>
        <Form.Item name="missed" label={w.missed}>
          <Select
            options={[
              { value: 'once', label: w.missedOnce },
              { value: 'skip', label: w.missedSkip },
            ]}
          />
        </Form.Item>
        <Form.Item
          name="args"
          label={w.args}
          extra={w.argsHint}
          rules={[{ validator: async (_, text?: string) => (isObject(text) ? undefined : Promise.reject(new Error(w.argsShape))) }]}
        >
          <Input.TextArea rows={2} className="code" />
        </Form.Item>
        <Form.Item name="enabled" label={w.enabled} valuePropName="checked">
          <Switch />
        </Form.Item>
      </FormDialog>
    </>
  );
}

function isObject(text: string | undefined): boolean {
  if (!text?.trim()) return true;
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null && !Array.isArray(read);
  } catch {
    return false;
  }
}

/** When the pattern's times come, before it is saved. */
function Preview() {
  const w = useWords(words);
  const { lang } = usePrefs();
  const cron: string = Form.useWatch('cron') ?? '';
  const time_zone: string | undefined = Form.useWatch('time_zone') || undefined;
  const asked = useQuery({
    queryKey: ['schedule-preview', cron, time_zone],
    enabled: cron.trim().split(/\s+/).length === 5,
    retry: false,
    queryFn: () => post<{ next: number[]; zone: string }>('/schedule-preview', { cron, time_zone: time_zone ?? null }),
  });
  if (asked.error) return <p className="negative preview">{asked.error.message}</p>;
  if (!asked.data) return null;
  return (
    <p className="quiet preview">
      {w.nextTimes}: {asked.data.next.map(ms => exact(ms, lang, asked.data.zone)).join(lang === 'en' ? '; ' : '；')} ({asked.data.zone})
    </p>
  );
}
