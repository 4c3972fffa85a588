// Text to carry elsewhere: tokens, passwords, commands. The clipboard needs a secure page; on plain HTTP the old way of copying serves.

import { App, Button, Modal } from 'antd';
import { useT } from '../app';
import { Icon } from './icons';

export function Once({ text, label }: { text: string; label: string }) {
  const t = useT();
  const { message } = App.useApp();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const field = document.createElement('textarea');
      field.value = text;
      document.body.append(field);
      field.select();
      document.execCommand('copy');
      field.remove();
    }
    void message.success(t.copied);
  };
  return (
    <div className="once wide">
      <pre>{text}</pre>
      <Button aria-label={`${t.copy} ${label}`} icon={<Icon name="copy" size={16} />} onClick={copy}>
        {t.copy}
      </Button>
    </div>
  );
}

/** Shown this once only: it closes by its one button, not by a click beside it. */
export function OnceDialog({
  text,
  title,
  hint,
  label,
  onClose,
}: {
  text: string;
  title: string;
  hint: string;
  label: string;
  onClose: () => void;
}) {
  const t = useT();
  return (
    <Modal
      open={text !== ''}
      title={title}
      closable={false}
      maskClosable={false}
      onCancel={onClose}
      footer={
        <Button type="primary" onClick={onClose}>
          {t.done}
        </Button>
      }
    >
      <div className="stack">
        <p>{hint}</p>
        <Once text={text} label={label} />
      </div>
    </Modal>
  );
}
