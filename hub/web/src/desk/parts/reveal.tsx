// Seeing a masked field of a record whole, for a reason that is written down.

import { Button, Form, Input } from 'antd';
import { type ReactNode, useState } from 'react';
import { post } from '../api';
import { useMay, useWords } from '../app';
import { FormDialog } from './act';
import { words } from './contact-words';

interface Revealing {
  /** What was seen whole, by the names that fields have in the API. */
  seen: Record<string, string>;
  /** Asks for the reason; nothing for whom the hub would refuse. */
  button: (field: string, label: string) => ReactNode;
  forget: (field: string) => void;
  dialog: ReactNode;
}

/** `path` is where the record is: `/people/7`. */
export function useReveal(path: string): Revealing {
  const w = useWords(words);
  const may = useMay();
  const [asking, setAsking] = useState<{ field: string; label: string } | null>(null);
  const [seen, setSeen] = useState<Record<string, string>>({});
  const dialog = (
    <FormDialog<{ reason: string }>
      open={asking !== null}
      title={w.revealWhat(asking?.label ?? '')}
      ok={w.reveal}
      onClose={() => setAsking(null)}
      onSave={async ({ reason }) => {
        if (!asking) return;
        const { field } = asking;
        const { value: whole } = await post<{ value: string | null }>(`${path}/reveal`, { field, reason });
        setSeen(all => ({ ...all, [field]: whole ?? '' }));
      }}
    >
      <Form.Item
        name="reason"
        label={w.reason}
        extra={w.reasonHint}
        rules={[{ required: true, whitespace: true, min: 2, message: w.reasonNeeded }]}
      >
        <Input maxLength={200} autoFocus />
      </Form.Item>
    </FormDialog>
  );
  return {
    seen,
    button: (field, label) =>
      may('reveal') ? (
        <Button size="small" className="reveal" aria-label={`${w.reveal}: ${label}`} onClick={() => setAsking({ field, label })}>
          {w.reveal}
        </Button>
      ) : null,
    forget: field => setSeen(({ [field]: _, ...rest }) => rest),
    dialog,
  };
}
