// Lines over steps, in SVG: for the loss and its companions.

import { element, replace, shape } from './dom.js';
import { number, short, t } from './language.js';

const height = 190;
const margin = { left: 52, right: 20, top: 10, bottom: 24 };
const mostPoints = 700;
const denseFrom = 150;

/// `series`: `{ name, kind, points: [[x, y]], isSmooth }`; `kind` names its look in the style sheet.
export function lineChart(title) {
  const picture = shape('svg', { class: 'chart', role: 'img', 'aria-label': title });
  const reading = element('p', { class: 'chart-reading' });
  const node = element('figure', { class: 'card chart-card' },
    element('figcaption', { class: 'chart-head' }, element('h3', {}, title), reading), picture);
  let series = [];
  let width = 0;
  let scales = null;
  let pointed = null;

  function update(next) {
    series = next.map((each) => ({ ...each, points: each.points.filter((point) => point.every(Number.isFinite)) }))
      .filter((each) => each.points.length > 0);
    draw();
  }

  function draw() {
    width = picture.clientWidth || 400;
    picture.setAttribute('viewBox', `0 0 ${width} ${height}`);
    if (series.length === 0) {
      replace(picture, shape('text', { class: 'chart-none', x: width / 2, y: height / 2, 'text-anchor': 'middle' }, t('chart.none')));
      replace(reading);
      return;
    }
    scales = measure(series, width);
    replace(picture, grid(scales, width), series.map((each) => lines(each)), pointed !== null && marks());
    read();
  }

  /// Many points are drawn faintly, with their moving mean over them.
  function lines({ kind, points, isSmooth }) {
    const path = (list, look) => shape('path', { class: `chart-line is-${kind} ${look}`, d: outline(thinned(list), scales) });
    return points.length < denseFrom || isSmooth ? path(points, '') : [path(points, 'is-raw'), path(movingMean(points), '')];
  }

  function marks() {
    const x = scales.x(pointed);
    return [
      shape('line', { class: 'chart-pointer', x1: x, x2: x, y1: margin.top, y2: height - margin.bottom }),
      series.map((each) => {
        const point = nearest(each.points, pointed);
        return shape('circle', { class: `chart-dot is-${each.kind}`, cx: scales.x(point[0]), cy: scales.y(point[1]), r: 3.5 });
      }),
    ];
  }

  /// The numbers under the pointer, or the last ones.
  function read() {
    const step = pointed ?? Math.max(...series.map((each) => each.points.at(-1)[0]));
    replace(reading, pointed !== null && element('span', { class: 'quiet' }, t('chart.step', { step: Math.round(step) })), series.map((each) => (
      element('span', { class: each.name ? `chart-key is-${each.kind}` : '' }, `${each.name} ${short(nearest(each.points, step)[1])}`))));
    picture.setAttribute('aria-label', `${title}. ${reading.textContent}`);
  }

  picture.addEventListener('pointermove', (event) => {
    if (!scales) return;
    const x = event.clientX - picture.getBoundingClientRect().left;
    pointed = Math.min(Math.max(scales.invert(x), scales.first), scales.last);
    draw();
  });
  picture.addEventListener('pointerleave', () => { pointed = null; draw(); });
  const watcher = new ResizeObserver(() => { if (picture.clientWidth !== width) draw(); });
  watcher.observe(picture);
  return { node, update, dispose: () => watcher.disconnect() };
}

function measure(series, width) {
  const all = series.flatMap((each) => each.points);
  let first = Infinity; let last = -Infinity; let least = Infinity; let most = -Infinity;
  for (const [x, y] of all) {
    first = Math.min(first, x); last = Math.max(last, x); least = Math.min(least, y); most = Math.max(most, y);
  }
  const padding = (most - least || Math.abs(most) || 1) * 0.06;
  least -= padding; most += padding;
  const across = (width - margin.left - margin.right) / (last - first || 1);
  const up = (height - margin.top - margin.bottom) / (most - least);
  return {
    first, last, least, most,
    x: (value) => margin.left + (value - first) * across, y: (value) => height - margin.bottom - (value - least) * up,
    invert: (place) => first + (place - margin.left) / across,
  };
}

function grid(scales, width) {
  return [
    ticks(scales.least, scales.most, 4).map((value) => [
      shape('line', { class: 'chart-grid', x1: margin.left, x2: width - margin.right, y1: scales.y(value), y2: scales.y(value) }),
      shape('text', { class: 'chart-tick', x: margin.left - 8, y: scales.y(value) + 4, 'text-anchor': 'end' }, short(value)),
    ]),
    ticks(scales.first, scales.last, width < 380 ? 2 : 5).map((value) => (
      shape('text', { class: 'chart-tick', x: scales.x(value), y: height - 6, 'text-anchor': 'middle' }, number(value)))),
  ];
}

/// Round numbers between two, about so many.
function ticks(least, most, count) {
  const rough = (most - least) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((each) => each * power >= rough) * power;
  const result = [];
  for (let value = Math.ceil(least / step) * step; value <= most + step * 1e-6; value += step) result.push(Number(value.toPrecision(10)));
  return result;
}

/// Each point with the mean of those before it, the older the less.
function movingMean(points) {
  const keep = 1 - 4 / Math.max(24, points.length / 16);
  let mean = 0;
  let weight = 0;
  return points.map(([step, value]) => {
    mean = mean * keep + value * (1 - keep);
    weight = weight * keep + (1 - keep);
    return [step, mean / weight];
  });
}

/// Of many points, the least and the largest of each stretch: no peak is lost.
function thinned(points) {
  if (points.length <= mostPoints) return points;
  const stretch = Math.ceil(points.length / (mostPoints / 2));
  const result = [];
  for (let start = 0; start < points.length; start += stretch) {
    const part = points.slice(start, start + stretch);
    const least = part.reduce((one, other) => (other[1] < one[1] ? other : one));
    const most = part.reduce((one, other) => (other[1] > one[1] ? other : one));
    result.push(...(least === most ? [least] : [least, most].sort((one, other) => one[0] - other[0])));
  }
  return result;
}

const outline = (points, { x, y }) => points.map(([step, value], index) => (
  `${index === 0 ? 'M' : 'L'}${x(step).toFixed(1)} ${y(value).toFixed(1)}`)).join('') + (points.length === 1 ? 'h0.01' : '');

function nearest(points, step) {
  let low = 0;
  let high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle][0] < step) low = middle; else high = middle;
  }
  return Math.abs(points[low][0] - step) <= Math.abs(points[high][0] - step) ? points[low] : points[high];
}
