import { Button } from 'antd';
import { useT } from '../app';
import { Icon } from './icons';
import { useNameOf } from './names';

/** What a list is narrowed to, by name; pressing it takes it away. */
export function Of({
  what,
  id,
  label,
  onClear,
}: {
  what: 'items' | 'locations' | 'tasks';
  id: string;
  label: string;
  onClear: () => void;
}) {
  const t = useT();
  const name = useNameOf(what, id);
  return (
    <Button
      size="small"
      className="of"
      onClick={onClear}
      icon={<Icon name="wrong" size={12} />}
      iconPlacement="end"
      aria-label={`${t.clearFilter}: ${label} ${name}`}
    >
      <span className="clip">
        {label} {name}
      </span>
    </Button>
  );
}
