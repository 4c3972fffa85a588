import type { Movement } from '../api';
import { usePrefs } from '../app';
import { Link } from '../route';
import { Card, Empty } from './common';
import { PagedRows } from './list';
import { MovementCard, useMovementColumns } from './rows';

/** The movements of one record, newest first, and the way to all of them. */
export function Moved({
  of,
  id,
  below,
  title,
  leave = [],
}: {
  of: 'item' | 'location' | 'task';
  id: number;
  below?: number | null;
  title: string;
  /** Columns that say the same in each row. */
  leave?: string[];
}) {
  const { t } = usePrefs();
  const columns = useMovementColumns({ item: of === 'item' });
  return (
    <Card title={title} flush extra={<Link to={`/movements?${of}=${id}`}>{t.all}</Link>}>
      <PagedRows<Movement>
        name="movements"
        path="/movements"
        live="movement"
        filter={{ [of]: id, below }}
        label={title}
        columns={columns.filter(c => !leave.includes(c.key))}
        rowKey={m => m.id}
        card={m => <MovementCard of={m} />}
        empty={<Empty title={t.noMovements} hint={t.noMovementsHint} />}
      />
    </Card>
  );
}
