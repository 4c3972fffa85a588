// The installer's page. It opens without a signal: the service worker keeps the page, its own database what the page knows.

import { render } from 'preact';
import './style.css';
import { App } from './app';
import { store } from './store';

if ('serviceWorker' in navigator) {
  void navigator.serviceWorker.register('/field/sw.js', { scope: '/field/' }).catch(() => undefined);
  // What a step wants later is kept as soon as the page itself is, and when a signal comes back.
  const keep = () => void navigator.serviceWorker.ready.then(({ active }) => active?.postMessage('keep'));
  keep();
  addEventListener('online', keep);
}
void store.start();
const root = document.getElementById('root');
if (root) render(<App />, root);
