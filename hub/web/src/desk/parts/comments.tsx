// What colleagues say about a record: read, and said with an @ for whoever is to be told.

import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Mentions } from 'antd';
import { useRef, useState } from 'react';
import { freshKey } from '../../shared/keys';
import { get, type Page, post, query } from '../api';
import { usePrefs, useWords } from '../app';
import { useAct } from './act';
import { words } from './comments-words';
import { Card, Time } from './common';
import { pieces } from './pieces';

interface Person {
  id: number;
  name: string;
}
interface Comment {
  id: number;
  author: string;
  author_name: string;
  at_ms: number;
  text: string;
  people: Person[];
}

/** Kinds of records that people talk about. */
const KINDS = ['item', 'task', 'exception', 'customer', 'opportunity', 'ticket', 'contract', 'order'];

const SHOWN = 10;

export function Comments({ of, id }: { of: string; id: string | number }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const path = `/comments/${of}/${id}`;
  const asked = useInfiniteQuery({
    queryKey: ['comments', of, String(id)],
    enabled: KINDS.includes(of),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => get<Page<Comment>>(path + query({ cursor: pageParam, limit: SHOWN }), signal),
    getNextPageParam: last => last.next,
  });
  if (!KINDS.includes(of)) return null;
  const rows = asked.data?.pages.flatMap(page => page.items) ?? [];
  return (
    <Card title={w.comments}>
      <Say path={path} stale={of} />
      {asked.data && rows.length === 0 ? <p className="quiet">{w.none}</p> : null}
      <ol className="comments">
        {rows.map(row => (
          <li key={row.id}>
            <div className="line">
              <strong className="grow clip">{row.author_name || row.author}</strong>
              <span className="quiet nowrap">
                <Time ms={row.at_ms} />
              </span>
            </div>
            <p className="comment">
              {pieces(row.text, row.people).map((piece, n) =>
                piece.named ? (
                  <b key={n} className="named">
                    {piece.text}
                  </b>
                ) : (
                  piece.text
                ),
              )}
            </p>
          </li>
        ))}
      </ol>
      {asked.hasNextPage ? (
        <Button size="small" loading={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
          {t.loadMore}
        </Button>
      ) : null}
    </Card>
  );
}

function Say({ path, stale }: { path: string; stale: string }) {
  const w = useWords(words);
  const { act, busy } = useAct();
  // The same words twice are two comments; sent again after a lost answer they are one.
  const key = useRef(freshKey());
  const [text, setText] = useState('');
  const [found, setFound] = useState<Person[]>([]);
  // Who was chosen: only whose name is still in the text is told.
  const chosen = useRef(new Map<string, number>());
  const latest = useRef('');
  const look = async (typed: string) => {
    latest.current = typed;
    const { items } = await get<Page<Person>>(`${path}/people${query({ q: typed })}`).catch(() => ({ items: [] as Person[] }));
    if (latest.current === typed) setFound(items);
  };
  const say = () =>
    act(
      async () => {
        const people = [...chosen.current].flatMap(([name, id]) => (text.includes(`@${name}`) ? [id] : []));
        await post(path, { text: text.trim(), people }, { 'idempotency-key': key.current });
        key.current = freshKey();
        chosen.current.clear();
        setText('');
      },
      { stale: ['comments', 'timeline', stale] },
    );
  return (
    <div className="say">
      <Mentions
        aria-label={w.say}
        placeholder={w.hint}
        value={text}
        onChange={setText}
        autoSize={{ minRows: 1, maxRows: 6 }}
        maxLength={2000}
        filterOption={false}
        onSearch={typed => void look(typed)}
        onSelect={option => chosen.current.set(String(option.value), Number(option.key))}
        options={found.map(person => ({ key: String(person.id), value: person.name, label: person.name }))}
        notFoundContent={w.nobody}
      />
      {text.trim() ? (
        <Button type="primary" loading={busy} onClick={() => void say()}>
          {w.send}
        </Button>
      ) : null}
      {text.trim() ? <p className="quiet">{w.numbers}</p> : null}
    </div>
  );
}
