// A part of a draft in a drawer: it is saved to the draft even when it is wrong, and what is wrong is said at its place.

import { Button, Drawer, Form, type FormInstance } from 'antd';
import { type ReactNode, useEffect, useState } from 'react';
import { usePrefs, useWords } from '../app';
import type { DraftFault, Path } from '../custom/places';
import { words } from '../custom/words';
import { Fault, Tag } from '../parts/common';

export interface FaultAt {
  path: Path;
  fault: DraftFault;
}

export function DefDrawer<V extends object>({
  title,
  initial,
  faults,
  onSave,
  onClose,
  children,
}: {
  title: string;
  initial: Partial<V>;
  /** What is wrong with it now. */
  faults: FaultAt[];
  /** Saves it to the draft and says what is wrong with it there. */
  onSave: (given: V) => Promise<FaultAt[]>;
  onClose: () => void;
  children: (form: FormInstance<V>) => ReactNode;
}) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const [form] = Form.useForm<V>();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const [left, setLeft] = useState(faults);
  const text = (f: DraftFault) => (lang === 'en' ? f.en : f.zh);
  const show = (all: FaultAt[]) => {
    const byPath = new Map<string, FaultAt[]>();
    for (const one of all) {
      // Mistakes within an expression stand beneath it already.
      if (one.fault.place) continue;
      const key = JSON.stringify(one.path);
      byPath.set(key, [...(byPath.get(key) ?? []), one]);
    }
    form.setFields([...byPath.values()].map(of => ({ name: of[0]?.path as never, errors: of.map(one => text(one.fault)) })));
  };
  // Once, when it opens: later it says what came of saving.
  useEffect(() => show(faults), []);
  // What has no field of its own is said above the buttons.
  const homeless = left.filter(one => !one.fault.place && !form.getFieldInstance(one.path as never));
  const save = async (given: V) => {
    setBusy(true);
    setRefused(null);
    try {
      const wrong = await onSave(given);
      setLeft(wrong);
      if (wrong.length === 0) return onClose();
      show(wrong);
    } catch (fault) {
      setRefused(fault);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Drawer
      open
      onClose={onClose}
      title={title}
      size={Math.min(680, innerWidth)}
      closable={{ 'aria-label': t.close }}
      footer={
        <div className="drawer-foot">
          <Button onClick={onClose}>{t.close}</Button>
          <Button type="primary" loading={busy} onClick={form.submit}>
            {w.saveDraft}
          </Button>
        </div>
      }
    >
      <Form form={form} layout="vertical" initialValues={initial} onFinish={save} requiredMark={false} scrollToFirstError>
        {children(form)}
        <div role="status">
          {left.length ? <Tag meaning="attention">{w.savedFaulty(left.length)}</Tag> : null}
          {homeless.length ? (
            <ul className="faults">
              {homeless.map(one => (
                <li key={one.fault.field + one.fault.rule}>{text(one.fault)}</li>
              ))}
            </ul>
          ) : null}
        </div>
        {refused ? <Fault error={refused} /> : null}
      </Form>
    </Drawer>
  );
}
