// Finding somebody by their whole phone, its last four digits or their e-mail. The hub compares hashes: nothing of it stands in an address or a log.

import { Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { type Page, type PersonRow, post } from '../api';
import { useWords } from '../app';
import { Fault } from '../parts/common';
import { go } from '../route';
import { PersonState } from './people';
import { words } from './words';

/** What was typed, by the name that the API has for it. */
export function asked(typed: string): Record<string, string> {
  const text = typed.trim();
  if (text.includes('@')) return { email: text };
  return /^\d{4}$/.test(text) ? { phone_last: text } : { phone: text };
}

export function FindPerson({ open, onClose }: { open: boolean; onClose: () => void }) {
  const w = useWords(words);
  const [found, setFound] = useState<PersonRow[] | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const find = async (typed: string) => {
    if (!typed.trim()) return;
    setBusy(true);
    setFault(null);
    try {
      setFound((await post<Page<PersonRow>>('/people/find', asked(typed))).items);
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
    <Modal open={open} title={w.findByContact} onCancel={close} footer={null} destroyOnHidden>
      <Form layout="vertical">
        <Form.Item label={w.phoneOrEmail} extra={w.phoneOrEmailHint}>
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
        {found?.length === 0 ? <p className="quiet">{w.noPeopleMatch}</p> : null}
        <ul className="steps">
          {found?.map(p => (
            <li key={p.id}>
              <a
                href={`/settings/people/${p.id}`}
                onClick={e => {
                  e.preventDefault();
                  close();
                  go(`/settings/people/${p.id}`);
                }}
              >
                <strong>{p.name}</strong>
              </a>{' '}
              <span className="quiet">{[p.login, p.organisation_name, p.phone].filter(Boolean).join(' · ')}</span> <PersonState of={p} />
            </li>
          ))}
        </ul>
      </div>
    </Modal>
  );
}
