import { useEffect, useState } from 'preact/hooks';
import { clock } from '../shared/format';
import { isOpen, type Ticket } from './model';
import { OutboxPage } from './outbox-page';
import { store } from './store';
import { TicketPage } from './ticket';

/** Draws again whenever the store changes. */
export function useStore() {
  const [, draw] = useState(0);
  useEffect(() => {
    const again = () => draw(n => n + 1);
    const end = store.subscribe(again);
    again();
    return () => void end();
  }, []);
  return store;
}

function useHash(): string {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const change = () => {
      setHash(location.hash);
      scrollTo(0, 0);
    };
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  return hash;
}

export function App() {
  const { t, lang, ready, stranger, outbox, fault } = useStore();
  const hash = useHash();
  useEffect(() => {
    document.title = t.title;
    document.documentElement.lang = lang;
  }, [t, lang]);
  if (!ready) return null;
  if (stranger && !outbox.day) return <Login />;
  const ticket = store.tickets.find(one => `#/${one.id}` === hash);
  return (
    <>
      <Bar inside={hash.length > 2} />
      {stranger ? <Login again /> : null}
      {fault ? (
        <p class="note wrong" role="alert">
          {fault}
        </p>
      ) : null}
      {hash === '#/outbox' ? <OutboxPage /> : ticket ? <TicketPage key={ticket.id} of={ticket} /> : <List />}
    </>
  );
}

/** What waits, in words: honest at a glance, and the way to the whole of it. */
export function Sync() {
  const { t, outbox, away } = useStore();
  const held = outbox.rows.filter(row => row.state !== 'waiting').length;
  const waiting = outbox.rows.length - held;
  const [mark, words, meaning] = held
    ? ['!', t.attention(held), 'wrong']
    : waiting
      ? ['○', outbox.state === 'sending' ? t.sendingNow : t.waiting(waiting), 'attention']
      : ['●', t.allSent, 'right'];
  return (
    <a class={`sync ${meaning}`} href="#/outbox" data-state={meaning} data-waiting={waiting + held}>
      {mark} {words}
      {away && !navigator.onLine ? ' ⌁' : ''}
    </a>
  );
}

function Bar({ inside }: { inside: boolean }) {
  const { t, away, outbox } = useStore();
  return (
    <>
      <header class="bar">
        {inside ? (
          <a class="back" href="#/">
            ‹ {t.back}
          </a>
        ) : (
          <strong class="grow">{outbox.day?.name ?? t.title}</strong>
        )}
        <span class="grow" />
        <Sync />
      </header>
      {away ? <p class="note info">{t.offline}</p> : null}
    </>
  );
}

function Login({ again = false }: { again?: boolean }) {
  const { t, lang } = useStore();
  const [why, setWhy] = useState('');
  const [busy, setBusy] = useState(false);
  const send = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const of = (name: string) => String(form.get(name) ?? '');
    setBusy(true);
    setWhy(await store.signIn(of('login'), of('password'), of('code')));
    setBusy(false);
  };
  return (
    <form class="login" onSubmit={send}>
      {again ? <p class="note attention">{t.signInAgain}</p> : <h1>{t.title}</h1>}
      <label>
        {t.login}
        <input name="login" autocomplete="username" autocapitalize="none" required />
      </label>
      <label>
        {t.password}
        <input name="password" type="password" autocomplete="current-password" required />
      </label>
      <label>
        {t.code}
        <input name="code" inputMode="numeric" autocomplete="one-time-code" />
      </label>
      {why ? (
        <p class="note wrong" role="alert">
          {why}
        </p>
      ) : null}
      <button type="submit" class="primary" disabled={busy}>
        {t.signIn}
      </button>
      {again ? null : (
        <button type="button" onClick={() => store.speak(lang === 'en' ? 'zh-CN' : 'en')}>
          {t.language}
        </button>
      )}
    </form>
  );
}

function List() {
  const { t, tickets, lang } = useStore();
  const tonight = new Date().setHours(24, 0, 0, 0);
  const groups: [string, Ticket[]][] = [
    [t.unplanned, tickets.filter(one => one.state === 'dispatched' || one.state === 'accepted')],
    [t.today, tickets.filter(one => (one.state === 'appointed' && (one.appointed_ms ?? 0) < tonight) || one.state === 'on_site')],
    [t.later, tickets.filter(one => one.state === 'appointed' && (one.appointed_ms ?? 0) >= tonight)],
    [t.finished, tickets.filter(one => !isOpen(one.state))],
  ];
  return (
    <main>
      <h1>{t.title}</h1>
      {tickets.length ? null : <p class="empty">{t.none}</p>}
      {groups.map(([name, those]) =>
        those.length ? (
          <section key={name}>
            <h2>
              {name} <span class="quiet">{those.length}</span>
            </h2>
            <ul class="cards">
              {those.map(one => (
                <Card key={one.id} of={one} />
              ))}
            </ul>
          </section>
        ) : null,
      )}
      <p class="foot">
        <button type="button" onClick={() => void store.look()}>
          {t.refresh}
        </button>
        <button type="button" onClick={() => store.speak(lang === 'en' ? 'zh-CN' : 'en')}>
          {t.language}
        </button>
        <button type="button" onClick={() => void store.signOut()}>
          {t.signOut}
        </button>
      </p>
    </main>
  );
}

/** `11-23 14:30`, or the time alone when it is today. */
export function moment(ms: number | null, lang: typeof store.lang): string {
  if (!ms) return '';
  const at = new Date(ms);
  const day = at.toDateString() === new Date().toDateString() ? '' : `${at.getMonth() + 1}-${String(at.getDate()).padStart(2, '0')} `;
  return day + clock(ms, lang).slice(0, 5);
}

function Card({ of }: { of: Ticket }) {
  const { names, lang, outbox } = useStore();
  const waiting = outbox.of(of.id);
  return (
    <li>
      <a class="card" href={`#/${of.id}`} data-ticket={of.code}>
        <span class="line">
          <strong>{moment(of.appointed_ms, lang) || names.states[of.state]}</strong>
          <span class="grow" />
          <span class={`tag ${of.state === 'on_site' ? 'right' : ''}`}>{names.states[of.state]}</span>
        </span>
        <span class="line">
          {names.kinds[of.kind]} · {of.contact ?? of.code} {of.item_name ? `· ${of.item_name}` : ''}
        </span>
        <span class="line quiet">
          <span class="grow">{of.address ?? of.code}</span>
          {waiting.length ? (
            <span class={`dot ${waiting.some(row => row.state !== 'waiting') ? 'wrong' : 'attention'}`}>{waiting.length}</span>
          ) : null}
        </span>
      </a>
    </li>
  );
}
