// Work that is not saved yet: whoever leaves the page is asked, by a link, by Back and by closing the window.

import { App } from 'antd';
import { useEffect } from 'react';
import { useWords } from '../app';
import { guard } from '../route';

const words = {
  'zh-CN': { sure: '离开这一页？', lost: '有改动还没有保存，离开后会丢掉。', leave: '不保存，离开', stay: '留下' },
  en: {
    sure: 'Leave this page?',
    lost: 'Something is not saved yet, and is lost when you leave.',
    leave: 'Leave without saving',
    stay: 'Stay',
  },
};

/** Asks before a page is left while something on it is not saved. */
export function useUnsaved(isUnsaved: boolean): void {
  const w = useWords(words);
  const { modal } = App.useApp();
  useEffect(() => {
    if (!isUnsaved) return;
    const close = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', close);
    const open = guard(leave =>
      modal.confirm({ title: w.sure, content: w.lost, okText: w.leave, cancelText: w.stay, okButtonProps: { danger: true }, onOk: leave }),
    );
    return () => {
      removeEventListener('beforeunload', close);
      open();
    };
  }, [isUnsaved, modal, w]);
}
