// What every page shares: language, theme, the session, the chosen site.

import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { keepLang, type Lang, storedLang } from '../shared/lang';
import { applyTheme, type Theme } from '../shared/tokens';
import { get, type Page, type Right, type Session, type Site, speak } from './api';
import { type Dictionary, dictionaries } from './words';

interface Prefs {
  lang: Lang;
  setLang: (lang: Lang) => void;
  theme: Theme;
  setTheme: (theme: Theme) => void;
  isDark: boolean;
  t: Dictionary;
}

const PrefsContext = createContext<Prefs | null>(null);
const SessionContext = createContext<Session | null>(null);
const SiteContext = createContext<{ sites: Site[]; site: number | null; setSite: (site: number | null) => void } | null>(null);

export function PrefsProvider({ children }: { children: ReactNode }) {
  const [lang, chooseLang] = useState(storedLang);
  const [theme, chooseTheme] = useState(() => (localStorage.getItem('qitao.theme') as Theme | null) ?? 'system');
  const [isDark, setDark] = useState(() => applyTheme(theme));

  speak(lang);
  useEffect(() => keepLang(lang), [lang]);
  useEffect(() => {
    localStorage.setItem('qitao.theme', theme);
    const apply = () => setDark(applyTheme(theme));
    apply();
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', apply);
    return () => system.removeEventListener('change', apply);
  }, [theme]);

  const prefs = useMemo(
    () => ({ lang, setLang: chooseLang, theme, setTheme: chooseTheme, isDark, t: dictionaries[lang] }),
    [lang, theme, isDark],
  );
  return <PrefsContext value={prefs}>{children}</PrefsContext>;
}

export function usePrefs(): Prefs {
  const prefs = useContext(PrefsContext);
  if (!prefs) throw new Error('outside PrefsProvider');
  return prefs;
}

export const useT = () => usePrefs().t;

/** Words of one part of the desk, kept beside it: they are downloaded with its pages only. */
export const useWords = <W,>(words: Record<Lang, W>): W => words[usePrefs().lang];

export const SessionProvider = SessionContext;

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('not signed in');
  return session;
}

/** What somebody must have to be shown a thing: a right, and that its module is not switched off where they belong. */
export interface Needs {
  right?: Right;
  module?: string;
}

/** Says what the reader may do at one place or another. The hub decides; pages only do not offer what it would refuse. */
export function useMay(): (right?: Right, module?: string) => boolean {
  const { user } = useSession();
  return (right, module) => (!right || user.rights.includes(right)) && !(module && user.switched_off.includes(module));
}

/** The site whose floor is shown; `null` is all of them. Kept on this device. */
export function SiteProvider({ children }: { children: ReactNode }) {
  const own = useSession().user.site ?? null;
  const [site, choose] = useState<number | null>(() => own ?? (Number(localStorage.getItem('qitao.site')) || null));
  const sites = useQuery({
    queryKey: ['sites'],
    queryFn: ({ signal }) => get<Page<Site> | { items: Site[] }>('/sites', signal),
    staleTime: 300_000,
  });
  const list = sites.data?.items ?? [];
  const known = site !== null && (list.length === 0 || list.some(s => s.id === site)) ? site : null;
  const shared = useMemo(() => {
    const setSite = (next: number | null) => {
      localStorage.setItem('qitao.site', next === null ? '' : String(next));
      choose(next);
    };
    return { sites: list, site: known, setSite };
  }, [list, known]);
  return <SiteContext value={shared}>{children}</SiteContext>;
}

export function useSites() {
  const sites = useContext(SiteContext);
  if (!sites) throw new Error('outside SiteProvider');
  return sites;
}

/** Zone of a site for exact times; the chosen or only site's when none is named. */
export function useZone(of?: number | null): string | undefined {
  const { sites, site } = useSites();
  return (sites.find(s => s.id === (of ?? site)) ?? sites[0])?.time_zone;
}
