// What comes next, before and after every stage of the sampler: one row for each token, one column for
// each stage. Drawn again while sliders move.

import { debounced, element } from './dom.js';
import { asyncPanel } from './async-panel.js';
import { bar } from './bars.js';
import { button } from './controls.js';
import { percent, short, t } from './language.js';
import { parameterPanel } from './parameter-panel.js';
import { parameters, samplingRequest } from './parameters.js';
import { setSubject, subject, subjectRequest } from './session.js';
import { sidePanel } from './side-panels.js';
import { visible } from './token-text.js';

const rowCount = 16;

export function insideNext() {
  const sliders = parameterPanel();
  const side = sidePanel('parameters', t('parameters.title'), sliders.node, { side: 'right', width: 1240 });
  const table = asyncPanel('', {
    load: (newest) => newest.ask('/api/next', { ...subjectRequest(), sampling: samplingRequest(), count: 200 }),
    draw: ({ stages }) => draw(stages),
  });
  const end = parameters.subscribe(debounced(120, table.refresh));
  return {
    node: element('div', {}, element('div', { class: 'row-end' }, side.opener('sliders')), table.node),
    beside: side.parts, refresh: table.refresh,
    dispose: () => { end(); table.dispose(); sliders.dispose(); side.dispose(); },
  };
}

/// The tokens worth a row: the likeliest of the model and those that are likeliest in the end.
function rows(stages) {
  const last = stages.at(-1).candidates.slice(0, rowCount / 2);
  const found = new Map();
  for (const each of [...last, ...stages[0].candidates]) {
    if (found.size < rowCount && !found.has(each.id)) found.set(each.id, each);
  }
  const place = new Map(stages[0].candidates.map((each, index) => [each.id, index]));
  return [...found.values()].sort((one, other) => (place.get(one.id) ?? 1e9) - (place.get(other.id) ?? 1e9));
}

function draw(stages) {
  const most = Math.max(...stages.flatMap((stage) => stage.candidates.slice(0, 1).map((each) => each.probability)), 1e-9);
  const shares = stages.map((stage) => new Map(stage.candidates.map((each) => [each.id, each.probability])));
  const name = (stage) => (stage.name === 'model' ? t('stage.model') : t(`stage.${stage.name}`));
  return [
    element('div', { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': t('inside.next') },
      element('table', { class: 'stages-table' },
        element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, t('tokens.token')),
          stages.map((stage) => element('th', { scope: 'col' }, element('span', { class: 'stage-title' }, name(stage)),
            element('span', { class: 'stage-kept' }, t('inside.kept', { count: short(stage.kept) })))))),
        element('tbody', {}, rows(stages).map((token) => element('tr', {},
          element('th', { scope: 'row' }, button(visible(token.text), {
            kind: 'button-token', 'aria-label': t('inside.append', { token: visible(token.text) }), 'data-tip': t('inside.append', { token: visible(token.text) }),
            onclick: () => takeToken(token),
          })),
          stages.map((stage, index) => cell(shares[index].get(token.id), stage, most))))))),
    stages.length === 1 && element('p', { class: 'hint' }, t('inside.allOff')),
  ];
}

function cell(share, stage, most) {
  if (share === undefined) {
    // Beyond what was asked for, a token may still be there.
    const isGone = stage.candidates.length >= stage.kept;
    return element('td', { class: 'is-gone' }, element('span', { 'aria-label': t(isGone ? 'inside.gone' : 'inside.tiny') }, isGone ? '—' : '·'));
  }
  return element('td', {}, element('span', { class: 'bar-track' }, bar(share / most)), element('span', { class: 'bar-number' }, percent(share)));
}

function takeToken(token) {
  const { text, tokens, texts, model } = subject.get();
  setSubject({
    text: text + token.text, model, tokens: tokens && [...tokens, token.id], texts: texts && [...texts, token.text],
  });
}
