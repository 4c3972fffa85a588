// Keys into scans: what a keyboard-wedge scanner types is taken wherever the focus is.
//
// Pure: key presses with their times go in, scans come out. A scan ends with Enter or Tab, or, from a scanner that sends
// neither, with an idle gap after characters that came faster than any finger. GS arrives as Ctrl+]. Under a Chinese input
// method the browser hides the character, so the position of the key says what it is.

/** Slower than this between two characters is a person. */
const FAST_MS = 50;
/** After so much silence a fast burst is a whole scan. */
const IDLE_MS = 150;
/** The same once scans have ended with Enter here: a slow handheld that falters inside a code must not cut it in two. */
const ENDED_IDLE_MS = 1000;
/** A burst shorter than this needs its Enter. */
const SHORTEST = 4;
/** Scanners that end with CR LF, or twice, must not press the focused button with their second key. */
const ECHO_MS = 100;
/** What was left half typed so long ago does not belong to the next scan. */
const FORGET_MS = 3000;

export interface Key {
  key: string;
  code: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

export type Taken =
  /** Not ours: leave it to the page. */
  | { kind: 'pass' }
  /** Ours: the page must not see it. */
  | { kind: 'taken' }
  | { kind: 'scan'; payload: string };

const shifted: Record<string, string> = {
  Digit1: '!',
  Digit2: '@',
  Digit3: '#',
  Digit4: '$',
  Digit5: '%',
  Digit6: '^',
  Digit7: '&',
  Digit8: '*',
  Digit9: '(',
  Digit0: ')',
};
const symbols: Record<string, [string, string]> = {
  Minus: ['-', '_'],
  Equal: ['=', '+'],
  BracketLeft: ['[', '{'],
  BracketRight: [']', '}'],
  Backslash: ['\\', '|'],
  Semicolon: [';', ':'],
  Quote: ["'", '"'],
  Backquote: ['`', '~'],
  Comma: [',', '<'],
  Period: ['.', '>'],
  Slash: ['/', '?'],
  Space: [' ', ' '],
};

/** The character on a key of the layout that scanners type. */
function byPosition(code: string, shift: boolean): string {
  if (/^Key[A-Z]$/.test(code)) return shift ? code.slice(3) : code.slice(3).toLowerCase();
  if (/^Digit\d$/.test(code)) return shift ? (shifted[code] ?? '') : code.slice(5);
  if (/^Numpad\d$/.test(code)) return code.slice(6);
  return symbols[code]?.[shift ? 1 : 0] ?? '';
}

export class Wedge {
  private text = '';
  private first = 0;
  private last = 0;
  private sent = Number.NEGATIVE_INFINITY;
  /** Whether the scanner here is known to end its scans. */
  private ends = false;

  /** What has been typed and not sent. */
  get pending(): string {
    return this.text;
  }

  /** How long a silence ends a scan. */
  get idleMs(): number {
    return this.ends ? ENDED_IDLE_MS : IDLE_MS;
  }

  press(k: Key, at: number): Taken {
    if (this.text && at - this.last > FORGET_MS) this.text = '';
    if (k.key === 'Enter' || k.key === 'Tab' || k.code === 'Enter' || k.code === 'NumpadEnter') {
      if (!this.text) return at - this.sent < ECHO_MS ? { kind: 'taken' } : { kind: 'pass' };
      // A Tab in the middle of slow typing moves the focus; after a burst it ends a scan.
      if (k.key === 'Tab' && !this.fast()) return { kind: 'pass' };
      this.ends = true;
      return { kind: 'scan', payload: this.take(at) };
    }
    const character = this.character(k);
    // Space alone presses the focused button, as everywhere.
    if (!character || (character === ' ' && !this.text)) return { kind: 'pass' };
    this.add(character, at);
    return { kind: 'taken' };
  }

  /** Text that came without key presses, as from handhelds that type like an on-screen keyboard. Answers the scans in it. */
  type(text: string, at: number): string[] {
    if (this.text && at - this.last > FORGET_MS) this.text = '';
    const scans: string[] = [];
    for (const character of text) {
      if (character !== '\n' && character !== '\r' && character !== '\t') this.add(character, at);
      else if (this.text) {
        this.ends = true;
        scans.push(this.take(at));
      }
    }
    return scans;
  }

  /** Call after silence: a fast burst without a terminator is a scan. */
  idle(at: number): string | null {
    if (!this.text || at - this.last < this.idleMs || !this.fast()) return null;
    return this.take(at);
  }

  clear(): void {
    this.text = '';
  }

  private character(k: Key): string {
    if (k.ctrlKey && !k.altKey && !k.metaKey && (k.code === 'BracketRight' || k.key === ']' || k.key === '\x1d')) return '\x1d';
    if (k.ctrlKey || k.altKey || k.metaKey) return '';
    if (k.key.length === 1) return k.key;
    if (k.key === 'Process' || k.key === 'Unidentified') return byPosition(k.code, k.shiftKey);
    return '';
  }

  private add(character: string, at: number): void {
    if (!this.text) this.first = at;
    this.text += character;
    this.last = at;
  }

  private fast(): boolean {
    return this.text.length >= SHORTEST && this.last - this.first <= FAST_MS * (this.text.length - 1);
  }

  private take(at: number): string {
    this.sent = at;
    const payload = this.text;
    this.text = '';
    return payload;
  }
}
