import { useEffect, useRef, useState } from 'preact/hooks';
import { Chooser } from './chooser';
import { Sheet } from './sheet';
import { StationPage } from './station';
import { store } from './store';

/** Draws again whenever the store changes. */
export function useStore() {
  const [, draw] = useState(0);
  useEffect(() => {
    const again = () => draw(n => n + 1);
    const end = store.subscribe(again);
    // What changed between the first drawing and here was told to nobody.
    again();
    return end;
  }, []);
  return store;
}

function useHash(): string {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const change = () => setHash(location.hash);
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  return hash;
}

export function App() {
  const { t, lang } = useStore();
  const hash = useHash();
  useEffect(() => {
    document.title = t.title;
    document.documentElement.lang = lang;
  }, [t, lang]);
  if (hash === '#/sheet' || location.pathname.endsWith('/sheet')) return <Sheet />;
  return (
    <>
      {store.stationId && !store.gone ? <StationPage /> : <Chooser />}
      <Catcher />
      <FlashOver />
    </>
  );
}

/** Takes what handhelds type without key presses: it has the focus whenever nothing else wants it, and opens no on-screen keyboard. */
function Catcher() {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const take = () => {
      const at = document.activeElement;
      if ((!at || at === document.body) && !document.querySelector('dialog[open]')) field.current?.focus({ preventScroll: true });
    };
    take();
    const timer = setInterval(take, 500);
    return () => clearInterval(timer);
  }, []);
  return (
    <input
      id="catcher"
      ref={field}
      class="catcher"
      inputMode="none"
      autocomplete="off"
      tabIndex={-1}
      aria-label={store.t.ready}
      onInput={event => {
        const text = event.currentTarget.value;
        event.currentTarget.value = '';
        store.typed(text);
      }}
    />
  );
}

/** The whole screen in the verdict's colour for a quarter of a second; nothing under it is blocked. */
function FlashOver() {
  const { flash } = store;
  return flash ? <div key={flash.scan} class={`flash flash-${flash.tone}`} aria-hidden="true" /> : null;
}
