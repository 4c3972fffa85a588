// What the camera sees, with a frame to aim by, a light, and words when there is no picture.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useStore } from '../app';
import { FRAME } from './aim';
import { Camera, type Fault } from './camera';
import { Choice, type Meaning } from './choice';
import { openReader } from './reader';

type State = 'opening' | 'loading' | 'on' | 'unread' | Fault;

/** Whether the page is before somebody's eyes. */
function useVisible(): boolean {
  const [isVisible, setVisible] = useState(!document.hidden);
  useEffect(() => {
    const look = () => setVisible(!document.hidden);
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return isVisible;
}

interface Props {
  /** What a code stands for. */
  meaning: (text: string) => Meaning;
  told: (text: string) => void;
  /** What is said under the picture, in the place of how to aim. */
  children: ComponentChildren;
}

/** Reads codes until it is taken off the page. The camera is let go while the page is hidden. */
export function CameraView({ meaning, told, children }: Props) {
  const { t, names } = useStore();
  const place = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  // A carton is judged by the ticket as it is when it is read.
  const latest = useRef({ meaning, told });
  latest.current = { meaning, told };
  const [state, setState] = useState<State>('opening');
  const [camera, setCamera] = useState<Camera>();
  const [isLit, setLit] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const isVisible = useVisible();
  useEffect(() => place.current?.scrollIntoView({ block: 'center' }), []);
  useEffect(() => {
    if (!isVisible || !video.current) return;
    let isGone = false;
    const say = (next: State) => isGone || setState(next);
    say('opening');
    const reader = openReader();
    reader.catch(() => undefined);
    const opened = Camera.open(video.current, () => stop('busy'));
    const stop = (why: State) => {
      say(why);
      setCamera(undefined);
      // What is still being opened is closed as soon as it is there.
      opened.then(camera => camera.close()).catch(() => undefined);
      reader.then(eye => eye.end()).catch(() => undefined);
    };
    const run = async () => {
      try {
        const camera = await opened;
        if (isGone) return;
        setCamera(camera);
        say('loading');
      } catch (why) {
        return say(why as Fault);
      }
      const choice = new Choice();
      try {
        const [camera, eye] = await Promise.all([opened, reader]);
        say('on');
        await camera.watch(eye, codes => {
          const code = choice.look(codes, latest.current.meaning, performance.now());
          if (code) latest.current.told(code);
        });
      } catch {
        stop('unread');
      }
    };
    void run();
    return () => {
      stop('opening');
      setLit(false);
      isGone = true;
    };
  }, [isVisible, attempt]);
  const isBroken = state !== 'opening' && state !== 'loading' && state !== 'on';
  const words = state === 'on' ? t.aim : state === 'loading' ? t.readerLoading : t.cameraOpening;
  return (
    <div ref={place} class="scan" data-state={state}>
      <div class="scan-picture" hidden={isBroken}>
        <video ref={video} muted playsInline aria-label={t.aim} />
        <div class="scan-frame" style={{ width: `${FRAME.width * 100}%`, height: `${FRAME.height * 100}%` }} aria-hidden="true" />
        {camera?.hasTorch ? (
          <button type="button" class="scan-light" aria-pressed={isLit} onClick={() => void camera.light(!isLit).then(setLit)}>
            {isLit ? t.lightOff : t.lightOn}
          </button>
        ) : null}
      </div>
      {isBroken ? null : <p class="scan-words">{words}</p>}
      {children}
      {isBroken ? (
        <>
          <div class="note attention" role="alert" data-fault={state}>
            <strong>{names.cameraFaults[state]}</strong>
            <p>{names.cameraHelp[state]}</p>
          </div>
          {state === 'unread' ? (
            <button type="button" class="wide" onClick={() => location.reload()}>
              {t.openAgain}
            </button>
          ) : (
            <button type="button" class="wide" onClick={() => setAttempt(attempt + 1)}>
              {t.tryAgain}
            </button>
          )}
        </>
      ) : null}
    </div>
  );
}
