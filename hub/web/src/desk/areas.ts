// The areas of the desk, in the order of the side bar, and what somebody needs to be shown each.

import type { Needs } from './app';
import type { IconName } from './parts/icons';

export type Area =
  | 'home'
  | 'figures'
  | 'customers'
  | 'quotes'
  | 'contracts'
  | 'orders'
  | 'payments'
  | 'opportunities'
  | 'tickets'
  | 'floor'
  | 'tasks'
  | 'scans'
  | 'stock'
  | 'items'
  | 'prices'
  | 'movements'
  | 'edges'
  | 'imports'
  | 'exports'
  | 'exceptions'
  | 'notifications'
  | 'settings'
  | 'help';

export interface Place extends Needs {
  name: Area;
  to: string;
  icon: IconName;
}

const work = { right: 'work.see', module: 'warehouse' } as const;
const stock = { right: 'stock.see', module: 'warehouse' } as const;

export const areas: Place[] = [
  { name: 'home', to: '/', icon: 'home' },
  { name: 'customers', to: '/customers', icon: 'customers', right: 'customers.see', module: 'crm' },
  { name: 'opportunities', to: '/opportunities', icon: 'opportunities', right: 'opportunities.see', module: 'crm' },
  { name: 'quotes', to: '/quotes', icon: 'quotes', right: 'sales.see', module: 'sales' },
  { name: 'orders', to: '/orders', icon: 'orders', right: 'sales.see', module: 'sales' },
  { name: 'contracts', to: '/contracts', icon: 'contracts', right: 'sales.see', module: 'sales' },
  { name: 'payments', to: '/payments', icon: 'payments', right: 'payments.see', module: 'sales' },
  { name: 'figures', to: '/figures', icon: 'figures', right: 'figures.see', module: 'sales' },
  { name: 'tickets', to: '/tickets', icon: 'wrench', right: 'tickets.see', module: 'service' },
  { name: 'floor', to: '/floor', icon: 'floor', ...work },
  { name: 'tasks', to: '/tasks', icon: 'tasks', ...work },
  { name: 'exceptions', to: '/exceptions', icon: 'exceptions', ...work },
  { name: 'stock', to: '/stock', icon: 'stock', ...stock },
  { name: 'items', to: '/items', icon: 'items' },
  { name: 'prices', to: '/prices', icon: 'prices', right: 'prices.see' },
  { name: 'movements', to: '/movements', icon: 'movements', ...stock },
  { name: 'scans', to: '/scans', icon: 'scans', ...work },
  { name: 'edges', to: '/edges', icon: 'edges', right: 'edges.see', module: 'edges' },
  { name: 'imports', to: '/imports', icon: 'upload', right: 'import' },
  { name: 'exports', to: '/exports', icon: 'download' },
  { name: 'settings', to: '/settings', icon: 'settings' },
];
