import type { Lang, Same } from '../../shared/lang';

const zh = {
  title: '协作同事',
  none: '只有负责人跟进。共享后，同事可以查看和跟进，不能再转给别人。',
  colleague: '选择同事',
  nobody: '没有符合的同事',
  share: '共享',
  done: '已共享，对方会收到通知',
  customerToo: '同时共享这位客户',
  takeBack: '取消共享',
  takenBack: '已取消共享',
  leave: '退出协作',
};

const en: Same<typeof zh> = {
  title: 'Colleagues',
  none: 'Only its owner works on it. Colleagues with whom it is shared see it and work on it, and cannot pass it on.',
  colleague: 'Choose a colleague',
  nobody: 'No colleague matches',
  share: 'Share',
  done: 'Shared; they are told',
  customerToo: 'Share the customer too',
  takeBack: 'Take back',
  takenBack: 'Taken back',
  leave: 'Leave',
};

export const words: Record<Lang, Same<typeof zh>> = { 'zh-CN': zh, en };
