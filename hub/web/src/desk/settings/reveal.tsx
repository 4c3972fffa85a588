// Seeing a masked field of a person whole, for a reason that is written down.

import { Form, Input } from 'antd';
import { type ReactNode, useState } from 'react';
import { post } from '../api';
import { useWords } from '../app';
import { FormDialog } from '../parts/act';
import { words } from './words';

interface Revealing {
  /** What was seen whole, by the names that fields have in the API. */
  seen: Record<string, string>;
  ask: (field: string, label: string) => void;
  forget: (field: string) => void;
  dialog: ReactNode;
}

export function useReveal(person: number): Revealing {
  const w = useWords(words);
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
        const { value: whole } = await post<{ value: string | null }>(`/people/${person}/reveal`, { field, reason });
        setSeen(all => ({ ...all, [field]: whole ?? '' }));
      }}
    >
      <Form.Item name="reason" label={w.reason} extra={w.reasonHint} rules={[{ required: true, whitespace: true, message: w.reason }]}>
        <Input maxLength={200} autoFocus />
      </Form.Item>
    </FormDialog>
  );
  return {
    seen,
    ask: (field, label) => setAsking({ field, label }),
    forget: field => setSeen(({ [field]: _, ...rest }) => rest),
    dialog,
  };
}
