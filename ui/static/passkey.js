// Where a key of the browser's owner answers: asks the server what to sign, lets the browser show its window, and sends the form
// with what was signed. What goes wrong before is said in the form, in the words it carries.
(() => {
  'use strict';
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const named = (key) => ({ ...key, id: bytes(key.id) });

  async function make(o) {
    const key = await navigator.credentials.create({ publicKey: { ...o, challenge: bytes(o.challenge),
      user: { ...o.user, id: bytes(o.user.id) }, excludeCredentials: o.excludeCredentials.map(named) } });
    const r = key.response;
    return { id: key.id, rawId: text(key.rawId), type: key.type, response: { clientDataJSON: text(r.clientDataJSON),
      attestationObject: text(r.attestationObject), transports: r.getTransports ? r.getTransports() : [] } };
  }

  async function sign(o) {
    const key = await navigator.credentials.get({ publicKey: { ...o, challenge: bytes(o.challenge), allowCredentials: o.allowCredentials.map(named) } });
    const r = key.response;
    return { id: key.id, rawId: text(key.rawId), type: key.type, response: { clientDataJSON: text(r.clientDataJSON),
      authenticatorData: text(r.authenticatorData), signature: text(r.signature), userHandle: r.userHandle ? text(r.userHandle) : '' } };
  }

  // What a browser calls it, and what the form says to it.
  const words = (making) => ({ NotAllowedError: making ? 'cancelled' : 'none', AbortError: 'cancelled', InvalidStateError: 'there',
    SecurityError: 'elsewhere', NotSupportedError: 'unsuited', ConstraintError: 'unsuited' });

  function guard(form) {
    const making = form.dataset.passkey === 'create';
    const box = form.querySelector('[data-says]');
    const button = form.querySelector('button');
    const say = (sentence, elsewhere) => {
      const [line, way] = box.querySelectorAll('p');
      line.textContent = sentence;
      way.hidden = !elsewhere;
      box.hidden = false;
    };
    const known = (key) => say(form.dataset[key], key === 'elsewhere');

    async function go() {
      if (location.origin !== form.dataset.origin) return known('elsewhere');
      if (!window.PublicKeyCredential) return known('browser');
      let asked;
      try {
        const answer = await fetch(form.dataset.ask, { method: 'POST', credentials: 'same-origin' });
        if (!(answer.headers.get('Content-Type') || '').startsWith('application/json')) return known('failed');
        asked = await answer.json();
      } catch {
        return known('away');
      }
      if (asked.error) return say(asked.error);
      try {
        form.elements.answer.value = JSON.stringify(await (making ? make(asked) : sign(asked)));
      } catch (e) {
        return known(words(making)[e.name] || 'failed');
      }
      form.submit();
      return true;
    }

    form.addEventListener('submit', async (e) => {
      e.preventDefault();
      if (button.disabled || !form.reportValidity()) return;
      box.hidden = true;
      button.disabled = true;
      button.disabled = await go() === true;
    });
    addEventListener('pageshow', () => { button.disabled = false; }); // who comes back may ask again
  }

  document.querySelectorAll('form[data-passkey]').forEach(guard);
})();
