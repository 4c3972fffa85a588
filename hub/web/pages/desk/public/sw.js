// Keeps the shell of the pages (its document, scripts, styles, icons) so that an installed desk opens at once, and also without a network,
// where it says that the hub cannot be reached. Nothing of the API is ever kept: what the hub says is of now, and of who asks.

const KEPT = 'shell';
/** Files with the hash of their content in the name; older ones go when there are more than this. */
const MOST = 150;

self.addEventListener('install', event => {
  event.waitUntil(
    caches
      .open(KEPT)
      .then(cache => cache.add(new Request('/', { cache: 'reload' })))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));

/** The newest document there is; the kept one when the hub cannot be reached. */
async function page() {
  const cache = await caches.open(KEPT);
  try {
    const answer = await fetch('/');
    if (answer.ok) await cache.put('/', answer.clone());
    return answer;
  } catch {
    return (await cache.match('/')) ?? Response.error();
  }
}

async function asset(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    await cache.put(request, answer.clone());
    const all = (await cache.keys()).filter(one => new URL(one.url).pathname.startsWith('/assets/'));
    await Promise.all(all.slice(0, Math.max(0, all.length - MOST)).map(old => cache.delete(old)));
  }
  return answer;
}

self.addEventListener('fetch', event => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin || /^\/(api|field|survey)(\/|$)/.test(url.pathname)) return;
  if (request.mode === 'navigate') event.respondWith(page());
  else if (url.pathname.startsWith('/assets/')) event.respondWith(asset(request));
});
