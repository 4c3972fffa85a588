// Keeps the installer's page (its document, scripts, styles) and what a step of it wants later (the reader of barcodes), so that all of it works
// without a signal. Nothing of the API is kept here: what the page needs of it, and what it has done and not sent yet, lies in its own database.

const KEPT = 'field';

/** The files that a document names; those of `rel="later"` are not needed to open it. */
function named(text, later) {
  const tags = [...text.matchAll(/<(?:script|link)\b[^>]*?\s(?:src|href)="(\/field\/assets\/[^"]+)"[^>]*>/g)];
  return tags.filter(([tag]) => later || !tag.includes('rel="later"')).map(([, path]) => path);
}

/** What is not there yet: a name has its content in it, so that what is there is never old. */
async function add(cache, paths) {
  const there = await Promise.all(paths.map(path => cache.match(path)));
  await cache.addAll(paths.filter((_, n) => !there[n]));
}

/** The document with everything that it needs. */
async function keep() {
  const cache = await caches.open(KEPT);
  const answer = await fetch(new Request('/field/', { cache: 'reload' }));
  if (!answer.ok) throw new Error(`${answer.status}`);
  const text = await answer.clone().text();
  const before = await cache.match('/field/');
  await add(cache, named(text, false));
  // The document last: whoever opens it finds what it names.
  await cache.put('/field/', answer);
  // A page that is still open from the document before may want its files.
  const wanted = ['/field/', ...named(text, true), ...(before ? named(await before.text(), true) : [])];
  const old = (await cache.keys()).filter(one => !wanted.includes(new URL(one.url).pathname));
  await Promise.all(old.map(one => cache.delete(one)));
}

/** What the kept document wants later. It is large, and on a weak signal the page does not wait for it. */
async function keepLater() {
  const cache = await caches.open(KEPT);
  const page = await cache.match('/field/');
  if (page) await add(cache, named(await page.text(), true));
}

self.addEventListener('install', event => event.waitUntil(keep().then(() => self.skipWaiting())));
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));
self.addEventListener('message', event => event.waitUntil(keepLater().catch(() => undefined)));

/** What is kept at once, made new behind it: on a weak signal a page must not wait. */
async function page(event) {
  const kept = await (await caches.open(KEPT)).match('/field/');
  const fresh = keep()
    .then(keepLater)
    .catch(() => undefined);
  if (!kept) return fetch('/field/');
  event.waitUntil(fresh);
  return kept;
}

self.addEventListener('fetch', event => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (request.mode === 'navigate' && url.pathname.startsWith('/field')) event.respondWith(page(event));
  else if (url.pathname.startsWith('/field/assets/'))
    event.respondWith(caches.match(request, { cacheName: KEPT }).then(kept => kept ?? fetch(request)));
});
