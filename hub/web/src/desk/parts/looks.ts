// How somebody likes a list: which columns, how dense. Kept per person on this device; a saved view brings a look of its own, which
// changes only when the view is saved again.

import { useState } from 'react';
import { useSession } from '../app';

export interface Look {
  hidden: string[];
  dense: boolean;
}

const plain: Look = { hidden: [], dense: false };

function kept(key: string): Look {
  try {
    const look = JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Look>;
    return { hidden: Array.isArray(look.hidden) ? look.hidden.filter(k => typeof k === 'string') : [], dense: look.dense === true };
  } catch {
    return plain;
  }
}

export function useLook(list: string, view?: Look & { id: number; version: number }): [Look, (change: Partial<Look>) => void] {
  const key = `qitao.list.${useSession().user.id}.${list}`;
  const [own, setOwn] = useState(() => kept(key));
  const [changed, setChanged] = useState<{ of: string; look: Look } | null>(null);
  const of = view ? `${view.id}/${view.version}` : '';
  const look = view ? (changed?.of === of ? changed.look : { hidden: view.hidden, dense: view.dense }) : own;
  const change = (part: Partial<Look>) => {
    const next = { ...look, ...part };
    if (view) return setChanged({ of, look: next });
    setOwn(next);
    try {
      localStorage.setItem(key, JSON.stringify(next));
    } catch {
      // A browser without room keeps it until the page is left.
    }
  };
  return [look, change];
}
