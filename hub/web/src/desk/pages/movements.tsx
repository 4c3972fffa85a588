import type { Movement } from '../api';
import { usePart, usePrefs } from '../app';
import { ListPage } from '../parts/list-page';
import { Of } from '../parts/of';
import { MovementCard, useMovementColumns } from '../parts/rows';
import { Sentence } from '../parts/sentence';

/** The ledger as it is written, newest first; links from items, locations and tasks arrive here filtered. */
export default function MovementsPage() {
  const { t } = usePrefs();
  const { below } = usePart();
  const columns = useMovementColumns();
  const whats = [
    ['item', 'items', t.item],
    ['location', 'locations', t.location],
    ['task', 'tasks', t.task],
  ] as const;
  return (
    <ListPage<Movement>
      name="movements"
      path="/movements"
      live="movement"
      title={t.movements}
      sheet={{
        list: 'movements',
        filters: ['below', 'item', 'location', 'task'],
        columns: {
          item: ['code', 'name', 'carton', 'lot'],
          quantity: ['quantity', 'unit'],
          from: ['from', 'to'],
          who: ['operator', 'edge'],
        },
      }}
      more={['item', 'location', 'task']}
      sentence={({ of, set, narrow }) =>
        narrow ? (
          <Sentence
            text={t.movementsSentence}
            parts={{
              of: whats.map(([name, what, label]) =>
                of[name] ? <Of key={name} what={what} id={of[name]} label={label} onClear={() => set(name, '')} /> : null,
              ),
            }}
          />
        ) : (
          <p className="sentence">{t.movementsAll}</p>
        )
      }
      ask={of => ({ ...of, below })}
      none={{ title: t.noMovements, hint: t.noMovementsHint }}
      columns={columns}
      rowKey={m => m.id}
      card={m => <MovementCard of={m} />}
    />
  );
}
