// What colleagues say about a record: read, and said with an @ for whoever is to be told.

import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Mentions } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { freshKey } from '../../shared/keys';
import { get, type Page, post, query } from '../api';
import { usePrefs, useWords } from '../app';
import { useAct } from './act';
import { words } from './comments-words';
import { Card, Fault, Time } from './common';
import { named, pieces } from './pieces';

interface Person {
  id: number;
  name: string;
  organisation_name: string | null;
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

export const isTalkedAbout = (of: string) => KINDS.includes(of);

const SHOWN = 10;
/** Each who is offered is asked for whether they see the record: not at every key. */
const CALM_MS = 200;

const withPlace = ({ name, organisation_name: place }: Person) => (place ? `${name} · ${place}` : name);

export function Comments({ of, id }: { of: string; id: string | number }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const path = `/comments/${of}/${id}`;
  const asked = useInfiniteQuery({
    queryKey: ['comments', of, String(id)],
    enabled: isTalkedAbout(of),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => get<Page<Comment>>(path + query({ cursor: pageParam, limit: SHOWN }), signal),
    getNextPageParam: last => last.next,
  });
  if (!isTalkedAbout(of)) return null;
  const rows = asked.data?.pages.flatMap(page => page.items) ?? [];
  return (
    <Card title={w.comments}>
      <Say path={path} stale={of} />
      {asked.error ? <Fault error={asked.error} retry={() => void asked.refetch()} /> : null}
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
  const [chosen, setChosen] = useState<Person[]>([]);
  const told = named(text, chosen);
  const [typed, setTyped] = useState<string>();
  useEffect(() => {
    if (typed === undefined) return;
    const ended = new AbortController();
    const offer = () =>
      get<Page<Person>>(`${path}/people${query({ q: typed })}`, ended.signal).then(
        page => setFound(page.items),
        () => ended.signal.aborted || setFound([]),
      );
    const wait = setTimeout(() => void offer(), CALM_MS);
    return () => {
      clearTimeout(wait);
      ended.abort();
    };
  }, [path, typed]);
  // The field adds something of its own to each key, behind the number.
  const choose = (id: number) => setChosen(now => [...now.filter(one => one.id !== id), ...found.filter(one => one.id === id)]);
  const say = () =>
    act(
      async () => {
        await post(path, { text: text.trim(), people: told.map(person => person.id) }, { 'idempotency-key': key.current });
        key.current = freshKey();
        setChosen([]);
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
        onSearch={setTyped}
        onSelect={option => choose(Number.parseInt(String(option.key), 10))}
        options={found.map(person => ({ key: String(person.id), value: person.name, label: withPlace(person) }))}
        notFoundContent={w.nobody}
      />
      {text.trim() ? (
        <Button type="primary" loading={busy} onClick={() => void say()}>
          {w.send}
        </Button>
      ) : null}
      {told.length > 0 ? <p className="quiet">{w.told(told.map(withPlace))}</p> : null}
      {text.trim() ? <p className="quiet">{w.numbers}</p> : null}
    </div>
  );
}
