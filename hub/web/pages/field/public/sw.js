// Keeps the installer's page (its document, scripts, styles), so that it opens without a signal. Nothing of the API is kept here: what the
// page needs of it, and what it has done and not sent yet, lies in its own database.

const KEPT = 'field';

/** The document with everything that it names. */
async function keep() {
  const cache = await caches.open(KEPT);
  const answer = await fetch(new Request('/field/', { cache: 'reload' }));
  if (!answer.ok) throw new Error(`${answer.status}`);
  const named = [...(await answer.clone().text()).matchAll(/(?:src|href)="(\/field\/assets\/[^"]+)"/g)].map(found => found[1]);
  await cache.addAll(named);
  // The document last: whoever opens it finds what it names.
  await cache.put('/field/', answer);
  const old = (await cache.keys()).filter(one => !['/field/', ...named].includes(new URL(one.url).pathname));
  await Promise.all(old.map(one => cache.delete(one)));
}

self.addEventListener('install', event => event.waitUntil(keep().then(() => self.skipWaiting())));
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));

/** What is kept at once, made new behind it: on a weak signal a page must not wait. */
async function page(event) {
  const kept = await (await caches.open(KEPT)).match('/field/');
  const fresh = keep().catch(() => undefined);
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
