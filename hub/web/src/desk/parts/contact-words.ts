// Words of what is personal about a record: seeing it whole, finding somebody by it.

import type { Lang, Same } from '../../shared/lang';

const zh = {
  contact: '联系方式',
  reveal: '查看完整',
  revealWhat: (f: string) => `查看完整的${f}`,
  reason: '理由',
  reasonNeeded: '请写理由，至少 2 个字',
  reasonHint: '谁在什么时候为什么查看，会记入审计。',
  find: '查找',
  phoneOrEmail: '电话或邮箱',
};
const en: Same<typeof zh> = {
  contact: 'Contact',
  reveal: 'See whole',
  revealWhat: (f: string) => `See the whole ${f.toLowerCase()}`,
  reason: 'Reason',
  reasonNeeded: 'Say why, in 2 characters or more',
  reasonHint: 'Who looked, when and why is written into the audit.',
  find: 'Find',
  phoneOrEmail: 'Phone or e-mail',
};

export const words: Record<Lang, Same<typeof zh>> = { 'zh-CN': zh, en };
