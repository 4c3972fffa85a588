import { describe, expect, it } from 'vitest';
import { aisles, dark, light, type Palette } from './tokens';

function luminance(hex: string): number {
  const part = (at: number) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}

function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

describe.each([
  ['light', light],
  ['dark', dark],
] as [string, Palette][])('the %s palette', (_name, p) => {
  it('has words at AA on every ground', () => {
    for (const ground of [p.ground, p.surface, p.raised]) {
      for (const ink of [p.ink, p.ink2, p.ink3, p.brand]) expect(contrast(ink, ground)).toBeGreaterThanOrEqual(4.5);
      for (const m of Object.values(p.meanings)) expect(contrast(m.ink, ground)).toBeGreaterThanOrEqual(4.5);
    }
    expect(contrast(p.onBrand, p.brand)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(p.brand, p.brandSoft)).toBeGreaterThanOrEqual(4.5);
    for (const m of Object.values(p.meanings)) expect(contrast(m.ink, m.soft)).toBeGreaterThanOrEqual(4.5);
  });

  it('has the panel at 7:1', () => {
    for (const m of Object.values(p.meanings)) expect(contrast(m.on, m.solid)).toBeGreaterThanOrEqual(7);
    for (const ink of [p.ink, p.ink2]) expect(contrast(ink, p.surface)).toBeGreaterThanOrEqual(7);
    expect(contrast(p.ink2, p.ground)).toBeGreaterThanOrEqual(7);
    for (const a of aisles) expect(contrast('#ffffff', a)).toBeGreaterThanOrEqual(7);
  });
});
