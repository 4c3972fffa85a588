// Service tickets as the API has them.

import type { Custom } from '../api';
import type { Option } from '../custom/model';

export type Kind = 'delivery_install' | 'after_sales' | 'return_visit';
export type State = 'new' | 'dispatched' | 'accepted' | 'appointed' | 'on_site' | 'completed' | 'closed' | 'cancelled';
export type Act =
  | 'dispatch'
  | 'accept'
  | 'decline'
  | 'appoint'
  | 'check_in'
  | 'scan'
  | 'report'
  | 'complete'
  | 'close'
  | 'cancel'
  | 'after_sales';

export interface TicketRow {
  id: number;
  code: string;
  kind: Kind;
  fault: string;
  state: State;
  organisation: number;
  organisation_name: string;
  dispatcher_name?: string | null;
  installer?: number | null;
  installer_name?: string | null;
  customer?: number | null;
  order?: number | null;
  order_code?: string | null;
  item?: number | null;
  item_code?: string | null;
  item_name?: string | null;
  from?: number | null;
  from_code?: string | null;
  /** Whole or masked; not there for whom a role hides it. */
  contact?: string;
  phone?: string;
  address?: string;
  problem?: string;
  steps?: string;
  result?: string;
  note?: string;
  reason?: string;
  satisfaction?: number | null;
  feedback_ms: number;
  due_ms?: number | null;
  appointed_ms?: number | null;
  done_ms?: number | null;
  created_ms: number;
  created_by: string;
  far: boolean;
  custom?: Custom;
  version: number;
}

export interface CheckIn {
  at_ms: number;
  made_ms?: number | null;
  author: string;
  place?: { latitude_e7: number; longitude_e7: number; datum: string };
  accuracy_m?: number | null;
  distance_m?: number | null;
  far: boolean;
  /** Numbers of files. */
  photos: number[];
}

export interface Ticket extends TicketRow {
  needs: { photos: number; signature: boolean; cartons: boolean };
  photos: number;
  signatures: number;
  cartons: { item: number; item_code: string; item_name: string; carton: number; of: number; expected: number; scanned: number }[];
  steps_done: { act: Act; state: State; at_ms: number; made_ms?: number | null; author: string }[];
  check_ins: CheckIn[];
  made: { id: number; code: string; kind: Kind; state: State }[];
  survey?: {
    link?: string;
    expires_ms: number;
    answered_ms?: number | null;
    score?: number | null;
    satisfaction?: number | null;
    comment?: string;
  };
  acts: Act[];
}

export interface Installer {
  id: number;
  name: string;
  organisation: number;
  organisation_name: string;
  open: number;
}

export interface Choices {
  faults: Option[];
}

export interface Figures {
  completed: number;
  answers: number;
  nps: number | null;
  satisfaction_hundredths: number | null;
  coverage_percent: number | null;
}
export interface SurveyFigures {
  all: Figures;
  stores: (Figures & { organisation: number; organisation_name: string })[];
}

/** The states of a ticket's life in order, for the steps in its head. */
export const LIFE: State[] = ['new', 'dispatched', 'accepted', 'appointed', 'on_site', 'completed', 'closed'];

export const isOpen = (state: State): boolean => !['completed', 'closed', 'cancelled'].includes(state);

/** What is read anew when a ticket changed. */
export const STALE = ['ticket', 'tickets', 'timeline', 'home', 'installers', 'files', 'survey-figures'];

/** The one act that comes next at a desk, of those that are possible. */
export function nextAct(of: Pick<Ticket, 'kind' | 'state' | 'acts'>): Act | undefined {
  const wanted: Act[] = of.kind === 'return_visit' ? ['complete', 'close'] : ['dispatch', 'close'];
  return wanted.find(act => of.acts.includes(act) && (act !== 'dispatch' || of.state === 'new'));
}

/** `4.67` of 467. */
export const hundredths = (of: number | null | undefined): string => (of == null ? '–' : (of / 100).toFixed(2));
