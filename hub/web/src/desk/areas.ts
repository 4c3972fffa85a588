// The areas of the desk, in the order of the side bar.

import type { IconName } from './parts/icons';

export type Area = 'floor' | 'tasks' | 'scans' | 'stock' | 'items' | 'movements' | 'edges' | 'exceptions' | 'settings';

export const areas: { name: Area; to: string; icon: IconName }[] = [
  { name: 'floor', to: '/', icon: 'floor' },
  { name: 'tasks', to: '/tasks', icon: 'tasks' },
  { name: 'exceptions', to: '/exceptions', icon: 'exceptions' },
  { name: 'stock', to: '/stock', icon: 'stock' },
  { name: 'items', to: '/items', icon: 'items' },
  { name: 'movements', to: '/movements', icon: 'movements' },
  { name: 'scans', to: '/scans', icon: 'scans' },
  { name: 'edges', to: '/edges', icon: 'edges' },
  { name: 'settings', to: '/settings', icon: 'settings' },
];
