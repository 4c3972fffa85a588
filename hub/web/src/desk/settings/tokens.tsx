import { useQuery } from '@tanstack/react-query';
import { Button, Checkbox, Form, Input, Popconfirm, Select } from 'antd';
import { useState } from 'react';
import { get, type Page, post, type Right, remove } from '../api';
import { usePrefs, useSession, useWords } from '../app';
import { FormDialog, useAct } from '../parts/act';
import { At, Card, Code, Empty, Loaded, PageHead, Tag, Time } from '../parts/common';
import { Icon } from '../parts/icons';
import { Rows } from '../parts/list';
import { OnceDialog } from '../parts/once';
import { rightName } from './rights';
import { words } from './words';

interface TokenRow {
  id: number;
  name: string;
  prefix: string;
  rights: Right[];
  created_ms: number;
  expires_ms?: number;
  revoked_ms?: number;
  last_used_ms?: number;
}

const DAYS = [30, 90, 365, 730];

export default function TokensPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { user } = useSession();
  const { act, outdate } = useAct();
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState('');
  const tokens = useQuery({ queryKey: ['tokens'], queryFn: ({ signal }) => get<Page<TokenRow>>('/me/tokens', signal) });
  const make = (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
      {w.newToken}
    </Button>
  );
  const revoke = (token: TokenRow) => void act(() => remove(`/me/tokens/${token.id}`), { done: w.revoked, stale: ['tokens'] });
  const state = (token: TokenRow) => {
    if (token.revoked_ms) return <Tag>{w.revoked}</Tag>;
    if (token.expires_ms && token.expires_ms < Date.now()) return <Tag meaning="attention">{w.expired}</Tag>;
    return (
      <Popconfirm title={w.revokeSure(token.name)} okText={w.revoke} cancelText={t.cancel} onConfirm={() => revoke(token)}>
        <Button size="small" danger>
          {w.revoke}
        </Button>
      </Popconfirm>
    );
  };
  return (
    <>
      <PageHead title={lang === 'en' ? 'API tokens' : '访问令牌'} actions={make} />
      <p className="sentence">{w.tokensWhat}</p>
      <Card flush>
        <Loaded of={tokens}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={w.noTokens} action={make} />
            ) : (
              <Rows
                label={w.tokenName}
                rows={items}
                rowKey={k => k.id}
                columns={[
                  { key: 'name', title: w.tokenName, cell: k => <strong>{k.name}</strong> },
                  { key: 'prefix', title: w.begins, cell: k => <Code>{k.prefix}…</Code> },
                  {
                    key: 'rights',
                    title: w.tokenRights,
                    cell: k => k.rights.map(r => rightName(r, lang)).join(lang === 'en' ? '; ' : '；'),
                  },
                  { key: 'used', title: w.lastUsed, cell: k => <Time ms={k.last_used_ms} /> },
                  { key: 'until', title: w.expires, cell: k => (k.expires_ms ? <At ms={k.expires_ms} /> : w.forEver) },
                  { key: 'state', title: t.state, cell: state },
                ]}
              />
            )
          }
        </Loaded>
      </Card>
      <FormDialog<{ name: string; rights: Right[]; days: number }>
        open={making}
        title={w.newToken}
        ok={w.create}
        initial={{ days: 90, rights: [] }}
        onClose={() => setMaking(false)}
        onSave={async given => {
          const { token } = await post<{ token: string }>('/me/tokens', { ...given, days: given.days || null });
          setMade(token);
          outdate(['tokens']);
        }}
      >
        <Form.Item
          name="name"
          label={w.tokenName}
          extra={w.tokenNameHint}
          rules={[{ required: true, whitespace: true, message: w.tokenName }]}
        >
          <Input maxLength={60} autoFocus />
        </Form.Item>
        <Form.Item name="rights" label={w.tokenRights} rules={[{ required: true, type: 'array', min: 1, message: w.tokenRights }]}>
          <Checkbox.Group className="right-list" options={user.rights.map(r => ({ value: r, label: rightName(r, lang) }))} />
        </Form.Item>
        <Form.Item name="days" label={w.tokenDays}>
          <Select options={[...DAYS.map(n => ({ value: n, label: w.days(n) })), { value: 0, label: w.forEver }]} />
        </Form.Item>
      </FormDialog>
      <OnceDialog text={made} title={w.tokenMade} hint={w.tokenOnce} label={t.token} onClose={() => setMade('')} />
    </>
  );
}
