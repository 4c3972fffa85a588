// One ticket: what to do, for whom, where; one step at a time, each with big buttons for one hand.

import { useEffect, useRef, useState } from 'preact/hooks';
import { shown, titled } from '../shared/fields';
import { type Pad, signOn } from '../shared/pad';
import { moment, useStore } from './app';
import { here, shrunk } from './capture';
import { Cartons } from './cartons';
import { type Act, isOpen, metres, missing, next, type Ticket } from './model';
import { Step } from './step';
import { store } from './store';

const navigation = (address: string) => `https://uri.amap.com/search?keyword=${encodeURIComponent(address)}`;

export function TicketPage({ of }: { of: Ticket }) {
  const { t, names, lang, outbox } = useStore();
  const can = (act: Act) => next(of, act) !== undefined;
  const working = ['accepted', 'appointed', 'on_site'].includes(of.state);
  // One step at a time: the first that is not done is open.
  const lacks = missing(of);
  const turn = lacks.includes('cartons') ? 'cartons' : lacks.includes('photos') ? 'photos' : of.steps || of.result ? 'signature' : 'report';
  const stuck = outbox.of(of.id).filter(row => row.state !== 'waiting');
  return (
    <main class="ticket" data-state={of.state} data-version={of.version}>
      <h1>
        {names.kinds[of.kind]} <span class="quiet">{of.code}</span>
      </h1>
      <p class="line">
        <span class="tag right">{names.states[of.state]}</span>
        {of.appointed_ms ? (
          <span>
            {t.appointment} <strong>{moment(of.appointed_ms, lang)}</strong>
          </span>
        ) : null}
      </p>
      {stuck.length ? (
        <a class="note wrong" href="#/outbox">
          {t.attention(stuck.length)} ›
        </a>
      ) : null}
      <section class="panel">
        <p class="line">
          <strong class="grow">{of.contact}</strong>
          {of.phone && !of.phone.includes('*') ? (
            <a class="button" href={`tel:${of.phone}`}>
              {t.call} {of.phone}
            </a>
          ) : (
            <span class="quiet">{of.phone}</span>
          )}
        </p>
        {of.address ? (
          <p class="line">
            <span class="grow">{of.address}</span>
            {of.address.includes('*') ? null : (
              <a class="button" href={navigation(of.address)} target="_blank" rel="noreferrer">
                {t.map}
              </a>
            )}
          </p>
        ) : null}
        {isOpen(of.state) && of.phone?.includes('*') ? <p class="quiet">{t.maskedHint}</p> : null}
        {of.item_name ? <p>{of.item_name}</p> : null}
        {of.problem ? <p class="words">{of.problem}</p> : null}
        {of.note ? <p class="words quiet">{of.note}</p> : null}
        <AddedFields of={of} />
      </section>
      {of.state === 'dispatched' ? (
        <Step name={t.accept} open>
          <button type="button" class="primary wide" onClick={() => void store.act(of.id, 'accept')}>
            {t.accept}
          </button>
        </Step>
      ) : null}
      {working ? (
        <>
          {of.state === 'on_site' ? null : <Appoint of={of} />}
          {of.state === 'accepted' ? null : <CheckIn of={of} />}
          {of.cartons.length ? <Cartons of={of} /> : null}
          {of.state === 'on_site' ? (
            <>
              <Photos of={of} open={turn === 'photos'} />
              <Report of={of} open={turn === 'report'} />
              <Signature of={of} open={turn === 'signature'} />
              <Complete of={of} />
            </>
          ) : null}
        </>
      ) : null}
      {of.state === 'completed' ? <p class="note right">✓ {t.completed}</p> : null}
      {can('after_sales') ? <AfterSales of={of} /> : null}
      {isOpen(of.state) && can('decline') ? <Decline of={of} /> : null}
    </main>
  );
}

/** What the chain added to tickets, where this one says something of it. */
function AddedFields({ of }: { of: Ticket }) {
  const { lang, outbox } = useStore();
  const fields = outbox.day?.fields ?? [];
  const said = fields.flatMap(field => {
    const value = shown(field, of.custom?.[field.key.replace(/^custom\./, '')], lang);
    return value === '–' ? [] : [{ key: field.key, title: titled(field, lang), value }];
  });
  return said.length ? (
    <dl class="added">
      {said.map(one => (
        <div key={one.key}>
          <dt>{one.title}</dt>
          <dd class="words">{one.value}</dd>
        </div>
      ))}
    </dl>
  ) : null;
}

/** `2026-11-23T14:30` of the phone's own time, as its field wants it. */
const local = (ms: number) => new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

function Appoint({ of }: { of: Ticket }) {
  const { t, lang } = useStore();
  const [at, setAt] = useState(local(of.appointed_ms ?? Math.ceil(Date.now() / 3_600_000) * 3_600_000));
  const ms = new Date(at).getTime();
  return (
    <Step name={t.appoint} done={of.state === 'appointed' ? moment(of.appointed_ms, lang) : undefined} open={of.state === 'accepted'}>
      <label>
        {t.appointment}
        <input type="datetime-local" value={at} onInput={event => setAt(event.currentTarget.value)} />
      </label>
      <button
        type="button"
        class="primary wide"
        disabled={!Number.isFinite(ms)}
        onClick={() => void store.act(of.id, 'appoint', { appointed_ms: ms })}
      >
        {t.appointSave}
      </button>
    </Step>
  );
}

function CheckIn({ of }: { of: Ticket }) {
  const { t } = useStore();
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState('');
  const [photo, setPhoto] = useState<'none' | 'taken' | 'bad'>('none');
  const take = async (input: HTMLInputElement) => {
    const file = input.files?.[0];
    input.value = '';
    if (!file) return;
    try {
      await store.attach(of.id, 'check_in', await shrunk(file));
      setPhoto('taken');
    } catch {
      setPhoto('bad');
    }
  };
  const go = async () => {
    setBusy(true);
    const found = await here();
    const away = found && of.place ? metres(found.place, of.place) : undefined;
    setSaid(found ? [away === undefined ? '' : t.near(away), t.accuracy(found.accuracy_m)].filter(Boolean).join(' · ') : t.noPlace);
    await store.act(of.id, 'check_in', found ? { place: found.place, accuracy_m: found.accuracy_m } : {});
    setBusy(false);
  };
  return (
    <Step name={t.checkIn} done={of.state === 'on_site' ? said || '✓' : undefined} open={of.state === 'appointed'}>
      <p class="quiet">{t.checkInHint}</p>
      {photo === 'none' ? null : (
        <p class={photo === 'bad' ? 'note wrong' : 'note right'} role="status">
          {photo === 'bad' ? t.pictureBad : t.checkInPhotoKept}
        </p>
      )}
      <label class="button wide">
        {t.checkInPhoto}
        <input type="file" accept="image/*" capture="environment" class="hidden" onChange={event => void take(event.currentTarget)} />
      </label>
      <button type="button" class="primary wide" disabled={busy} onClick={() => void go()}>
        {busy ? t.locating : t.checkIn}
      </button>
    </Step>
  );
}

function Photos({ of, open }: { of: Ticket; open: boolean }) {
  const { t } = useStore();
  const [bad, setBad] = useState(false);
  const enough = of.photos >= of.needs.photos && of.photos > 0;
  const take = async (input: HTMLInputElement) => {
    const file = input.files?.[0];
    input.value = '';
    if (!file) return;
    try {
      const small = await shrunk(file);
      setBad(false);
      await store.attach(of.id, 'photo', small);
    } catch {
      setBad(true);
    }
  };
  return (
    <Step name={t.photos} done={enough ? `${of.photos}` : undefined} open={open}>
      <p>{t.photosHave(of.photos, of.needs.photos)}</p>
      {bad ? <p class="note wrong">{t.pictureBad}</p> : null}
      <label class="button primary wide">
        {t.takePhoto}
        <input type="file" accept="image/*" capture="environment" class="hidden" onChange={event => void take(event.currentTarget)} />
      </label>
    </Step>
  );
}

function Report({ of, open }: { of: Ticket; open: boolean }) {
  const { t } = useStore();
  // What is typed is kept at once on the phone, whatever becomes of the page.
  const key = `qitao.report.${of.id}`;
  const kept = JSON.parse(localStorage.getItem(key) ?? 'null') as { steps: string; result: string } | null;
  const [typed, setTyped] = useState(kept ?? { steps: of.steps ?? '', result: of.result ?? '' });
  const type = (part: Partial<typeof typed>) => {
    const now = { ...typed, ...part };
    setTyped(now);
    localStorage.setItem(key, JSON.stringify(now));
  };
  const save = async () => {
    await store.act(of.id, 'report', typed);
    localStorage.removeItem(key);
  };
  const isSaved = Boolean(of.steps || of.result) && of.steps === typed.steps && of.result === typed.result;
  return (
    <Step name={t.report} done={isSaved ? '✓' : undefined} open={open && !isSaved}>
      <label>
        {t.steps}
        <textarea rows={3} maxLength={2000} value={typed.steps} onInput={event => type({ steps: event.currentTarget.value })} />
      </label>
      <label>
        {t.result}
        <textarea rows={2} maxLength={2000} value={typed.result} onInput={event => type({ result: event.currentTarget.value })} />
      </label>
      <button type="button" class="wide" disabled={isSaved || !(typed.steps.trim() || typed.result.trim())} onClick={() => void save()}>
        {t.save}
      </button>
    </Step>
  );
}

function Signature({ of, open }: { of: Ticket; open: boolean }) {
  const { t } = useStore();
  const canvas = useRef<HTMLCanvasElement>(null);
  const pad = useRef<Pad>(null);
  const [inked, setInked] = useState(false);
  const has = of.signatures > 0;
  useEffect(() => {
    if (!canvas.current) return;
    pad.current = signOn(canvas.current, setInked);
    return pad.current.end;
  }, [has]);
  const save = async () => {
    if (pad.current) await store.attach(of.id, 'signature', await pad.current.picture());
  };
  return (
    <Step name={t.signature} done={has ? t.signatureHave : undefined} open={open && !has}>
      <p class="quiet">{t.signHere}</p>
      <canvas ref={canvas} class="sign" width={640} height={280} aria-label={t.signHere} />
      <p class="line">
        <button type="button" class="grow" onClick={() => pad.current?.clear()}>
          {t.clear}
        </button>
        <button type="button" class="primary grow" disabled={!inked} onClick={() => void save()}>
          {t.save}
        </button>
      </p>
    </Step>
  );
}

function Complete({ of }: { of: Ticket }) {
  const { t, names, lang } = useStore();
  const lacks = missing(of);
  return (
    <section class="panel">
      {lacks.length ? <p class="quiet">{t.lacks(lacks.map(what => names.missing[what]).join(lang === 'en' ? ', ' : '、'))}</p> : null}
      <button type="button" class="primary wide tall" disabled={lacks.length > 0} onClick={() => void store.act(of.id, 'complete')}>
        {t.complete}
      </button>
    </section>
  );
}

function AfterSales({ of }: { of: Ticket }) {
  const { t, lang, outbox } = useStore();
  const [problem, setProblem] = useState('');
  const [fault, setFault] = useState('');
  const faults = outbox.day?.choices.faults.filter(one => one.active !== false) ?? [];
  const send = async (event: Event) => {
    event.preventDefault();
    await store.act(of.id, 'after_sales', { problem: problem.trim(), fault });
    setProblem('');
  };
  return (
    <details class="step">
      <summary>
        <strong class="grow">{t.afterSales}</strong>
      </summary>
      <form class="step-body" onSubmit={send}>
        <label>
          {t.fault}
          <select value={fault} onChange={event => setFault(event.currentTarget.value)}>
            <option value="">–</option>
            {faults.map(one => (
              <option key={one.code} value={one.code}>
                {lang === 'en' ? one.title_en || one.title : one.title}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t.whatWrong}
          <textarea rows={3} maxLength={2000} value={problem} onInput={event => setProblem(event.currentTarget.value)} />
        </label>
        <button type="submit" class="wide" disabled={!problem.trim()}>
          {t.send}
        </button>
      </form>
    </details>
  );
}

function Decline({ of }: { of: Ticket }) {
  const { t } = useStore();
  const [why, setWhy] = useState('');
  const send = async (event: Event) => {
    event.preventDefault();
    await store.act(of.id, 'decline', { reason: why.trim() });
    location.hash = '#/';
  };
  return (
    <details class="step">
      <summary>
        <strong class="grow">{t.decline}</strong>
      </summary>
      <form class="step-body" onSubmit={send}>
        <label>
          {t.declineWhy}
          <input maxLength={200} value={why} onInput={event => setWhy(event.currentTarget.value)} />
        </label>
        <button type="submit" class="wide" disabled={why.trim().length < 2}>
          {t.decline}
        </button>
      </form>
    </details>
  );
}
