import type { Meaning } from '../../shared/tokens';
import { useT } from '../app';
import { Link } from '../route';
import { Icon } from './icons';

/** A number that opens the list of what it counts. */
export function Counter({
  label,
  shown,
  to,
  meaning,
  list,
}: {
  label: string;
  shown: string;
  to: string;
  meaning?: Meaning;
  list: string;
}) {
  const t = useT();
  return (
    <Link to={to} className={`counter${meaning ? ` counter-${meaning}` : ''}`} title={t.openList(list)}>
      <span className="counter-label">
        {meaning ? <Icon name={meaning} size={14} /> : null}
        {label}
      </span>
      <span className="counter-number">{shown}</span>
    </Link>
  );
}
