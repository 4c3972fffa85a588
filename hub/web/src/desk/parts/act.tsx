// Doing something that the hub may refuse: busy meanwhile, a word when it is done, the refusal in words when it is not.

import { useQueryClient } from '@tanstack/react-query';
import { App, Form, type FormInstance, Modal } from 'antd';
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { freshKey } from '../../shared/keys';
import { Refusal } from '../api';
import { usePrefs, useT } from '../app';
import { Fault } from './common';

interface Then {
  /** Said when it is done. */
  done?: string;
  /** Names of what was read and is now outdated. */
  stale?: string[];
}

/** `act(run)` gives what `run` gives, and nothing when the hub refused and that was shown. */
export function useAct() {
  const t = useT();
  const { modal, message } = App.useApp();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const outdate = (names: string[] = []) => {
    for (const name of names) void queries.invalidateQueries({ queryKey: [name] });
  };
  const act = async <R,>(run: () => Promise<R>, { done, stale }: Then = {}): Promise<{ value: R } | undefined> => {
    setBusy(true);
    try {
      const value = await run();
      if (done) void message.success(done);
      return { value };
    } catch (refused) {
      modal.error({ title: t.refused, content: <Fault error={refused} />, okText: t.close });
      return undefined;
    } finally {
      setBusy(false);
      outdate(stale);
    }
  };
  return { act, busy, outdate };
}

/** One key for what a form was filled with while it was open: saved twice, or again after a lost answer, it makes one record. */
export function useOneKey(open: boolean): (body: unknown) => Record<string, string> {
  const last = useRef({ text: '', key: '' });
  useEffect(() => {
    if (open) last.current = { text: '', key: '' };
  }, [open]);
  return body => {
    const text = JSON.stringify(body);
    if (last.current.text !== text) last.current = { text, key: freshKey() };
    return { 'idempotency-key': last.current.key };
  };
}

/** A form in a dialog; Ctrl+Enter saves it. What the hub refuses is said beside the field that it names, else above the buttons. */
export function FormDialog<V extends object>({
  title,
  ok,
  open,
  initial,
  onSave,
  onClose,
  children,
  width = 520,
}: {
  title: string;
  ok: string;
  open: boolean;
  initial?: Partial<V>;
  onSave: (given: V) => Promise<unknown>;
  onClose: () => void;
  children: ReactNode | ((form: FormInstance<V>) => ReactNode);
  width?: number;
}) {
  const { t, lang } = usePrefs();
  const [form] = Form.useForm<V>();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const save = async (given: V) => {
    setBusy(true);
    setFault(null);
    try {
      await onSave(given);
      onClose();
    } catch (refused) {
      const { problem } = refused instanceof Refusal ? refused : {};
      const faults = problem?.faults?.map(f => ({ field: f.field, text: lang === 'en' ? f.en : f.zh })) ?? [
        { field: problem?.field ?? '', text: problem?.detail ?? problem?.title ?? '' },
      ];
      const here = faults.filter(f => form.getFieldInstance(f.field as never) !== undefined);
      form.setFields(here.map(f => ({ name: f.field as never, errors: [f.text] })));
      if (here.length < faults.length) setFault(refused);
    } finally {
      setBusy(false);
    }
  };
  const box = useRef<HTMLDivElement>(null);
  /** One goes on typing where the dialog begins; a finger opens the keyboard by itself. */
  const begin = () => {
    if (matchMedia('(pointer: coarse)').matches || box.current?.contains(document.activeElement)) return;
    box.current?.querySelector<HTMLElement>('input:not([type=hidden], :disabled), textarea:not(:disabled)')?.focus({ preventScroll: true });
  };
  const key = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing || busy) return;
    event.preventDefault();
    form.submit();
  };
  return (
    <Modal
      open={open}
      onCancel={onClose}
      title={title}
      okText={ok}
      cancelText={t.cancel}
      onOk={form.submit}
      confirmLoading={busy}
      destroyOnHidden
      afterOpenChange={isOpen => isOpen && begin()}
      closable={{ 'aria-label': t.close }}
      width={width}
    >
      <div ref={box}>
        <Form form={form} layout="vertical" initialValues={initial} onFinish={save} onKeyDown={key} preserve={false} requiredMark={false}>
          {typeof children === 'function' ? children(form) : children}
          {fault ? <Fault error={fault} /> : null}
        </Form>
      </div>
    </Modal>
  );
}
