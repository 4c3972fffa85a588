import { Button } from 'antd';
import type { Movement } from '../api';
import { usePrefs, useSites } from '../app';
import { PageHead } from '../parts/common';
import { Icon } from '../parts/icons';
import { List, NoRows } from '../parts/list';
import { useNameOf } from '../parts/names';
import { MovementCard, useMovementColumns } from '../parts/rows';
import { Sentence } from '../parts/sentence';
import { go, useFilter } from '../route';

/** The ledger as it is written, newest first; links from items, locations and tasks arrive here filtered. */
export default function MovementsPage() {
  const { t } = usePrefs();
  const { site } = useSites();
  const [item, setItem] = useFilter('item');
  const [location, setLocation] = useFilter('location');
  const [task, setTask] = useFilter('task');
  const columns = useMovementColumns();
  const filtered = Boolean(item || location || task);
  return (
    <>
      <PageHead title={t.movements} />
      <List<Movement>
        name="movements"
        path="/movements"
        live="movement"
        filter={{ item, location, task, site }}
        filters={
          filtered ? (
            <Sentence
              text={t.movementsSentence}
              parts={{
                of: (
                  <>
                    {item ? <Of what="items" id={item} label={t.item} onClear={() => setItem('')} /> : null}
                    {location ? <Of what="locations" id={location} label={t.location} onClear={() => setLocation('')} /> : null}
                    {task ? <Of what="tasks" id={task} label={t.task} onClear={() => setTask('')} /> : null}
                  </>
                ),
              }}
            />
          ) : (
            <p className="sentence">{t.movementsAll}</p>
          )
        }
        label={t.movements}
        columns={columns}
        rowKey={m => m.id}
        card={m => <MovementCard of={m} />}
        empty={<NoRows filtered={filtered} title={t.noMovements} hint={t.noMovementsHint} clear={() => go('/movements', true)} />}
      />
    </>
  );
}

/** What the list is narrowed to, by name; pressing it takes it away. */
function Of({ what, id, label, onClear }: { what: 'items' | 'locations' | 'tasks'; id: string; label: string; onClear: () => void }) {
  const { t } = usePrefs();
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
