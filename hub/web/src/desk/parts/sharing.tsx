// Who works on a record beside whoever looks after it: who shares it, with whom, and how it is taken back.

import { useQuery } from '@tanstack/react-query';
import { Button, Checkbox, Select } from 'antd';
import { useDeferredValue, useState } from 'react';
import { get, put, query, remove } from '../api';
import { useSession, useWords } from '../app';
import { go } from '../route';
import { useAct } from './act';
import { Card } from './common';
import { words } from './sharing-words';

interface Collaborator {
  person: number;
  name: string;
  organisation_name: string | null;
}
interface Collaborators {
  people: Collaborator[];
  may_share: boolean;
  colleagues?: Collaborator[];
}

const called = (of: Collaborator) => (of.organisation_name ? `${of.name} · ${of.organisation_name}` : of.name);

export function SharingCard({
  path,
  also,
  stale,
}: {
  /** Where the record is: `/customers/7`. */
  path: string;
  /** What can be shared with it in one go: the customer of an opportunity. */
  also?: string;
  stale: string[];
}) {
  const w = useWords(words);
  const { user } = useSession();
  const { act, busy } = useAct();
  const [q, setQ] = useState('');
  const [chosen, setChosen] = useState<number>();
  const [both, setBoth] = useState(true);
  const wanted = useDeferredValue(q.trim());
  const shared = useQuery<Collaborators>({
    queryKey: ['collaborators', path, wanted],
    placeholderData: before => before,
    queryFn: ({ signal }) => get<Collaborators>(`${path}/collaborators${query({ q: wanted })}`, signal),
  });
  // Whoever looks after an opportunity need not be the one who looks after its customer: that is shared only by who may.
  const theirs = useQuery<Collaborators>({
    queryKey: ['collaborators', also],
    enabled: also !== undefined && shared.data?.may_share === true,
    retry: false,
    queryFn: ({ signal }) => get<Collaborators>(`${also}/collaborators`, signal),
  });
  const withCustomer = also !== undefined && theirs.data?.may_share === true;
  const { data } = shared;
  if (!data || (!data.may_share && data.people.length === 0)) return null;
  const refresh = ['collaborators', ...stale];
  const share = async () => {
    if (chosen === undefined) return;
    const done = await act(
      async () => {
        // The customer first: where that is refused nothing is shared, and the reason is the reason of all of it.
        if (withCustomer && both) await put(`${also}/collaborators/${chosen}`, {});
        await put(`${path}/collaborators/${chosen}`, {});
      },
      { done: w.done, stale: refresh },
    );
    if (done) setChosen(undefined);
  };
  const takeBack = async ({ person }: Collaborator) => {
    const done = await act(() => remove(`${path}/collaborators/${person}`), { done: w.takenBack, stale: refresh });
    if (done && person === user.id && !data.may_share) go(path.replace(/\/\d+$/, ''));
  };
  return (
    <Card title={w.title}>
      {data.people.length ? (
        <ul className="order-lines">
          {data.people.map(one => {
            const undo = one.person === user.id && !data.may_share ? w.leave : w.takeBack;
            return (
              <li key={one.person} className="line">
                <span className="grow">{called(one)}</span>
                {data.may_share || one.person === user.id ? (
                  <Button size="small" disabled={busy} onClick={() => void takeBack(one)} aria-label={`${undo} ${one.name}`}>
                    {undo}
                  </Button>
                ) : null}
              </li>
            );
          })}
        </ul>
      ) : (
        <p className="quiet">{w.none}</p>
      )}
      {data.colleagues ? (
        <div className="stack">
          <div className="line">
            <Select<number>
              className="grow"
              aria-label={w.colleague}
              placeholder={w.colleague}
              value={chosen}
              onChange={setChosen}
              showSearch={{ onSearch: setQ, filterOption: false }}
              notFoundContent={w.nobody}
              options={data.colleagues.map(one => ({ value: one.person, label: called(one) }))}
            />
            <Button disabled={chosen === undefined} loading={busy} onClick={() => void share()}>
              {w.share}
            </Button>
          </div>
          {withCustomer ? (
            <Checkbox checked={both} onChange={event => setBoth(event.target.checked)}>
              {w.customerToo}
            </Checkbox>
          ) : null}
        </div>
      ) : null}
    </Card>
  );
}
