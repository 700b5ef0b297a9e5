// The lending desk: one field, a queue behind it, and what the server answers. Nothing is decided here. A scan is sent
// once it ends with Enter or Tab; scans that come faster than answers wait in their order; one whose answer was lost is
// sent again under the same number, and the server books it once.
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

  // What is waiting to be sent, and the number the next of it goes under.
  const waiting = [];
  let turn = block().dataset.turn;
  let sending = false;
  let lost = 0; // since when there is no connection

  function show(html) {
    if (Number(/data-turn="(\d+)"/.exec(html)[1]) < Number(turn)) return; // an older answer that came later
    block().outerHTML = html;
    turn = block().dataset.turn;
  }

  function speak() {
    const { sound: name, said: text } = block().dataset;
    said.textContent = '';
    said.textContent = text || '';
    if (name) sound(name);
  }

  function connected(yes) {
    if (yes === !lost) return;
    lost = yes ? 0 : Date.now();
    line.textContent = yes ? words.connected
      : words.lost.replace('§', new Date(lost).toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit' }));
    line.classList.toggle('desk-line--lost', !yes);
    if (!yes) { said.textContent = line.textContent; sound('stop'); }
  }

  async function post(input) {
    input.turn ??= turn;
    const answer = await fetch(form.action + '?part=desk', { method: 'POST', body: new URLSearchParams(input), redirect: 'manual' });
    if (answer.status >= 500) throw new Error('status ' + answer.status);
    if (!answer.ok) { // signed out, or the desk was closed elsewhere
      location.reload();
      return new Promise(() => {});
    }
    return answer.text();
  }

  const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

  async function work() {
    if (sending) return;
    sending = true;
    desk.setAttribute('aria-busy', 'true');
    let tries = 0;
    while (waiting.length) {
      try {
        const html = await post(waiting[0]);
        tries = 0;
        connected(true);
        waiting.shift();
        show(html);
        speak();
      } catch {
        tries++;
        if (tries > 1) connected(false); // one answer may get lost without anybody being told
        await pause(Math.min(125 * 2 ** tries, 2000));
      }
    }
    sending = false;
    desk.removeAttribute('aria-busy');
    wake();
  }

  function send(input) {
    if (lost && waiting.length) { sound('stop'); return; } // what cannot be answered is not taken
    waiting.push(input);
    work();
  }

  function enter() {
    clearTimeout(alone);
    const scan = field.value;
    field.value = '';
    send({ scan });
  }

  // A digit alone is a key of the set or of a choice; a scanner's next letter comes sooner.
  let alone;
  field.addEventListener('input', () => {
    clearTimeout(alone);
    if (/^[0-9]$/.test(field.value) && block().querySelector('[data-digits]')) alone = setTimeout(enter, 500);
  });

  const keys = { F2: 'skip', F4: 'back', F6: 'sign', F8: 'undo', Escape: 'drop' };
  document.addEventListener('keydown', (e) => {
    wake();
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const act = keys[e.key];
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
    if (e.submitter?.name === 'do') send({ do: e.submitter.value });
    else if (e.submitter?.name === 'key') send({ scan: e.submitter.value });
    else enter();
    field.focus();
  });

  // What other desks book appears by itself, as long as nobody is busy here.
  async function others() {
    const box = document.getElementById('others');
    if (!box || sending || resting || document.hidden || box.contains(document.activeElement)) return;
    try {
      const answer = await fetch(form.action + '?part=others', { redirect: 'manual' });
      const html = answer.ok ? await answer.text() : '';
      if (html && !sending && !resting && box.isConnected) box.outerHTML = html;
      if (html) connected(true);
    } catch {
      connected(false);
    }
  }
  setInterval(others, 4000);

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
    try {
      const answer = await fetch(form.action + '?part=desk', { redirect: 'manual' });
      if (answer.type === 'opaqueredirect') location.reload();
      else if (answer.ok && !sending) show(await answer.text());
    } catch {
      connected(false);
    }
  }

  field.focus();
  wake();
})();
