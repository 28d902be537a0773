// One step of the pipeline: what it does in a sentence, its shape with named axes, some of its numbers.

import { element, setVariables } from './dom.js';
import { probabilityBars } from './bars.js';
import { number, percent, t } from './language.js';
import { subject } from './session.js';
import { tokenStrip } from './token-strip.js';
import { visible } from './token-text.js';
import { kindOf, stepName } from './pipeline-view.js';

export function pipelineDetail(data, step) {
  const kind = kindOf(step.name);
  return [
    element('h2', {}, stepName(step)),
    element('p', { class: 'step-text' }, t(`step.${kind}Text`)),
    shapeLine(step),
    content(kind, data, step),
    statistics(kind, step),
  ];
}

function shapeLine({ shape, axes }) {
  if (shape.length === 0) return null;
  return element('p', { class: 'shape' }, shape.map((size, index) => [
    index > 0 && element('span', { class: 'shape-times' }, '×'),
    element('span', { class: 'shape-axis' }, element('strong', {}, number(size)), element('span', {}, axisName(axes?.[index]))),
  ]));
}

const axisName = (name) => (['batch', 'time', 'width', 'vocabulary', 'bytes'].includes(name) ? t(`axis.${name}`) : name ?? '');

function content(kind, data, step) {
  switch (kind) {
  case 'text': return element('blockquote', { class: 'step-words' }, step.note ?? subject.get().text);
  case 'tokens': return tokenStrip(data.shown, { showsIds: true }).node;
  case 'probabilities': return probabilityBars(data.chances, { chosen: data.next.id, label: t('step.probabilities') });
  case 'next': return element('div', { class: 'step-next' },
    element('span', { class: 'step-words' }, subject.get().text.slice(-80)),
    element('span', { class: 'chip chip-1 chip-large' }, visible(data.next.text)),
    element('span', { class: 'quiet' }, `#${data.next.id} · ${percent(data.next.probability)}`));
  default: return numbers(step.values, kind === 'logits' ? null : data.shown);
  }
}

/// A window of the real numbers; the colour says the sign, its strength the size.
function numbers(values, tokens) {
  if (!values?.length) return null;
  const most = Math.max(...values.flat().map(Math.abs), 1e-9);
  return element('div', { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': t('pipeline.numbers') },
    element('table', { class: 'numbers' }, element('tbody', {}, values.map((row, index) => element('tr', {},
      tokens && element('th', { scope: 'row' }, visible(tokens[index]?.text ?? '')),
      row.map((value) => {
        const cell = element('td', { class: value < 0 ? 'is-negative' : 'is-positive' }, number(value, 2));
        setVariables(cell, { weight: (Math.abs(value) / most).toFixed(3) });
        return cell;
      }), element('td', { class: 'is-more', 'aria-hidden': 'true' }, '…'))))));
}

function statistics(kind, step) {
  if (['text', 'tokens', 'next'].includes(kind) || !Number.isFinite(step.mean)) return null;
  return element('p', { class: 'quiet small' }, t('pipeline.statistics', {
    mean: number(step.mean, 4), deviation: number(step.deviation, 4),
  }));
}
