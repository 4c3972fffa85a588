import { expect, test } from 'vitest';
import { areas } from '../areas';
import { topics } from './topics';

test('every area has help', () => {
  const named = new Set(topics.map(topic => topic.name));
  expect(areas.filter(area => !named.has(area.name)).map(area => area.name)).toEqual([]);
});

test('both languages help with the same things, step by step', () => {
  for (const topic of topics) {
    expect(topic.en.tasks.length, topic.name).toBe(topic['zh-CN'].tasks.length);
    for (const text of [topic.en, topic['zh-CN']]) {
      expect(
        text.tasks.every(task => task.steps.length > 0),
        topic.name,
      ).toBe(true);
    }
  }
});
