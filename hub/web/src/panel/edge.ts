// The edge's local API, and its answers as the panel shows them.

import type { Names, Stock, Tone, Verdict } from '../shared/verdict';
import type { Sent, Waiting } from './queue';

export interface ScanView {
  scan: string;
  at_ms: number;
  payload: string;
  tone: Tone;
  verdict: Verdict;
  names?: Names;
  undoable: boolean;
}
export interface TaskView {
  id: number;
  number: string;
  kind: string;
  reference?: string;
  done?: string | number;
  asked?: string | number;
  lines?: number | unknown[];
  started?: boolean;
}
/** The domain's prompt with names beside it. */
export interface Prompt {
  ask: 'scan_badge' | 'enter_pin' | 'scan_task' | 'go_to' | 'scan_goods' | 'confirm' | string;
  location?: number | { id: number; code: string } | null;
  location_code?: string | null;
  stock?: (Stock & { code?: string; name?: string; name_en?: string; of?: number; unit?: string }) | null;
  left?: string;
  names?: Names;
}
export interface StationView {
  id: string;
  name: string;
  device?: string | null;
  device_state?: string | null;
  operator?: { id: number; name: string } | null;
  task?: TaskView | null;
  location?: { id: number; code: string } | null;
  prompt: Prompt;
  last: ScanView[];
  counts: { right: number; wrong: number };
}
export interface LinkView {
  state: 'online' | 'offline' | 'refused' | 'unenrolled' | string;
  backlog: number;
  since_ms?: number | null;
}
export interface EdgeState {
  edge: string | { id: string; name?: string } | null;
  site: { name?: string; code?: string; time_zone?: string } | string | null;
  link: LinkView;
  stations: StationView[];
  disk?: { free?: number; state?: string };
  printers?: { id: string; name: string; fault?: string | null; warnings?: string[]; waiting: number }[];
  practice?: boolean;
}
export interface PhotoCode {
  text: string;
  format?: string;
  aim?: string;
  /** Its corners in pixels of the photo, one after the other. */
  corners?: [number, number][];
}
/** Several codes in a photo, the likeliest first. */
export interface PhotoQuestion {
  codes: PhotoCode[];
  width?: number;
  height?: number;
}

interface Problem {
  title?: string;
  detail?: string;
}

const ANSWER_MS = 8000;

async function ask(path: string, init: RequestInit = {}, wait = ANSWER_MS): Promise<Response> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), wait);
  try {
    return await fetch(path, { ...init, signal: stop.signal });
  } finally {
    clearTimeout(timer);
  }
}

async function said(answer: Response): Promise<string> {
  const problem: Problem = await answer.json().catch(() => ({}));
  return problem.detail ?? problem.title ?? `HTTP ${answer.status}`;
}

export async function readState(): Promise<EdgeState> {
  const answer = await ask('/api/state', {}, 4000);
  if (!answer.ok) throw new Error(await said(answer));
  return answer.json();
}

export async function readTasks(): Promise<TaskView[]> {
  const answer = await ask('/api/tasks');
  if (!answer.ok) throw new Error(await said(answer));
  const body: TaskView[] | { items: TaskView[] } = await answer.json();
  return Array.isArray(body) ? body : body.items;
}

/** A label job that may or may not have come out. */
export interface PrintJob {
  job: string;
  number: number;
  printer: string;
  /** Labels that came out for certain, and labels of which something was sent: those between are in doubt. */
  done: number;
  sent: number;
  copies: number;
  state: { state: string; reason?: string };
}

export async function readJobs(): Promise<PrintJob[]> {
  const answer = await ask('/api/print/jobs');
  return answer.ok ? answer.json() : [];
}

/** What somebody saw at the printer: so many of the labels in doubt are there. The edge refuses it when others are in doubt by now. */
export const settleJob = ({ number, done, sent }: PrintJob, printed: number) => decide(number, 'settle', { done, sent, printed });

/** Prints again what is over; of a refused job what is left. */
export const reprintJob = (number: number) => decide(number, 'reprint', {});

export const moveJob = (number: number, printer: string) => decide(number, 'move', { printer });

async function decide(number: number, what: string, decision: object): Promise<void> {
  const answer = await ask(`/api/print/jobs/${number}/${what}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(decision),
  });
  if (!answer.ok) throw new Error(await said(answer));
}

export const tokenOf = (station: string) => localStorage.getItem(`qitao.token.${station}`);

function headers(station: string, key: string): Record<string, string> {
  const token = tokenOf(station);
  return { 'idempotency-key': key, ...(token ? { authorization: `Bearer ${token}` } : {}) };
}

export async function createStation(name: string): Promise<string> {
  const answer = await ask('/api/stations', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  if (!answer.ok) throw new Error(await said(answer));
  const made: { id: string; token?: string } = await answer.json();
  if (made.token) localStorage.setItem(`qitao.token.${made.id}`, made.token);
  localStorage.setItem(`qitao.name.${made.id}`, name);
  return made.id;
}

export interface Answer {
  scan: ScanView;
  station: StationView;
}

/** Sends one waiting scan or button; `take` gets the edge's answer. */
export async function deliver(one: Waiting, take: (answer: Answer) => void): Promise<Sent> {
  const body =
    one.what === 'scan'
      ? { payload: one.payload, symbology: one.symbology }
      : one.what === 'undo'
        ? { scan: one.payload }
        : { command: one.payload };
  let answer: Response;
  try {
    answer = await ask(`/api/stations/${encodeURIComponent(one.station)}/${one.what}`, {
      method: 'POST',
      headers: { ...headers(one.station, one.key), 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch {
    return { kind: 'away' };
  }
  if (answer.ok) {
    // The fact is on disk; an unreadable answer changes nothing about that.
    const given: Answer | null = await answer.json().catch(() => null);
    if (given) take(given);
    return { kind: 'done' };
  }
  const why = await said(answer);
  // 408, 429 and 5xx pass; a proxy that finds nobody behind it is as good as nobody.
  if (answer.status === 502 || answer.status === 504) return { kind: 'away' };
  if (answer.status >= 500 || answer.status === 408 || answer.status === 429) return { kind: 'busy', why };
  return { kind: 'refused', why };
}

export type Photo =
  | { kind: 'scanned'; answer: Answer }
  | ({ kind: 'choose' } & PhotoQuestion)
  | { kind: 'none' }
  | { kind: 'failed'; why: string };

export async function sendPhoto(station: string, image: Blob, key: string): Promise<Photo> {
  let answer: Response;
  try {
    const type = image.type || 'image/jpeg';
    answer = await ask(
      `/api/stations/${encodeURIComponent(station)}/photo`,
      { method: 'POST', headers: { ...headers(station, key), 'content-type': type }, body: image },
      20_000,
    );
  } catch {
    return { kind: 'failed', why: '' };
  }
  if (answer.ok) return { kind: 'scanned', answer: await answer.json() };
  if (answer.status === 300) {
    const question: PhotoQuestion = await answer.json();
    return { kind: 'choose', ...question };
  }
  if (answer.status === 422) return { kind: 'none' };
  return { kind: 'failed', why: await said(answer) };
}
