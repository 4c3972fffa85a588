import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { get, type Page, post, put } from '../api';
import { usePrefs, useWords } from '../app';
import { FormDialog, useAct } from '../parts/act';
import { ChooseOrganisation } from '../parts/choose';
import { Card, Empty, Loaded, PageHead, Tag } from '../parts/common';
import { Icon } from '../parts/icons';
import { Rows } from '../parts/list';
import { OrganisationName } from '../parts/named';
import { value } from '../values';
import { TellingFields, useKindNames, useSiteName } from './hub-parts';
import { ways, words } from './hub-words';

export interface Channel {
  id: number;
  name: string;
  way: string;
  language: string;
  site?: number;
  organisation?: number;
  kinds: string[];
  enabled: boolean;
  signed: boolean;
  last_error?: string;
  blocked_until_ms?: number;
  created_by: string;
  created_ms: number;
  version: number;
}

interface Wanted {
  name: string;
  way: string;
  target?: string;
  secret?: string;
  language: string;
  site?: number;
  organisation?: number;
  kinds: string[];
  enabled: boolean;
}

export function ChannelState({ of }: { of: Channel }) {
  const w = useWords(words);
  if (!of.enabled) return <Tag meaning="attention">{w.off}</Tag>;
  return of.last_error ? <Tag meaning="wrong">{w.failing}</Tag> : <Tag meaning="right">{w.working}</Tag>;
}

export default function ChannelsPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const kindNames = useKindNames();
  const siteName = useSiteName();
  const [making, setMaking] = useState(false);
  const channels = useQuery({ queryKey: ['channels'], queryFn: ({ signal }) => get<Page<Channel>>('/channels', signal) });
  const make = (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
      {w.newChannel}
    </Button>
  );
  return (
    <>
      <PageHead title={w.channels} actions={make} />
      <p className="sentence">{w.channelsWhat}</p>
      <Card flush>
        <Loaded of={channels}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={w.noChannels} hint={w.noChannelsHint} action={make} />
            ) : (
              <Rows
                label={w.channels}
                rows={items}
                rowKey={c => c.id}
                to={c => `/settings/channels/${c.id}`}
                columns={[
                  { key: 'name', title: w.name, cell: c => <strong>{c.name}</strong> },
                  { key: 'way', title: w.way, cell: c => value(ways, c.way, lang) },
                  { key: 'kinds', title: w.kinds, cell: c => kindNames(c.kinds) },
                  {
                    key: 'site',
                    title: w.ofSite,
                    cell: c => (c.organisation ? <OrganisationName id={c.organisation} /> : siteName(c.site)),
                  },
                  { key: 'state', title: t.state, cell: c => <ChannelState of={c} /> },
                ]}
              />
            )
          }
        </Loaded>
      </Card>
      <ChannelForm open={making} onClose={() => setMaking(false)} />
    </>
  );
}

/** A channel to be made, or changed. */
export function ChannelForm({ open, of, onClose }: { open: boolean; of?: Channel; onClose: () => void }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const { outdate } = useAct();
  const save = async (given: Wanted) => {
    const body = {
      ...given,
      site: given.site ?? null,
      organisation: given.organisation ?? null,
      kinds: given.kinds ?? [],
      // What is left empty stays as it is.
      target: given.target?.trim() || null,
      secret: given.secret?.trim() || null,
    };
    await (of ? put(`/channels/${of.id}`, body, of.version) : post('/channels', body));
    outdate(['channels', 'channel', 'home', 'timeline']);
  };
  return (
    <FormDialog<Wanted>
      open={open}
      title={of?.name ?? w.newChannel}
      ok={of ? t.save : w.create}
      initial={of ?? { way: 'feishu', language: 'zh', kinds: [], enabled: true }}
      onClose={onClose}
      onSave={save}
    >
      <Form.Item name="name" label={w.name} rules={[{ required: true, whitespace: true, message: w.nameNeeded }]}>
        <Input maxLength={100} autoFocus />
      </Form.Item>
      <WayFields isNew={!of} />
      <Form.Item name="language" label={w.language}>
        <Select
          options={[
            { value: 'zh', label: '中文' },
            { value: 'en', label: 'English' },
          ]}
        />
      </Form.Item>
      <Form.Item name="organisation" label={w.ofOrganisation} extra={w.ofOrganisationHint}>
        <ChooseOrganisation label={w.ofOrganisation} placeholder={w.wholeChain} />
      </Form.Item>
      <TellingFields />
    </FormDialog>
  );
}

function WayFields({ isNew }: { isNew: boolean }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const way = Form.useWatch('way');
  const label = way === 'mail' ? w.targetMail : w.target;
  return (
    <>
      <Form.Item name="way" label={w.way}>
        <Select options={Object.keys(ways).map(k => ({ value: k, label: value(ways, k, lang) }))} />
      </Form.Item>
      <Form.Item
        name="target"
        label={label}
        extra={isNew ? undefined : w.targetKeep}
        rules={isNew ? [{ required: true, whitespace: true, message: label }] : []}
      >
        <Input maxLength={500} autoComplete="off" placeholder={way === 'mail' ? 'name@example.com' : 'https://…'} />
      </Form.Item>
      {way === 'feishu' || way === 'dingtalk' ? (
        <Form.Item name="secret" label={w.secret} extra={isNew ? w.secretHint : w.secretKeep}>
          <Input.Password maxLength={200} autoComplete="off" />
        </Form.Item>
      ) : null}
    </>
  );
}
