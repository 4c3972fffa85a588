// Signing in with the chain's identity provider: the button, the code that may be asked for afterwards, and why it did not work.

import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input } from 'antd';
import { useEffect, useState } from 'react';
import { get, post, Refusal, type Session } from '../api';
import { usePrefs, useWords } from '../app';
import { Fault } from '../parts/common';
import { words } from './login-words';

interface Outside {
  name: string;
  name_en: string;
  /** Passwords are for administrators alone. */
  only: boolean;
  /** The provider has vouched; a one-time code is asked for. */
  code_asked: boolean;
}

/** The provider that people can sign in with; nothing without one. */
export function useOutside() {
  return useQuery({
    queryKey: ['outside'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      try {
        return await get<Outside>('/session/outside', signal);
      } catch (fault) {
        if (fault instanceof Refusal) return null;
        throw fault;
      }
    },
  });
}

/** The way to the provider, and back to the page that was asked for. */
function way(): string {
  const { pathname, search, hash } = window.location;
  return `/api/v1/session/outside/begin?to=${encodeURIComponent(pathname + search + hash)}`;
}

/** The rule by which a sign-in was refused, taken out of the address. */
function useRefusedBy(): string | null {
  const [rule] = useState(() => new URLSearchParams(window.location.search).get('outside'));
  useEffect(() => {
    if (rule !== null) window.history.replaceState(null, '', '/');
  }, [rule]);
  return rule;
}

export function OutsideButton({ of: outside }: { of: Outside }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const rule = useRefusedBy();
  return (
    <>
      {rule === null ? null : <Fault error={new Refusal({ status: 403, title: w.notSignedIn, detail: w.why(rule), rule })} />}
      <Button
        type={outside.only ? 'primary' : 'default'}
        size="large"
        block
        onClick={() => {
          // The page that was asked for may have changed since this was drawn.
          window.location.assign(way());
        }}
      >
        {w.with(lang === 'en' ? outside.name_en : outside.name)}
      </Button>
    </>
  );
}

/** The one-time code after the provider has vouched. */
export function OutsideCode({ onSession, onAgain }: { onSession: (session: Session) => void; onAgain: () => void }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const give = async ({ code }: { code: string }) => {
    setBusy(true);
    setFault(null);
    try {
      onSession(await post<Session>('/session/outside', { code: code.trim() }));
    } catch (refused) {
      setFault(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Form layout="vertical" requiredMark={false} size="large" onFinish={give}>
      <Form.Item name="code" label={t.oneTimeCode} extra={t.oneTimeCodeHint} rules={[{ required: true, message: t.codeNeeded }]}>
        <Input autoComplete="one-time-code" autoFocus maxLength={32} />
      </Form.Item>
      {fault ? <Fault error={fault} /> : null}
      <Button type="primary" htmlType="submit" block loading={busy}>
        {t.signIn}
      </Button>
      <Button type="link" block onClick={onAgain}>
        {w.another}
      </Button>
    </Form>
  );
}
