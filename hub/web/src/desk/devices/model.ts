// Devices of the chain as the hub tells of them, and the sums that the page shows.

import type { Drift } from '../api';

export type Role = 'scanner' | 'printer';

export interface Device {
  edge: string;
  edge_name: string;
  site: number;
  site_name: string;
  device: string;
  role: Role;
  name: string;
  state: string;
  family: string;
  profile: string;
  settings: string;
  since_ms?: number | null;
  /** When its edge was in contact last. */
  heard_ms?: number | null;
  differs: number;
  drift: Drift[];
  flash_writes: number;
}

export interface Count {
  role: Role;
  family: string;
  profile: string;
  settings: string;
  devices: number;
}

export interface Profile {
  id: string;
  name: string;
  role: Role;
  set: Record<string, string>;
  standard: boolean;
  own: boolean;
  devices: number;
  version: number;
}

export interface Setting {
  name: string;
  role: Role;
  kind: 'switch' | 'choice' | 'number' | 'text';
  choices: { value: string; zh: string; en: string }[];
  least?: number;
  most?: number;
  unit: string;
  longest?: number;
  zh: string;
  en: string;
  families: string[];
}

export interface Assignment {
  id: number;
  role: Role;
  site?: number | null;
  site_name?: string | null;
  family?: string | null;
  profile: string;
  version: number;
}

/** How devices are set, the best first: the order of bars and legends. */
export const STATES = ['holds', 'differs', 'silent', 'no_profile', 'unsettable', 'unwatched'] as const;
export type State = (typeof STATES)[number];

export interface Group {
  /** `scanner newland`, the family may be unknown. */
  key: string;
  role: Role;
  family: string;
  devices: number;
  of: Record<State, number>;
}

const none = (): Record<State, number> => ({ holds: 0, differs: 0, silent: 0, no_profile: 0, unsettable: 0, unwatched: 0 });

/** How many devices of each family are set how; the most devices first. */
export function groups(counts: Count[]): Group[] {
  const all = new Map<string, Group>();
  for (const one of counts) {
    const key = `${one.role} ${one.family}`;
    const group = all.get(key) ?? { key, role: one.role, family: one.family, devices: 0, of: none() };
    const state = STATES.find(known => known === one.settings) ?? 'silent';
    group.of[state] += one.devices;
    group.devices += one.devices;
    all.set(key, group);
  }
  return [...all.values()].sort((a, b) => b.devices - a.devices || a.key.localeCompare(b.key));
}

/** How many of those that can be compared are as they should be, in whole per cent rounded down; null when none can. */
export function share(counts: Count[]): number | null {
  const sum = (states: string[]) => counts.filter(one => states.includes(one.settings)).reduce((all, one) => all + one.devices, 0);
  const compared = sum(['holds', 'differs', 'silent', 'no_profile']);
  return compared ? Math.floor((100 * sum(['holds'])) / compared) : null;
}
