// The time machine: one prompt and one seed, answered by several checkpoints of a run, side by side.

import { element, oncePerFrame, replace } from './dom.js';
import { button, command, emptyState, field, select } from './controls.js';
import { t } from './language.js';
import { complain } from './notices.js';
import { samplingRequest } from './parameters.js';
import { ask, stream } from './server.js';

const mostColumns = 6;
const request = { prompt: '', seed: 42, tokens: 80, run: null, chosen: new Set() };

export function timeMachine(body) {
  let isEnded = false;
  let abort = null;
  replace(body, element('p', { class: 'loading' }, t('common.loading')));
  ask('/api/runs').then(({ runs }) => {
    if (isEnded) return;
    const usable = runs.filter((each) => each.checkpoints.length > 0);
    replace(body, usable.length === 0 ? none() : machine(usable));
  }).catch((error) => replace(body, element('div', { class: 'failure', role: 'alert' }, error.message)));

  function machine(runs) {
    const columns = element('div', { class: 'time-columns' });
    const picks = element('fieldset', { class: 'checkpoints' });
    const prompt = element('textarea', { rows: 2, value: request.prompt, placeholder: t('time.placeholder') });
    const seed = element('input', { type: 'number', min: 0, step: 1, value: request.seed });
    const tokens = element('input', { type: 'number', min: 1, max: 500, step: 1, value: request.tokens });
    const tools = element('div', { class: 'row-end' });
    const checkpoints = () => [...(runs.find((each) => each.name === request.run)?.checkpoints ?? [])].sort((one, other) => one.step - other.step);

    function chooseRun(name) {
      request.run = name;
      request.chosen = new Set(spread(checkpoints(), 4).map((each) => each.id));
      drawPicks();
    }

    function drawPicks() {
      replace(picks, element('legend', { class: 'field-label' }, t('time.checkpoints')), checkpoints().map((each) => element('label', { class: 'pick' },
        element('input', { type: 'checkbox', checked: request.chosen.has(each.id), onchange: (event) => {
          if (event.target.checked && request.chosen.size >= mostColumns) {
            event.target.checked = false;
            complain(new Error(t('time.most', { count: mostColumns })));
          } else if (event.target.checked) request.chosen.add(each.id);
          else request.chosen.delete(each.id);
        } }), element('span', {}, t('chart.step', { step: each.step })))));
    }

    const drawTools = () => replace(tools, abort
      ? button(t('composer.stop'), { picture: 'stop', kind: 'button-strong', onclick: () => abort?.abort() })
      : button(t('time.go'), { picture: 'play', kind: 'button-strong', 'data-action': 'compare', onclick: go }));

    async function go() {
      const chosen = checkpoints().filter((each) => request.chosen.has(each.id));
      Object.assign(request, { prompt: prompt.value, seed: Number(seed.value) || 0, tokens: Math.min(Math.max(1, Number(tokens.value) || 80), 500) });
      if (chosen.length === 0 || request.prompt === '') {
        complain(new Error(t('time.missing')));
        return;
      }
      const places = new Map(chosen.map((each) => [each.id, column(each)]));
      replace(columns, [...places.values()].map((each) => each.node));
      abort = new AbortController();
      drawTools();
      let left = chosen.length;
      try {
        const wanted = {
          models: chosen.map((each) => each.id), prompt: request.prompt, sampling: samplingRequest(), seed: request.seed, maximumTokens: request.tokens,
        };
        const isLast = (event) => event.type === 'finished' && (left -= 1) === 0;
        for await (const event of stream('/api/compare', wanted, { signal: abort.signal, isLast })) {
          if (event.type === 'text') places.get(event.model)?.write(event.text);
          if (event.type === 'finished') places.get(event.model)?.finish();
        }
      } catch (error) {
        complain(error);
      } finally {
        abort = null;
        for (const each of places.values()) each.finish();
        drawTools();
      }
    }

    const runChoice = select(runs.map((each) => ({ value: each.name, label: each.name })), request.run, chooseRun);
    if (!runs.some((each) => each.name === request.run)) chooseRun(runs[0].name); else drawPicks();
    runChoice.value = request.run;
    drawTools();
    return [
      element('div', { class: 'card time-form' }, field(t('time.prompt'), prompt),
        element('div', { class: 'columns' }, field(t('time.run'), runChoice), field(t('parameter.seed'), seed), field(t('parameter.maximumTokens'), tokens)),
        picks, element('p', { class: 'field-note' }, t('time.note')), tools),
      columns,
    ];
  }

  return () => { isEnded = true; abort?.abort(); };
}

function column({ step }) {
  const text = element('pre', { class: 'sample' });
  const node = element('section', { class: 'card time-column is-waiting' }, element('h3', {}, t('chart.step', { step })), text);
  let words = request.prompt;
  const draw = oncePerFrame(() => {
    replace(text, element('span', { class: 'quiet' }, request.prompt), words.slice(request.prompt.length));
  });
  draw();
  return {
    node,
    write(piece) { words += piece; node.classList.remove('is-waiting'); draw(); },
    finish() { node.classList.remove('is-waiting'); },
  };
}

/// So many of a list, from the first to the last at equal distances.
function spread(list, count) {
  if (list.length <= count) return list;
  return Array.from({ length: count }, (_, index) => list[Math.round((index * (list.length - 1)) / (count - 1))]);
}

const none = () => emptyState('training', t('time.noneTitle'), element('p', {}, t('time.noneText')),
  command('minigpt run --text FILE', t('common.copy')));
