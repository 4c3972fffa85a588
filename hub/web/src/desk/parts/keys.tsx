// The keyboard: moving in lists, searching, and the page of shortcuts. A key that somebody types into a field is theirs.

import { Modal } from 'antd';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { useT } from '../app';

/** Whether a key belongs to the page: nobody types it into a field, a menu or a dialog. */
function isFree(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return false;
  const target = event.target as Element;
  return !target.closest('input, textarea, select, [contenteditable], [role=dialog], [role=listbox], [role=menu], [role=radiogroup]');
}

/** As a click with the mouse on the row: it opens beside the list. */
function look(link: HTMLElement | undefined): void {
  const row = link?.closest('tr') ?? link;
  row?.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, detail: 1 }));
}

/** j and k, or the arrows, go from row to row; Enter opens the page of the row (the focused link does); o looks at it beside the list. */
export function useListKeys(box: RefObject<HTMLElement | null>, close?: () => void): void {
  const latest = useRef(close);
  latest.current = close;
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (!isFree(event) || !box.current) return;
      if (event.key === 'Escape') return latest.current?.();
      const links = [...box.current.querySelectorAll<HTMLElement>('tbody a.row-link, .cards a.row-card')];
      const row = (document.activeElement as Element | null)?.closest('tr, li');
      const at = links.findIndex(link => link === document.activeElement || row?.contains(link));
      const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
      if (step && links.length) {
        // With the record beside the list, it follows.
        const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, at + step))];
        next?.focus();
        next?.scrollIntoView({ block: 'nearest' });
        if (latest.current) look(next);
      } else if (event.key === 'o' && at >= 0) look(links[at]);
      else if (event.key === 'x' && at >= 0) links[at]?.closest('tr')?.querySelector<HTMLElement>('.pick input')?.click();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, [box]);
}

/** `/` goes to the page's search, `?` shows what the keys do. */
export function Shortcuts({ open, onOpen, onClose }: { open: boolean; onOpen: () => void; onClose: () => void }) {
  const t = useT();
  const latest = useRef(onOpen);
  latest.current = onOpen;
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (!isFree(event)) return;
      const field = event.key === '/' ? document.querySelector<HTMLInputElement>('main .search input') : null;
      if (field) {
        field.focus();
        field.select();
      } else if (event.key === '?') latest.current();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
  const keys: [keys: string[], what: string][] = [
    [['Ctrl K', '⌘ K'], t.findAndGo],
    [['/'], t.keySearch],
    [['j', '↓'], t.keyDown],
    [['k', '↑'], t.keyUp],
    [['Enter'], t.keyOpen],
    [['o'], t.keyPeek],
    [['x'], t.keyChoose],
    [['Esc'], t.keyClose],
    [['?'], t.shortcuts],
  ];
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={t.shortcuts} closable={{ 'aria-label': t.close }} width={440}>
      <dl className="keys">
        {keys.map(([names, what]) => (
          <div key={what}>
            <dt>
              {names.map(name => (
                <kbd key={name}>{name}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}

/** The shortcuts' page is opened by `?` or from the menu. */
export function useShortcuts(): { open: boolean; show: () => void; hide: () => void } {
  const [open, setOpen] = useState(false);
  return { open, show: () => setOpen(true), hide: () => setOpen(false) };
}
