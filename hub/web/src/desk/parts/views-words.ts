import type { Lang, Same } from '../../shared/lang';

const zh = {
  views: '视图',
  save: '存为视图',
  saveAs: '另存为视图',
  saved: '视图已保存',
  changed: '有改动',
  edit: '改名和共享',
  remove: '删除视图',
  removeSure: (n: string) => `删除视图“${n}”？`,
  removeOwn: '只删除这个视图，列表里的内容不受影响。',
  removeShared: '共享给的人也不再看到它。列表里的内容不受影响。',
  more: (n: string) => `视图“${n}”的更多操作`,
  nameNeeded: '请给视图一个名称',
  nameExample: '例如：今天要拣的',
  shareWith: '共享给',
  shareHint: '这个组织和下级的人都会看到它；每个人只看到自己有权看的内容。',
  nobody: '不共享，只给自己',
  shareRole: '只给这个角色',
  anyRole: '所有角色',
  sharedBy: (n: string) => `${n} 共享`,
  sharedWith: (n: string) => `共享给 ${n}`,
};

const en: Same<typeof zh> = {
  views: 'Views',
  save: 'Save as a view',
  saveAs: 'Save as another view',
  saved: 'View saved',
  changed: 'changed',
  edit: 'Rename and share',
  remove: 'Delete view',
  removeSure: (n: string) => `Delete the view "${n}"?`,
  removeOwn: 'Only the view goes; what the list shows stays.',
  removeShared: 'Those it is shared with lose it too. What the list shows stays.',
  more: (n: string) => `More about the view "${n}"`,
  nameNeeded: 'Give the view a name',
  nameExample: 'For example: to be picked today',
  shareWith: 'Share with',
  shareHint: 'Everybody in this organisation and beneath it finds it; each sees only what they may see.',
  nobody: 'Nobody, only for me',
  shareRole: 'Only this role',
  anyRole: 'Every role',
  sharedBy: (n: string) => `Shared by ${n}`,
  sharedWith: (n: string) => `Shared with ${n}`,
};

export const words: Record<Lang, Same<typeof zh>> = { 'zh-CN': zh, en };
