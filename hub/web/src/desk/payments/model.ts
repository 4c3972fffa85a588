// Payments as the API has them.

import type { Option } from '../custom/model';

export type PaymentKind = 'receive' | 'refund' | 'apply' | 'move' | 'take_back';

export interface PaymentRow {
  id: number;
  kind: PaymentKind;
  customer: number;
  customer_name: string;
  organisation: number;
  organisation_name: string;
  amount: string;
  method: string;
  reference: string;
  from_order: number | null;
  from_order_code: string | null;
  to_order: number | null;
  to_order_code: string | null;
  at_ms: number;
  day: string;
  reverses: number | null;
  reversed_by: number | null;
  reason: string;
  author: string;
}

export interface Account {
  customer: number;
  held: string;
  applied: string;
  received: string;
  orders: { order: number; code: string; due: string; applied: string; left: string; open: boolean }[];
}

export interface TillDay {
  organisation: number;
  organisation_name: string;
  day: string;
  methods: { method: string; booked: string; counted: string | null; difference: string | null; reason: string }[];
  closed_by: string | null;
  closed_ms: number | null;
}

export interface PaymentChoices {
  methods: Option[];
}

/** What is read again when money has moved. */
export const STALE = ['payments', 'account', 'order', 'orders', 'timeline', 'till'];
