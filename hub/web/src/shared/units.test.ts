import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { unitName } from './units';

it('has an English word for every unit of the demonstration', () => {
  const rust = readFileSync(new URL('../../../src/demo/families.rs', import.meta.url), 'utf8');
  const units = [...rust.matchAll(/^ +unit: "([^"]+)"/gm)].map(m => m[1] ?? '');
  expect(units.length).toBeGreaterThan(5);
  for (const unit of units) expect(unitName(unit, 'en'), unit).toMatch(/^[a-z²³]+$/i);
});

it('leaves a unit as it is for a Chinese reader, and one that it does not know for everybody', () => {
  expect(unitName('米', 'zh-CN')).toBe('米');
  expect(unitName('樘', 'en')).toBe('樘');
  expect(unitName(undefined, 'en')).toBe('');
});
