// A square of numbers from 0 to 1 as shades, on a canvas: 256 × 256 cells are too many for elements.

import { element } from './dom.js';
import { colourOf } from './theme.js';
import { visible } from './token-text.js';

/// Draws rows into a canvas of `size` CSS pixels; `margin` leaves room for the names of rows and columns.
function paint(canvas, rows, size, margin, names, marked) {
  const density = Math.min(devicePixelRatio || 1, 2);
  canvas.width = size * density;
  canvas.height = size * density;
  canvas.style.width = `${size}px`;
  canvas.style.height = `${size}px`;
  const context = canvas.getContext('2d');
  context.scale(density, density);
  const side = (size - margin) / rows.length;
  const [red, green, blue] = colourOf('accent');
  context.fillStyle = `rgb(${colourOf('sunken').join()})`;
  context.fillRect(margin, margin, size - margin, size - margin);
  rows.forEach((row, query) => row.forEach((weight, key) => {
    if (key > query || weight < 0.004) return;
    // The root makes small weights visible beside the large ones.
    context.fillStyle = `rgba(${red},${green},${blue},${Math.sqrt(Math.min(weight, 1))})`;
    context.fillRect(margin + key * side, margin + query * side, Math.max(side, 0.5), Math.max(side, 0.5));
  }));
  if (names) label(context, names, margin, side, marked);
  if (marked !== null && marked !== undefined) {
    context.strokeStyle = `rgb(${colourOf('ink').join()})`;
    context.lineWidth = 1.5;
    context.strokeRect(margin, margin + marked * side, size - margin - 1, side);
  }
}

function label(context, names, margin, side, marked) {
  const size = Math.min(12, side * 0.8);
  context.textBaseline = 'middle';
  const ink = `rgb(${colourOf('ink').join()})`;
  const soft = `rgb(${colourOf('soft').join()})`;
  names.forEach((name, index) => {
    const middle = margin + (index + 0.5) * side;
    const text = visible(name).slice(0, 9);
    context.font = `${index === marked ? '600 ' : ''}${size}px ui-monospace, monospace`;
    context.fillStyle = index === marked ? ink : soft;
    context.textAlign = 'right';
    context.fillText(text, margin - 6, middle, margin - 8);
    context.save();
    context.translate(middle, margin - 6);
    context.rotate(-Math.PI / 2);
    context.textAlign = 'left';
    context.fillText(text, 0, 0, margin - 8);
    context.restore();
  });
}

/// A small one, for choosing.
export function heatThumbnail(rows) {
  const canvas = element('canvas', { class: 'heat-small', 'aria-hidden': 'true' });
  paint(canvas, rows, 84, 0, null, null);
  return canvas;
}

/// A large one; `onpoint(query, key)` tells what is pointed at, `onchoose(query)` what is pressed.
export function heatMap(rows, names, { label: words, onpoint, onchoose }) {
  const canvas = element('canvas', { class: 'heat', role: 'img', 'aria-label': words });
  const holder = element('div', { class: 'heat-holder' }, canvas);
  let marked = null;
  let size = 0;
  let margin = 0;

  function draw() {
    const room = Math.min(holder.clientWidth || 420, 560);
    // Names that would be smaller than can be read are left out.
    margin = (room - 70) / rows.length >= 9 ? 70 : 4;
    size = Math.min(room, margin + Math.max(rows.length * 40, 160));
    paint(canvas, rows, size, margin, margin > 4 ? names : null, marked);
  }

  function cellAt(event) {
    const box = canvas.getBoundingClientRect();
    const side = (size - margin) / rows.length;
    const query = Math.floor((event.clientY - box.top - margin) / side);
    const key = Math.floor((event.clientX - box.left - margin) / side);
    return query >= 0 && key >= 0 && query < rows.length && key <= query ? [query, key] : null;
  }
  canvas.addEventListener('pointermove', (event) => onpoint(...(cellAt(event) ?? [null, null])));
  canvas.addEventListener('pointerleave', () => onpoint(null, null));
  canvas.addEventListener('click', (event) => { const cell = cellAt(event); if (cell) onchoose(cell[0]); });
  const watcher = new ResizeObserver(() => { if (holder.clientWidth) draw(); });
  watcher.observe(holder);
  return { node: holder, mark(query) { marked = query; draw(); }, draw, dispose: () => watcher.disconnect() };
}
