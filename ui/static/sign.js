// Where somebody signs by hand: a pad keeps what is drawn on it as lines of points, for a paper that is printed from them.
(() => {
  'use strict';
  function pad(box) {
    const canvas = box.querySelector('canvas');
    const input = box.querySelector('input');
    const pen = canvas.getContext('2d');
    let lines = [];
    let line = null;
    const at = (e) => {
      const r = canvas.getBoundingClientRect();
      return [Math.round((e.clientX - r.left) * canvas.width / r.width), Math.round((e.clientY - r.top) * canvas.height / r.height)];
    };
    const keep = () => { input.value = lines.length ? JSON.stringify(lines) : ''; };
    canvas.addEventListener('pointerdown', (e) => {
      e.preventDefault();
      if (e.isTrusted) canvas.setPointerCapture(e.pointerId);
      line = [at(e)];
      lines.push(line);
    });
    canvas.addEventListener('pointermove', (e) => {
      if (!line) return;
      const [x, y] = at(e);
      const [px, py] = line[line.length - 1];
      if (Math.abs(x - px) + Math.abs(y - py) < 2) return;
      line.push([x, y]);
      pen.lineWidth = 3;
      pen.lineCap = 'round';
      pen.strokeStyle = '#000078';
      pen.beginPath();
      pen.moveTo(px, py);
      pen.lineTo(x, y);
      pen.stroke();
    });
    for (const end of ['pointerup', 'pointercancel']) {
      canvas.addEventListener(end, () => { line = null; keep(); });
    }
    box.querySelector('button').addEventListener('click', () => {
      lines = [];
      pen.clearRect(0, 0, canvas.width, canvas.height);
      keep();
    });
  }

  document.querySelectorAll('[data-pad]').forEach(pad);
  window.signPad = pad; // for pages that make one later
})();
