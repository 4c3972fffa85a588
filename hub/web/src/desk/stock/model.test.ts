import { expect, test } from 'vitest';
import { daysOf } from './model';

test('a period is this month, or what its word or its days say', () => {
  expect(daysOf('', '2026-11-23')).toEqual({ from: '2026-11-01', to: '2026-11-23' });
  expect(daysOf('last_month', '2026-03-05')).toEqual({ from: '2026-02-01', to: '2026-02-28' });
  expect(daysOf('yesterday', '2026-03-01')).toEqual({ from: '2026-02-28', to: '2026-02-28' });
  expect(daysOf('week', '2026-11-03')).toEqual({ from: '2026-10-28', to: '2026-11-03' });
  expect(daysOf('', '2026-11-23', '2026-10-05')).toEqual({ from: '2026-10-05', to: '2026-11-23' });
  expect(daysOf('', '2026-11-23', '', '2026-10-05')).toEqual({ from: '2026-10-05', to: '2026-10-05' });
  expect(daysOf('', '2026-11-23', '2026-11-20', '2026-11-10')).toEqual({ from: '2026-11-10', to: '2026-11-20' });
});
