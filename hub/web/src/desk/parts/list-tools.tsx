// What a reader may change about a list: its columns and its density.

import { Button, Dropdown } from 'antd';
import { useT } from '../app';
import { Icon } from './icons';
import type { Look } from './looks';

export function ListTools({
  columns,
  look,
  onChange,
}: {
  columns: { key: string; title: string }[];
  look: Look;
  onChange: (part: Partial<Look>) => void;
}) {
  const t = useT();
  const shown = columns.filter(c => c.title);
  const toggle = (key: string) =>
    onChange({ hidden: look.hidden.includes(key) ? look.hidden.filter(k => k !== key) : [...look.hidden, key] });
  return (
    <Dropdown
      trigger={['click']}
      placement="bottomRight"
      menu={{
        selectable: true,
        multiple: true,
        selectedKeys: [look.dense ? ' dense' : ' roomy', ...shown.filter(c => !look.hidden.includes(c.key)).map(c => c.key)],
        items: [
          { key: 'columns', type: 'group', label: t.columns, children: shown.map(c => ({ key: c.key, label: c.title })) },
          {
            key: 'density',
            type: 'group',
            label: t.density,
            children: [
              { key: ' roomy', label: t.roomy },
              { key: ' dense', label: t.dense },
            ],
          },
        ],
        onClick: ({ key }) => {
          if (key === ' roomy' || key === ' dense') onChange({ dense: key === ' dense' });
          else toggle(key);
        },
      }}
    >
      <Button type="text" icon={<Icon name="columns" size={16} />} aria-label={t.listLook} title={t.listLook} />
    </Dropdown>
  );
}
