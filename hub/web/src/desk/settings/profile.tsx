import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { get, type Page, patch, post, remove, type SessionRow } from '../api';
import { usePrefs, useSession, useWords } from '../app';
import { FormDialog, useAct } from '../parts/act';
import { Card, Facts, Loaded, PageHead } from '../parts/common';
import { Inline } from '../parts/inline';
import { useRoleName } from '../parts/names';
import { Codes } from './codes';
import { SessionRows } from './sessions';
import { words } from './words';

/** Who I am here, how I sign in, and where I am signed in. */
export default function ProfilePage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { user } = useSession();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const roleName = useRoleName();
  const { act } = useAct();
  const [changing, setChanging] = useState(false);
  const sessions = useQuery({ queryKey: ['sessions', 'own'], queryFn: ({ signal }) => get<Page<SessionRow>>('/me/sessions', signal) });
  return (
    <>
      <PageHead title={t.profile} />
      <Card>
        <Facts
          of={[
            [
              w.name,
              <Inline
                key="name"
                value={user.name}
                label={w.name}
                onSave={async name => {
                  await patch('/me', { name });
                  await queries.invalidateQueries({ queryKey: ['session'] });
                }}
              />,
            ],
            [w.login, user.login],
            [w.roles, user.roles.map(roleName).join(lang === 'en' ? ', ' : '、') || '–'],
          ]}
        />
        <Button onClick={() => setChanging(true)}>{w.changePassword}</Button>
      </Card>
      <Codes />
      <Card title={w.sessions} flush>
        <Loaded of={sessions}>
          {({ items }) => (
            <SessionRows
              of={items}
              onEnd={s => void act(() => remove(`/me/sessions/${s.id}`), { done: w.sessionEnded, stale: ['sessions'] })}
            />
          )}
        </Loaded>
      </Card>
      <FormDialog<{ old: string; new: string }>
        open={changing}
        title={w.changePassword}
        ok={w.changePassword}
        onClose={() => setChanging(false)}
        onSave={async given => {
          await post('/me/password', given);
          void message.success(w.passwordChanged);
          void queries.invalidateQueries({ queryKey: ['sessions'] });
        }}
      >
        {/* For the browser's keeper of passwords. */}
        <input type="text" autoComplete="username" value={user.login} readOnly hidden />
        <Form.Item name="old" label={w.oldPassword} rules={[{ required: true, message: t.passwordNeeded }]}>
          <Input.Password autoComplete="current-password" autoFocus />
        </Form.Item>
        <Form.Item name="new" label={w.newPassword} extra={w.newPasswordHint} rules={[{ required: true, message: t.passwordNeeded }]}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      </FormDialog>
    </>
  );
}
