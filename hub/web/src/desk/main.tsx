// The desk: signed out it is the login page, signed in the shell with its pages, each a chunk of its own.

import { QueryClient, QueryClientProvider, useQuery, useQueryClient } from '@tanstack/react-query';
import { App as AntApp, theme as antTheme, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import { lazy, StrictMode, Suspense, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { dark, light, radius } from '../shared/tokens';
import { get, Refusal, type Session, trust, Unreachable, whenSignedOut } from './api';
import { PartProvider, PrefsProvider, SessionProvider, usePrefs } from './app';
import { LiveProvider } from './live';
import { Login } from './pages/login';
import { Fault } from './parts/common';
import { usePlace } from './route';
import { Shell } from './shell';
import './custom.css';
import './pages.css';
import './sheets.css';
import './style.css';

/** What a customer opens by a link, without a login. */
const OpenedQuote = lazy(() => import('./quotes/opened'));
/** Fills the screen: no areas, no search, nothing to press by accident. */
const Wall = lazy(() => import('./figures/wall'));
const CodesFirst = lazy(() => import('./settings/codes').then(m => ({ default: m.CodesFirst })));

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      // A refusal does not change by asking again; an unreachable hub may.
      retry: (count, fault) => fault instanceof Unreachable && count < 2,
    },
  },
});

// Who asked the system for less motion gets none.
const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;

function Themed() {
  const { lang, isDark } = usePrefs();
  const p = isDark ? dark : light;
  return (
    <ConfigProvider
      locale={lang === 'en' ? enUS : zhCN}
      theme={{
        algorithm: isDark ? antTheme.darkAlgorithm : antTheme.defaultAlgorithm,
        token: {
          colorPrimary: p.brand,
          colorLink: p.brand,
          colorLinkHover: p.brand,
          colorLinkActive: p.brand,
          colorTextLightSolid: p.onBrand,
          colorSuccess: p.meanings.right.ink,
          colorWarning: p.meanings.attention.ink,
          colorError: p.meanings.wrong.ink,
          colorInfo: p.meanings.info.ink,
          colorBgBase: p.surface,
          colorBgContainer: p.surface,
          colorBgElevated: p.raised,
          colorTextBase: p.ink,
          colorTextPlaceholder: p.ink3,
          colorTextDescription: p.ink3,
          colorIcon: p.ink3,
          colorBorder: p.line,
          borderRadius: radius.normal,
          fontFamily: 'var(--font)',
          fontSize: 14,
          motion: !still,
        },
        components: { Tree: { nodeSelectedBg: p.brandSoft, nodeSelectedColor: p.brand, nodeHoverBg: p.ground } },
      }}
      button={{ autoInsertSpace: false }}
      wave={{ disabled: still }}
    >
      <AntApp>
        {location.pathname === '/quote' ? (
          <Suspense>
            <OpenedQuote />
          </Suspense>
        ) : (
          <Gate />
        )}
      </AntApp>
    </ConfigProvider>
  );
}

function Gate() {
  const queries = useQueryClient();
  const [over, setOver] = useState(false);
  const session = useQuery({
    queryKey: ['session'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      try {
        return await get<Session>('/session', signal);
      } catch (fault) {
        if (fault instanceof Refusal && fault.problem.status === 401) return null;
        throw fault;
      }
    },
  });
  useEffect(
    () =>
      whenSignedOut(() => {
        setOver(true);
        queries.setQueryData(['session'], null);
      }),
    [queries],
  );
  if (session.isPending) return null;
  if (session.error && session.data === undefined)
    return (
      <main className="gate">
        <Fault error={session.error} retry={() => void session.refetch()} />
      </main>
    );
  if (!session.data) return <Login over={over} />;
  trust(session.data.csrf);
  if (session.data.codes_missing) {
    return (
      <SessionProvider value={session.data}>
        <Suspense>
          <CodesFirst />
        </Suspense>
      </SessionProvider>
    );
  }
  return (
    <SessionProvider value={session.data}>
      <PartProvider>
        <LiveProvider>
          <Inside />
        </LiveProvider>
      </PartProvider>
    </SessionProvider>
  );
}

function Inside() {
  const { path } = usePlace();
  return path === '/wall' ? (
    <Suspense>
      <Wall />
    </Suspense>
  ) : (
    <Shell />
  );
}

// Installed on a phone, the shell opens without a network and says so; nothing of the hub's data is kept.
if (import.meta.env.PROD && 'serviceWorker' in navigator) void navigator.serviceWorker.register('/sw.js').catch(() => undefined);

const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <PrefsProvider>
          <Themed />
        </PrefsProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
