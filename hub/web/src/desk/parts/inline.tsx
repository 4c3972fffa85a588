// A value that is changed where it stands: Enter or Ctrl+Enter saves, Esc goes back.

import { Button, Input } from 'antd';
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { useT } from '../app';
import { useAct } from './act';
import { Icon } from './icons';

/** What another control than the field for a line of text is given. */
export interface InlineControl {
  value: string;
  onChange: (text: string) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

export function Inline({
  value,
  label,
  onSave,
  stale,
  canEdit = true,
  control,
  children,
}: {
  value: string;
  label: string;
  onSave: (text: string) => Promise<unknown>;
  stale?: string[];
  canEdit?: boolean;
  /** Enter is its own: only Ctrl+Enter saves. */
  control?: (field: InlineControl) => ReactNode;
  children?: ReactNode;
}) {
  const t = useT();
  const [typed, setTyped] = useState<string | null>(null);
  const { act, busy } = useAct();
  if (typed === null) {
    return (
      <span className="inline">
        <span>{children ?? value}</span>
        {canEdit ? (
          <Button
            type="text"
            size="small"
            aria-label={`${t.edit}: ${label}`}
            icon={<Icon name="edit" size={14} />}
            onClick={() => setTyped(value)}
          />
        ) : null}
      </span>
    );
  }
  const save = async () => {
    if (typed.trim() === value || (await act(() => onSave(typed.trim()), { stale }))) setTyped(null);
  };
  const key = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && (!control || event.ctrlKey || event.metaKey)) void save();
    else if (event.key === 'Escape') setTyped(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <span className="inline">
      {control ? (
        control({ value: typed, onChange: setTyped, onKeyDown: key })
      ) : (
        <Input size="small" autoFocus aria-label={label} value={typed} onChange={e => setTyped(e.target.value)} onKeyDown={key} />
      )}
      <Button size="small" type="primary" loading={busy} onClick={save}>
        {t.save}
      </Button>
      <Button size="small" onClick={() => setTyped(null)}>
        {t.cancel}
      </Button>
    </span>
  );
}
