import { useQuery } from '@tanstack/react-query';
import { Button, Dropdown, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { get, type Page, post, put, remove } from '../api';
import { usePrefs, useWords } from '../app';
import { FormDialog, useAct } from '../parts/act';
import { Card, Code, Empty, Loaded, PageHead, Tag } from '../parts/common';
import { Icon } from '../parts/icons';
import { Rows } from '../parts/list';
import { OnceDialog } from '../parts/once';
import { go, Link } from '../route';
import { TellingFields, useKindNames, useSiteName } from './hub-parts';
import { words } from './hub-words';

export interface Webhook {
  id: number;
  name: string;
  host: string;
  kinds: string[];
  site?: number;
  enabled: boolean;
  version: number;
  secret?: string;
}

interface Wanted {
  name: string;
  url?: string;
  kinds: string[];
  site?: number;
  enabled: boolean;
}

export function useWebhooks() {
  return useQuery({ queryKey: ['webhooks'], queryFn: ({ signal }) => get<Page<Webhook>>('/webhooks', signal) });
}

export default function WebhooksPage() {
  const w = useWords(words);
  const { t } = usePrefs();
  const { act, outdate } = useAct();
  const kindNames = useKindNames();
  const siteName = useSiteName();
  const webhooks = useWebhooks();
  const [changing, setChanging] = useState<Webhook | 'new' | null>(null);
  const [asking, setAsking] = useState<{ of: Webhook; what: 'secret' | 'delete' } | null>(null);
  const [secret, setSecret] = useState('');
  const isNew = changing === 'new' || changing === null;
  const make = (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setChanging('new')}>
      {w.newWebhook}
    </Button>
  );
  const save = async (given: Wanted) => {
    const body = { ...given, url: given.url?.trim() || null, kinds: given.kinds ?? [], site: given.site ?? null };
    const saved = await (isNew ? post<Webhook>('/webhooks', body) : put<Webhook>(`/webhooks/${changing.id}`, body, changing.version));
    setSecret(saved.secret ?? '');
    outdate(['webhooks']);
  };
  const confirm = async () => {
    if (!asking) return;
    if (asking.what === 'delete') await act(() => remove(`/webhooks/${asking.of.id}`), { stale: ['webhooks', 'deliveries'] });
    else {
      const renewed = await act(() => post<Webhook>(`/webhooks/${asking.of.id}/secret`), { stale: ['webhooks'] });
      if (renewed) setSecret(renewed.value.secret ?? '');
    }
    setAsking(null);
  };
  const test = async (of: Webhook) => {
    if (await act(() => post(`/webhooks/${of.id}/test`), { done: w.testSent, stale: ['deliveries'] }))
      go(`/settings/deliveries?webhook=${of.id}`);
  };
  return (
    <>
      <PageHead title={w.webhooks} actions={make} />
      <p className="sentence">{w.webhooksWhat}</p>
      <Card flush>
        <Loaded of={webhooks}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={w.noWebhooks} hint={w.noWebhooksHint} action={make} />
            ) : (
              <Rows
                label={w.webhooks}
                rows={items}
                rowKey={h => h.id}
                columns={[
                  {
                    key: 'name',
                    title: w.name,
                    cell: h => (
                      <>
                        <strong>{h.name}</strong> {h.enabled ? null : <Tag meaning="attention">{w.off}</Tag>}
                      </>
                    ),
                  },
                  { key: 'host', title: w.url, cell: h => <Code>{h.host}</Code> },
                  { key: 'kinds', title: w.kinds, cell: h => kindNames(h.kinds) },
                  { key: 'site', title: w.ofSite, cell: h => siteName(h.site) },
                  { key: 'deliveries', title: '', cell: h => <Link to={`/settings/deliveries?webhook=${h.id}`}>{w.deliveriesOf}</Link> },
                  {
                    key: 'more',
                    title: '',
                    cell: h => (
                      <Dropdown
                        trigger={['click']}
                        menu={{
                          items: [
                            { key: 'test', label: w.test },
                            { key: 'edit', label: t.edit },
                            { key: 'secret', label: w.newSecret },
                            { key: 'delete', label: t.remove, danger: true },
                          ],
                          onClick: ({ key }) => {
                            if (key === 'test') void test(h);
                            else if (key === 'edit') setChanging(h);
                            else setAsking({ of: h, what: key === 'secret' ? 'secret' : 'delete' });
                          },
                        }}
                      >
                        <Button size="small" aria-label={`${t.more}: ${h.name}`}>
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
        open={asking !== null}
        title={asking?.what === 'secret' ? w.newSecretSure(asking.of.name) : w.removeSure(asking?.of.name ?? '')}
        okText={asking?.what === 'secret' ? w.newSecret : t.remove}
        okButtonProps={{ danger: true }}
        cancelText={t.cancel}
        closable={false}
        onCancel={() => setAsking(null)}
        onOk={confirm}
      />
      <OnceDialog text={secret} title={w.secret} hint={w.secretOnce} label={w.secret} onClose={() => setSecret('')} />
      <FormDialog<Wanted>
        key={isNew ? 'new' : changing.id}
        open={changing !== null}
        title={isNew ? w.newWebhook : changing.name}
        ok={isNew ? w.create : t.save}
        initial={isNew ? { kinds: [], enabled: true } : changing}
        onClose={() => setChanging(null)}
        onSave={save}
      >
        <Form.Item name="name" label={w.name} rules={[{ required: true, whitespace: true, message: w.nameNeeded }]}>
          <Input maxLength={100} autoFocus />
        </Form.Item>
        <Form.Item
          name="url"
          label={w.url}
          extra={isNew ? undefined : w.urlKeep}
          rules={isNew ? [{ required: true, whitespace: true, message: w.url }] : []}
        >
          <Input maxLength={1000} placeholder="https://…" autoComplete="off" />
        </Form.Item>
        <TellingFields />
      </FormDialog>
    </>
  );
}
