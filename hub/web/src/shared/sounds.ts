// Three sounds that cannot be confused, made on the spot: right is short and high, wrong long and low, attention two middle beeps.

import type { Tone } from './verdict';

let context: AudioContext | null = null;

/** Browsers allow sound only after a touch or a key; a scanner's keys count. */
export function wakeSound(): void {
  try {
    context ??= new AudioContext();
    if (context.state === 'suspended') void context.resume();
  } catch {
    // No sound on this device; colour, word and vibration remain.
  }
}

function beep(from: number, length: number, pitch: number, shape: OscillatorType, volume: number): void {
  if (!context) return;
  const start = context.currentTime + from;
  const tone = context.createOscillator();
  const gain = context.createGain();
  tone.type = shape;
  tone.frequency.value = pitch;
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(volume, start + 0.005);
  gain.gain.setValueAtTime(volume, start + length - 0.02);
  gain.gain.linearRampToValueAtTime(0, start + length);
  tone.connect(gain).connect(context.destination);
  tone.start(start);
  tone.stop(start + length);
}

export function signal(tone: Tone, sound: boolean): void {
  wakeSound();
  if (sound && context?.state !== 'closed') {
    if (tone === 'right') {
      beep(0, 0.07, 1760, 'sine', 0.5);
      beep(0.07, 0.09, 2349, 'sine', 0.5);
    } else if (tone === 'wrong') beep(0, 0.55, 155, 'sawtooth', 0.6);
    else {
      beep(0, 0.13, 880, 'triangle', 0.6);
      beep(0.22, 0.13, 880, 'triangle', 0.6);
    }
  }
  navigator.vibrate?.(tone === 'right' ? 40 : tone === 'wrong' ? [300] : [80, 80, 80]);
}
