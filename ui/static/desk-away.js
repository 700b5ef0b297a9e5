// The desk without a network. It follows a few rules by what it took along: a thing it knows, a person of its list, nothing twice.
// All else it takes down as yellow, for the server to decide when the network is back. What is green is on disk.
(() => {
  'use strict';
  const kept = window.deskKept;
  if (!kept) return;
  const code = window.deskCode;
  const portion = 20;

  let at; // the desk: what it took along, and what is so since
  let say; // how the page shows something
  let away = 0; // since when there is no network

  const word = (key, ...args) => args.reduce((s, a, i) => s.replaceAll(`{${i + 1}}`, a), at.words[key] ?? '').replace(/\.\.$/, '.'); // «… bei Lena A.» ends once
  const clock = (ms) => new Date(ms).toLocaleTimeString(at.lang, { hour: '2-digit', minute: '2-digit', timeZone: 'Europe/Berlin' });
  const fold = (s) => s.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ß', 'ss').replaceAll('ı', 'i');
  const words = (s) => fold(s).split(/[\s,-]+/).filter(Boolean);
  const nameOf = (thing) => thing.number || thing.serial;
  const back = () => at.back || at.mode === 'back' || at.mode === 'pile';

  // load opens what the desk took along and brings it up to what was booked and scanned since.
  async function load(desk) {
    const pack = await kept.pack(desk);
    if (!pack) return null;
    const table = (await kept.table(pack.desk)) ?? {};
    const is = { sets: [], ...pack, person: table.person, skipped: new Set(table.skipped), called: '', code: '', laid: '', missing: [], damaged: [], signing: '', back: false, choice: [] };
    is.byID = new Map(is.people.map((p) => [p.id, p]));
    is.byThing = new Map(is.things.map((t) => [t.id, t]));
    is.byCode = new Map();
    for (const t of is.things) for (const name of [t.number, t.serial]) if (name) is.byCode.set(name.toUpperCase(), t);
    for (const p of is.people) {
      const meant = p.device && !p.done && is.byCode.get(p.device.toUpperCase());
      if (meant) meant.planned ||= p.id;
    }
    for (const b of table.booked ?? []) {
      if (b.at < is.made) continue; // the list knows it
      settle(is, is.byCode.get(b.code.toUpperCase()), b.act === 'issued' ? 'issue' : 'return', b.person);
    }
    await catchUp(is);
    return is;
  }

  // catchUp brings a desk up to what was scanned here and waits.
  async function catchUp(is) {
    is.mine = (await kept.waiting()).filter((row) => !row.why && row.desk === is.desk);
    for (const row of is.mine) replay(is, row);
  }

  function replay(is, row) {
    const scan = JSON.parse(row.text);
    const signed = scan.act === 'sign' && is.byID.get(scan.person);
    if (signed) signed.unsigned = false;
    if (scan.act === 'sign') return;
    settle(is, is.byThing.get(scan.asset) ?? is.byCode.get(scan.code.toUpperCase()), scan.act, scan.person);
  }

  // settle notes that a thing was handed out or came back.
  function settle(is, thing, act, person) {
    const had = is.byID.get(thing?.holder);
    if (thing) thing.set = undefined; // whatever is with it now, this place has not seen
    if (act === 'issue') {
      const p = is.byID.get(person);
      if (p) { p.done = true; p.device = thing ? nameOf(thing) : p.device; p.contract = ''; }
      if (thing) { thing.out = true; thing.holder = person; thing.heldBy = ''; }
      is.skipped.delete(person);
    } else {
      if (had) had.done = false;
      if (thing) { thing.out = false; thing.holder = ''; }
    }
  }

  const who = () => {
    if (at.called) return at.byID.get(at.called);
    if (at.mode !== 'class') return undefined;
    const open = (p) => p && !p.done && !at.skipped.has(p.id);
    const first = at.byID.get(at.person);
    return open(first) ? first : at.people.find(open);
  };

  // What the page shows.
  function el(tag, look, ...inside) {
    const e = document.createElement(tag);
    if (look) e.className = look;
    e.append(...inside.filter((x) => x !== undefined && x !== ''));
    return e;
  }
  function button(name, value, key, text, more) {
    const b = el('button', '', el('kbd', '', key), ' ' + text, more ? el('span', 'muted', ' ' + more) : '');
    b.type = 'submit';
    b.name = name;
    b.value = value;
    return b;
  }
  function person(p) {
    const text = [p.class, p.done && p.device ? word('has', p.device) : '', !p.done && p.device ? word('planned', p.device) : ''].filter(Boolean).join(' · ');
    return el('div', '', el('p', 'desk-name', p.n && at.mode === 'class' ? el('span', 'desk-n', `${p.n} `) : '', p.name), text ? el('p', '', text) : '');
  }

  // set is what was handed out with the thing on the table, where it can be looked at.
  const set = () => (back() && at.mode !== 'pile' && at.code && at.sets[at.byThing.get(at.laid)?.set]) || null;

  function setBox(parts) {
    const off = parts.filter(({ n }) => at.missing.includes(n) || at.damaged.includes(n)).length;
    const box = el('div', 'desk-set', el('p', '', el('strong', '', off ? word('set.lacks', off) : word('set.whole')), ' ', el('span', 'muted', word('set.hint'))),
      el('ul', '', ...parts.map(({ n, name }) => {
        const kind = at.missing.includes(n) ? 'missing' : at.damaged.includes(n) ? 'damaged' : 'ok';
        const b = button('key', String(n - 1), String(n - 1), (n === 1 ? word('set.itself') : name) + (kind === 'ok' ? '' : ': ' + word('part.' + kind)));
        b.className = 'desk-part desk-part--' + kind;
        return el('li', '', b);
      })));
    box.dataset.digits = '';
    return box;
  }

  // mark turns a part over: there, missing, damaged. The thing itself is there.
  function mark(n) {
    const missing = at.missing.includes(n);
    const damaged = at.damaged.includes(n);
    at.missing = at.missing.filter((x) => x !== n);
    at.damaged = at.damaged.filter((x) => x !== n);
    if (!missing && !damaged && n > 1) at.missing.push(n);
    else if (!damaged) at.damaged.push(n);
  }

  // signBox is a paper with a place for each who signs it.
  function signBox(p) {
    const text = el('pre', '', p.paper.text);
    text.tabIndex = 0;
    const box = el('div', 'desk-sign', el('p', '', el('strong', '', word('sign.what', p.number)), ' ', el('span', 'muted', word('sign.version', p.paper.mark))),
      el('details', '', el('summary', '', word('sign.read')), text),
      ...p.paper.signers.map(({ label, name }, i) => {
        const typed = el('input');
        Object.assign(typed, { type: 'text', id: `sign-name-${i}`, value: name ?? '', maxLength: 200, autocomplete: 'off' });
        const caption = el('label', '', word('sign.name'));
        caption.htmlFor = typed.id;
        const canvas = el('canvas');
        Object.assign(canvas, { width: 640, height: 200 });
        canvas.setAttribute('role', 'img');
        canvas.setAttribute('aria-label', word('sign.pad'));
        const drawn = el('input');
        drawn.type = 'hidden';
        const clear = el('button', 'kern-btn kern-btn--tertiary', el('span', 'kern-label', word('sign.clear')));
        clear.type = 'button';
        const pad = el('div', 'pad', drawn, canvas, clear);
        window.signPad(pad);
        return el('fieldset', '', el('legend', '', label), caption, typed, pad);
      }),
      el('p', 'desk-keys', button('do', 'signed', 'Enter', word('sign.do')), ' ', button('do', 'sign', 'F6', word('sign.paper'))));
    return box;
  }

  function draw(answer, sound) {
    const box = el('div');
    const old = document.getElementById('desk');
    box.id = 'desk';
    box.dataset.turn = old.dataset.turn;
    const turn = el('input');
    Object.assign(turn, { type: 'hidden', name: 'turn', value: old.dataset.turn });
    box.append(turn);
    const now = who();
    if (now && !back()) box.append(el('div', 'desk-now', el('p', 'desk-word', word('now')), person(now)));
    else if (at.mode === 'class' && !back()) box.append(el('div', 'desk-now', el('p', 'desk-word', word('now')), el('div', '', el('p', 'desk-name', word('all')))));
    if (answer) {
      const icon = el('span', 'kern-icon kern-icon--' + { green: 'success', yellow: 'warning', red: 'danger' }[answer.light]);
      icon.setAttribute('aria-hidden', 'true');
      box.append(el('div', 'desk-answer desk-answer--' + answer.light, icon,
        el('div', '', el('p', 'desk-text', el('strong', '', answer.word ?? word('light.' + answer.light)), ' ' + answer.text), ...(answer.lines ?? []).map((line) => el('p', '', line)))));
    }
    if (set() && !at.signing) box.append(setBox(set()));
    if (at.signing) box.append(signBox(at.byID.get(at.signing)));
    if (at.choice.length) {
      const list = el('ol', 'desk-choices', ...at.choice.map((id, i) => el('li', '', button('key', String(i + 1), String(i + 1), at.byID.get(id).name, at.byID.get(id).class))));
      list.dataset.digits = '';
      box.append(list);
    }
    if (now && at.mode === 'class' && !back()) {
      const next = at.people.find((p) => !p.done && p !== now && !at.skipped.has(p.id) && p.n > now.n);
      if (next) box.append(el('div', 'desk-next', el('p', 'desk-word', word('next')), el('p', '', el('span', 'desk-n', `${next.n} `), next.name)));
    }
    const keys = el('p', 'desk-keys');
    keys.id = 'desk-keys';
    const key = (name, act, text) => keys.append(button('do', act, name, text), ' ');
    const signing = Boolean(at.signing);
    if (!signing && at.mode === 'class' && now) key('F2', 'skip', word('key.skip'));
    else if (!signing && at.mode === 'class' && at.skipped.size) key('F2', 'skip', word('key.again'));
    if (!signing && (at.mode === 'class' || at.mode === 'free')) key('F4', 'back', word(at.back ? 'key.forth' : 'key.back'));
    if (now?.unsigned && !back() && !signing) key('F6', 'sign', word('key.sign'));
    if (undoable() && !signing) key('F8', 'undo', word('key.undo'));
    if (at.code || at.called || at.signing || at.choice.length) key('Esc', 'drop', word('key.drop'));
    box.append(keys);
    const recent = at.mine.slice(-6).reverse().map((row) => {
      const scan = JSON.parse(row.text);
      return el('li', 'desk-mine', el('span', '', at.byID.get(scan.person)?.name ?? ''), ' ', el('span', 'mono', scan.code), ' ' + clock(scan.at));
    });
    const others = el('div', 'desk-others', el('p', 'desk-count', word(at.mine.length === 1 ? 'count.one' : 'count', at.mine.length)), ...(recent.length ? [el('h2', '', word('recent')), el('ol', 'desk-recent', ...recent)] : []));
    others.id = 'others';
    box.append(others);
    if (sound) box.dataset.sound = sound;
    if (answer && sound) box.dataset.said = [answer.word ?? word('light.' + answer.light), answer.text, ...(answer.lines ?? []), now && !back() ? `${word('now')}: ${now.name}` : ''].filter(Boolean).join(' ');
    old.replaceWith(box);
    say.line(line(), true);
    say.speak();
  }

  // line is what stands above all while there is no network.
  const line = () => {
    const issues = at.mine.every((row) => JSON.parse(row.text).act === 'issue') ? 'issues' : 'many';
    return [word('lost', clock(away)), at.mine.length === 0 ? word('lost.none') : at.mine.length === 1 ? word('lost.one') : word('lost.' + issues, at.mine.length)].join(' ');
  };

  const red = (key, ...args) => draw({ light: 'red', text: word(key, ...args) }, 'stop');
  const yellow = (...texts) => draw({ light: 'yellow', text: texts[0], lines: texts.slice(1) }, 'attention');
  const next = (key, ...args) => draw({ light: 'green', text: word(key, ...args) }, 'next');

  const undoable = () => at.mine.length > 0 && !at.mine[at.mine.length - 1].tried;

  // book writes a scan down, and then shows that it is.
  async function book(thing, typed, act, p) {
    const looked = act === 'return' && set() ? { looked: true, contract: thing.contract, missing: at.missing, damaged: at.damaged } : undefined;
    const scan = { act, code: thing ? nameOf(thing) : typed, asset: thing?.id, person: act === 'issue' ? p.id : undefined, contract: (act === 'issue' && p.contract) || undefined, ...looked };
    await kept.keep(at, scan);
    at = await fresh({ called: '', code: '', back: false });
    const name = act === 'issue' ? p.name : '';
    let noted = word('noted', scan.code);
    if (thing) noted = act === 'issue' ? word('issued', scan.code, name) : word(looked ? 'returned.looked' : 'returned', scan.code);
    draw({ light: 'green', word: word('light.ok'), text: noted, lines: [word('kept')] }, 'ok');
  }

  // fresh reads the desk again after something changed on disk, and keeps what is on the table. Where what it took along is gone,
  // because somebody signed out elsewhere or its time is over, this is the last it says.
  async function fresh(table) {
    let is = await load(at.desk);
    if (!is) {
      is = { ...at, ends: 0 };
      await catchUp(is);
    }
    return { ...is, person: at.person, skipped: at.skipped, back: at.back, called: at.called, code: at.code, laid: '', missing: [], damaged: [], signing: '', choice: [], ...table };
  }

  async function issue(thing, typed, passed) {
    const p = who();
    const notes = [];
    const mine = at.mine.length ? JSON.parse(at.mine[at.mine.length - 1].text) : undefined;
    if (thing && mine?.act === 'issue' && mine.asset === thing.id) return next('twice', nameOf(thing));
    if (thing?.out && at.mine.some((row) => JSON.parse(row.text).asset === thing.id)) return red('red.queue', nameOf(thing));
    if (thing?.out) return red('red.out', nameOf(thing));
    at.code = thing ? nameOf(thing) : typed;
    if (!p) return yellow(word('who', at.code));
    if (p.done && at.mode === 'class') { at.code = ''; return red('red.has', p.name, p.device || ''); }
    if (!thing) notes.push(word('yellow.unknown', typed));
    if (thing?.planned && thing.planned !== p.id) notes.push(word('yellow.planned', nameOf(thing)));
    if (p.unsigned) notes.push(word('yellow.unsigned', p.number));
    if (passed || (!notes.length && at.mode === 'class')) return book(thing, typed, 'issue', p);
    if (notes.length) return yellow(...notes, word('wait', at.code));
    return draw({ light: 'green', text: nameOf(thing), lines: [word('wait', at.code)] }, 'next');
  }

  async function giveBack(thing, typed, passed) {
    if (thing && !thing.out && at.mine.some((row) => JSON.parse(row.text).asset === thing.id)) return next('twice', nameOf(thing));
    if (at.laid !== (thing?.id ?? '')) Object.assign(at, { laid: thing?.id ?? '', missing: [], damaged: [] });
    at.code = thing ? nameOf(thing) : typed;
    const holder = thing && (at.byID.get(thing.holder)?.name ?? thing.heldBy);
    if (passed || (thing?.out && at.mode === 'pile')) return book(thing, typed, 'return');
    if (!thing?.out) return yellow(word('yellow.unknown', at.code), word('waitback'));
    return draw({ light: 'green', text: holder ? word('from', at.code, holder) : at.code, lines: [word(set() ? 'waitset' : 'waitback')] }, 'next');
  }

  function call(id) {
    at.choice = [];
    at.called = id;
    at.skipped.delete(id);
    if (at.code && !back()) return read(at.code);
    return next('called');
  }

  async function find(typed) {
    const asked = words(typed);
    const found = at.people.filter((p) => asked.every((w) => words(p.name).some((part) => part.startsWith(w))));
    if (!found.length) return false;
    at.choice = found.length > 1 ? found.slice(0, 9).map((p) => p.id) : [];
    if (found.length === 1) await call(found[0].id);
    else yellow(word('several', typed));
    return true;
  }

  async function read(typed, passed) {
    const scan = code.understand(typed);
    if (['ean', 'imei', 'eid', 'part', 'nothing'].includes(scan.kind)) return red('red.code');
    const p = at.people.find((x) => scan.readings.some((r) => r === x.number || r === x.card?.toUpperCase()) || (x.card && x.card === typed));
    if (p && !back()) return call(p.id);
    const thing = scan.readings.flatMap((r) => [r, ...code.serials(r)]).map((r) => at.byCode.get(r)).find(Boolean);
    return back() ? giveBack(thing, typed, passed) : issue(thing, typed, passed);
  }

  async function undo() {
    if (!undoable()) return yellow(word('noundo'));
    const last = at.mine[at.mine.length - 1];
    const scan = JSON.parse(last.text);
    const untried = await navigator.locks.request('ranzen-scans', { ifAvailable: true }, async (lock) => {
      const row = lock && (await kept.waiting()).find((x) => x.n === last.n);
      if (!row || row.tried) return false; // the server has it, or is just being told
      await kept.drop([row.n]);
      return true;
    });
    if (!untried) return yellow(word('noundo'));
    at = await fresh({ called: scan.act === 'issue' ? scan.person : '', code: '' });
    return next('undone', scan.code);
  }

  // sign takes a signature: of a paper that lies signed on the desk, or, where the desk may show it, on the screen.
  async function sign() {
    const p = at.byID.get(at.signing) ?? (back() ? undefined : who());
    if (!p?.unsigned) return yellow(word('nopaper'));
    if (p.paper && !at.signing) {
      at.signing = p.id;
      draw({ light: 'yellow', text: word('sign.ask', p.name) }, 'next');
      document.getElementById('sign-name-0')?.focus();
      return undefined;
    }
    return signed(p);
  }

  async function signed(p, signers) {
    const locked = signers && await kept.lock(at, { document: p.paper.id, hash: p.paper.hash, signers });
    await kept.keep(at, { act: 'sign', code: p.number, person: p.id, contract: p.contract, locked });
    const code = at.code;
    at = await fresh({});
    document.getElementById('scan').focus();
    return code ? read(code) : next('signed');
  }

  async function signHere() {
    const p = at.byID.get(at.signing);
    const signers = [...document.querySelectorAll('.desk-sign fieldset')].map((box) => ({ name: box.querySelector('input[type=text]').value.trim(), drawn: box.querySelector('input[type=hidden]').value || undefined }));
    const empty = signers.findIndex(({ name }) => !name);
    if (empty < 0) return signed(p, signers);
    say.sound('attention');
    document.getElementById(`sign-name-${empty}`).focus();
    return undefined;
  }

  // take takes one input, as the server would.
  async function take(input) {
    const typed = (input.scan ?? '').trim();
    const p = who();
    if (at.signing && input.do !== 'sign' && input.do !== 'drop') {
      if (input.do === 'signed' || (!input.do && !typed)) return signHere();
      say.sound('attention'); // what was signed so far stays where it is
      return undefined;
    }
    switch (input.do) {
      case 'skip':
        if (p) at.skipped.add(p.id);
        else at.skipped.clear();
        await kept.setTable({ desk: at.desk, booked: [], ...(await kept.table(at.desk)), skipped: [...at.skipped] });
        if (!p) return next('again');
        Object.assign(at, { called: '', code: '' });
        return next('skipped', p.name);
      case 'back':
        Object.assign(at, { back: !at.back, code: '' });
        return next(at.back ? 'turnback' : 'turnforth');
      case 'undo':
        return undo();
      case 'drop':
        document.getElementById('scan').focus();
        if (at.signing) {
          at.signing = '';
          return at.code ? read(at.code) : next('sign.dropped');
        }
        Object.assign(at, { code: '', called: '', choice: [], back: false });
        return next('dropped');
      case 'sign':
        return sign();
      case 'damage':
      case 'swap':
        return yellow(word('online'));
    }
    if (typed === '') return at.code ? read(at.code, true) : next('nothing');
    if (/^\d$/.test(typed)) {
      const id = at.choice[Number(typed) - 1];
      if (id) return call(id);
      const n = Number(typed) + 1;
      if (!set()?.some((part) => part.n === n)) return red('nokey', typed);
      mark(n);
      return read(at.code);
    }
    if (!/\d/.test(typed) && (typed.match(/\p{L}/gu) ?? []).length >= 2 && (await find(typed))) return undefined;
    return read(typed);
  }

  // send brings what waits to the server, in order and in portions; only one window does so at a time. What the server has is
  // dropped here; what it refused stays, with its reason. Scans of another person wait until that one is here again.
  async function send(post, actor) {
    const done = { booked: 0, asked: 0 };
    await navigator.locks.request('ranzen-scans', async () => {
      for (;;) {
        const rows = (await kept.waiting()).filter((row) => !row.why && (!row.actor || row.actor === actor)).slice(0, portion);
        if (!rows.length) return;
        await kept.put(rows.map((row) => ({ ...row, tried: true }))); // the server may have it even if its answer is lost
        const answer = await post(rows.map(({ text, mac }) => ({ text, mac })));
        const over = [];
        let refused = 0;
        for (const [i, x] of answer.results.entries()) {
          if (x.state === 'refused') {
            await kept.put([{ ...rows[i], why: x.text, reason: x.reason }]);
            refused++;
          } else if (x.state !== 'waiting') {
            over.push(rows[i].n);
            done[x.state === 'asked' ? 'asked' : 'booked']++;
          }
        }
        await kept.drop(over);
        if (!over.length && !refused) return;
      }
    });
    return done;
  }

  // heard notes what the server says lies on the table, so that the desk goes on from there.
  async function heard(desk, text) {
    const table = JSON.parse(text);
    const was = (await kept.table(desk))?.booked ?? [];
    const known = new Set(table.booked.map((b) => b.id));
    const oldest = Math.min(...table.booked.map((b) => b.at), Infinity);
    const booked = [...was.filter((b) => !known.has(b.id) && b.at < oldest), ...table.booked].sort((a, b) => a.at - b.at);
    await kept.setTable({ desk, person: table.person, skipped: table.skipped, booked });
  }

  window.deskAway = {
    heard,
    send,
    // begin goes on without a network; show is how the page speaks. It says whether it can.
    async begin(desk, since, show) {
      at = await load(desk);
      if (!at) return false;
      away = since;
      say = show;
      return true;
    },
    draw: () => draw(),
    // take takes one input. What cannot be written down is not taken, and the desk says so.
    take: (input) => take(input).catch(() => red('unkept')),
    ends: () => at.ends - kept.now(at.kept),
  };
})();
