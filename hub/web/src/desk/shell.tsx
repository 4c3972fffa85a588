// The frame around every page: areas on the left (below on a phone) as the reader's roles allow, find and go, what they were told, help,
// language, theme, the live link.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Drawer, Dropdown } from 'antd';
import { type ComponentType, lazy, Suspense, useEffect, useState } from 'react';
import { clock } from '../shared/format';
import { type ExceptionRow, get, type Page, query, signOut } from './api';
import { useMay, usePart, usePrefs, useSession, useT } from './app';
import { type Area, areas } from './areas';
import { Bell } from './bell';
import { useLive } from './live';
import { Palette } from './palette';
import { Kept } from './parts/broken';
import { ChooseOrganisation } from './parts/choose';
import { Empty, Tag } from './parts/common';
import { Icon } from './parts/icons';
import { Shortcuts, useShortcuts } from './parts/keys';
import { edgesKnown, sitesKnown } from './parts/known';
import { useNarrow } from './parts/list';
import { Mark } from './parts/mark';
import { go, Link, usePlace } from './route';

type PageOf = ComponentType<{ id: string }>;
const page = (load: () => Promise<{ default: PageOf }>) => lazy(load);
const SettingsFrame = lazy(() => import('./settings/frame'));
const routes: [pattern: RegExp, page: PageOf, area: Area][] = [
  [/^\/$/, page(() => import('./pages/home')), 'home'],
  [/^\/figures$/, page(() => import('./figures/dashboard')), 'figures'],
  [/^\/customers$/, page(() => import('./customers/list')), 'customers'],
  [/^\/customers\/(\d+)$/, page(() => import('./customers/customer')), 'customers'],
  [/^\/contracts$/, page(() => import('./contracts/list')), 'contracts'],
  [/^\/contracts\/(\d+)$/, page(() => import('./contracts/contract')), 'contracts'],
  [/^\/quotes$/, page(() => import('./quotes/list')), 'quotes'],
  [/^\/quotes\/(\d+)$/, page(() => import('./quotes/quote')), 'quotes'],
  [/^\/orders$/, page(() => import('./orders/list')), 'orders'],
  [/^\/orders\/(\d+)$/, page(() => import('./orders/order')), 'orders'],
  [/^\/payments$/, page(() => import('./payments/list')), 'payments'],
  [/^\/payments\/days$/, page(() => import('./payments/days')), 'payments'],
  [/^\/opportunities$/, page(() => import('./opportunities/list')), 'opportunities'],
  [/^\/opportunities\/report$/, page(() => import('./opportunities/report')), 'opportunities'],
  [/^\/opportunities\/(\d+)$/, page(() => import('./opportunities/opportunity')), 'opportunities'],
  [/^\/tickets$/, page(() => import('./tickets/list')), 'tickets'],
  [/^\/tickets\/(\d+)$/, page(() => import('./tickets/ticket')), 'tickets'],
  [/^\/floor$/, page(() => import('./pages/floor')), 'floor'],
  [/^\/items$/, page(() => import('./pages/items')), 'items'],
  [/^\/items\/(\d+)$/, page(() => import('./pages/item')), 'items'],
  [/^\/prices$/, page(() => import('./prices/list')), 'prices'],
  [/^\/prices\/(\d+)$/, page(() => import('./prices/record')), 'prices'],
  [/^\/stock$/, page(() => import('./pages/stock')), 'stock'],
  [/^\/stock\/summary$/, page(() => import('./stock/summary')), 'stock'],
  [/^\/stock\/limits$/, page(() => import('./stock/limits')), 'stock'],
  [/^\/locations\/(\d+)$/, page(() => import('./pages/location')), 'stock'],
  [/^\/tasks$/, page(() => import('./pages/tasks')), 'tasks'],
  [/^\/tasks\/(\d+)$/, page(() => import('./pages/task')), 'tasks'],
  [/^\/scans$/, page(() => import('./pages/scans')), 'scans'],
  [/^\/movements$/, page(() => import('./pages/movements')), 'movements'],
  [/^\/edges$/, page(() => import('./pages/edges')), 'edges'],
  [/^\/devices$/, page(() => import('./devices/list')), 'edges'],
  [/^\/edges\/([\w.:-]+)$/, page(() => import('./pages/edge')), 'edges'],
  [/^\/exceptions$/, page(() => import('./pages/exceptions')), 'exceptions'],
  [/^\/exceptions\/(\d+)$/, page(() => import('./pages/exception')), 'exceptions'],
  [/^\/imports$/, page(() => import('./pages/imports')), 'imports'],
  [/^\/imports\/new$/, page(() => import('./pages/new-import')), 'imports'],
  [/^\/imports\/(\d+)$/, page(() => import('./pages/import')), 'imports'],
  [/^\/exports$/, page(() => import('./pages/exports')), 'exports'],
  [/^\/notifications$/, page(() => import('./pages/notifications')), 'notifications'],
  [/^\/settings$/, page(() => import('./pages/settings')), 'settings'],
  [/^\/settings\/profile$/, page(() => import('./settings/profile')), 'settings'],
  [/^\/settings\/notifications$/, page(() => import('./settings/choices')), 'settings'],
  [/^\/settings\/tokens$/, page(() => import('./settings/tokens')), 'settings'],
  [/^\/settings\/people$/, page(() => import('./settings/people')), 'settings'],
  [/^\/settings\/people\/(\d+)$/, page(() => import('./settings/person')), 'settings'],
  [/^\/settings\/roles$/, page(() => import('./settings/roles')), 'settings'],
  [/^\/settings\/roles\/(\d+|new)$/, page(() => import('./settings/role')), 'settings'],
  [/^\/settings\/organisations(?:\/(\d+))?$/, page(() => import('./settings/organisations')), 'settings'],
  [/^\/settings\/fields(?:\/(\w+))?$/, page(() => import('./settings/fields')), 'settings'],
  [/^\/settings\/options(?:\/(\w+))?$/, page(() => import('./settings/options')), 'settings'],
  [/^\/settings\/stages(?:\/(\w+))?$/, page(() => import('./settings/stages')), 'settings'],
  [/^\/settings\/service$/, page(() => import('./settings/service')), 'settings'],
  [/^\/settings\/models(?:\/(\w+))?$/, page(() => import('./settings/models')), 'settings'],
  [/^\/settings\/labels(?:\/([a-z0-9-]+))?$/, page(() => import('./settings/labels')), 'settings'],
  [/^\/settings\/devices$/, page(() => import('./settings/devices')), 'settings'],
  [/^\/settings\/jobs$/, page(() => import('./settings/jobs')), 'settings'],
  [/^\/settings\/jobs\/(\d+)$/, page(() => import('./settings/job')), 'settings'],
  [/^\/settings\/schedules$/, page(() => import('./settings/schedules')), 'settings'],
  [/^\/settings\/channels$/, page(() => import('./settings/channels')), 'settings'],
  [/^\/settings\/channels\/(\d+)$/, page(() => import('./settings/channel')), 'settings'],
  [/^\/settings\/webhooks$/, page(() => import('./settings/webhooks')), 'settings'],
  [/^\/settings\/deliveries$/, page(() => import('./settings/deliveries')), 'settings'],
  [/^\/settings\/deliveries\/(\d+)$/, page(() => import('./settings/delivery')), 'settings'],
  [/^\/settings\/api$/, page(() => import('./settings/api')), 'settings'],
  [/^\/settings\/audit$/, page(() => import('./settings/audit')), 'settings'],
  [/^\/help(?:\/([\w-]+))?$/, page(() => import('./help/page')), 'help'],
];

function useOpenExceptions(): number {
  const { below } = usePart();
  const may = useMay();
  const open = useQuery({
    queryKey: ['exceptions', 'count', below],
    enabled: may('work.see', 'warehouse'),
    queryFn: ({ signal }) => get<Page<ExceptionRow>>(`/exceptions${query({ state: 'open', below, limit: 1 })}`, signal),
  });
  return open.data?.total ?? 0;
}

function Areas({ now, label, most, onGo }: { now: Area | undefined; label: string; most?: number; onGo?: () => void }) {
  const t = useT();
  const may = useMay();
  const open = useOpenExceptions();
  return (
    <nav className="areas" aria-label={label}>
      {areas
        .filter(a => may(a.right, a.module))
        .slice(0, most)
        .map(a => (
          <Link key={a.name} to={a.to} aria-current={a.name === now ? 'page' : undefined} onClick={onGo}>
            <Icon name={a.icon} />
            <span>{t[a.name]}</span>
            {a.name === 'exceptions' && open > 0 ? <span className="count">{open > 99 ? '99+' : open}</span> : null}
          </Link>
        ))}
    </nav>
  );
}

function LiveBadge() {
  const { t, lang } = usePrefs();
  const { state, since } = useLive();
  if (state === 'live') return <Tag meaning="right">{t.live}</Tag>;
  if (state === 'connecting') return <Tag meaning="info">{t.liveConnecting}</Tag>;
  return (
    <span title={t.liveLostSince(clock(since, lang))}>
      <Tag meaning="attention">{t.liveLost}</Tag>
    </span>
  );
}

/** Said in words only when it lasts: a reconnect within three seconds is nobody's business. */
function LostNotice() {
  const { t, lang } = usePrefs();
  const { state, since } = useLive();
  const [show, setShow] = useState(false);
  useEffect(() => {
    if (state !== 'lost') return setShow(false);
    const wait = setTimeout(() => setShow(true), 3000);
    return () => clearTimeout(wait);
  }, [state]);
  const queries = useQueryClient();
  return (
    <div role="status">
      {show ? (
        <div className="notice">
          <Icon name="attention" size={16} />
          <span>{t.liveLostSince(clock(since, lang))}</span>
          <Button size="small" onClick={() => void queries.invalidateQueries()}>
            {t.refresh}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

/** Which part of the chain is shown; who has one place only reads its name. */
function PartPicker() {
  const t = useT();
  const { below, choose, site, isOneSite } = usePart();
  if (isOneSite && below === null) return <span className="part-name">{site?.name}</span>;
  return (
    <div className="part-picker">
      <ChooseOrganisation
        label={t.part}
        placeholder={t.wholePart}
        value={below ?? undefined}
        onChange={next => choose(typeof next === 'number' ? next : null)}
      />
    </div>
  );
}

function Me({ onShortcuts }: { onShortcuts: () => void }) {
  const { t, lang, setLang, theme, setTheme } = usePrefs();
  const { user } = useSession();
  const queries = useQueryClient();
  const leave = async () => {
    if (!(await signOut())) return;
    queries.removeQueries({ predicate: q => q.queryKey[0] !== 'session' });
    sitesKnown.forget();
    edgesKnown.forget();
    queries.setQueryData(['session'], null);
    go('/', true);
  };
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        selectable: true,
        selectedKeys: [lang, theme],
        items: [
          { key: 'who', type: 'group', label: user.name || user.login },
          {
            key: 'lang',
            type: 'group',
            label: t.language,
            children: [
              { key: 'zh-CN', label: '中文' },
              { key: 'en', label: 'English' },
            ],
          },
          {
            key: 'theme',
            type: 'group',
            label: t.theme,
            children: [
              { key: 'light', label: t.themeLight },
              { key: 'dark', label: t.themeDark },
              { key: 'system', label: t.themeSystem },
            ],
          },
          { type: 'divider' },
          { key: 'profile', label: t.profile },
          { key: 'keys', label: t.shortcuts },
          { key: 'leave', label: t.signOut },
        ],
        onClick: ({ key }) => {
          if (key === 'zh-CN' || key === 'en') setLang(key);
          else if (key === 'light' || key === 'dark' || key === 'system') setTheme(key);
          else if (key === 'profile') go('/settings/profile');
          else if (key === 'keys') onShortcuts();
          else if (key === 'leave') void leave();
        },
      }}
    >
      <Button type="text" aria-label={t.signedInAs(user.name || user.login)} icon={<Icon name="user" />} />
    </Dropdown>
  );
}

/** What the page is for and how its work is done, in a few lines. */
function HelpLink({ area, onGo }: { area: Area | undefined; onGo?: () => void }) {
  const t = useT();
  return (
    <Link className="help-link" to={area && area !== 'help' ? `/help/${area}` : '/help'} aria-label={t.help} title={t.help} onClick={onGo}>
      <Icon name="help" />
    </Link>
  );
}

export function Shell() {
  const { t, lang, setLang } = usePrefs();
  const { path } = usePlace();
  const isNarrow = useNarrow();
  const [menu, setMenu] = useState(false);
  const [finding, setFinding] = useState(false);
  const shortcuts = useShortcuts();

  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setFinding(true);
      }
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);

  const clean = path.length > 1 ? path.replace(/\/$/, '') : path;
  const found = routes.map(([pattern, Page, area]) => ({ match: pattern.exec(clean), Page, area })).find(r => r.match);
  const title = found ? t[found.area] : t.notFound;
  useEffect(() => {
    document.title = `${title} · ${t.product}`;
  }, [title, t]);

  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t.skipToContent}
      </a>
      <header className="top">
        {isNarrow ? <Button type="text" aria-label={t.menu} icon={<Icon name="menu" />} onClick={() => setMenu(true)} /> : null}
        <Link to="/" className="brand" aria-label={`${t.product} · ${t.home}`}>
          <Mark />
          <span>{t.product}</span>
        </Link>
        {isNarrow ? null : <PartPicker />}
        <span className="grow" />
        <button type="button" className="find" onClick={() => setFinding(true)}>
          <Icon name="search" size={16} />
          <span className="find-word">{t.findAndGo}</span>
          <kbd>Ctrl K</kbd>
        </button>
        <LiveBadge />
        <Bell />
        {isNarrow ? null : <HelpLink area={found?.area} />}
        <Button type="text" className="lang" lang={lang === 'en' ? 'zh-CN' : 'en'} onClick={() => setLang(lang === 'en' ? 'zh-CN' : 'en')}>
          {lang === 'en' ? '中文' : 'EN'}
        </Button>
        <Me onShortcuts={shortcuts.show} />
      </header>
      {isNarrow ? null : (
        <aside className="side">
          <Areas now={found?.area} label={t.areas} />
        </aside>
      )}
      <main id="content" className="content" tabIndex={-1}>
        <LostNotice />
        <Kept key={found?.area === 'settings' ? 'settings' : clean}>
          <Suspense fallback={<div className="page-waiting" aria-busy="true" />}>
            {found?.area === 'settings' ? (
              <SettingsFrame path={clean}>
                <Kept key={clean}>
                  <Suspense fallback={<div className="page-waiting" aria-busy="true" />}>
                    <found.Page key={clean} id={found.match?.[1] ?? ''} />
                  </Suspense>
                </Kept>
              </SettingsFrame>
            ) : found ? (
              <found.Page key={clean} id={found.match?.[1] ?? ''} />
            ) : (
              <Empty title={t.notFound} hint={t.notFoundHint} action={<Link to="/">{t.goHome}</Link>} />
            )}
          </Suspense>
        </Kept>
      </main>
      {isNarrow ? (
        <div className="bottom">
          <Areas now={found?.area} label={t.areas} most={5} />
        </div>
      ) : null}
      <Drawer
        open={menu && isNarrow}
        onClose={() => setMenu(false)}
        placement="left"
        size={280}
        title={t.menu}
        closable={{ 'aria-label': t.close }}
      >
        <PartPicker />
        <Areas now={found?.area} label={t.menu} onGo={() => setMenu(false)} />
        <p className="menu-help">
          <HelpLink area={found?.area} onGo={() => setMenu(false)} />
        </p>
      </Drawer>
      <Shortcuts open={shortcuts.open} onOpen={shortcuts.show} onClose={shortcuts.hide} />
      <Palette open={finding} onClose={() => setFinding(false)} />
    </div>
  );
}
