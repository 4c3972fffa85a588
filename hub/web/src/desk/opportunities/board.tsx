// Opportunities as a board: a column for each stage with its sum, paged by itself. A card is taken to another stage with the mouse, or by
// the menu of the card.

import '../board/board.css';
import { useQuery } from '@tanstack/react-query';
import { Button, Dropdown } from 'antd';
import { useState } from 'react';
import { quantity } from '../../shared/format';
import { get, query } from '../api';
import { useMay, useWords } from '../app';
import { Fault } from '../parts/common';
import { type Filter, usePaged } from '../parts/list';
import { Link } from '../route';
import type { Stage } from '../settings/stages';
import type { OpportunityRow, StageSum } from './model';
import { useMove } from './move';
import { OpportunityCard, usePipelines } from './parts';
import { words } from './words';

export default function OpportunityBoard({ filter }: { filter: Filter }) {
  const w = useWords(words);
  const code = String(filter.pipeline || 'sales');
  const { pipeline } = usePipelines();
  const { move, dialogs } = useMove();
  const [held, setHeld] = useState<OpportunityRow | null>(null);
  const sums = useQuery({
    queryKey: ['opportunity-sums', code, filter],
    queryFn: ({ signal }) => get<StageSum[]>(`/opportunities/sums${query({ ...filter, pipeline: code })}`, signal),
  });
  const wanted = (stage: Stage) => (filter.stage ? stage.code === filter.stage : true);
  const isUsed = (stage: Stage) => stage.active !== false || sums.data?.some(sum => sum.stage === stage.code);
  const stages = (pipeline(code)?.stages ?? []).filter(stage => wanted(stage) && isUsed(stage));
  return (
    <>
      {sums.error ? <Fault error={sums.error} retry={() => void sums.refetch()} /> : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways has to be reached by keyboard */}
      <section className="board" aria-label={w.opportunities} tabIndex={0}>
        {stages.map(stage => (
          <Column
            key={stage.code}
            of={stage}
            all={stages}
            sum={sums.data?.find(sum => sum.stage === stage.code)}
            filter={{ ...filter, pipeline: code, stage: stage.code }}
            held={held}
            onHold={setHeld}
            onMove={(card, to) => void move(card, to)}
          />
        ))}
      </section>
      {dialogs}
    </>
  );
}

function Column({
  of: stage,
  all,
  sum,
  filter,
  held,
  onHold,
  onMove,
}: {
  of: Stage;
  all: Stage[];
  sum: StageSum | undefined;
  filter: Filter;
  held: OpportunityRow | null;
  onHold: (card: OpportunityRow | null) => void;
  onMove: (card: OpportunityRow, to: string) => void;
}) {
  const w = useWords(words);
  const may = useMay();
  const { stageName } = usePipelines();
  const [over, setOver] = useState(0);
  const asked = usePaged<OpportunityRow>('opportunities', '/opportunities', filter);
  const rows = asked.data?.pages.flatMap(p => p.items) ?? [];
  const canMove = may('opportunities', 'crm');
  const takes = held !== null && held.stage !== stage.code && stage.active !== false;
  const name = stageName(String(filter.pipeline), stage.code);
  return (
    // Cards are taken here with the mouse; the menu of each card does the same by keyboard and on a phone.
    // biome-ignore lint/a11y/noStaticElementInteractions: see above
    <div
      className={`board-column${over > 0 && takes ? ' board-takes' : ''}`}
      onDragEnter={() => setOver(n => n + 1)}
      onDragLeave={() => setOver(n => Math.max(0, n - 1))}
      onDragOver={event => takes && event.preventDefault()}
      onDrop={event => {
        event.preventDefault();
        setOver(0);
        if (held && takes) onMove(held, stage.code);
        onHold(null);
      }}
    >
      <h2>
        {name} <span className="quiet number">{quantity(sum?.count ?? 0)}</span>
      </h2>
      <p className="quiet board-sum">
        {[sum?.amount ? w.total(quantity(sum.amount)) : '', sum?.overdue ? w.overdueMany(sum.overdue) : ''].filter(Boolean).join(' · ')}
      </p>
      {asked.error ? <Fault error={asked.error} retry={() => void asked.refetch()} /> : null}
      <ul aria-label={name} aria-busy={asked.isPending}>
        {rows.map(card => (
          <li
            key={card.id}
            className={`board-card${held?.id === card.id ? ' board-held' : ''}`}
            draggable={canMove}
            onDragStart={event => {
              event.dataTransfer.setData('text/plain', card.code);
              event.dataTransfer.effectAllowed = 'move';
              onHold(card);
            }}
            onDragEnd={() => onHold(null)}
          >
            <Link to={`/opportunities/${card.id}`} draggable={false}>
              <OpportunityCard of={card} />
            </Link>
            {canMove ? (
              <Dropdown
                trigger={['click']}
                placement="bottomRight"
                menu={{
                  items: all
                    .filter(other => other.code !== card.stage && other.active !== false)
                    .map(other => ({ key: other.code, label: stageName(card.pipeline, other.code), danger: other.end === 'lost' })),
                  onClick: ({ key }) => onMove(card, key),
                }}
              >
                <Button className="board-more" size="small" type="text" aria-label={w.actionsOf(`${card.title} ${card.customer_name}`)}>
                  …
                </Button>
              </Dropdown>
            ) : null}
          </li>
        ))}
      </ul>
      {asked.data && rows.length === 0 ? <p className="quiet board-none">{w.noneHere}</p> : null}
      {asked.hasNextPage ? (
        <Button size="small" block loading={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
          {w.loadMore}
        </Button>
      ) : null}
    </div>
  );
}
