import { expect, it } from 'vitest';
import { words } from './words';

const [zh, en] = [words['zh-CN'], words.en];

it('says how long nobody followed up', () => {
  expect(zh.idleDays(8)).toBe('8 天未跟进');
  expect(en.idleDays(8)).toBe('8 days idle');
});

it('says when the next follow-up is due', () => {
  expect([-1, 0, 1].map(zh.due)).toEqual(['过期 1 天', '今天', '明天']);
  expect([-2, -1, 0, 1].map(en.due)).toEqual(['2 days late', '1 day late', 'today', 'tomorrow']);
  expect(zh.due(2)).toBe('');
});

it('says whose a phone is as far as it may be known', () => {
  expect(zh.taken('王女士', '张*')).toBe('这个电话已是客户 王女士，由 张* 跟进');
  expect(zh.taken('', '张*')).toBe('这个电话已是其他客户的，由 张* 跟进');
  expect(zh.taken('', '')).toBe('这个电话已是其他客户的，还没有负责人');
});
