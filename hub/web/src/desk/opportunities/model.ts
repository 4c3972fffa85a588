// Opportunities as the API has them, and what pages make of them.

import type { Custom } from '../api';
import type { Option } from '../custom/model';
import type { Gate, Stage } from '../settings/stages';

export type OpportunityState = 'open' | 'won' | 'lost';

export interface OpportunityRow {
  id: number;
  code: string;
  title: string;
  customer: number;
  customer_name: string;
  organisation: number;
  organisation_name: string;
  owner?: number | null;
  owner_name?: string | null;
  pipeline: string;
  stage: string;
  state: OpportunityState;
  /** Yuan; not there for whom a role hides it, or where none is known. */
  amount?: string;
  expected_on?: string;
  stage_since_ms: number;
  due_ms?: number;
  overdue: boolean;
  block_reason: string;
  block_note: string;
  lost_reason: string;
  /** Whole days since the last word with the customer. */
  idle_days: number;
  closed_ms?: number;
  created_ms: number;
  created_by: string;
  custom?: Custom;
  version: number;
}

/** Something that keeps an opportunity from moving. */
export interface Missing {
  stage: string;
  gate: 'enter' | 'leave' | 'path';
  what: 'field' | 'file' | 'rule' | 'stage_exists' | 'stage_active' | 'order';
  key?: string;
  zh: string;
  en: string;
}

export interface Way {
  stage: string;
  missing: Missing[];
}

export interface OpportunityDetail extends OpportunityRow {
  ways: Way[];
  /** It says why it is stuck before it goes on. */
  needs_reason: boolean;
}

export interface Pipeline {
  code: string;
  title: string;
  title_en?: string;
  stages: Stage[];
}

/** What stands over a column of a board. */
export interface StageSum {
  stage: string;
  count: number;
  overdue: number;
  amount?: string;
}

export interface StageFigures {
  stage: string;
  left: number;
  moved_on: number;
  rate: number | null;
  days: number | null;
  open: number;
  overdue: number;
  reasons: { reason: string; count: number }[];
}

export interface StageReport {
  pipeline: string;
  stages: StageFigures[];
  organisations: { organisation: number; name: string; stages: StageFigures[] }[];
  more: boolean;
}

const place = (of: Pipeline | undefined, code: string) => of?.stages.findIndex(stage => stage.code === code) ?? -1;

/** The stage that comes after one: the next that is in use and not for the lost. */
export function nextStage(of: Pipeline | undefined, code: string): Stage | undefined {
  const from = place(of, code);
  return of?.stages.slice(from + 1).find(stage => stage.active !== false && stage.end !== 'lost');
}

export const isForward = (of: Pipeline | undefined, from: string, to: string) => place(of, to) > place(of, from);

/** Kinds of files that the gates of a pipeline ask for, each once. */
export function fileKinds(of: Pipeline | undefined): NonNullable<Gate['files']> {
  const all = (of?.stages ?? []).flatMap(stage => [...(stage.enter?.files ?? []), ...(stage.leave?.files ?? [])]);
  return all.filter((one, at) => all.findIndex(other => other.kind === one.kind) === at);
}

/** Reasons of a stage that can be chosen. */
export const reasonsOf = (stage: Stage | undefined): Option[] => (stage?.block_reasons ?? []).filter(reason => reason.active !== false);

const DAY_MS = 86_400_000;

/** The time that a report is about, by its word in the address. */
export function timeOf(word: string, now: Date): { from_ms?: number; until_ms?: number } {
  const month = (ahead: number) => new Date(now.getFullYear(), now.getMonth() + ahead, 1).getTime();
  if (word === 'month') return { from_ms: month(0) };
  if (word === 'last_month') return { from_ms: month(-1), until_ms: month(0) };
  if (word === 'all') return {};
  // A whole day as the border: the page is not asked anew with every second.
  return { from_ms: new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime() - 90 * DAY_MS };
}
