// How I am told: of which kinds, in the pages and by mail.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Checkbox, Input } from 'antd';
import { useState } from 'react';
import { get, put } from '../api';
import { usePrefs } from '../app';
import { useAct } from '../parts/act';
import { Card, Loaded, PageHead } from '../parts/common';
import { Field } from '../parts/field';

interface Choice {
  kind: string;
  name: string;
  app: boolean;
  mail: boolean;
}
interface Choices {
  mail?: string | null;
  kinds: Choice[];
}

export default function ChoicesPage() {
  const { t } = usePrefs();
  const choices = useQuery({
    queryKey: ['choices'],
    staleTime: 0,
    queryFn: ({ signal }) => get<Choices>('/notification-choices', signal),
  });
  return (
    <>
      <PageHead title={t.howTold} />
      <Loaded of={choices}>{data => <Form key={JSON.stringify(data)} of={data} />}</Loaded>
    </>
  );
}

function Form({ of }: { of: Choices }) {
  const { t, lang } = usePrefs();
  const queries = useQueryClient();
  const { act, busy } = useAct();
  const [mail, setMail] = useState(of.mail ?? '');
  const [kinds, setKinds] = useState(of.kinds);
  const en = lang === 'en';
  const set = (kind: string, part: Partial<Choice>) => setKinds(all => all.map(k => (k.kind === kind ? { ...k, ...part } : k)));
  const save = async () => {
    const saved = await act(() => put<Choices>('/notification-choices', { mail: mail.trim(), kinds }), { done: t.saved });
    if (saved) queries.setQueryData(['choices'], saved.value);
  };
  const ways: ['app' | 'mail', string][] = [
    ['app', en ? 'In these pages' : '页面里'],
    ['mail', en ? 'By mail' : '邮件'],
  ];
  return (
    <Card>
      <div className="stack stack-wide">
        <Field label={en ? 'Mail address' : '收通知的邮箱'}>
          {id => (
            <Input id={id} value={mail} onChange={e => setMail(e.target.value)} inputMode="email" autoComplete="email" maxLength={254} />
          )}
        </Field>
        <div className="table-wrap">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{en ? 'What' : '什么事'}</th>
                {ways.map(([way, name]) => (
                  <th key={way} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {kinds.map(k => (
                <tr key={k.kind}>
                  <td>{k.name}</td>
                  {ways.map(([way, name]) => (
                    <td key={way}>
                      <Checkbox
                        aria-label={`${k.name} · ${name}`}
                        checked={k[way]}
                        disabled={way === 'mail' && !mail.trim()}
                        onChange={e => set(k.kind, { [way]: e.target.checked })}
                      />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <Button type="primary" loading={busy} onClick={save}>
          {t.save}
        </Button>
      </div>
    </Card>
  );
}
