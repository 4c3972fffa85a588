import { expect, test } from 'vitest';
import { type Count, groups, share } from './model';

const count = (role: Count['role'], family: string, settings: string, devices: number): Count => ({
  role,
  family,
  profile: 'p',
  settings,
  devices,
});

test('devices are added up by family, whatever profile they have', () => {
  const of = groups([
    count('printer', 'zpl', 'holds', 2),
    count('scanner', 'newland', 'holds', 3),
    count('scanner', 'newland', 'differs', 1),
    count('scanner', '', 'unwatched', 9),
    count('scanner', 'newland', 'something new', 1),
  ]);
  expect(of.map(group => [group.key, group.devices])).toEqual([
    ['scanner ', 9],
    ['scanner newland', 5],
    ['printer zpl', 2],
  ]);
  expect([of[1]?.of.holds, of[1]?.of.differs, of[1]?.of.silent]).toEqual([3, 1, 1]);
});

test('the share counts only devices that can be compared, and is never rounded up to all', () => {
  expect(share([count('scanner', 'newland', 'holds', 999), count('scanner', 'newland', 'differs', 1)])).toBe(99);
  expect(share([count('scanner', '', 'unwatched', 9), count('scanner', 'x', 'unsettable', 9)])).toBe(null);
  expect(share([count('scanner', 'newland', 'holds', 2), count('scanner', '', 'unwatched', 9)])).toBe(100);
});
