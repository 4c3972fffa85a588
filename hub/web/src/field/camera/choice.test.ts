import { describe, expect, it } from 'vitest';
import { away, cut, FRAME } from './aim';
import { faultOf } from './camera';
import { Choice, type Code } from './choice';

/** Codes of the ticket are `carton/how it is written`; all others do not belong. */
const meaning = (text: string) => ({ key: text.split('/')[0] ?? text, belongs: text.startsWith('c') });
const at = (text: string, away = 0): Code => ({ text, away });

/** What is taken of looks that come every so many ms. */
function taken(looks: Code[][], every = 100): (string | undefined)[] {
  const choice = new Choice();
  return looks.map((codes, n) => choice.look(codes, meaning, n * every));
}
const told = (looks: Code[][], every?: number) => taken(looks, every).filter(Boolean);
const long = (codes: Code[], looks: number) => Array.from({ length: looks }, () => codes);

describe('which code is taken', () => {
  it('is one that two looks agree on', () => {
    expect(taken([[at('c1/a')], [at('c1/a')]])).toEqual([undefined, 'c1/a']);
    expect(told([[at('c1/a')], [at('c2/a')], [at('c3/a')]])).toEqual([]);
    expect(told([[at('c1/a')], [], [at('c1/a')]])).toEqual(['c1/a']);
  });

  it('is forgotten when a second passes between its looks', () => {
    expect(told([[at('c1/a')], ...long([], 11), [at('c1/a')]])).toEqual([]);
  });

  it('is the one nearest the middle, whatever the order', () => {
    const both = [at('c1/a', 0.3), at('c2/a', 0.1)];
    expect(told([both, [...both].reverse(), both])).toEqual(['c2/a']);
  });

  it('is never the neighbour of a carton that does not belong', () => {
    expect(told(long([at('x9', 0.05), at('c1/a', 0.4)], 20))).toEqual(['x9']);
  });

  it('is once one label, which says the same in two codes', () => {
    expect(told([...long([at('c1/a')], 5), ...long([at('c1/b')], 5), ...long([at('c1/a', 0.1), at('c1/b', 0.2)], 30)])).toEqual(['c1/a']);
  });
});

describe('when a code is taken', () => {
  it('that does not belong: only when it stays in the middle', () => {
    expect(told(long([at('x9')], 5))).toEqual([]);
    expect(told(long([at('x9')], 8))).toEqual(['x9']);
    expect(told([...long([at('x9')], 4), ...long([at('c1/a')], 4)])).toEqual(['c1/a']);
  });

  it('again: after a second and a half out of sight, not before', () => {
    const look = long([at('c1/a')], 3);
    expect(told([...look, ...long([], 10), ...look])).toEqual(['c1/a']);
    expect(told([...look, ...long([], 16), ...look])).toEqual(['c1/a', 'c1/a']);
  });

  it('on a phone that stalls: as on any other, because it missed nothing meanwhile', () => {
    expect(told(long([at('c1/a')], 20), 3000)).toEqual(['c1/a']);
    expect(told([...long([at('c1/a')], 2), [], ...long([at('c1/a')], 5)], 3000)).toEqual(['c1/a']);
  });

  it('again: not while it lies in view beside another', () => {
    const [one, two] = [
      [at('c1/a', 0.1), at('c2/a', 0.3)],
      [at('c1/a', 0.3), at('c2/a', 0.1)],
    ];
    expect(told([...long(one, 20), ...long(two, 20), ...long(one, 20)])).toEqual(['c1/a', 'c2/a']);
  });
});

describe('what is looked at', () => {
  it('is the frame over what is shown of the picture', () => {
    // Upright, 1080 × 1920, in a view of 360 × 270: three pixels of the picture to one of the view.
    const part = cut({ width: 1080, height: 1920 }, { width: 360, height: 270 });
    expect(part.width).toBe(Math.round(1080 * FRAME.width));
    expect(part.height).toBe(Math.round(810 * FRAME.height));
    expect(part.x * 2 + part.width).toBe(1080);
    expect(Math.abs(part.y * 2 + part.height - 1920)).toBeLessThanOrEqual(1);
    expect(part.drawn).toEqual({ width: part.width, height: part.height });
  });

  it('is made smaller where the camera gives more than is needed, never larger', () => {
    const part = cut({ width: 3840, height: 2160 }, { width: 640, height: 480 });
    expect(Math.max(part.drawn.width, part.drawn.height)).toBe(1280);
    expect(part.drawn.width / part.drawn.height).toBeCloseTo(part.width / part.height, 2);
    expect(cut({ width: 320, height: 240 }, { width: 640, height: 480 }).drawn.width).toBe(Math.round(320 * FRAME.width));
  });

  it('has its codes measured from its middle', () => {
    const square = (x: number, y: number) => [
      { x: x - 5, y: y - 5 },
      { x: x + 5, y: y - 5 },
      { x: x + 5, y: y + 5 },
      { x: x - 5, y: y + 5 },
    ];
    const size = { width: 200, height: 100 };
    expect(away(square(100, 50), size)).toBe(0);
    expect(away(square(150, 50), size)).toBe(0.25);
    expect(away(square(100, 100), size)).toBe(0.25);
  });
});

describe('a camera that does not open', () => {
  it.each([
    ['NotAllowedError', 'refused'],
    ['NotFoundError', 'missing'],
    ['OverconstrainedError', 'missing'],
    ['NotReadableError', 'busy'],
    ['TypeError', 'busy'],
  ])('%s is %s', (name, fault) => expect(faultOf({ name })).toBe(fault));
});
