import { expect, it } from 'vitest';
import { type Key, Wedge } from './wedge';

const key = (k: string, more: Partial<Key> = {}): Key => ({
  key: k,
  code: '',
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  ...more,
});

function type(w: Wedge, text: string, from = 0, step = 5): number {
  let at = from;
  for (const c of text) {
    expect(w.press(key(c), at).kind).toBe('taken');
    at += step;
  }
  return at;
}

it('ends a scan at Enter and passes Enter alone to the page', () => {
  const w = new Wedge();
  const at = type(w, 'QT-OP-1001');
  expect(w.press(key('Enter'), at)).toEqual({ kind: 'scan', payload: 'QT-OP-1001' });
  expect(w.press(key('Enter'), at + 1000)).toEqual({ kind: 'pass' });
});

it('ends a burst at Tab, but leaves Tab to a person', () => {
  const w = new Wedge();
  expect(w.press(key('Tab'), type(w, 'B-04-2'))).toEqual({ kind: 'scan', payload: 'B-04-2' });
  const at = type(w, 'slow', 10_000, 300);
  expect(w.press(key('Tab'), at)).toEqual({ kind: 'pass' });
});

it('ends a burst without terminator after silence, and never a slow typist’s', () => {
  const w = new Wedge();
  const at = type(w, '6901234567892');
  expect(w.idle(at)).toBeNull();
  expect(w.idle(at + 200)).toBe('6901234567892');
  const later = type(w, 'abcdef', 10_000, 200);
  expect(w.idle(later + 500)).toBeNull();
  expect(w.pending).toBe('abcdef');
});

it('waits longer inside a code once scans here have ended with Enter', () => {
  const w = new Wedge();
  const at = type(w, 'B-04-2');
  expect(w.press(key('Enter'), at).kind).toBe('scan');
  const half = type(w, 'YG-OAK-', at + 500);
  expect(w.idle(half + 400)).toBeNull();
  const end = type(w, '2400/3-7', half + 400);
  expect(w.press(key('Enter'), end)).toEqual({ kind: 'scan', payload: 'YG-OAK-2400/3-7' });
});

it('keeps GS, which scanners send as Ctrl+]', () => {
  const w = new Wedge();
  type(w, '01069012345678921');
  w.press(key(']', { code: 'BracketRight', ctrlKey: true }), 90);
  type(w, '10A7', 95);
  expect(w.press(key('Enter'), 120)).toEqual({ kind: 'scan', payload: '01069012345678921\x1d10A7' });
});

it('reads key positions when an input method hides the characters', () => {
  const w = new Wedge();
  for (const [code, shiftKey] of [
    ['KeyQ', true],
    ['KeyT', true],
    ['Minus', false],
    ['Digit1', false],
  ] as const)
    w.press(key('Process', { code, shiftKey }), 0);
  expect(w.press(key('Enter'), 10)).toEqual({ kind: 'scan', payload: 'QT-1' });
});

it('leaves shortcuts and function keys alone', () => {
  const w = new Wedge();
  expect(w.press(key('r', { ctrlKey: true }), 0).kind).toBe('pass');
  expect(w.press(key('F5'), 0).kind).toBe('pass');
  expect(w.press(key('Shift'), 0).kind).toBe('pass');
});

it('does not glue old leftovers to a new scan', () => {
  const w = new Wedge();
  type(w, 'ab', 0, 400);
  expect(w.press(key('Enter'), type(w, 'B-04-2', 20_000))).toEqual({ kind: 'scan', payload: 'B-04-2' });
});

it('takes text that comes without keys', () => {
  const w = new Wedge();
  expect(w.type('B-04-2\nYG-OAK-2400/3-7', 0)).toEqual(['B-04-2']);
  expect(w.idle(1500)).toBe('YG-OAK-2400/3-7');
});

it('swallows a second terminator and leaves Space alone to buttons', () => {
  const w = new Wedge();
  const at = type(w, 'B-04-2');
  expect(w.press(key('Enter'), at).kind).toBe('scan');
  expect(w.press(key('Enter'), at + 4)).toEqual({ kind: 'taken' });
  expect(w.press(key('Enter'), at + 400)).toEqual({ kind: 'pass' });
  expect(w.press(key(' '), at + 500)).toEqual({ kind: 'pass' });
});
