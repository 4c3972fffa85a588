// Words of what colleagues say about a record.

import type { Lang, Same } from '../../shared/lang';

const zh = {
  comments: '评论',
  say: '写评论',
  hint: '说点什么，用 @ 提到同事',
  none: '还没有人评论。@ 到的同事会收到通知。',
  send: '发送',
  nobody: '没有能看到这条记录的人叫这个名字',
  told: (people: string[]) => `会通知：${people.join('、')}`,
  numbers: '看不到电话的同事，只看到号码的首尾。',
};

const en: Same<typeof zh> = {
  comments: 'Comments',
  say: 'Write a comment',
  hint: 'Say something; @ names a colleague',
  none: 'Nobody said anything yet. Whoever is named by @ is told.',
  send: 'Send',
  nobody: 'Nobody of that name sees this record',
  told: people => `Will be told: ${people.join(', ')}`,
  numbers: 'Colleagues who may not see phones read only the ends of numbers.',
};

export const words: Record<Lang, Same<typeof zh>> = { 'zh-CN': zh, en };
