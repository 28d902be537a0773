// Attention of one layer: every head small, the chosen one large as a heat map and as lines.

import { element, replace } from './dom.js';
import { asyncPanel } from './async-panel.js';
import { attentionLines } from './attention-lines.js';
import { heatMap, heatThumbnail } from './heat-map.js';
import { percent, t } from './language.js';
import { askInside, cutNote } from './inside-request.js';
import { model } from './session.js';
import { coloursChanged } from './theme.js';
import { tokenStrip } from './token-strip.js';
import { visible } from './token-text.js';
import { cleanups } from './value.js';

/// What was chosen stays chosen while the page is open.
const choice = { layer: 0, head: 0, query: null };

export function insideAttention() {
  const layers = () => model.get()?.layers ?? 1;
  const inner = cleanups();
  const slider = element('input', { type: 'range', min: 1, max: 1, step: 1, id: 'attention-layer' });
  const output = element('output', { for: 'attention-layer' });
  const panel = asyncPanel('attention', {
    load(newest) {
      choice.layer = Math.min(choice.layer, layers() - 1);
      slider.max = layers();
      slider.value = choice.layer + 1;
      slider.style.setProperty('--share', String(layers() > 1 ? choice.layer / (layers() - 1) : 1));
      output.textContent = t('attention.layerOf', { layer: choice.layer + 1, count: layers() });
      return askInside(newest, '/api/attention', 256, { layer: choice.layer });
    },
    draw(answer) {
      inner.run();
      return [cutNote(answer), drawHeads(answer, inner)];
    },
  });
  slider.addEventListener('input', () => {
    choice.layer = Number(slider.value) - 1;
    panel.refresh();
  });
  return {
    node: element('div', {}, element('div', { class: 'row' }, element('label', { for: 'attention-layer' }, t('attention.layer')), slider, output), panel.node),
    refresh: panel.refresh, dispose: () => { inner.run(); panel.dispose(); },
  };
}

function drawHeads({ tokens, heads }, undo) {
  const names = tokens.map((each) => each.text);
  choice.head = Math.min(choice.head, heads.length - 1);
  choice.query = Math.min(choice.query ?? tokens.length - 1, tokens.length - 1);
  const thumbnails = element('div', { class: 'heads', role: 'radiogroup', 'aria-label': t('attention.heads') });
  const large = element('div', { class: 'attention-large' });
  const words = element('p', { class: 'summary', 'aria-live': 'polite' });
  const strip = tokenStrip(tokens, { label: t('attention.choose'), selected: choice.query, onselect: choose });
  let map = null;
  let lines = null;

  function drawThumbnails() {
    replace(thumbnails, heads.map((rows, head) => element('button', {
      type: 'button', role: 'radio', class: 'head', 'aria-checked': String(head === choice.head), tabindex: head === choice.head ? '0' : '-1',
      onclick: () => chooseHead(head), onkeydown: (event) => {
        const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (!by || event.altKey) return;
        event.preventDefault();
        chooseHead((head + by + heads.length) % heads.length);
        thumbnails.children[choice.head].focus();
      },
    }, heatThumbnail(rows), element('span', {}, t('attention.head', { head: head + 1 })))));
  }

  function chooseHead(head) {
    choice.head = head;
    drawThumbnails();
    drawLarge();
  }

  function drawLarge() {
    map?.dispose();
    const rows = heads[choice.head];
    map = heatMap(rows, names, {
      label: t('attention.mapLabel', { layer: choice.layer + 1, head: choice.head + 1 }), onchoose: choose,
      onpoint: (query, key) => say(query ?? choice.query, key),
    });
    lines = attentionLines(rows, names, { label: t('attention.linesLabel'), onchoose: choose });
    replace(large,
      element('figure', {}, map.node, element('figcaption', {}, t('attention.mapNote'))),
      element('figure', {}, element('div', { class: 'lines-scroll' }, lines.node), element('figcaption', {}, t('attention.linesNote'))));
    choose(choice.query);
  }

  function choose(query) {
    choice.query = query;
    strip.choose(query);
    strip.weigh(heads[choice.head][query]);
    lines.draw(query);
    map.mark(query);
    say(query, null);
  }

  /// In words: what the drawing shows for one token.
  function say(query, key) {
    const row = heads[choice.head][query];
    const shown = key === null ? row.map((weight, index) => [weight, index]).slice(0, query + 1)
      .sort((one, other) => other[0] - one[0]).slice(0, 3) : [[row[key], key]];
    words.textContent = t('attention.says', {
      token: visible(names[query]),
      list: shown.map(([weight, index]) => `${t('tokens.quoted', { token: visible(names[index]) })} ${percent(weight)}`).join(', '),
    });
  }

  drawThumbnails();
  drawLarge();
  undo.add(coloursChanged.subscribe(() => { drawThumbnails(); map.draw(); }), () => map?.dispose());
  return [thumbnails, strip.node, words, large];
}
