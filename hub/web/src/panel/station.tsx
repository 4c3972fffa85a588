// One operator at one scanner: who and where, the next place very large, the thing, the last verdict, and six thumb-sized buttons.

import { useEffect, useRef, useState } from 'preact/hooks';
import { quantity, rough } from '../shared/format';
import { freshKey } from '../shared/keys';
import { say, toneIcons, toneWords } from '../shared/verdict';
import { useStore } from './app';
import { Badge, EdgeAway, RefusedBar } from './bars';
import { type PhotoQuestion, type StationView, sendPhoto } from './edge';
import { namesOf, shown } from './prompt';
import { Choice, History, Keypad, Menu, PinPad, Tasks } from './sheets';
import { store } from './store';
import { printerFaults, printerWarnings, taskKinds } from './words';

/** A photo in which it is not clear which code is meant. */
interface Asked {
  question: PhotoQuestion;
  photo: Blob;
}

type Open = 'none' | 'tasks' | 'history' | 'quantity' | 'menu';

export function StationPage() {
  const { t, edge, station } = useStore();
  const [open, setOpen] = useState<Open>('none');
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setOpen('none');
  const asksPin = station?.prompt.ask === 'enter_pin';
  const [isPinAway, setPinAway] = useState(false);
  useEffect(() => {
    if (!asksPin) setPinAway(false);
  }, [asksPin]);
  if (!edge || !station)
    return (
      <div class="page">
        <EdgeAway />
        <main class="waiting" aria-busy="true" />
      </div>
    );
  return (
    <div class={`page${edge.practice ? ' practice' : ''}`}>
      {edge.practice ? <div class="practice-bar">{t.practice}</div> : null}
      <Top view={station} />
      <EdgeAway />
      {edge.disk?.state && !['ok', 'fine'].includes(edge.disk.state) ? <div class="bar bar-attention">! {t.diskLow}</div> : null}
      {station.device_state && station.device_state !== 'online' ? <div class="bar bar-attention">! {t.deviceAway}</div> : null}
      <PrintBar />
      <RefusedBar />
      {store.notice ? (
        <p class="bar bar-attention" role="alert">
          ! {store.notice}
        </p>
      ) : null}
      <main class="work">
        <Now view={station} />
        <Totals view={station} />
        <Last view={station} />
      </main>
      <Buttons onQuantity={() => setOpen('quantity')} onAsked={setAsked} />
      <nav class="below" aria-label={t.menu}>
        <button type="button" onClick={() => setOpen('tasks')}>
          {t.tasks}
        </button>
        <button type="button" onClick={() => setOpen('history')}>
          {t.history}
        </button>
        <button type="button" onClick={() => setOpen('menu')}>
          {t.menu}
        </button>
      </nav>
      {asksPin && !isPinAway ? <PinPad onClose={() => setPinAway(true)} /> : null}
      {open === 'tasks' ? <Tasks onClose={close} /> : null}
      {open === 'history' ? <History view={station} onClose={close} /> : null}
      {open === 'quantity' ? <Keypad onClose={close} /> : null}
      {open === 'menu' ? <Menu onClose={close} /> : null}
      {asked ? <Choice {...asked} onClose={() => setAsked(null)} /> : null}
    </div>
  );
}

function Top({ view }: { view: StationView }) {
  const { t, edge, lang } = store;
  const site = typeof edge?.site === 'object' ? edge?.site?.name : edge?.site;
  const task = view.task;
  return (
    <header class="top">
      <span class="who">
        <strong>{view.operator?.name ?? t.nobody}</strong>
        {site ? ` · ${site}` : ''}
      </span>
      <span class="job">
        {task ? (
          <>
            {taskKinds[task.kind]?.[lang === 'en' ? 1 : 0] ?? task.kind}{' '}
            {task.asked !== undefined ? (
              <span class="number">
                {quantity(task.done ?? 0)}/{quantity(task.asked)}
              </span>
            ) : (
              task.number
            )}
          </>
        ) : (
          t.noTask
        )}
      </span>
      {edge && !store.away ? <Badge link={edge.link} /> : null}
    </header>
  );
}

function Now({ view }: { view: StationView }) {
  const { lang, t } = store;
  const now = shown(view, lang);
  return (
    <section class="now" aria-live="polite">
      {now.place ? (
        <div class="place" style={{ background: now.aisle }}>
          <span class="place-ask">{now.ask}</span>
          <span class="place-code" style={{ fontSize: now.place.length > 9 ? '13vw' : undefined }} data-long={now.place.length > 9}>
            {now.place}
          </span>
        </div>
      ) : (
        <h1 class="ask">{now.ask}</h1>
      )}
      {now.hint ? <p class="hint">{now.hint}</p> : null}
      {now.thing || now.code || now.carton ? (
        <div class="thing">
          <div class="thing-name">{now.thing || now.code}</div>
          <div class="thing-line">
            {now.of !== 1 && now.carton ? (
              <span class="carton">
                {lang === 'en' ? 'carton ' : '包件 '}
                <b>
                  {now.carton}
                  {now.of ? `/${now.of}` : ''}
                </b>
              </span>
            ) : null}
            {now.lot ? <span class="carton">{t.lot(now.lot)}</span> : null}
            <code>{now.thing ? now.code : ''}</code>
          </div>
        </div>
      ) : null}
      {now.left ? <div class="left">{now.left}</div> : null}
    </section>
  );
}

function Totals({ view }: { view: StationView }) {
  const { t } = store;
  const task = view.task;
  const asked = rough(task?.asked);
  return (
    <section class="totals" aria-label={t.taskProgress}>
      <span class="total total-right">
        <span aria-hidden="true">✓</span> {t.right} <b>{quantity(view.counts.right)}</b>
      </span>
      <span class="total total-wrong">
        <span aria-hidden="true">✕</span> {t.wrong} <b>{quantity(view.counts.wrong)}</b>
      </span>
      {task && asked > 0 ? (
        <span class="total">
          {t.doneOf}{' '}
          <b>
            {quantity(task.done ?? 0)}/{quantity(task.asked)}
          </b>
        </span>
      ) : null}
      {task && asked > 0 ? (
        <div
          class="progress"
          role="progressbar"
          aria-label={t.taskProgress}
          aria-valuemin={0}
          aria-valuemax={asked}
          aria-valuenow={rough(task.done)}
        >
          <span style={{ width: `${Math.min(100, (rough(task.done) / asked) * 100)}%` }} />
        </div>
      ) : null}
    </section>
  );
}

/** The last verdict across the whole width; what is typed or on its way shows in its place, so that nothing scanned seems lost. */
function Last({ view }: { view: StationView }) {
  const { t, lang, wedge, queue } = store;
  const last = view.last[0];
  const waiting = queue.waiting.length;
  const said = last ? say(last.verdict, { ...namesOf(view), ...last.names }, lang) : null;
  const now = shown(view, lang);
  const next =
    said?.next ||
    (now.place
      ? `${t.nextStep}: ${[now.carton && now.of !== 1 ? `${lang === 'en' ? 'carton' : '包件'} ${now.carton}${now.of ? `/${now.of}` : ''}` : '', now.place].filter(Boolean).join(' · ')}`
      : now.ask);
  return (
    <section
      class={`verdict${last ? ` verdict-${last.tone}` : ''}`}
      role="status"
      aria-live="assertive"
      data-scan={last?.scan}
      data-verdict={last?.verdict.is}
    >
      {last && said ? (
        <>
          <div class="verdict-word">
            <span class="verdict-icon" aria-hidden="true">
              {toneIcons[last.tone]}
            </span>
            <span>{toneWords[lang][last.tone]}</span>
            <span class="verdict-title">{said.title}</span>
          </div>
          <div class="verdict-detail">{said.detail || (last.tone === 'wrong' ? last.payload : '')}</div>
          <div class="verdict-next">{next}</div>
        </>
      ) : (
        <div class="verdict-word">{t.ready}</div>
      )}
      {wedge.pending ? (
        <div class="typing">
          {t.typing}: <code>{wedge.pending}</code> · {t.typingHint}
        </div>
      ) : waiting ? (
        <div class="typing">↑ {t.kept(waiting)}</div>
      ) : null}
    </section>
  );
}

/** Printers that cannot print, labels of which nobody knows whether they came out, and labels that cannot be printed: a person looks and says. */
function PrintBar() {
  const { t, edge, jobs, lang } = store;
  const faults = (edge?.printers ?? []).filter(p => p.fault);
  const uncertain = jobs.filter(j => j.state.state === 'uncertain');
  const refused = jobs.filter(j => j.state.state === 'refused');
  const well = (edge?.printers ?? []).filter(p => !p.fault);
  return (
    <>
      {faults.map(p => (
        <div key={p.id} class="bar bar-attention">
          <strong>
            ! {p.name || p.id}: {printerFaults[p.fault ?? '']?.[lang === 'en' ? 1 : 0] ?? p.fault}
          </strong>
          {p.waiting ? <span class="grow">{t.labelsWait(p.waiting)}</span> : null}
          {p.waiting
            ? well.map(other => (
                <button key={other.id} type="button" onClick={() => void store.movePrinting(p.id, other.id)}>
                  {t.moveTo(other.name || other.id)}
                </button>
              ))
            : null}
        </div>
      ))}
      {well
        .filter(p => p.warnings?.length)
        .map(p => (
          <div key={p.id} class="bar">
            {p.name || p.id}: {p.warnings?.map(word => printerWarnings[word]?.[lang === 'en' ? 1 : 0] ?? word).join(', ')}
          </div>
        ))}
      {uncertain.map(job => (
        <div key={job.job} class="bar bar-attention">
          <strong>! {t.printUncertain}</strong>
          <span class="grow">
            {job.printer} {job.job} {t.labelsOf(job.done + 1, job.sent, job.copies)}: {job.state.reason}
          </span>
          <button type="button" onClick={() => void store.settle(job, job.sent - job.done)}>
            {t.printThere}
          </button>
          {Array.from({ length: Math.max(0, job.sent - job.done - 1) }, (_, n) => n + 1).map(there => (
            <button key={there} type="button" onClick={() => void store.settle(job, there)}>
              {t.printThereOf(there, job.sent - job.done)}
            </button>
          ))}
          <button type="button" onClick={() => void store.settle(job, 0)}>
            {t.printAgain}
          </button>
        </div>
      ))}
      {refused.map(job => (
        <div key={job.job} class="bar bar-attention">
          <strong>! {t.printRefused}</strong>
          <span class="grow">
            {job.printer} {job.job} {t.labelsOf(job.done + 1, job.copies, job.copies)}: {job.state.reason}
          </span>
          <button type="button" onClick={() => void store.reprint(job)}>
            {t.printRest}
          </button>
          <button type="button" onClick={() => void store.settle(job, 0)}>
            {t.printLeave}
          </button>
        </div>
      ))}
    </>
  );
}

function Buttons({ onQuantity, onAsked }: { onQuantity: () => void; onAsked: (asked: Asked) => void }) {
  const { t } = store;
  const camera = useRef<HTMLInputElement>(null);
  const [reading, setReading] = useState(false);
  const [fault, setFault] = useState('');
  const photo = async (file: File | undefined) => {
    if (!file || !store.stationId) return;
    setReading(true);
    setFault('');
    const got = await sendPhoto(store.stationId, file, freshKey());
    setReading(false);
    if (got.kind === 'scanned') store.answered(got.answer);
    else if (got.kind === 'choose') onAsked({ question: got, photo: file });
    else setFault(got.kind === 'none' ? t.noCode : got.why || t.edgeAway);
  };
  const button = (word: string, command: string, kind = '') => (
    <button type="button" class={kind} onClick={() => store.command(command)}>
      {word}
    </button>
  );
  return (
    <section class="buttons" aria-label={t.menu}>
      {fault ? (
        <p class="photo-fault" role="alert">
          ! {fault}
        </p>
      ) : null}
      {button(t.undo, 'QT-UNDO')}
      {button(t.short, 'QT-SHORT')}
      <button type="button" onClick={onQuantity}>
        {t.quantity}
      </button>
      {button(t.confirm, 'QT-OK', 'primary')}
      {button(t.next, 'QT-NEXT')}
      <button type="button" onClick={() => camera.current?.click()} disabled={reading}>
        {reading ? t.reading : t.photo}
      </button>
      <input
        ref={camera}
        type="file"
        accept="image/*"
        capture="environment"
        hidden
        aria-label={t.photo}
        onChange={event => {
          void photo(event.currentTarget.files?.[0]);
          event.currentTarget.value = '';
        }}
      />
    </section>
  );
}
