// The space of embeddings: the nearest neighbours of a token, and a picture of many in two dimensions.

import { debounced, element, replace } from './dom.js';
import { asyncPanel } from './async-panel.js';
import { bar } from './bars.js';
import { number, percent, t } from './language.js';
import { complain } from './notices.js';
import { newestOnly } from './server.js';
import { model } from './session.js';
import { scatter } from './scatter.js';
import { subjectTokens } from './subject-tokens.js';
import { tokenStrip } from './token-strip.js';
import { visible } from './token-text.js';

const mapCount = 400;

export function insideSpace() {
  let chosen = null;
  let strip = null;
  let tokens = [];
  const holder = element('div');
  const searching = newestOnly();
  const search = element('input', { type: 'text', placeholder: t('map.search'), 'aria-label': t('map.search'), maxlength: 60 });
  const heading = element('h2', { class: 'space-title' });

  const near = asyncPanel('neighbors', {
    load: (newest) => newest.ask('/api/neighbors', { model: model.get().id, token: chosen.id, count: 12 }), draw: drawNeighbors,
  });
  const map = asyncPanel('map', {
    load: (newest) => newest.ask('/api/map', { model: model.get().id, count: Math.min(mapCount, model.get().vocabularySize), tokens: wanted() }), draw: drawMap,
  });
  const strips = asyncPanel('', {
    load: subjectTokens,
    draw(found) {
      // A token that stands twice is one place in the space.
      tokens = [...new Map(found.map((each) => [each.id, each])).values()].slice(0, 60);
      strip = tokenStrip(tokens, { label: t('map.choose'), selected: Math.max(0, tokens.length - 1), onselect: (index) => choose(tokens[index]) });
      if (tokens.length > 0) choose(tokens.at(-1));
      return strip.node;
    },
  });

  let neighbors = [];
  const wanted = () => [...new Set([chosen?.id, ...neighbors.map((each) => each.id), ...tokens.map((each) => each.id)])].filter(Number.isInteger);

  function choose(token) {
    chosen = token;
    heading.textContent = t('map.around', { token: visible(token.text) });
    strip?.choose(tokens.findIndex((each) => each.id === token.id));
    near.refresh();
  }

  function drawNeighbors(answer) {
    neighbors = answer.neighbors;
    map.refresh();
    return element('ol', { class: 'bars', 'aria-label': t('map.neighbors') }, neighbors.map((each) => element('li', {},
      element('button', { type: 'button', class: 'bar-row', onclick: () => choose(each) },
        element('span', { class: 'bar-text' }, visible(each.text)),
        element('span', { class: 'bar-track' }, bar(each.similarity)),
        element('span', { class: 'bar-number' }, number(each.similarity, 2))))));
  }

  function drawMap({ points, explained }) {
    const marks = new Map(neighbors.map((each) => [each.id, 'near']));
    if (chosen) marks.set(chosen.id, 'chosen');
    const picture = scatter(points, { label: t('map.label', { count: points.length }), marks, onchoose: choose });
    return element('figure', {}, picture.node, element('figcaption', {}, t('map.note', {
      count: points.length, share: percent((explained?.[0] ?? 0) + (explained?.[1] ?? 0)),
    })));
  }

  search.addEventListener('input', debounced(250, async () => {
    if (search.value === '') return;
    try {
      const answer = await searching.ask('/api/tokens', { model: model.get().id, text: search.value });
      if (answer?.tokens.length) choose(answer.tokens[0]);
    } catch (error) {
      complain(error);
    }
  }));

  replace(holder, strips.node, element('div', { class: 'row' }, search), element('div', { class: 'space' },
    element('section', { class: 'card' }, heading, near.node), element('section', { class: 'card' }, map.node)));
  return {
    node: holder, refresh: strips.refresh,
    dispose: () => { near.dispose(); map.dispose(); strips.dispose(); searching.stop(); },
  };
}
