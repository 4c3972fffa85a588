// The hub as the phone asks it.

import type { Lang } from '../shared/lang';
import type { Day, Ticket } from './model';
import type { Row, Told } from './outbox';

let csrf = '';
let lang: Lang = 'zh-CN';

export function speak(next: Lang): void {
  lang = next;
}

interface Session {
  user: { login: string; name: string };
  csrf: string;
}
interface Answer {
  outcome: 'applied' | 'already' | 'conflict' | 'refused' | 'blocked';
  version?: number;
  ticket?: Ticket;
  problem?: { detail?: string; title?: string };
}

/** What the hub refused, in its words. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly rule: string,
    why: string,
  ) {
    super(why);
  }
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json', 'accept-language': lang };
  if (method !== 'GET') headers['x-qitao-csrf'] = csrf;
  const isForm = body instanceof FormData;
  if (body !== undefined && !isForm) headers['content-type'] = 'application/json';
  const answer = await fetch(`/api/v1${path}`, {
    method,
    headers,
    body: isForm ? body : body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  let told: unknown;
  try {
    told = text ? JSON.parse(text) : undefined;
  } catch {
    told = undefined;
  }
  if (answer.ok) return told as T;
  const problem = (told ?? {}) as { rule?: string; detail?: string; title?: string };
  throw new Refused(answer.status, problem.rule ?? '', problem.detail ?? problem.title ?? `HTTP ${answer.status}`);
}

/** Who is signed in; nobody when the hub knows none. */
export async function who(): Promise<Session | undefined> {
  try {
    const session = await call<Session>('GET', '/session');
    csrf = session.csrf;
    return session;
  } catch (fault) {
    if (fault instanceof Refused && fault.status === 401) return undefined;
    throw fault;
  }
}

export async function signIn(login: string, password: string, code?: string): Promise<Session> {
  const session = await call<Session>('POST', '/session', { login, password, ...(code ? { code } : {}) });
  csrf = session.csrf;
  return session;
}

/** Signs out; where to go on when an identity provider let somebody in. */
export const signOut = (): Promise<{ outside: string } | undefined> => call('DELETE', '/session');

export const day = (): Promise<Day> => call('GET', '/field/day?days=7');

/** Sends one of the outbox, and says what became of it. */
export async function deliver(row: Row): Promise<Told> {
  try {
    if (!csrf && !(await who())) return { kind: 'stranger' };
    if (row.file) {
      const form = new FormData();
      form.append('file', row.blob ?? new Blob(), row.file === 'signature' ? 'signature.png' : 'photo.jpg');
      await call('POST', `/field/files?operation=${row.id}&ticket=${row.ticket}&kind=${row.file}`, form);
      return { kind: 'done' };
    }
    const { id, ticket, version, act, payload, made_ms } = row;
    const told = await call<{ answers: Answer[] }>('POST', '/field/operations', {
      operations: [{ id, ticket, version, act, payload, made_ms }],
    });
    const answer = told.answers[0];
    if (!answer) return { kind: 'away' };
    if (answer.outcome === 'applied' || answer.outcome === 'already')
      return { kind: 'done', version: answer.version, ticket: answer.ticket };
    if (answer.outcome !== 'refused') return { kind: answer.outcome, ticket: answer.ticket };
    return { kind: 'refused', why: answer.problem?.detail ?? answer.problem?.title ?? '', ticket: answer.ticket };
  } catch (fault) {
    if (!(fault instanceof Refused)) return { kind: 'away' };
    if (fault.status === 401 || fault.rule === 'csrf') csrf = '';
    if (fault.status === 401) return { kind: 'stranger' };
    // Too many at once, another session, or the hub has trouble: that is no word on what was sent.
    if (fault.status === 429 || fault.status >= 500 || fault.rule === 'csrf') return { kind: 'away' };
    return { kind: 'refused', why: fault.message };
  }
}
