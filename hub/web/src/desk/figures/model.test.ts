import { expect, test } from 'vitest';
import { change, changeText, ordersOf, plus, series, short, spanOf, todayIn } from './model';

test('periods end today and begin where people mean', () => {
  const today = '2026-11-23';
  expect(spanOf('today', today)).toEqual({ from: today, to: today });
  expect(spanOf('yesterday', today)).toEqual({ from: '2026-11-22', to: '2026-11-22' });
  expect(spanOf('week', today)).toEqual({ from: '2026-11-17', to: today });
  expect(spanOf('month', today)).toEqual({ from: '2026-11-01', to: today });
  expect(spanOf('', today)).toEqual(spanOf('month', today));
  expect(spanOf('quarter', today)).toEqual({ from: '2026-10-01', to: today });
  expect(spanOf('quarter', '2026-03-31')).toEqual({ from: '2026-01-01', to: '2026-03-31' });
  expect(spanOf('year', today)).toEqual({ from: '2026-01-01', to: today });
  expect(spanOf('custom', today, '2026-02-03', '2026-01-01')).toEqual({ from: '2026-01-01', to: '2026-02-03' });
  expect(spanOf('custom', today, 'x', '')).toEqual({ from: today, to: today });
  expect(plus('2026-03-01', -1)).toBe('2026-02-28');
  expect(todayIn('Asia/Shanghai', new Date('2026-11-23T16:30:00Z'))).toBe('2026-11-24');
});

test('a line has every day, or every month of a long time', () => {
  const days = [{ day: '2026-11-22', orders: 1, sales: '100.50' }];
  expect(series({ from: '2026-11-21', to: '2026-11-23' }, days).map(point => point.value)).toEqual([0, 100.5, 0]);
  const year = series({ from: '2026-01-01', to: '2026-11-23' }, days);
  expect([year.length, year[10]]).toEqual([11, { name: '2026-11', value: 100.5, from: '2026-11-01', to: '2026-11-23' }]);
});

test('a change is told against what was before, and not against nothing', () => {
  expect([change('150.00', '100.00'), change(1, 3), change('5', '0.00'), change(null, '1')]).toEqual([500, -667, null, null]);
  expect([changeText(500), changeText(-667), changeText(0)]).toEqual(['+50.0%', '−66.7%', '0%']);
  expect([short(123_456, false), short(12_345, false), short(999, false), short(1_234_567, true)]).toEqual([
    '12.3万',
    '1.2万',
    '999',
    '1.2M',
  ]);
});

test('a figure opens the list of the same orders', () => {
  const span = { from: '2026-11-01', to: '2026-11-23' };
  expect(ordersOf(span, { person: 7, below: null })).toBe('/orders?counted=true&from=2026-11-01&to=2026-11-23&person=7');
});
