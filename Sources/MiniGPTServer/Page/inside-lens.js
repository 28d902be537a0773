// The logit lens: what the model would say if it stopped after each layer, at every place of the text.

import { element, replace, setVariables } from './dom.js';
import { asyncPanel } from './async-panel.js';
import { probabilityBars } from './bars.js';
import { percent, t } from './language.js';
import { askInside, cutNote } from './inside-request.js';
import { visible } from './token-text.js';

export function layerName(name) {
  const block = /^block (\d+)$/.exec(name);
  if (block) return t('layer.block', { number: block[1] });
  return { embedding: t('layer.embedding'), embeddings: t('layer.embedding') }[name] ?? name;
}

export function insideLens() {
  return asyncPanel('', { load: (newest) => askInside(newest, '/api/lens', 128, { count: 6 }), draw });
}

function draw(answer) {
  const { tokens, layers } = answer;
  const detail = element('section', { class: 'card lens-detail', 'aria-live': 'polite' });
  const buttons = [];
  // The last layer, which is what the model really says, stands on top, as in most pictures of the method.
  const rows = layers.map((layer, index) => ({ layer, index })).reverse();
  const table = element('table', { class: 'lens' },
    element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, t('lens.layer')),
      tokens.map((token) => element('th', { scope: 'col' }, visible(token.text))))),
    element('tbody', {}, rows.map(({ layer, index }) => element('tr', {},
      element('th', { scope: 'row' }, layerName(layer.name)),
      layer.positions.map((candidates, place) => element('td', {}, cell(candidates, index, place)))))));

  function cell(candidates, index, place) {
    const [first] = candidates;
    const final = layers.at(-1).positions[place][0];
    const node = element('button', {
      type: 'button', class: `lens-cell ${first.id === final.id ? 'is-final' : ''}`, tabindex: '-1', 'aria-pressed': 'false',
      'aria-label': t('lens.cell', { token: visible(first.text), share: percent(first.probability) }),
      onclick: () => show(index, place),
    }, visible(first.text));
    setVariables(node, { weight: first.probability.toFixed(3) });
    buttons.push({ node, index, place });
    return node;
  }

  function show(index, place) {
    for (const each of buttons) {
      const isChosen = each.index === index && each.place === place;
      each.node.setAttribute('aria-pressed', String(isChosen));
      each.node.setAttribute('tabindex', isChosen ? '0' : '-1');
    }
    replace(detail, element('h3', {}, t('lens.after', { layer: layerName(layers[index].name), token: visible(tokens[place].text) })),
      probabilityBars(layers[index].positions[place]));
  }

  table.addEventListener('keydown', (event) => {
    const [down, across] = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [];
    const at = buttons.find((each) => each.node === document.activeElement);
    if (down === undefined || !at || event.altKey) return;
    const target = buttons.find((each) => each.index === at.index + down && each.place === at.place + across);
    if (!target) return;
    event.preventDefault();
    show(target.index, target.place);
    target.node.focus();
  });
  show(layers.length - 1, tokens.length - 1);
  return [
    cutNote(answer), element('div', { class: 'table-scroll' }, table), element('p', { class: 'quiet small' }, t('lens.note')), detail,
  ];
}
