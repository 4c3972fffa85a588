import { describe, expect, it } from 'vitest';
import { begun, dragged, dropped, isChanged, rebased, redone, same, stepped, undone } from './label-steps';

const at = (x: number) => ({ name: 'a', x });

describe('steps of an editor', () => {
  it('are taken back and done again', () => {
    const two = stepped(stepped(begun(at(0)), at(1)), at(2));
    expect([undone(two).now, undone(undone(two)).now, redone(undone(two)).now]).toEqual([at(1), at(0), at(2)]);
    expect(undone(begun(at(0))).now).toEqual(at(0));
    expect(stepped(undone(two), at(5)).next).toEqual([]);
  });

  it('count a drag as one', () => {
    const moved = stepped(dragged(dragged(begun(at(0)), at(1)), at(2)), at(3));
    expect([moved.past, moved.now]).toEqual([[at(0)], at(3)]);
  });

  it('know nothing of a drag that came back or was broken off', () => {
    const under = dragged(stepped(begun(at(0)), at(1)), at(2));
    for (const over of [dropped(under), stepped(under, at(1))]) {
      expect([over.past, over.now, over.before]).toEqual([[at(0)], at(1), null]);
      // The next step is from where it is, not from before some earlier drag.
      expect(undone(stepped(over, at(9))).now).toEqual(at(1));
    }
  });

  it('stay when the work is saved, and what was typed meanwhile stays too', () => {
    const saving = stepped(begun(at(0)), at(1));
    const saved = rebased(saving, { x: 1, name: 'a' });
    expect([isChanged(saving), isChanged(saved), undone(saved).now]).toEqual([true, false, at(0)]);
    const typed = rebased(stepped(saving, at(2)), at(1));
    expect([typed.now, isChanged(typed)]).toEqual([at(2), true]);
  });

  it('follow another version when nothing was changed', () => {
    const discarded = rebased(rebased(stepped(begun(at(0)), at(1)), at(1)), at(7));
    expect([discarded.now, isChanged(discarded), undone(discarded).now]).toEqual([at(7), false, at(1)]);
  });

  it('are the same whatever the order of keys', () => {
    expect(same({ a: 1, b: [{ c: 2 }], d: undefined }, { b: [{ c: 2 }], a: 1 })).toBe(true);
    expect([same([1], { 0: 1 }), same([1, 2], [2, 1]), same({ a: 1 }, { a: '1' }), same(null, {})]).toEqual([false, false, false, false]);
  });
});
