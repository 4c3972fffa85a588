import { expect, test } from 'vitest';
import { piecesOf } from './sentence';

test('a clause whose choice is not there goes with its comma', () => {
  const said = (text: string) => piecesOf(text, name => name !== 'due').join('');
  expect(said('显示{owner}的{state}，{due}，{approval}')).toBe('显示{owner}的{state}，{approval}');
  expect(said('Show {state} of {owner}, {approval}, {due}')).toBe('Show {state} of {owner}, {approval}');
  expect(said('{due}')).toBe('');
});
