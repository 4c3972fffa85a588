// What waits for the reader, by what their roles let them see and do: counters that open their lists, what they were told and have not
// read, the views they keep, and the first step of what they do most.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { quantity } from '../../shared/format';
import type { Meaning } from '../../shared/tokens';
import { get, type Notification, type Page, query } from '../api';
import { useMay, usePart, usePrefs, useSession, useWords } from '../app';
import { areas } from '../areas';
import { Told, useReading } from '../bell';
import { Card, Empty, Loaded, PageHead } from '../parts/common';
import { Counter } from '../parts/counter';
import { Icon, type IconName } from '../parts/icons';
import type { View } from '../parts/views';
import { go, Link } from '../route';
import { type Counted, words } from './home-words';

interface Home {
  counters: { name: Counted; count: number; link: string }[];
}

/** What a counter above nothing means. */
const meanings: Partial<Record<Counted, Meaning>> = {
  follow_ups_due: 'attention',
  customers_idle: 'wrong',
  opportunities_unexplained: 'attention',
  deliveries_unplanned: 'attention',
  tickets_new: 'attention',
  tickets_given: 'attention',
  visits_today: 'info',
  return_visits_due: 'attention',
  discounts_asked: 'attention',
  orders_late: 'wrong',
  contracts_asked: 'attention',
  instalments_due: 'attention',
  approvals: 'attention',
  cases: 'attention',
  edges_away: 'wrong',
  jobs_dead: 'wrong',
  deliveries_dead: 'wrong',
  channels_failing: 'wrong',
  unread: 'info',
};

export default function HomePage() {
  const { t } = usePrefs();
  const w = useWords(words);
  const { user } = useSession();
  const { below } = usePart();
  const home = useQuery<Home>({
    queryKey: ['home', below],
    refetchInterval: 60_000,
    placeholderData: b => b,
    queryFn: ({ signal }) => get<Home>(`/home${query({ below })}`, signal),
  });
  return (
    <>
      <PageHead title={t.home}>
        <span className="quiet">{w.greeting(user.name || user.login)}</span>
      </PageHead>
      <Loaded of={home}>{({ counters }) => <Counters key={`${below} ${home.isPlaceholderData}`} of={counters} />}</Loaded>
      <div className="halves">
        <Unread />
        <div>
          <Steps />
          <Views />
        </div>
      </div>
    </>
  );
}

/** What waits stands large, what nothing waits for small beneath it: as it was when the page opened, so that nothing moves under a finger. */
function Counters({ of }: { of: Home['counters'] }) {
  const w = useWords(words);
  const [waiting] = useState(() => new Set(of.filter(one => one.count > 0).map(one => one.name)));
  const shown = (some: Home['counters']) =>
    some.map(({ name, count, link }) => (
      <Counter key={name} label={w[name]} shown={quantity(count)} to={link} meaning={count ? meanings[name] : undefined} list={w[name]} />
    ));
  const [large, small] = [of.filter(one => waiting.has(one.name)), of.filter(one => !waiting.has(one.name))];
  return (
    <>
      {large.length ? <div className="counters counters-home">{shown(large)}</div> : null}
      {small.length ? <div className="counters counters-home counters-done">{shown(small)}</div> : null}
    </>
  );
}

function Unread() {
  const { t } = usePrefs();
  const w = useWords(words);
  const read = useReading();
  const asked = useQuery({
    queryKey: ['notifications', 'list', 'unread'],
    queryFn: ({ signal }) => get<Page<Notification>>('/notifications?unread=true&limit=8', signal),
  });
  return (
    <Card title={w.told} flush extra={<Link to="/notifications">{t.all}</Link>}>
      <Loaded of={asked}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={w.nothingTold} hint={t.noNotificationsHint} />
          ) : (
            <ul className="plain">
              {items.map(one => (
                <li key={one.id}>
                  <button
                    type="button"
                    className="row-card told"
                    onClick={() => {
                      void read(one);
                      if (one.link) go(one.link);
                    }}
                  >
                    <Told of={one} />
                  </button>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

/** The first step of what somebody does most. */
function Steps() {
  const { t } = usePrefs();
  const w = useWords(words);
  const may = useMay();
  const all: [boolean, string, string, IconName][] = [
    [may('customers', 'crm'), '/customers?new=1', t.newCustomer, 'plus'],
    [may('tasks', 'warehouse'), '/tasks?new=1', t.newTask, 'plus'],
    [may('approvals', 'warehouse'), '/exceptions?kind=count_variance', w.approve, 'exceptions'],
    [may('stock.see', 'warehouse'), '/stock', w.stock, 'stock'],
    [may('people'), '/settings/people', w.people, 'people'],
    [may('roles'), '/settings/roles', w.roles, 'person'],
    [true, '/settings/profile', w.profile, 'user'],
    [true, '/help', t.help, 'help'],
  ];
  return (
    <Card title={w.steps}>
      <ul className="steps">
        {all
          .filter(([shown]) => shown)
          .map(([, to, label, icon]) => (
            <li key={to}>
              <Link to={to}>
                <Icon name={icon} size={16} />
                {label}
              </Link>
            </li>
          ))}
      </ul>
    </Card>
  );
}

/** Which page a list's views are of. */
const pages: Record<string, string> = { people: '/settings/people', jobs: '/settings/jobs', audit: '/settings/audit' };

function Views() {
  const { t } = usePrefs();
  const w = useWords(words);
  const asked = useQuery({ queryKey: ['views', ''], queryFn: ({ signal }) => get<Page<View>>('/views', signal).then(p => p.items) });
  const page = (list: string) => pages[list] ?? areas.find(a => a.name === list)?.to;
  const shown = (asked.data ?? []).filter(v => page(v.list));
  if (shown.length === 0) return null;
  return (
    <Card title={w.views}>
      <ul className="steps">
        {shown.map(v => (
          <li key={v.id}>
            <Link to={`${page(v.list)}?${v.query ? `${v.query}&` : ''}view=${v.id}`}>
              <Icon name={areas.find(a => a.name === v.list)?.icon ?? 'settings'} size={16} />
              {v.name}
              <span className="quiet">{v.mine ? (areas.some(a => a.name === v.list) ? t[v.list as 'tasks'] : '') : v.owner}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
