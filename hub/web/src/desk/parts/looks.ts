// How somebody likes a list: which columns, how dense. Kept per person on this device; saved views will come from the hub later and
// bring the same shape.

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

export function useLook(list: string): [Look, (change: Partial<Look>) => void] {
  const key = `qitao.list.${useSession().user.id}.${list}`;
  const [look, setLook] = useState(() => kept(key));
  const change = (part: Partial<Look>) => {
    const next = { ...look, ...part };
    setLook(next);
    try {
      localStorage.setItem(key, JSON.stringify(next));
    } catch {
      // A browser without room keeps it until the page is left.
    }
  };
  return [look, change];
}
