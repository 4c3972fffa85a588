import { expect, test } from 'vitest';
import { fileKinds, isForward, nextStage, type Pipeline, reasonsOf, timeOf } from './model';

const pipeline: Pipeline = {
  code: 'sales',
  title: '销售',
  stages: [
    { code: 'lead', title: '线索', leave: { files: [{ kind: 'sketch', title: '草图' }] } },
    { code: 'off', title: '停用', active: false },
    {
      code: 'quote',
      title: '报价',
      enter: { files: [{ kind: 'sketch', title: '草图' }] },
      block_reasons: [{ code: 'a', title: '甲', active: false }],
    },
    { code: 'lost', title: '流失', end: 'lost' },
    { code: 'won', title: '签约', end: 'won' },
  ],
};

test('the next stage is in use and not for the lost', () => {
  expect(nextStage(pipeline, 'lead')?.code).toBe('quote');
  expect(nextStage(pipeline, 'quote')?.code).toBe('won');
  expect(nextStage(pipeline, 'won')).toBeUndefined();
  expect(isForward(pipeline, 'lead', 'quote')).toBe(true);
  expect(isForward(pipeline, 'quote', 'lead')).toBe(false);
});

test('each kind of file is named once, and only reasons in use are offered', () => {
  expect(fileKinds(pipeline).map(one => one.kind)).toEqual(['sketch']);
  expect(reasonsOf(pipeline.stages[2])).toEqual([]);
});

test('the time of a report begins with a whole month or day', () => {
  const now = new Date(2026, 2, 15, 13, 30);
  expect(timeOf('month', now)).toEqual({ from_ms: new Date(2026, 2, 1).getTime() });
  expect(timeOf('last_month', now)).toEqual({ from_ms: new Date(2026, 1, 1).getTime(), until_ms: new Date(2026, 2, 1).getTime() });
  expect(timeOf('', now)).toEqual({ from_ms: new Date(2026, 2, 15).getTime() - 90 * 86_400_000 });
  expect(timeOf('all', now)).toEqual({});
});
