// Points with names in two dimensions: to move, to enlarge, to choose from.

import { element, replace, shape } from './dom.js';
import { button } from './controls.js';
import { t } from './language.js';
import { visible } from './token-text.js';

const side = 600;

/// `marks`: id → `chosen` or `near`. `onchoose(point)` when one is pressed.
export function scatter(points, { label, marks, onchoose }) {
  const picture = shape('svg', { class: 'scatter', role: 'img', 'aria-label': label });
  const view = { x: 0, y: 0, size: side };
  const scaleOf = (values) => {
    const least = Math.min(...values);
    const span = Math.max(...values) - least || 1;
    return (value) => 30 + ((value - least) / span) * (side - 60);
  };
  const across = scaleOf(points.map((each) => each.x));
  const up = scaleOf(points.map((each) => each.y));
  const places = points.map((point) => ({ point, x: across(point.x), y: side - up(point.y) }));

  function draw() {
    picture.setAttribute('viewBox', `${view.x} ${view.y} ${view.size} ${view.size}`);
    const unit = view.size / side;
    const taken = [];
    const important = (each) => (marks.get(each.point.id) ? 0 : 1);
    const ordered = [...places].sort((one, other) => important(one) - important(other));
    const names = [];
    for (const each of ordered) {
      const kind = marks.get(each.point.id) ?? '';
      const text = visible(each.point.text).slice(0, 14);
      const box = { x: each.x + 6 * unit, y: each.y - 7 * unit, w: (text.length * 7.2 + 4) * unit, h: 14 * unit };
      const isFree = taken.every((other) => box.x > other.x + other.w || other.x > box.x + box.w || box.y > other.y + other.h || other.y > box.y + box.h);
      if (kind === '' && !isFree) continue;
      taken.push(box);
      names.push(shape('text', { class: `scatter-name ${kind && `is-${kind}`}`, x: box.x, y: each.y + 4 * unit, 'font-size': 12 * unit }, text));
    }
    replace(picture, [...ordered].reverse().map((each) => {
      const kind = marks.get(each.point.id) ?? '';
      return shape('circle', {
        class: `scatter-point ${kind && `is-${kind}`}`, cx: each.x, cy: each.y, r: (kind ? 5 : 2.5) * unit,
        onclick: () => onchoose(each.point),
      }, shape('title', {}, `${visible(each.point.text)} #${each.point.id}`));
    }), names);
  }

  function zoom(factor) {
    const size = Math.min(side, Math.max(side / 24, view.size * factor));
    move((view.size - size) / 2, (view.size - size) / 2, size);
  }

  function move(x, y, size = view.size) {
    view.size = size;
    view.x = Math.min(Math.max(0, view.x + x), side - size);
    view.y = Math.min(Math.max(0, view.y + y), side - size);
    draw();
  }

  let from = null;
  picture.addEventListener('pointerdown', (event) => { from = { x: event.clientX, y: event.clientY }; });
  picture.addEventListener('pointermove', (event) => {
    if (!from || event.buttons === 0) return;
    const unit = view.size / picture.getBoundingClientRect().width;
    const by = { x: (from.x - event.clientX) * unit, y: (from.y - event.clientY) * unit };
    from = { x: event.clientX, y: event.clientY };
    move(by.x, by.y);
  });
  picture.addEventListener('pointerup', () => { from = null; });
  picture.addEventListener('wheel', (event) => {
    // With Control or a pinch it enlarges; without, the page scrolls as everywhere.
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.15 : 0.87);
  }, { passive: false });
  draw();
  return {
    redraw: draw,
    node: element('div', { class: 'scatter-holder' }, picture, element('div', { class: 'scatter-tools' },
      button(t('map.larger'), { picture: 'plus', quiet: true, onclick: () => zoom(0.6) }),
      button(t('map.whole'), { picture: 'again', quiet: true, onclick: () => { view.x = 0; view.y = 0; move(0, 0, side); } }))),
  };
}
