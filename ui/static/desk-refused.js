// What the server did not take lies in the browser until somebody who saw what it is says that it may go.
(() => {
  'use strict';
  const kept = window.deskKept;
  const asks = document.getElementById('desk-refused');
  if (!kept || !asks) return;
  const words = document.querySelector('[data-desk]').dataset;

  // what says of a row what it is. It may be anything: somebody may have changed it.
  function what(row) {
    const item = document.createElement('li');
    try {
      const { act, code, at } = JSON.parse(row.text);
      item.textContent = [String(code), words[act] ?? String(act), new Date(at).toLocaleString(document.documentElement.lang, { dateStyle: 'short', timeStyle: 'short' }), row.why].join(' · ');
    } catch {
      item.textContent = row.why;
    }
    return item;
  }

  // deskRefused is a button that shows rows, and takes them away where that is wanted.
  window.deskRefused = (rows, gone) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'link';
    button.textContent = words.refused;
    button.onclick = () => {
      asks.querySelector('ul').replaceChildren(...rows.map(what));
      asks.querySelector('[value=drop]').onclick = async () => { await kept.drop(rows.map((row) => row.n)); gone(); };
      asks.showModal();
    };
    return button;
  };
})();
