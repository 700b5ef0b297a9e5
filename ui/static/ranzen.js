// Small comforts over pages that work without them. Nothing here decides
// anything: what is checked here is checked by the server again.
(() => {
  'use strict';
  const root = document.documentElement;
  root.classList.add('js');

  const toasts = () => document.getElementById('toasts');
  const typing = (el) => el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName);

  // "/" goes to the search field, Escape closes open menus.
  document.addEventListener('keydown', (e) => {
    if (e.key === '/' && !e.ctrlKey && !e.metaKey && !e.altKey && !typing(e.target)) {
      const find = document.querySelector('[data-find]');
      if (find) { e.preventDefault(); find.focus(); find.select(); }
    }
    if (e.key === 'Escape') {
      for (const menu of document.querySelectorAll('details.menu[open]')) {
        menu.open = false;
        if (menu.contains(document.activeElement)) menu.querySelector('summary').focus();
      }
    }
  });

  // The clipboard exists only where the page came safely; else the text is
  // selected, so that one key copies it.
  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      const code = button.parentElement.querySelector('code');
      if (code) getSelection().selectAllChildren(code);
      return;
    }
    const done = button.querySelector('.copy-done');
    done.textContent = button.dataset.done;
    setTimeout(() => { done.textContent = ''; }, 2000);
  }

  function setTheme(link) {
    const theme = link.dataset.themeSet;
    const secure = location.protocol === 'https:' ? '; Secure' : '';
    if (theme === 'auto') {
      root.removeAttribute('data-kern-theme');
      document.cookie = 'theme=; Path=/; Max-Age=0; SameSite=Lax' + secure;
    } else {
      root.setAttribute('data-kern-theme', theme);
      document.cookie = 'theme=' + theme + '; Path=/; Max-Age=31536000; SameSite=Lax' + secure;
    }
    for (const other of document.querySelectorAll('[data-theme-set]')) {
      if (other === link) other.setAttribute('aria-current', 'true');
      else other.removeAttribute('aria-current');
    }
  }

  document.addEventListener('click', (e) => {
    const hit = (selector) => e.target.closest?.(selector);
    let el;
    if ((el = hit('[data-copy]'))) copy(el);
    else if ((el = hit('[data-close]'))) el.closest('.toast')?.remove();
    else if ((el = hit('[data-theme-set]'))) { e.preventDefault(); setTheme(el); }
    else if (hit('[data-print]')) window.print();
    else if ((el = hit('[data-dialog]'))) { e.preventDefault(); document.getElementById(el.dataset.dialog).showModal(); }
    else if ((el = hit('dialog [data-cancel]'))) { e.preventDefault(); el.closest('dialog').close(); }
    for (const menu of document.querySelectorAll('details.menu[open]')) {
      if (!menu.contains(e.target)) menu.open = false;
    }
  });

  // A button that deletes wakes when the name of the thing has been typed.
  function guard(form) {
    const word = form.dataset.word;
    const typed = form.elements.confirm;
    const button = form.querySelector('[data-guarded]');
    if (word && typed && button) button.disabled = typed.value.trim() !== word;
  }

  // Marking rows: one box for all of them, and how many are marked.
  function count(form) {
    const boxes = [...form.querySelectorAll('tbody input[type=checkbox]')];
    const on = boxes.filter((box) => box.checked).length;
    const all = form.querySelector('[data-mark-all]');
    if (all) { all.checked = on > 0 && on === boxes.length; all.indeterminate = on > 0 && on < boxes.length; }
    for (const out of form.querySelectorAll('[data-marked]')) out.textContent = on;
  }

  document.addEventListener('input', (e) => {
    const form = e.target.form;
    if (form?.dataset.word) guard(form);
    if (e.target.matches('[data-mark-all]')) {
      for (const box of form.querySelectorAll('tbody input[type=checkbox]')) box.checked = e.target.checked;
    }
    if (form?.hasAttribute('data-marks')) count(form);
    if (e.target.matches('input[type=file][data-max]')) {
      const big = [...e.target.files].some((file) => file.size > Number(e.target.dataset.max));
      e.target.setCustomValidity(big ? e.target.dataset.tooBig : '');
      e.target.reportValidity();
    }
  });

  // A file may be dropped anywhere on its field.
  for (const [event, on] of [['dragenter', true], ['dragover', true], ['dragleave', false], ['drop', false]]) {
    document.addEventListener(event, (e) => {
      const field = e.target.closest?.('.file');
      if (!field) return;
      field.classList.toggle('file--over', on);
      if (event === 'dragover') e.preventDefault();
      if (event === 'drop') {
        const input = field.querySelector('input[type=file]');
        if (e.target === input) return;
        e.preventDefault();
        input.files = e.dataTransfer.files;
        input.dispatchEvent(new Event('input', { bubbles: true }));
      }
    });
  }

  // A form is sent once, however often the button is pressed. It is fresh again
  // after coming back, and after a while, because a download leaves no page.
  document.addEventListener('submit', (e) => {
    const form = e.target;
    if (form.method !== 'post' || form.matches('[hx-post],[hx-get]')) return;
    if (form.dataset.sent) { e.preventDefault(); return; }
    form.dataset.sent = '1';
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  });
  addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
  });

  function offline() {
    const text = document.getElementById('toast-offline');
    const box = toasts();
    if (!text || !box || box.querySelector('[data-offline]')) return;
    const toast = text.content.firstElementChild.cloneNode(true);
    toast.setAttribute('data-offline', '');
    box.append(toast);
  }
  document.addEventListener('htmx:error', offline);
  document.addEventListener('htmx:before:swap', () => toasts()?.querySelector('[data-offline]')?.remove());

  function ready() {
    document.querySelectorAll('form[data-word]').forEach(guard);
    document.querySelectorAll('form[data-marks]').forEach(count);
  }
  document.addEventListener('htmx:after:swap', ready);
  ready();
})();
