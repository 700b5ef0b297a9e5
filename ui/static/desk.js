// The lending desk: one field, a queue behind it, and what the server answers. Nothing is decided here. A scan is sent
// once it ends with Enter or Tab; scans that come faster than answers wait in their order; one whose answer was lost is
// sent again under the same number, and the server books it once. Without a network the desk goes on by what it took along
// (desk-away.js), until the server answers again and has got what was scanned meanwhile.
(() => {
  'use strict';
  const desk = document.querySelector('[data-desk]');
  if (!desk) return;
  const form = desk.querySelector('.desk-form');
  const field = form.elements.scan;
  const said = document.getElementById('desk-said');
  const line = document.getElementById('desk-line');
  const block = () => document.getElementById('desk');
  const words = desk.dataset;
  const kept = window.deskKept;
  const away = window.deskAway;
  const shell = 'shell' in words; // the page that opens without a network
  let address = shell ? '' : words.address;
  const id = () => address.split('/')[2];

  // Four sounds, so that nobody has to look up: done, next, attention, stop.
  const sounds = {
    ok: [[880, 0, 0.09, 'sine'], [1320, 0.09, 0.14, 'sine']],
    next: [[660, 0, 0.1, 'sine']],
    attention: [[520, 0, 0.12, 'triangle'], [520, 0.2, 0.12, 'triangle'], [520, 0.4, 0.12, 'triangle']],
    stop: [[170, 0, 0.5, 'square']],
  };
  let audio;
  function sound(name) {
    desk.dataset.sounded = name;
    if (!sounds[name] || !window.AudioContext) return;
    audio ??= new AudioContext();
    if (audio.state === 'suspended') audio.resume();
    for (const [pitch, at, lasts, shape] of sounds[name]) {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      const from = audio.currentTime + at;
      tone.type = shape;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, from);
      volume.gain.exponentialRampToValueAtTime(shape === 'square' ? 0.12 : 0.25, from + 0.015);
      volume.gain.exponentialRampToValueAtTime(0.0001, from + lasts);
      tone.connect(volume).connect(audio.destination);
      tone.start(from);
      tone.stop(from + lasts + 0.02);
    }
  }

  // Pictures of a damage are made smaller here, so that they go through a thin line too, and wait for Enter.
  let photos = [];
  const camera = () => block().querySelector('#photos');

  // What is waiting to be sent, and the number the next of it goes under.
  const waiting = [];
  let turn = block().dataset.turn;
  let sending = false;
  let lost = 0; // since when there is no connection
  let gone = false; // the desk goes on without one

  function show(html) {
    if (Number(/data-turn="(\d+)"/.exec(html)[1]) < Number(turn)) return; // an older answer that came later
    block().outerHTML = html;
    turn = block().dataset.turn;
    if (!camera()) photos = [];
    heard();
  }

  // heard keeps for a time without a network what the server says lies on the table.
  let hearing = Promise.resolve();
  function heard() {
    const { table } = block().dataset;
    if (away && table) hearing = hearing.then(() => away.heard(id(), table)).catch(() => {});
  }

  function speak() {
    const { sound: name, said: text } = block().dataset;
    said.textContent = '';
    said.textContent = text || '';
    if (name) sound(name);
  }

  function tell(text, bad) {
    if (line.textContent !== text) line.textContent = text;
    line.classList.toggle('desk-line--lost', bad);
  }

  function connected(yes) {
    if (yes === !lost) return;
    lost = yes ? 0 : Date.now();
    tell(yes ? words.connected : words.lost.replace('§', new Date(lost).toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit' })), !yes);
    if (!yes) { said.textContent = line.textContent; sound('stop'); }
  }

  const over = new Error('signed out');

  const soon = () => AbortSignal.timeout(8000); // a network that says nothing is none

  async function ask(path, options) {
    const answer = await fetch(path, { redirect: 'manual', cache: 'no-store', signal: soon(), ...options });
    if (answer.status >= 500) throw new Error('status ' + answer.status);
    if (answer.type === 'opaqueredirect') throw over;
    return answer;
  }

  async function post({ photos, ...input }, as) {
    as.turn ??= turn;
    const fields = { ...input, turn: as.turn };
    let body = new URLSearchParams(fields);
    if (photos?.length) {
      body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.set(name, value);
      for (const photo of photos) body.append('photo', photo, 'photo.jpg');
    }
    const answer = await fetch((photos?.length ? address + '/damage' : address) + '?part=desk', { method: 'POST', body, redirect: 'manual', signal: photos?.length ? AbortSignal.timeout(60000) : soon() });
    if (answer.status >= 500) throw new Error('status ' + answer.status);
    return there(answer);
  }

  // there is the text of an answer, or the page opens anew: somebody is signed out, or the desk was closed elsewhere.
  function there(answer) {
    if (answer.ok) return answer.text();
    location.reload();
    return new Promise(() => {});
  }

  const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

  // leave goes on without a network, if the desk took along what it needs. However many notice that there is none, it begins once:
  // who begins later would put what the desk was over what it has scanned since.
  let leaving;
  function leave() {
    leaving ??= goOn().finally(() => { leaving = undefined; });
    return leaving;
  }

  async function goOn() {
    if (gone) return true;
    await hearing;
    if (!away || !(await away.begin(id(), lost || Date.now(), { line: tell, speak, sound }).catch(() => false))) return false;
    gone = true;
    lost ||= Date.now();
    desk.dataset.away = '';
    away.draw();
    said.textContent = line.textContent;
    sound('stop');
    comeBack();
    return true;
  }

  // comeBack waits until the server answers, brings it what was scanned, and goes on with it.
  async function comeBack() {
    let came;
    for (;;) {
      await pause(Number(words.again));
      try {
        await ask((address || '/desk') + '?part=others');
        if (shell) { location.replace(address); return; } // the page itself sends, and says what came of it
        came = await away.send(merge, words.actor);
        await report(came);
        break;
      } catch (error) {
        if (error === over) { signedOut(); return; }
        if (error === unwanted) { location.reload(); return; }
      }
    }
    while (sending) await pause(20);
    gone = false;
    lost = 0;
    delete desk.dataset.away;
    try {
      await again();
      tell(words.connected, false);
      await renew(came.booked + came.asked > 0); // what it took along knows nothing of these
      await flush();
    } catch {
      await leave();
    }
    field.focus();
  }

  // again shows the desk as it is after scans came in: who is through is not called any more. What is scanned meanwhile waits,
  // because two inputs of one turn are one for the server.
  async function again() {
    sending = true;
    try {
      show(await there(await ask(address + '?part=desk')));
      show(await post({ do: 'drop' }, {}));
    } finally {
      sending = false;
      if (waiting.length) work(); else if (resting) rest(); else wake(); // nobody's name stays on a screen nobody is at
    }
  }

  const unwanted = new Error('not taken at all');

  async function merge(scans) {
    const answer = await ask('/desk/merge', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ scans }) });
    if (!answer.ok) throw unwanted;
    return answer.json();
  }

  // report says what became of what was scanned without a network, and what lies here because the server did not take it.
  async function report({ booked, asked }) {
    const refused = (await kept.waiting()).filter((row) => row.why && mine(row));
    if (!booked && !asked && !refused.length) return;
    const came = booked + asked ? words[booked + asked === 1 ? 'backOne' : 'back'].replace('§', booked + asked) : '';
    const text = [came, asked ? words.asked.replace('§', asked) : '', ...new Set(refused.map((row) => row.why))].filter(Boolean).join(' ');
    const bar = document.getElementById('desk-report');
    bar.replaceChildren(text);
    if (asked) {
      const link = document.createElement('a');
      link.href = '/desk/questions';
      link.textContent = words.questions;
      bar.append(' ', link);
    }
    if (refused.length) bar.append(' ', window.deskRefused(refused, () => { bar.hidden = true; field.focus(); }));
    bar.hidden = false;
    said.textContent = text;
  }

  async function signedOut() {
    await kept.forget();
    const rows = (await kept.waiting()).filter((row) => !row.why);
    tell(words.signedout.replace('§', rows.length), true);
    said.textContent = line.textContent;
    sound('stop');
    field.disabled = true;
    const link = document.createElement('a');
    link.href = '/sign-in?next=' + encodeURIComponent(address || '/desk');
    link.textContent = words.signin;
    line.append(' ', link);
  }

  const mine = (row) => !row.actor || row.actor === words.actor;

  // flush sends what an earlier page, or an earlier sign-in of the same person, left behind. What was refused is tried once more,
  // as long as that can come to something: permissions come back, what was changed stays changed.
  async function flush() {
    if (!kept || gone) return;
    const rows = (await kept.waiting()).filter(mine);
    const hopeful = (row) => row.why && row.reason !== 'altered' && Date.now() - JSON.parse(row.text).at < Number(words.kept);
    await kept.put(rows.filter(hopeful).map(({ why, reason, ...row }) => row));
    if (!rows.length) return;
    const done = await away.send(merge, words.actor);
    if (done.booked + done.asked && !sending) await again();
    await report(done);
    if (done.booked + done.asked) await renew(true);
  }

  // renew takes along what the desk needs, when what it has is some minutes old.
  async function renew(now) {
    if (!kept || gone || !words.pack) return;
    const has = await kept.pack(id());
    if (now || !has || Date.now() - has.kept.got > 300000) {
      const answer = await ask(words.pack, { method: 'POST', signal: AbortSignal.timeout(60000) });
      if (answer.ok) await kept.take(await answer.json());
    }
    desk.dataset.packed = '';
  }

  async function work() {
    if (sending) return;
    sending = true;
    desk.setAttribute('aria-busy', 'true');
    try { await workOff(); } finally {
      sending = false;
      desk.removeAttribute('aria-busy');
    }
    wake();
  }

  async function workOff() {
    let tries = 0;
    while (waiting.length) {
      if (gone) {
        if (away.ends() <= 0) { await kept.forget(); location.reload(); return; }
        const next = waiting.shift();
        await away.take(next.photos ? { do: 'damage' } : next); // a damage needs the network
        continue;
      }
      try {
        const input = waiting[0];
        const html = await post(input, input);
        tries = 0;
        connected(true);
        waiting.shift();
        show(html);
        speak();
        if (input.do === 'undo') renew(true).catch(() => {});
      } catch {
        tries++;
        if (tries > 1 && !(await leave())) connected(false); // one answer may get lost without anybody being told
        if (!gone) await pause(Math.min(125 * 2 ** tries, 2000));
      }
    }
  }

  function send(input) {
    if (lost && !gone && waiting.length) { sound('stop'); return; } // what cannot be answered is not taken
    waiting.push(input);
    work();
  }

  function enter() {
    clearTimeout(alone);
    const scan = field.value;
    if (resting && !scan) { wake(); return; } // nobody sees what it would do
    field.value = '';
    send(camera() ? { scan, photos } : { scan });
  }

  const longest = 1600;
  async function smaller(file) {
    const picture = await createImageBitmap(file);
    const by = Math.min(1, longest / Math.max(picture.width, picture.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(picture.width * by));
    canvas.height = Math.max(1, Math.round(picture.height * by));
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => { canvas.toBlob((b) => done(b ?? file), 'image/jpeg', 0.85); });
  }
  desk.addEventListener('change', async (e) => {
    if (e.target !== camera()) return;
    const files = [...e.target.files];
    e.target.value = '';
    field.focus();
    wake();
    for (const file of files) photos.push(await smaller(file).catch(() => file)); // what is no picture the server says
    taken();
  });
  desk.addEventListener('cancel', (e) => { if (e.target === camera()) field.focus(); }, true);
  function taken() {
    const line = document.getElementById('photos-taken');
    if (line) line.textContent = photos.length ? line.dataset.taken.replace('§', photos.length) : '';
  }

  // A digit alone is a key of the set or of a choice; a scanner's next letter comes sooner.
  let alone;
  field.addEventListener('input', () => {
    clearTimeout(alone);
    if (/^[0-9]$/.test(field.value) && block().querySelector('[data-digits]')) alone = setTimeout(enter, 500);
  });

  const keys = { F2: 'skip', F4: 'back', F6: 'sign', F7: 'swap', F8: 'undo', F9: 'damage', Escape: 'drop' };
  document.addEventListener('keydown', (e) => {
    if (e.target.closest?.('dialog')) return;
    wake();
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const act = keys[e.key];
    if (act === 'damage' && camera()) {
      e.preventDefault();
      camera().click();
      return;
    }
    if (act) {
      e.preventDefault();
      field.value = '';
      if (sending || block().querySelector(`button[value="${act}"]`)) send({ do: act });
      return;
    }
    if (e.target === field) {
      if (e.key === 'Tab' && !e.shiftKey && field.value) { // some scanners end with it; Enter sends the form
        e.preventDefault();
        enter();
      }
      return;
    }
    // Whatever has the focus: what is typed or scanned belongs into the field.
    if (e.key.length === 1 && e.key !== ' ' && !/^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) field.focus();
  }, true);

  form.addEventListener('submit', (e) => {
    e.preventDefault();
    field.focus();
    if (e.submitter?.name === 'do' && e.submitter.value === 'damage' && camera()) camera().click();
    else if (e.submitter?.name === 'do') send({ do: e.submitter.value });
    else if (e.submitter?.name === 'key') send({ scan: e.submitter.value });
    else enter();
  });

  // Who signs out while scans wait is asked; and what the desk took along goes.
  const asks = document.getElementById('desk-leave');
  document.addEventListener('submit', async (e) => {
    if (!kept || e.target.getAttribute('action') !== '/sign-out') return;
    e.preventDefault();
    const out = async () => { await kept.forget(); e.target.submit(); };
    if (!gone) await flush().catch(() => {});
    const rows = await kept.waiting().then((all) => all.filter(mine), () => []); // what cannot be read keeps nobody here
    if (!rows.length) { await out(); return; }
    const refused = rows.filter((row) => row.why).length;
    asks.querySelector('p').textContent = [rows.length > refused ? words.leave.replace('§', rows.length - refused) : '', refused ? words.leaveRefused.replace('§', refused) : ''].join(' ').trim();
    asks.querySelector('[value=go]').onclick = out;
    asks.showModal();
  });

  // What other desks book appears by itself, as long as nobody is busy here.
  async function others() {
    const box = document.getElementById('others');
    if (!box || sending || resting || gone || document.hidden || box.contains(document.activeElement)) return;
    try {
      const answer = await ask(address + '?part=others');
      const html = answer.ok ? await answer.text() : '';
      if (html && !sending && !resting && box.isConnected) box.outerHTML = html;
      if (html) connected(true);
    } catch (error) {
      if (error !== over && !sending && !(await leave())) connected(false);
    }
  }
  setInterval(others, 4000);
  setInterval(() => renew().catch(() => {}), 300000);

  // After a minute without a key nothing of anybody stands on the screen. The next key brings it back.
  let resting = false;
  let idle;
  function rest() {
    if (sending) return;
    resting = true;
    field.value = '';
    said.textContent = '';
    const empty = block().cloneNode(false);
    const text = document.createElement('p');
    text.className = 'desk-rest';
    text.textContent = words.rest;
    empty.append(text);
    block().replaceWith(empty);
  }
  async function wake() {
    clearTimeout(idle);
    idle = setTimeout(rest, Number(words.idle));
    if (!resting || sending) return;
    resting = false;
    if (gone) { away.draw(); return; }
    try {
      const answer = await fetch(address + '?part=desk', { redirect: 'manual', signal: soon() });
      if (answer.type === 'opaqueredirect') location.reload();
      else if (answer.ok && !sending) { show(await answer.text()); taken(); }
    } catch {
      if (!(await leave())) connected(false);
    }
  }

  // A worker opens the page without a network. A new version of it takes over once this desk has a network.
  async function hire() {
    if (!kept || !navigator.serviceWorker || !words.worker) return;
    const worker = await navigator.serviceWorker.register(words.worker, { scope: '/desk', updateViaCache: 'none' });
    const takeOver = () => worker.waiting?.postMessage('take over');
    takeOver();
    worker.addEventListener('updatefound', () => worker.installing?.addEventListener('statechange', takeOver));
    await navigator.serviceWorker.ready;
    desk.dataset.hired = '';
  }

  async function begin() {
    if (shell) {
      const open = /^\/desk\/([^/]+)$/.exec(location.pathname);
      const pack = kept && (await kept.pack(open?.[1] ?? ''));
      if (!pack) return;
      address = '/desk/' + pack.desk;
      words.idle = pack.idle;
      document.querySelector('.desk-head h1').textContent = pack.title;
      form.hidden = false;
      document.getElementById('desk-empty').hidden = true;
      await leave();
      field.focus();
      return;
    }
    heard();
    hire().catch(() => {}); // a worker that cannot be installed is never ready
    await renew().catch(() => {});
    await flush().catch(() => {});
  }

  // Whoever reads or signs with a finger is here too.
  for (const kind of ['pointerdown', 'wheel']) document.addEventListener(kind, () => wake(), { passive: true });

  field.focus();
  wake();
  begin();
})();
