// What a scanner can have typed, as the server understands it (school.Scan): a test holds both against each other.
(() => {
  'use strict';
  const capsLock = { '!': '1', '"': '2', '§': '3', $: '4', '%': '5', '&': '6', '/': '7', '(': '8', ')': '9', '=': '0', '?': '-', _: '-' };
  const usOnGerman = { Y: 'Z', Z: 'Y', ß: '-', ẞ: '-', '-': '/', '?': '_', Ö: ':', _: '?' };
  const germanOnUS = { Y: 'Z', Z: 'Y', '/': '-', '-': 'ß', '?': '_', '>': ':', '&': '/' };
  const mapped = (s, by) => [...s].map((c) => by[c] ?? c).join('');
  const upper = (s) => [...s].map((c) => (c === 'ß' ? c : c.toUpperCase())).join('');

  function readings(typed) {
    const out = new Set();
    const all = upper(typed);
    const locked = upper(mapped(typed, capsLock));
    out.add(all);
    out.add(locked);
    for (const s of [all, locked]) {
      out.add(mapped(s, usOnGerman));
      out.add(mapped(s, germanOnUS));
    }
    out.delete('');
    return [...out];
  }

  const digits = (s) => [...s].map(Number);
  const ean = (s) => digits(s).reverse().reduce((sum, d, i) => sum + d * (i % 2 ? 3 : 1), 0) % 10 === 0;
  const luhn = (s) => digits(s).reverse().reduce((sum, d, i) => sum + (i % 2 ? (d > 4 ? 2 * d - 9 : 2 * d) : d), 0) % 10 === 0;

  function kindOf(s) {
    const number = /^\d+$/.test(s);
    if (/^L-\d{2}-\d{6,9}$/.test(s)) return 'contract';
    if (number && s.length === 15 && luhn(s)) return 'imei';
    if (number && s.length === 32 && s.startsWith('89')) return 'eid';
    if (number && [12, 13, 14].includes(s.length) && ean(s)) return 'ean';
    if (/^(1P)?[A-Z][A-Z0-9]{4,7}\/A$/.test(s)) return 'part';
    return 'thing';
  }

  // understand says what kind of code was typed and what it can have been.
  function understand(typed) {
    const all = readings(typed);
    for (const r of all) {
      const kind = kindOf(r);
      if (kind !== 'thing') return { kind, readings: [r] };
    }
    return { kind: all.length ? 'thing' : 'nothing', readings: all };
  }

  // serials are what serial number a reading can be: Apple's bar code has an S before it.
  function serials(reading) {
    const s = reading.replace(/\s+/g, '');
    return s.length > 10 && s[0] === 'S' ? [s, s.slice(1)] : [s];
  }

  window.deskCode = { understand, serials };
})();
