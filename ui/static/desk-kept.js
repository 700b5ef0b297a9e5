// What a desk keeps in its browser to go on without a network. The list it took along lies encrypted on disk; the key for that
// is made here and cannot be read out, and a list is gone once its key is. What was scanned is signed with the key of the
// server, which no script can read either, and is on disk before anybody sees green. It holds numbers and ids, no names, and stays
// until the server has it, whoever signs out meanwhile. What somebody signed on the screen is in it, locked for the server alone.
(() => {
  'use strict';
  if (!window.isSecureContext || !window.indexedDB || !crypto.subtle) return;

  function open(name, stores) {
    return new Promise((done, fail) => {
      const ask = indexedDB.open(name, 1);
      ask.onupgradeneeded = () => {
        for (const [store, options] of Object.entries(stores)) ask.result.createObjectStore(store, options);
      };
      ask.onsuccess = () => {
        ask.result.onversionchange = () => ask.result.close(); // somebody signs out elsewhere
        done(ask.result);
      };
      ask.onerror = () => fail(ask.error);
    });
  }
  const along = () => open('ranzen-desk', { packs: { keyPath: 'desk' }, tables: { keyPath: 'desk' } });
  const queue = () => open('ranzen-scans', { scans: { keyPath: 'n', autoIncrement: true } });

  // act runs one transaction and is done when it is on disk.
  async function act(from, store, mode, fn) {
    const db = await from();
    try {
      return await new Promise((done, fail) => {
        const tx = db.transaction(store, mode, { durability: 'strict' });
        const ask = fn(tx.objectStore(store));
        tx.oncomplete = () => done(ask?.result);
        tx.onabort = tx.onerror = () => fail(tx.error);
      });
    } finally {
      db.close();
    }
  }

  const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));

  // take keeps what a desk takes along.
  async function take(pack) {
    const sign = await crypto.subtle.importKey('raw', bytes(pack.key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const lock = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const { key, ...rest } = pack;
    const box = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, lock, new TextEncoder().encode(JSON.stringify(rest)));
    await act(along, 'packs', 'readwrite', (s) => s.put({ desk: pack.desk, made: pack.made, ends: pack.ends, got: Date.now(), sign, lock, iv, box }));
  }

  // now is the time of the server, as far as this clock tells.
  const now = (kept) => kept.made + (Date.now() - kept.got);

  // pack opens what a desk took along; without a name the latest. What is over is forgotten.
  async function pack(desk) {
    const all = await act(along, 'packs', 'readonly', (s) => s.getAll());
    if (all.some((p) => now(p) >= p.ends)) {
      await act(along, 'packs', 'readwrite', (s) => { for (const p of all) if (now(p) >= p.ends) s.delete(p.desk); });
    }
    const live = all.filter((p) => now(p) < p.ends && (!desk || p.desk === desk)).sort((a, b) => b.got - a.got)[0];
    if (!live) return null;
    const text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: live.iv }, live.lock, live.box);
    return { ...JSON.parse(new TextDecoder().decode(text)), kept: live };
  }

  // lock locks something for the server, with a key that is thrown away here: P-256, HKDF, AES-GCM, as store/offlinesign.go says.
  async function lock(of, what) {
    const curve = { name: 'ECDH', namedCurve: 'P-256' };
    const own = await crypto.subtle.generateKey(curve, false, ['deriveBits']);
    const theirs = await crypto.subtle.importKey('raw', bytes(of.lock), curve, false, []);
    const shared = await crypto.subtle.importKey('raw', await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, own.privateKey, 256), 'HKDF', false, ['deriveKey']);
    const key = await crypto.subtle.deriveKey({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new TextEncoder().encode('ranzen desk signature') }, shared, { name: 'AES-GCM', length: 256 }, false, ['encrypt']);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const box = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(of.id) }, key, new TextEncoder().encode(JSON.stringify(what)));
    const all = new Uint8Array(await new Blob([await crypto.subtle.exportKey('raw', own.publicKey), iv, box]).arrayBuffer());
    let text = '';
    for (const b of all) text += String.fromCharCode(b);
    return btoa(text);
  }

  // keep signs a scan and writes it down. Its name sorts by time: of two in one moment the first was first.
  let count = 0;
  async function keep(of, scan) {
    const at = now(of.kept);
    const id = `${String(at).padStart(14, '0')}-${String(count++ % 1e6).padStart(6, '0')}-${crypto.randomUUID().slice(0, 13)}`;
    const text = JSON.stringify({ id, pack: of.id, at, ...scan });
    const mac = base64(await crypto.subtle.sign('HMAC', of.kept.sign, new TextEncoder().encode(text)));
    await act(queue, 'scans', 'readwrite', (s) => s.add({ desk: of.desk, actor: of.actor, text, mac }));
  }

  const waiting = () => act(queue, 'scans', 'readonly', (s) => s.getAll());
  const put = (rows) => act(queue, 'scans', 'readwrite', (s) => { for (const row of rows) s.put(row); });
  const drop = (ns) => act(queue, 'scans', 'readwrite', (s) => { for (const n of ns) s.delete(n); });

  const table = (desk) => act(along, 'tables', 'readonly', (s) => s.get(desk));
  const setTable = (row) => act(along, 'tables', 'readwrite', (s) => s.put(row));

  // forget takes away every list and every key. Scans stay.
  const forget = () => new Promise((done) => {
    const ask = indexedDB.deleteDatabase('ranzen-desk');
    ask.onsuccess = ask.onerror = ask.onblocked = () => done();
  });

  window.deskKept = { now, take, pack, keep, lock, waiting, put, drop, table, setTable, forget };
})();
