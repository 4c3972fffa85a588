import { expect, it } from 'vitest';
import { readableStation } from './stations';

it('makes the id of a station readable', () => {
  expect(readableStation('web-1a2b3c4d', 'zh-CN')).toBe('手持机 1A2B');
  expect(readableStation('web-1a2b3c4d', 'en')).toBe('Handheld 1A2B');
  expect(readableStation('printing', 'en')).toBe('Label printing');
  expect(readableStation('05e0:1200:A1', 'zh-CN')).toBe('扫码枪 05e0:1200:A1');
  expect(readableStation('gate-2', 'en')).toBe('Gate 2');
});
