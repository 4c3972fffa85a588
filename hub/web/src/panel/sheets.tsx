// What slides up from below: tasks, the last twenty scans, the quantity pad, codes of a photo, and the rest.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { clock, quantity } from '../shared/format';
import { say, toneIcons, toneWords } from '../shared/verdict';
import { type PhotoCode, type PhotoQuestion, readTasks, type StationView, type TaskView } from './edge';
import { namesOf } from './prompt';
import { store } from './store';
import { taskKinds } from './words';

function Slide({ title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    box.current?.showModal();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a tap beside the sheet closes it; for keys Esc does, built into the dialog
    <dialog ref={box} class="slide" aria-label={title} onClose={onClose} onClick={event => event.target === box.current && onClose()}>
      <div class="slide-in">
        <header>
          <h2>{title}</h2>
          <button type="button" onClick={onClose}>
            {store.t.close}
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

export function Tasks({ onClose }: { onClose: () => void }) {
  const { t, lang } = store;
  const [tasks, setTasks] = useState<TaskView[] | null>(null);
  const [fault, setFault] = useState('');
  useEffect(() => {
    readTasks().then(setTasks, refused => setFault(refused instanceof TypeError ? t.edgeAway : String((refused as Error).message)));
  }, [t]);
  return (
    <Slide title={t.chooseTask} onClose={onClose}>
      {fault ? <p class="warn">✕ {fault}</p> : null}
      {tasks?.length === 0 ? <p>{t.noTasks}</p> : null}
      <ul class="list">
        {(tasks ?? []).map(task => (
          <li key={task.id}>
            <button
              type="button"
              class="pick"
              onClick={() => {
                store.command(`QT-TASK-${task.number}`);
                onClose();
              }}
            >
              <span class="row">
                <strong>{taskKinds[task.kind]?.[lang === 'en' ? 1 : 0] ?? task.kind}</strong>
                <span>{task.number}</span>
                <span class="grow" />
                {task.asked !== undefined ? (
                  <span class="number">
                    {quantity(task.done ?? 0)}/{quantity(task.asked)}
                  </span>
                ) : null}
              </span>
              <span>{task.reference}</span>
            </button>
          </li>
        ))}
      </ul>
    </Slide>
  );
}

/** The last twenty, newest first, each with its verdict and, where the edge allows it, an undo of its own. */
export function History({ view, onClose }: { view: StationView; onClose: () => void }) {
  const { t, lang } = store;
  const names = namesOf(view);
  const zone = typeof store.edge?.site === 'object' ? store.edge?.site?.time_zone : undefined;
  return (
    <Slide title={t.lastTwenty} onClose={onClose}>
      {view.last.length === 0 ? <p>{t.noScans}</p> : null}
      <ul class="list">
        {view.last.slice(0, 20).map(scan => {
          const said = say(scan.verdict, { ...names, ...scan.names }, lang);
          return (
            <li key={scan.scan} class={`past past-${scan.tone}`}>
              <div class="row">
                <strong>
                  <span aria-hidden="true">{toneIcons[scan.tone]}</span> {toneWords[lang][scan.tone]}
                </strong>
                <span>{said.title}</span>
                <span class="grow" />
                <time>{clock(scan.at_ms, lang, zone)}</time>
              </div>
              <div>{said.detail || said.next}</div>
              <div class="row">
                <code class="grow">{scan.payload}</code>
                {scan.undoable ? (
                  <button
                    type="button"
                    onClick={() => {
                      store.undo(scan.scan);
                      onClose();
                    }}
                  >
                    {t.undo}
                  </button>
                ) : null}
              </div>
            </li>
          );
        })}
      </ul>
    </Slide>
  );
}

export function Keypad({ onClose }: { onClose: () => void }) {
  const { t } = store;
  const [typed, setTyped] = useState('');
  const valid = /^\d+(\.\d{1,3})?$/.test(typed) && Number(typed) > 0;
  const press = (key: string) => setTyped(before => (before + key).replace(/^0+(?=\d)/, '').slice(0, 8));
  return (
    <Slide title={t.howMany} onClose={onClose}>
      <output class="keypad-shown">{typed || '–'}</output>
      <div class="keypad">
        {['1', '2', '3', '4', '5', '6', '7', '8', '9', '.', '0'].map(key => (
          <button type="button" key={key} onClick={() => press(key)} disabled={key === '.' && (typed === '' || typed.includes('.'))}>
            {key}
          </button>
        ))}
        <button type="button" aria-label={t.deleteDigit} onClick={() => setTyped(typed.slice(0, -1))}>
          ⌫
        </button>
      </div>
      <button
        type="button"
        class="primary wide"
        disabled={!valid}
        onClick={() => {
          store.command(`QT-QTY-${typed}`);
          onClose();
        }}
      >
        {t.set} {valid ? `× ${quantity(typed)}` : ''}
      </button>
    </Slide>
  );
}

/** Typed with a finger in a glove, shown to nobody. */
export function PinPad({ onClose }: { onClose: () => void }) {
  const { t } = store;
  const [typed, setTyped] = useState('');
  return (
    <Slide title={t.enterPin} onClose={onClose}>
      <p>{t.enterPinHint}</p>
      <output class="keypad-shown">{'●'.repeat(typed.length) || '–'}</output>
      <div class="keypad">
        {['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'].map(key => (
          <button type="button" key={key} onClick={() => setTyped(before => (before + key).slice(0, 8))}>
            {key}
          </button>
        ))}
        <button type="button" aria-label={t.deleteDigit} onClick={() => setTyped(typed.slice(0, -1))}>
          ⌫
        </button>
      </div>
      <button
        type="button"
        class="primary wide"
        disabled={typed.length < 4}
        onClick={() => {
          store.command(`QT-PIN-${typed}`);
          onClose();
        }}
      >
        {t.set}
      </button>
    </Slide>
  );
}

/** The photo with its codes outlined, to tap the one that is meant; the same codes as a list, for those who cannot see or tap so small a thing. */
export function Choice({ question, photo, onClose }: { question: PhotoQuestion; photo: Blob; onClose: () => void }) {
  const { codes, width, height } = question;
  const [picture, setPicture] = useState('');
  useEffect(() => {
    const url = URL.createObjectURL(photo);
    setPicture(url);
    return () => URL.revokeObjectURL(url);
  }, [photo]);
  const pick = (code: PhotoCode) => {
    store.scan(code.text, code.aim);
    onClose();
  };
  return (
    <Slide title={store.t.whichCode} onClose={onClose}>
      {width && height && picture ? (
        // The list below says and does the same for keyboards and screen readers.
        <svg class="found" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
          <image href={picture} width={width} height={height} />
          {codes.map((code, at) =>
            code.corners ? (
              <Outline key={keyOf(code)} corners={code.corners} at={at + 1} side={Math.max(width, height)} onPick={() => pick(code)} />
            ) : null,
          )}
        </svg>
      ) : null}
      <ol class="list codes">
        {codes.map((code, at) => (
          <li key={keyOf(code)}>
            <button type="button" class="pick" onClick={() => pick(code)}>
              <b>{at + 1}</b>
              <code>{code.text}</code>
              <span>{code.format}</span>
            </button>
          </li>
        ))}
      </ol>
    </Slide>
  );
}

const keyOf = (code: PhotoCode) => `${code.format} ${code.text}`;

/** A code's outline with its number, and around it as much room as a thumb needs. */
function Outline({ corners, at, side, onPick }: { corners: [number, number][]; at: number; side: number; onPick: () => void }) {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(corners.map(corner => corner[0])), mean(corners.map(corner => corner[1]))];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hidden from screen readers, which have the list
    <g onClick={onPick}>
      <polygon points={corners.map(corner => corner.join()).join(' ')} stroke-width={side / 160} />
      <circle cx={x} cy={y} r={side / 18} />
      <text x={x} y={y} font-size={side / 16}>
        {at}
      </text>
    </g>
  );
}

/** Only the machine itself shows the code that lets another device in. */
const here = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);

export function Menu({ onClose }: { onClose: () => void }) {
  const { t, lang, isDark, sound } = store;
  const item = (word: string, act: () => void) => (
    <button
      type="button"
      class="wide"
      onClick={() => {
        act();
        onClose();
      }}
    >
      {word}
    </button>
  );
  return (
    <Slide title={t.menu} onClose={onClose}>
      <div class="menu">
        {item(t.closeTask, () => store.command('QT-CLOSE'))}
        {item(t.logOut, () => store.command('QT-OUT'))}
        {item(t.changeStation, () => store.choose(null))}
        {item(t.sheet, () => {
          location.hash = '#/sheet';
        })}
        {here
          ? item(t.pair, () => {
              location.pathname = '/pair';
            })
          : null}
        {item(t.language, () => store.setLang(lang === 'en' ? 'zh-CN' : 'en'))}
        {item(isDark ? t.themeLight : t.themeDark, () => store.setTheme(isDark ? 'light' : 'dark'))}
        {item(sound ? t.soundOn : t.soundOff, () => store.setSound(!sound))}
      </div>
    </Slide>
  );
}
