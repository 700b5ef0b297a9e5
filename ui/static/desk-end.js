// Whoever reads this page is not signed in: nothing of a desk stays in this browser but scans the server has not got yet, which
// name nobody.
(async () => {
  'use strict';
  if (window.indexedDB) indexedDB.deleteDatabase('ranzen-desk');
  if (window.caches) {
    for (const name of await caches.keys()) if (name.startsWith('ranzen-desk-')) await caches.delete(name);
  }
  for (const worker of (await navigator.serviceWorker?.getRegistrations()) ?? []) {
    if (new URL(worker.scope).pathname === '/desk') await worker.unregister();
  }
})();
