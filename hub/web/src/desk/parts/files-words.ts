// Words of the files of a record.

import type { Lang, Same } from '../../shared/lang';

const zh = {
  files: '文件',
  none: '还没有文件',
  add: '添加文件',
  kind: '这是',
  otherKind: '其他文件',
  hint: '图片、PDF、xlsx、docx、txt、csv，每个最大 20 MB。手机上可以直接拍照。',
  sending: '正在上传',
  open: (name: string) => `打开 ${name}`,
  remove: (name: string) => `删除 ${name}`,
  removeSure: (name: string) => `删除“${name}”？删除后不能恢复。`,
  removed: '文件已删除',
  tooLarge: (name: string) => `${name} 超过 20 MB，没有上传。`,
  forget: '知道了',
};

const en: Same<typeof zh> = {
  files: 'Files',
  none: 'No files yet',
  add: 'Add files',
  kind: 'They are',
  otherKind: 'other files',
  hint: 'Pictures, PDF, xlsx, docx, txt, csv, up to 20 MB each. A phone may take a photo.',
  sending: 'Uploading',
  open: name => `Open ${name}`,
  remove: name => `Delete ${name}`,
  removeSure: name => `Delete "${name}"? It cannot be brought back.`,
  removed: 'The file is deleted',
  tooLarge: name => `${name} is larger than 20 MB and was not uploaded.`,
  forget: 'Dismiss',
};

export const words: Record<Lang, Same<typeof zh>> = { 'zh-CN': zh, en };
