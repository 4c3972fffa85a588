import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Segmented } from 'antd';
import { useState } from 'react';
import { post, Refusal, type Session } from '../api';
import { usePrefs, useWords } from '../app';
import { Fault } from '../parts/common';
import { Mark } from '../parts/mark';
import { OutsideButton, OutsideCode, useOutside } from './login-outside';
import { words } from './login-words';

/** Sign in. `over` says that an earlier session ended. */
export function Login({ over }: { over: boolean }) {
  const { t, lang, setLang } = usePrefs();
  const w = useWords(words);
  const outside = useOutside().data;
  const [asksPassword, setAsksPassword] = useState(false);
  const [another, setAnother] = useState(false);
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const [needsCode, setNeedsCode] = useState(false);

  const enter = (session: Session) => {
    // Nothing of whoever was signed in before may be shown to the next.
    queries.removeQueries({ predicate: q => q.queryKey[0] !== 'session' });
    queries.setQueryData(['session'], session);
  };

  const signIn = async (given: { login: string; password: string; code?: string }) => {
    setBusy(true);
    setFault(null);
    try {
      enter(await post<Session>('/session', given));
    } catch (refused) {
      const asksForCode = refused instanceof Refusal && refused.problem.rule === 'code_given';
      if (asksForCode) setNeedsCode(true);
      else setFault(refused);
    } finally {
      setBusy(false);
    }
  };

  return (
    <main className="login">
      <div className="login-side">
        <Mark size={56} />
        <p className="login-name">{t.product}</p>
        <p className="login-line">{t.tagline}</p>
      </div>
      <div className="login-form">
        <h1>{t.signIn}</h1>
        {over ? <p className="quiet">{t.sessionOver}</p> : null}
        {outside?.code_asked && !another ? (
          <OutsideCode onSession={enter} onAgain={() => setAnother(true)} />
        ) : outside ? (
          <OutsideButton of={outside} />
        ) : null}
        {outside && !outside.only && (!outside.code_asked || another) ? <p className="quiet">{w.or}</p> : null}
        {outside?.only && !asksPassword ? (
          <Button type="link" onClick={() => setAsksPassword(true)}>
            {w.withPassword}
          </Button>
        ) : outside?.code_asked && !another ? null : (
          <Form layout="vertical" requiredMark={false} size="large" onFinish={signIn}>
            <Form.Item name="login" label={t.login} rules={[{ required: true, message: t.loginNeeded }]}>
              <Input autoComplete="username" autoFocus autoCapitalize="off" spellCheck={false} />
            </Form.Item>
            <Form.Item name="password" label={t.password} rules={[{ required: true, message: t.passwordNeeded }]}>
              <Input.Password autoComplete="current-password" />
            </Form.Item>
            {needsCode ? (
              <Form.Item name="code" label={t.oneTimeCode} extra={t.oneTimeCodeHint} rules={[{ required: true, message: t.codeNeeded }]}>
                <Input autoComplete="one-time-code" autoFocus maxLength={32} />
              </Form.Item>
            ) : null}
            {fault ? <Fault error={fault} /> : null}
            <Button type="primary" htmlType="submit" block loading={busy}>
              {t.signIn}
            </Button>
          </Form>
        )}
        <Segmented
          aria-label={t.language}
          value={lang}
          onChange={setLang}
          options={[
            { value: 'zh-CN', label: '中文' },
            { value: 'en', label: 'English' },
          ]}
        />
      </div>
    </main>
  );
}
