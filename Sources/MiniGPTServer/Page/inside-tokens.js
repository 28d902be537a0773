// How the model reads the text: tokens in colours, with their numbers.

import { element, replace } from './dom.js';
import { asyncPanel } from './async-panel.js';
import { number, t } from './language.js';
import { subjectTokens } from './subject-tokens.js';
import { tokenStrip } from './token-strip.js';
import { label } from './token-text.js';

export function insideTokens() {
  return asyncPanel('', { load: subjectTokens, draw });
}

function draw(tokens) {
  if (tokens.length === 0) return element('p', { class: 'quiet' }, t('inside.noTokens'));
  const detail = element('dl', { class: 'facts', 'aria-live': 'polite' });
  const strip = tokenStrip(tokens, { showsIds: true, selected: 0, onselect: (index) => show(tokens[index], detail) });
  show(tokens[0], detail);
  const bytes = tokens.reduce((sum, each) => sum + (each.bytes?.length ?? new TextEncoder().encode(each.text).length), 0);
  return [
    element('p', { class: 'summary' }, t('inside.tokensSummary', {
      count: tokens.length, bytes, ratio: number(bytes / tokens.length, 2),
    })),
    strip.node, element('section', { class: 'card' }, detail),
  ];
}

function show(token, detail) {
  const fact = (name, ...value) => element('div', {}, element('dt', {}, name), element('dd', {}, value));
  const bytes = token.bytes ?? [...new TextEncoder().encode(token.text)];
  replace(detail,
    fact(t('tokens.text'), element('span', { class: 'mono' }, label(token))), fact(t('tokens.id'), String(token.id)),
    fact(t('tokens.bytes'), element('span', { class: 'mono' }, bytes.map((each) => each.toString(16).padStart(2, '0')).join(' '))),
    fact(t('tokens.kind'), t(token.isSpecial ? 'tokens.special' : 'tokens.plain')));
}
