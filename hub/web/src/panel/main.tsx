// The operator's page. Also `#/sheet` (or /sheet): the control barcodes to print.

import { render } from 'preact';
import './style.css';
import { wakeSound } from '../shared/sounds';
import { App } from './app';
import { store } from './store';

store.start();
addEventListener('keydown', event => store.key(event), { capture: true });
addEventListener('pointerdown', wakeSound, { capture: true });
// A tapped button does not keep the focus, or the next scanner's Enter would press it again; keyboard presses (detail 0) keep it.
addEventListener('click', event => {
  const at = document.activeElement;
  if (event.detail > 0 && at instanceof HTMLButtonElement) at.blur();
});
const root = document.getElementById('root');
if (root) render(<App />, root);
