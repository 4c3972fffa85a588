import type { Lang, Same } from '../../shared/lang';

const zh = {
  shownAs: '显示方式',
  list: '列表',
  board: '看板',
  more: '再载入一些',
  none: '没有',
  actions: (n: string) => `${n} 的操作`,
  follows_scans: '任务的状态跟着现场扫描走：第一扫变成进行中，做齐变成已完成。这里只能撤回。',
  is_over: '已经结束的任务不能再改。',
  no_right: '您没有撤回任务的权限；请店长或管理员处理。',
  withdraws: '放开即撤回这个任务（会先问您）。',
};

const en: Same<typeof zh> = {
  shownAs: 'Shown as',
  list: 'list',
  board: 'board',
  more: 'Load more',
  none: 'None',
  actions: n => `What can be done with ${n}`,
  follows_scans: 'A task follows what is scanned: the first scan starts it, the last one finishes it. Here it can only be withdrawn.',
  is_over: 'A task that has ended stays as it is.',
  no_right: 'You may not withdraw tasks; a store manager or administrator may.',
  withdraws: 'Let go to withdraw this task (you are asked first).',
};

export const words: Record<Lang, Same<typeof zh>> = { 'zh-CN': zh, en };
