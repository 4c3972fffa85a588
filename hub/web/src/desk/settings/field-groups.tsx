import { Form, Input } from 'antd';
import { useWords } from '../app';
import type { Group } from '../custom/model';
import { words } from '../custom/words';
import { FormDialog } from '../parts/act';
import { Lines } from './defs';

/** The groups of a form, in their order. */
export function GroupsDialog({
  open,
  groups,
  onSave,
  onClose,
}: {
  open: boolean;
  groups: Group[];
  onSave: (groups: Group[]) => Promise<unknown>;
  onClose: () => void;
}) {
  const w = useWords(words);
  return (
    <FormDialog<{ groups?: Group[] }>
      open={open}
      title={w.groups}
      ok={w.saveDraft}
      width={640}
      initial={{ groups }}
      onClose={onClose}
      onSave={given => onSave(given.groups ?? [])}
    >
      <p className="quiet after">{w.groupsHint}</p>
      <Lines name="groups" label={w.groups} add={w.addGroup} fresh={{}}>
        {at => (
          <>
            <Form.Item name={[at, 'title']} rules={[{ required: true, message: w.title }]}>
              <Input aria-label={w.title} placeholder={w.title} maxLength={60} />
            </Form.Item>
            <Form.Item name={[at, 'title_en']}>
              <Input aria-label={w.titleEn} placeholder={w.titleEn} maxLength={60} />
            </Form.Item>
            <Form.Item name={[at, 'key']} rules={[{ required: true, message: w.key }]}>
              <Input aria-label={w.key} placeholder={w.key} maxLength={40} autoCapitalize="off" spellCheck={false} />
            </Form.Item>
          </>
        )}
      </Lines>
    </FormDialog>
  );
}
