// Finding somebody by their whole phone, its last four digits or their e-mail. The hub compares hashes: nothing of it stands in an address or a log.

import { Form, Input, Modal } from 'antd';
import { type ReactNode, useState } from 'react';
import { type Page, post } from '../api';
import { useWords } from '../app';
import { go } from '../route';
import { Fault } from './common';
import { words } from './contact-words';

/** What was typed, by the name that the API has for it. */
export function asked(typed: string): Record<string, string> {
  const text = typed.trim();
  if (text.includes('@')) return { email: text };
  return /^\d{4}$/.test(text) ? { phone_last: text } : { phone: text };
}

export function FindByContact<T extends { id: number; name: string }>({
  open,
  onClose,
  title,
  hint,
  none,
  path,
  to,
  beside,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  hint: string;
  /** Said when nobody was found. */
  none: string;
  /** Where the hub is asked: `/people/find`. */
  path: string;
  /** The page of one that was found. */
  to: (row: T) => string;
  /** What tells those of one name apart. */
  beside: (row: T) => ReactNode;
}) {
  const w = useWords(words);
  const [found, setFound] = useState<T[] | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const find = async (typed: string) => {
    if (!typed.trim()) return;
    setBusy(true);
    setFault(null);
    try {
      setFound((await post<Page<T>>(path, asked(typed))).items);
    } catch (refused) {
      setFound(null);
      setFault(refused);
    }
    setBusy(false);
  };
  const close = () => {
    setFound(null);
    setFault(null);
    onClose();
  };
  return (
    <Modal open={open} title={title} onCancel={close} footer={null} destroyOnHidden>
      <Form layout="vertical">
        <Form.Item label={w.phoneOrEmail} extra={hint}>
          <Input.Search
            aria-label={w.phoneOrEmail}
            autoFocus
            autoComplete="off"
            maxLength={254}
            enterButton={w.find}
            loading={busy}
            onSearch={text => void find(text)}
          />
        </Form.Item>
      </Form>
      {fault ? <Fault error={fault} /> : null}
      <div aria-live="polite">
        {found?.length === 0 ? <p className="quiet">{none}</p> : null}
        <ul className="steps">
          {found?.map(row => (
            <li key={row.id}>
              <a
                href={to(row)}
                onClick={e => {
                  e.preventDefault();
                  close();
                  go(to(row));
                }}
              >
                <strong>{row.name}</strong>
              </a>{' '}
              {beside(row)}
            </li>
          ))}
        </ul>
      </div>
    </Modal>
  );
}
