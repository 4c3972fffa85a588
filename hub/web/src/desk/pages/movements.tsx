import { Button } from 'antd';
import type { Movement } from '../api';
import { usePrefs, useSites } from '../app';
import { Card, PageHead, Tag } from '../parts/common';
import { NoRows, PagedRows } from '../parts/list';
import { MovementCard, useMovementColumns } from '../parts/rows';
import { go, useFilter } from '../route';

/** The ledger as it is written, newest first; links from items, locations and tasks arrive here filtered. */
export default function MovementsPage() {
  const { t } = usePrefs();
  const { site } = useSites();
  const [item] = useFilter('item');
  const [location] = useFilter('location');
  const [task] = useFilter('task');
  const columns = useMovementColumns();
  const filters = [item && t.item, location && t.location, task && t.task].filter(Boolean);
  const clear = () => go('/movements', true);
  return (
    <>
      <PageHead title={t.movements} />
      {filters.length ? (
        <div className="filters">
          <Tag meaning="info">
            {t.filtered}: {filters.join(' · ')}
          </Tag>
          <Button size="small" onClick={clear}>
            {t.clearFilter}
          </Button>
        </div>
      ) : null}
      <Card flush>
        <PagedRows<Movement>
          name="movements"
          path="/movements"
          filter={{ item, location, task, site }}
          label={t.movements}
          columns={columns}
          rowKey={m => m.id}
          card={m => <MovementCard of={m} />}
          empty={<NoRows filtered={filters.length > 0} title={t.noMovements} hint={t.noMovementsHint} clear={clear} />}
        />
      </Card>
    </>
  );
}
