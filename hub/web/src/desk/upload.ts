// Bytes to the hub and from it: uploads that tell how far they are, and sheets that come in the language of the page.

import { Refusal, refusalOf, standing, Unreachable } from './api';

export interface Sending<T> {
  done: Promise<T>;
  stop: () => void;
}

/** Sends a file with what stands before it; `onPart` hears from 0 to 1 how much of it is there. Stopped by its reader, it never ends. */
export function upload<T>(path: string, before: Record<string, string>, file: File, onPart: (part: number) => void): Sending<T> {
  const body = new FormData();
  for (const [name, value] of Object.entries(before)) body.append(name, value);
  body.append('file', file, file.name);
  // `fetch` does not tell how much of a body was sent.
  const request = new XMLHttpRequest();
  const done = new Promise<T>((resolve, reject) => {
    request.open('POST', `/api/v1${path}`);
    request.setRequestHeader('accept', 'application/json');
    for (const [name, value] of Object.entries(standing('POST'))) request.setRequestHeader(name, value);
    request.upload.onprogress = event => event.lengthComputable && onPart(event.loaded / event.total);
    request.onerror = () => reject(new Unreachable());
    request.onload = () => {
      if (request.status < 200 || request.status >= 300) return reject(refusalOf(request.status, request.statusText, request.responseText));
      try {
        resolve(JSON.parse(request.responseText) as T);
      } catch {
        reject(new Refusal({ status: request.status, title: `HTTP ${request.status}` }));
      }
    };
    request.send(body);
  });
  return { done, stop: () => request.abort() };
}

/** Gives the browser a file to save, as if its link had been pressed. */
export function save(href: string, name: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}

/** Fetches a sheet in the page's language and saves it; the hub says what it is called. */
export async function download(path: string, name: string): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(`/api/v1${path}`, { headers: standing('GET') });
  } catch {
    throw new Unreachable();
  }
  if (!answer.ok) throw refusalOf(answer.status, answer.statusText, await answer.text());
  const href = URL.createObjectURL(await answer.blob());
  save(href, named(answer.headers.get('content-disposition')) ?? name);
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

/** The name in `attachment; filename*=UTF-8''…`. */
export function named(disposition: string | null): string | undefined {
  const coded = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? '')?.[1];
  try {
    return coded && decodeURIComponent(coded);
  } catch {
    return undefined;
  }
}
