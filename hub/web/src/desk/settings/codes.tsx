// One-time codes: set up in three steps (password, QR code with a first code, recovery codes), and taken away again.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Modal, QRCode, Steps } from 'antd';
import { useState } from 'react';
import { get, post, signOut } from '../api';
import { usePrefs, useWords } from '../app';
import { FormDialog } from '../parts/act';
import { Card, Fault, Loaded, Tag } from '../parts/common';
import { Once } from '../parts/once';
import { words } from './words';

interface State {
  enrolled: boolean;
  required: boolean;
  recovery_left: number;
}

function useCodes() {
  return useQuery({ queryKey: ['codes'], queryFn: ({ signal }) => get<State>('/me/codes', signal) });
}

export function Codes() {
  const w = useWords(words);
  const { t } = usePrefs();
  const queries = useQueryClient();
  const state = useCodes();
  const [setting, setSetting] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const again = () => void queries.invalidateQueries({ queryKey: ['codes'] });
  return (
    <Card
      title={w.codes}
      extra={
        state.data ? <Tag meaning={state.data.enrolled ? 'right' : 'attention'}>{state.data.enrolled ? w.codesOn : w.codesOff}</Tag> : null
      }
    >
      <Loaded of={state}>
        {({ enrolled, required, recovery_left }) => (
          <div className="stack">
            <p>{w.codesWhat}</p>
            {required ? <p>{w.codesRequired}</p> : null}
            {enrolled ? <p className="quiet">{w.recoveryLeft(recovery_left)}</p> : null}
            {enrolled ? (
              <Button onClick={() => setLeaving(true)}>{w.takeAway}</Button>
            ) : (
              <Button type="primary" onClick={() => setSetting(true)}>
                {w.setUp}
              </Button>
            )}
          </div>
        )}
      </Loaded>
      <Modal
        open={setting}
        onCancel={() => setSetting(false)}
        footer={null}
        title={w.setUp}
        destroyOnHidden
        maskClosable={false}
        closable={{ 'aria-label': t.close }}
        afterClose={again}
      >
        <SetUp onDone={() => setSetting(false)} />
      </Modal>
      <FormDialog<{ code: string }>
        open={leaving}
        title={w.takeAway}
        ok={w.takeAway}
        onClose={() => setLeaving(false)}
        onSave={async ({ code }) => {
          await post('/me/codes/remove', { code: code.trim() });
          again();
        }}
      >
        <Form.Item name="code" label={t.oneTimeCode} extra={w.takeAwayHint} rules={[{ required: true, message: t.codeNeeded }]}>
          <Input autoComplete="one-time-code" autoFocus maxLength={32} />
        </Form.Item>
      </FormDialog>
    </Card>
  );
}

/** What somebody sees whose role demands codes, before anything else. */
export function CodesFirst() {
  const w = useWords(words);
  const { t } = usePrefs();
  const queries = useQueryClient();
  const leave = async () => {
    if (await signOut()) queries.setQueryData(['session'], null);
  };
  return (
    <main className="gate gate-narrow">
      <h1>{w.codesFirst}</h1>
      <p>{w.codesRequired}</p>
      <p className="quiet">{w.codesWhat}</p>
      <SetUp onDone={() => void queries.invalidateQueries({ queryKey: ['session'] })} />
      <Button type="link" onClick={leave}>
        {t.signOut}
      </Button>
    </main>
  );
}

function SetUp({ onDone }: { onDone: () => void }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const [secret, setSecret] = useState<{ secret: string; uri: string } | null>(null);
  const [recovery, setRecovery] = useState<string[] | null>(null);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const ask = async (run: () => Promise<void>) => {
    setBusy(true);
    setFault(null);
    await run().catch(setFault);
    setBusy(false);
  };
  const step = recovery ? 2 : secret ? 1 : 0;
  return (
    <div className="stack stack-wide">
      <Steps size="small" current={step} items={[{ title: w.password }, { title: w.codes }, { title: w.recovery }]} />
      {recovery ? (
        <>
          <p>{w.recoveryHint}</p>
          <Once text={recovery.join('\n')} label={w.recovery} />
          <Button type="primary" onClick={onDone}>
            {w.keptThem}
          </Button>
        </>
      ) : secret ? (
        <Form
          layout="vertical"
          requiredMark={false}
          onFinish={({ code }: { code: string }) =>
            ask(async () => setRecovery((await post<{ recovery: string[] }>('/me/codes/confirm', { code: code.trim() })).recovery))
          }
        >
          <p>{w.scanQr}</p>
          <div className="qr">
            <QRCode aria-label={w.qrLabel} value={secret.uri} type="svg" size={200} color="#000000" bgColor="#ffffff" />
          </div>
          <p className="quiet">{w.orType}</p>
          <Once text={secret.secret} label={w.codes} />
          <Form.Item name="code" label={t.oneTimeCode} rules={[{ required: true, message: t.codeNeeded }]}>
            <Input inputMode="numeric" autoComplete="one-time-code" autoFocus maxLength={12} />
          </Form.Item>
          {fault ? <Fault error={fault} /> : null}
          <Button type="primary" htmlType="submit" loading={busy}>
            {w.confirm}
          </Button>
        </Form>
      ) : (
        <Form
          layout="vertical"
          requiredMark={false}
          onFinish={({ password }: { password: string }) => ask(async () => setSecret(await post('/me/codes', { password })))}
        >
          <Form.Item name="password" label={w.password} extra={w.passwordAgain} rules={[{ required: true, message: t.passwordNeeded }]}>
            <Input.Password autoComplete="current-password" autoFocus />
          </Form.Item>
          {fault ? <Fault error={fault} /> : null}
          <Button type="primary" htmlType="submit" loading={busy}>
            {w.setUp}
          </Button>
        </Form>
      )}
    </div>
  );
}
