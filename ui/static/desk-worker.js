// What a desk needs to open without a network: its own page, without anything of anybody, and the files of this version. Whatever
// else is asked for goes to the server; what the server answers is never kept. VERSION, FILES and SHELL stand above, written by the server.
'use strict';
const cacheName = 'ranzen-desk-' + VERSION;

self.addEventListener('install', (e) => {
  e.waitUntil((async () => {
    const cache = await caches.open(cacheName);
    await cache.addAll([...FILES, SHELL].map((path) => new Request(path, { cache: 'reload', credentials: 'same-origin' })));
  })());
});

// A new version takes over when no desk of the old one is open any more, or when a desk that has a network says so.
self.addEventListener('message', (e) => {
  if (e.data === 'take over') self.skipWaiting();
});

self.addEventListener('activate', (e) => {
  e.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith('ranzen-desk-') && name !== cacheName) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

const kept = async (path) => (await caches.open(cacheName)).match(path);

// page is what the server answers, or the shell where it answers nothing of its own within eight seconds.
async function page(request) {
  const asked = fetch(request);
  const late = new Promise((_, fail) => { setTimeout(fail, 8000); });
  try {
    const answer = await Promise.race([asked, late]);
    if (![502, 503, 504].includes(answer.status)) return answer;
  } catch { /* no network, or one that says nothing */ }
  return (await kept(SHELL)) || asked;
}

self.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== 'GET' || url.origin !== location.origin) return;
  if (e.request.mode === 'navigate') {
    if (url.pathname === '/desk' || /^\/desk\/(?!questions$)[^/]+$/.test(url.pathname)) e.respondWith(page(e.request));
  } else if (FILES.includes(url.pathname)) {
    e.respondWith((async () => (await kept(url.pathname)) || fetch(e.request))());
  }
});
