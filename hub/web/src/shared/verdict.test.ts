import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { knownVerdicts, type Names, say } from './verdict';

const names: Names = {
  items: { 7: { code: 'YG-OAK-2400', name: '橡木衣柜 2.4 m', name_en: 'Oak wardrobe 2.4 m', cartons: 7 } },
  locations: { 3: 'B-04-2', 4: 'B-04-3' },
};

describe('every verdict of the domain', () => {
  const rust = readFileSync(new URL('../../../../domain/src/work/verdict.rs', import.meta.url), 'utf8');
  const body = rust.slice(rust.indexOf('pub enum Verdict {'), rust.indexOf('impl Verdict'));
  const variants = [...body.matchAll(/^ {4}([A-Z][A-Za-z]+)[ ,{(]/gm)].map(m =>
    (m[1] ?? '').replace(/(?<!^)[A-Z]/g, c => `_${c}`).toLowerCase(),
  );

  it('has words in both languages', () => {
    expect(variants.length).toBeGreaterThan(30);
    for (const is of variants) expect(knownVerdicts, `no words for ${is}`).toContain(is);
    for (const is of variants) {
      expect(say({ is }, {}, 'zh-CN').title).toMatch(/[一-鿿]/);
      expect(say({ is }, {}, 'en').title).not.toMatch(/[一-鿿]/);
    }
  });
});

it('names the goods, the place and what is needed instead', () => {
  const wrong = say({ is: 'wrong_carton', item: 7, carton: 2, needed: [3, 5] }, names, 'zh-CN');
  expect(wrong).toEqual({ title: '包件不对', detail: '橡木衣柜 2.4 m 包件 2/7', next: '要的是包件 3、5（共 7）' });
  const picked = say({ is: 'picked', stock: { item: 7, carton: 3 }, quantity: '2', location: 3, left: '1' }, names, 'en');
  expect(picked).toEqual({ title: 'Picked', detail: 'Oak wardrobe 2.4 m carton 3 of 7 × 2', next: '1 left' });
  expect(say({ is: 'wrong_location', location: 3, expected: 4 }, names, 'zh-CN').next).toBe('应该去 B-04-3');
});

it("says the unit of what is measured, in the reader's language", () => {
  const curtain: Names = { items: { 8: { code: 'CL', name: '亚麻窗帘', name_en: 'Linen curtain', cartons: 1, unit: '米' } } };
  const picked = { is: 'picked', stock: { item: 8, carton: 1 }, quantity: '2.5', left: '3.5' };
  expect(say(picked, curtain, 'zh-CN')).toEqual({ title: '已拣', detail: '亚麻窗帘 × 2.5 米', next: '还差 3.5 米' });
  expect(say(picked, curtain, 'en').next).toBe('3.5 m left');
});

it('says of several pieces that they are enough', () => {
  const all = { is: 'put_away', stock: { item: 7, carton: 1 }, quantity: '10', location: 3, left: '0' };
  expect(say(all, names, 'zh-CN').next).toBe('数量已够');
});

it('does without names that did not come', () => {
  expect(say({ is: 'picked', stock: { item: 99, carton: 1 }, quantity: '1', left: '0' }, {}, 'zh-CN')).toEqual({
    title: '已拣',
    detail: '包件 1',
    next: '',
  });
  expect(say({ is: 'something_new' }, {}, 'en').title).toBe('something_new');
});
