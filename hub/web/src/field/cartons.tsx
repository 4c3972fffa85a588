// The cartons of a ticket, scanned with the camera, with a scanner, or typed.

import { useEffect, useRef, useState } from 'preact/hooks';
import { signal, wakeSound } from '../shared/sounds';
import { useStore } from './app';
import { CameraView } from './camera/view';
import { type Carton, plain, scanned, type Ticket } from './model';
import { Step } from './step';
import { store } from './store';

type Tone = 'right' | 'attention' | 'wrong';
const MARKS: Record<Tone, string> = { right: '✓', attention: '!', wrong: '✕' };
/** How long a carton's verdict stands under the picture, ms: it must not be taken for that of the next one. A wrong one stays until another is read. */
const SHOWN_MS = 4000;

interface Verdict {
  tone: Tone;
  word: string;
  more: string;
  /** Tells two verdicts apart that read the same. */
  n: number;
}

const called = (c: Carton) => `${c.item_name} ${c.carton}/${c.of}`;

export function Cartons({ of }: { of: Ticket }) {
  const { t } = useStore();
  const [said, setSaid] = useState<Verdict | null>(null);
  const [isOn, setOn] = useState(false);
  const left = of.cartons.reduce((sum, c) => sum + Math.max(0, c.expected - c.scanned), 0);
  // What the camera reads later is judged by the ticket as it is then.
  const now = useRef(of);
  now.current = of;
  const verdicts = useRef(0);
  const say = (tone: Tone, word: string, more: string) => {
    signal(tone, true);
    verdicts.current += 1;
    setSaid({ tone, word, more, n: verdicts.current });
  };
  const fades = isOn && left > 0 && said && said.tone !== 'wrong' ? said.n : 0;
  useEffect(() => {
    if (!fades) return;
    const timer = setTimeout(() => setSaid(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [fades]);
  const take = (code: string) => {
    if (!code.trim()) return;
    const found = scanned(now.current, code);
    if (found.kind === 'wrong') return say('wrong', t.wrong, t.wrongRead(code.trim()));
    if (found.kind === 'twice') return say('attention', t.twice, called(found.carton));
    const { item, carton, expected, scanned: before } = found.carton;
    say('right', t.right, called(found.carton) + (expected > 1 ? `\n${t.nth(before + 1, expected)}` : ''));
    void store.act(of.id, 'scan', { code: code.trim() }, { item, carton });
  };
  const meaning = (code: string) => {
    const found = scanned(now.current, code);
    if (found.kind === 'wrong') return { key: plain(code), belongs: false };
    return { key: `${found.carton.item} ${found.carton.carton}`, belongs: true };
  };
  const verdict = (
    <div class="verdict-place" role="status">
      {said ? (
        <div key={said.n} class={`verdict ${said.tone}`} data-scanned={said.n}>
          <span class="verdict-mark" aria-hidden="true">
            {MARKS[said.tone]}
          </span>
          <span class="grow">
            <strong>{said.word}</strong>
            <span class="words">{said.more}</span>
          </span>
        </div>
      ) : null}
    </div>
  );
  return (
    <>
      {left || !said ? null : verdict}
      <Step name={t.cartons} done={left ? undefined : t.cartonsAll} open={left > 0 && of.state !== 'accepted'} folded={() => setOn(false)}>
        <p aria-live="polite">{left ? t.cartonsLeft(left) : t.cartonsAll}</p>
        {left ? (
          <>
            {isOn ? (
              <CameraView meaning={meaning} told={take}>
                {verdict}
              </CameraView>
            ) : (
              verdict
            )}
            <button
              type="button"
              class={isOn ? 'wide' : 'primary wide'}
              onClick={() => {
                wakeSound();
                setOn(!isOn);
              }}
            >
              {isOn ? t.cameraStop : t.camera}
            </button>
            <input
              class="wide"
              aria-label={t.cartonCode}
              placeholder={t.cartonCode}
              enterkeyhint="done"
              autocapitalize="none"
              onKeyDown={event => {
                if (event.key !== 'Enter') return;
                take(event.currentTarget.value);
                event.currentTarget.value = '';
              }}
            />
          </>
        ) : null}
        <ul class="cartons">
          {of.cartons.map(c => (
            <li key={`${c.item}-${c.carton}`} class={c.scanned >= c.expected ? 'right-ink' : ''}>
              {c.scanned >= c.expected ? '✓' : '○'} {called(c)} {c.expected > 1 ? `${c.scanned}/${c.expected}` : ''}
            </li>
          ))}
        </ul>
      </Step>
    </>
  );
}
