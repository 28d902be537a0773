// The same weights as lines: the words that look to the left, what they look at to the right. The chosen
// word's lines are strong; the others stay faint behind them.

import { replace, shape } from './dom.js';
import { visible } from './token-text.js';

const width = 360;
const rowHeight = 22;
const left = 130;
const right = 230;

export function attentionLines(rows, names, { label, onchoose }) {
  const height = names.length * rowHeight + 8;
  const picture = shape('svg', { class: 'lines', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label });
  const middle = (index) => index * rowHeight + rowHeight / 2 + 4;

  function draw(chosen) {
    const strokes = [];
    rows.forEach((row, query) => row.forEach((weight, key) => {
      const isStrong = query === chosen;
      if (key > query || weight < (isStrong ? 0.01 : 0.15)) return;
      strokes.push(shape('path', {
        class: isStrong ? 'line is-strong' : 'line', 'stroke-opacity': isStrong ? 0.25 + 0.75 * weight : 0.05 + 0.12 * weight,
        'stroke-width': isStrong ? 0.75 + 5 * weight : 1,
        d: `M${left} ${middle(query)}C${left + 50} ${middle(query)} ${right - 50} ${middle(key)} ${right} ${middle(key)}`,
      }));
    }));
    strokes.sort((one, other) => Number(one.classList.contains('is-strong')) - Number(other.classList.contains('is-strong')));
    const most = Math.max(...(rows[chosen] ?? []), 1e-9);
    replace(picture, strokes, names.flatMap((name, index) => [
      shape('rect', { class: 'line-hit', x: 0, y: index * rowHeight + 4, width: left, height: rowHeight, onclick: () => onchoose(index) }),
      shape('text', { class: `line-word ${index === chosen ? 'is-strong' : ''}`, x: left - 8, y: middle(index), 'text-anchor': 'end' }, cut(name)),
      shape('text', {
        class: `line-word ${(rows[chosen]?.[index] ?? 0) > most / 3 ? 'is-strong' : ''}`, x: right + 8, y: middle(index),
      }, cut(name)),
    ]));
  }
  return { node: picture, draw };
}

const cut = (name) => {
  const text = visible(name);
  return text.length > 14 ? `${text.slice(0, 13)}…` : text;
};
