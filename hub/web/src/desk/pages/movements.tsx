import type { Movement } from '../api';
import { usePart, usePrefs, useWords, useZone } from '../app';
import { dayOf } from '../customers/times';
import { ListPage } from '../parts/list-page';
import { Of } from '../parts/of';
import { MovementCard, useMovementColumns } from '../parts/rows';
import { Choice, Sentence } from '../parts/sentence';
import { DayFields } from '../stock/parts';
import { words } from '../stock/words';

/** The ledger as it is written, newest first; links from items, locations and tasks arrive here filtered. */
export default function MovementsPage() {
  const { t } = usePrefs();
  const { below } = usePart();
  const columns = useMovementColumns();
  const w = useWords(words);
  const today = dayOf(Date.now(), useZone());
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
        filters: ['below', 'item', 'location', 'task', 'from', 'to', 'flows'],
        columns: {
          item: ['code', 'name', 'carton', 'lot'],
          quantity: ['quantity', 'unit'],
          from: ['from', 'to'],
          who: ['operator', 'edge'],
        },
      }}
      more={['item', 'location', 'task', 'from', 'to', 'flows']}
      beside={({ of, set }) => (
        <div className="stock-period">
          <DayFields of={{ from: of.from, to: of.to }} today={today} set={set} />
          <Choice
            label={w.movementsOf}
            value={of.flows ?? ''}
            onChange={flows => set('flows', flows)}
            options={[
              { value: '', label: w.allMoves },
              { value: 'true', label: w.onlyFlows },
            ]}
          />
        </div>
      )}
      sentence={({ of, set }) =>
        of.item || of.location || of.task ? (
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
