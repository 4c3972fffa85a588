import { expect, it } from 'vitest';
import { bodyOf, owed, shared, total } from './model';

it('a form counts what it comes to while it is written', () => {
  const lines = [
    { quantity: '1', price: '4999.99', discount: '5' },
    { quantity: '2.375', price: '128' },
    { quantity: '', price: '1' },
  ];
  expect(total(lines)).toBe(505_399n);
  expect(total(undefined)).toBe(0n);
  expect(shared([{ share: '66.67' }, { share: '33.33' }, { share: 'x' }])).toBe(10_000);
});

it('percent become basis points', () => {
  const body = bodyOf({
    customer: 1,
    lines: [{ item: 2, quantity: '1', price: '10.00', discount: '5' }],
    splits: [{ person: 3, share: '100' }],
  });
  expect(body).toEqual({
    customer: 1,
    promised_on: null,
    lines: [{ item: 2, spec: '', quantity: '1', price: '10.00', discount: 500 }],
    splits: [{ person: 3, share: 10_000 }],
  });
});

it('what is owed is told only where payments are seen', () => {
  expect(owed({ amount: '100.00', paid: '40.00' })).toBe(6_000n);
  expect(owed({ amount: '100.00' })).toBe(undefined);
});
