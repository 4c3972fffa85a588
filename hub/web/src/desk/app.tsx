// What every page shares: language, theme, the session, the chosen part of the chain.

import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { keepLang, type Lang, storedLang } from '../shared/lang';
import { applyTheme, type Theme } from '../shared/tokens';
import { get, type OrganisationRow, type Page, query, Refusal, type Right, type Session, type Site, speak } from './api';
import { sitesKnown } from './parts/known';
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
const PartContext = createContext<Part | null>(null);

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

/** The part of the chain that the desk shows: an organisation and all beneath it, or all that the reader may see. */
interface Part {
  /** The chosen organisation's number, as lists take it. */
  below: number | null;
  choose: (organisation: number | null) => void;
  /** Where something new is made as long as nobody says otherwise. */
  site: Site | undefined;
  /** Whether there is any other place. */
  isOneSite: boolean;
}

/** Where the choice is kept on this device. */
const KEPT = 'qitao.organisation';
const STALE_MS = 300_000;

export function PartProvider({ children }: { children: ReactNode }) {
  const { user } = useSession();
  const [chosen, setChosen] = useState(() => Number(localStorage.getItem(KEPT)) || null);
  const organisation = useQuery({
    queryKey: ['organisation', chosen],
    enabled: chosen !== null,
    staleTime: STALE_MS,
    queryFn: ({ signal }) => get<OrganisationRow>(`/organisations/${chosen}`, signal),
  });
  // Somebody else's choice on this device, or an organisation that is gone.
  const below = organisation.error instanceof Refusal ? null : chosen;
  const isWaiting = chosen !== null && organisation.isLoading;
  const few = useQuery({
    queryKey: ['sites', 'few', below],
    enabled: !isWaiting,
    staleTime: STALE_MS,
    queryFn: ({ signal }) => get<Page<Site>>(`/sites${query({ below, limit: 2 })}`, signal),
  });
  const near = organisation.data?.site ?? (below === null ? user.site : undefined);
  const nearest = sitesKnown.use()(near);
  const shared = useMemo((): Part => {
    const choose = (next: number | null) => {
      localStorage.setItem(KEPT, next === null ? '' : String(next));
      setChosen(next);
    };
    return { below, choose, site: nearest ?? few.data?.items[0], isOneSite: few.data?.total === 1 };
  }, [below, nearest, few.data]);
  return isWaiting ? null : <PartContext value={shared}>{children}</PartContext>;
}

export function usePart(): Part {
  const part = useContext(PartContext);
  if (!part) throw new Error('outside PartProvider');
  return part;
}

/** Zone of a site for exact times; of where the desk is when none is named. */
export function useZone(of?: number | null): string | undefined {
  const site = sitesKnown.use()(of);
  const part = usePart();
  return (site ?? part.site)?.time_zone;
}
