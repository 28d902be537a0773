// A prediction, one step at a time, with the real numbers of the text: text, tokens, embeddings, blocks,
// logits, probabilities, the next token, and then from the beginning with one token more.

import { element, replace } from './dom.js';
import { asyncPanel } from './async-panel.js';
import { button, emptyState } from './controls.js';
import { t } from './language.js';
import { announce } from './notices.js';
import { layerName } from './inside-lens.js';
import { model, setSubject, subject, subjectRequest } from './session.js';
import { pipelineDetail } from './pipeline-detail.js';
import { askInside, cutNote } from './inside-request.js';
import { hasSubject, subjectTokens } from './subject-tokens.js';
import { newestOnly } from './server.js';
import { subjectField } from './subject-field.js';
import { visible } from './token-text.js';
import { cleanups } from './value.js';

const pace = 1400;

/// What a step is, whatever number its block has.
export function kindOf(name) {
  return name.startsWith('block') ? 'block' : name;
}

export const stepName = (step) => (kindOf(step.name) === 'block' ? layerName(step.name) : t(`step.${step.name}`));

export function pipelineView(container) {
  const undo = cleanups();
  const field = subjectField();
  const flow = element('ol', { class: 'flow', 'aria-label': t('pipeline.steps') });
  const detail = element('section', { class: 'card step-detail' });
  const loop = element('p', { class: 'loop-note', 'aria-live': 'polite' });
  const forTokens = newestOnly();
  const forChances = newestOnly();
  let at = 0;
  let data = null;
  let added = [];
  let isOwnChange = false;
  let timer = null;

  const back = button(t('pipeline.back'), { picture: 'left', kind: 'button-outline', onclick: () => go(at - 1) });
  const next = button(t('pipeline.next'), { picture: 'right', kind: 'button-strong', 'data-action': 'next-step', onclick: advance });
  const play = element('span');
  const drawPlay = () => replace(play, button(t(timer ? 'pipeline.pause' : 'pipeline.play'), {
    picture: timer ? 'pause' : 'play', kind: 'button-outline', onclick: () => { if (timer) pause(); else start(); },
  }));

  const panel = asyncPanel('', {
    async load(newest) {
      const request = subjectRequest();
      const [answer, tokens, chances] = await Promise.all([
        askInside(newest, '/api/pipeline', 128), subjectTokens(forTokens),
        forChances.ask('/api/next', { ...request, sampling: {}, count: 8 }),
      ]);
      // Of a text that is too long, the pipeline shows the last tokens; the next one is appended to all.
      return answer && tokens && chances ? { ...answer, tokens, shown: tokens.slice(-(answer.cutTo ?? tokens.length)), chances: chances.stages[0].candidates } : null;
    },
    draw(answer) {
      data = answer;
      at = Math.min(at, data.steps.length - 1);
      draw();
      return [cutNote(answer), element('div', { class: 'pipeline' }, flow, element('div', { class: 'pipeline-main' }, detail,
        element('div', { class: 'row pipeline-tools' }, back, next, play), loop))];
    },
  });

  function draw() {
    replace(flow, data.steps.map((step, index) => element('li', { class: `flow-step is-${kindOf(step.name)} ${index < at ? 'is-past' : ''}` },
      element('button', { type: 'button', 'aria-current': index === at ? 'step' : null, onclick: () => { pause(); go(index); } },
        element('span', { class: 'flow-name' }, stepName(step)),
        step.shape.length > 0 && element('span', { class: 'flow-shape' }, `[${step.shape.join(', ')}]`)))));
    replace(detail, pipelineDetail(data, data.steps[at]));
    back.setAttribute('aria-disabled', String(at === 0));
    const isLast = at === data.steps.length - 1;
    replace(next, element('span', {}, t(isLast ? 'pipeline.append' : 'pipeline.next')));
    replace(loop, added.length > 0 && [t('pipeline.loops', { count: added.length }), ' ',
      added.slice(-12).map((text) => element('span', { class: 'chip chip-1' }, visible(text)))]);
    const chosen = flow.children[at];
    // Only the list moves, never the page.
    flow.scrollTo?.({ top: chosen.offsetTop - flow.clientHeight / 2, left: chosen.offsetLeft - flow.clientWidth / 2 });
  }

  function go(index) {
    if (!data?.steps[index]) return;
    at = index;
    draw();
    announce(stepName(data.steps[at]));
  }

  function advance() {
    if (!data) return;
    if (at < data.steps.length - 1) go(at + 1);
    else append();
  }

  /// The loop: the next token becomes part of the text, and everything is computed again.
  function append() {
    const { next: chosen, tokens } = data;
    added.push(chosen.text);
    at = 0;
    isOwnChange = true;
    const all = [...tokens, chosen];
    setSubject({
      text: subject.get().text + chosen.text, model: model.get().id,
      tokens: all.map((each) => each.id), texts: all.map((each) => each.text),
    });
    isOwnChange = false;
  }

  function start() {
    timer = setInterval(() => { if (!panel.node.hasAttribute('aria-busy')) advance(); }, pace);
    drawPlay();
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    drawPlay();
  }

  const body = element('div');
  const show = () => {
    if (!isOwnChange) added = [];
    if (!hasSubject()) {
      replace(body, emptyState('pipeline', t('inside.emptyTitle'), element('p', {}, t('inside.emptyText'))));
      return;
    }
    if (body.firstChild !== panel.node) replace(body, panel.node);
    panel.refresh();
  };
  container.append(element('div', { class: 'page' },
    element('div', { class: 'page-head' }, element('h1', {}, t('view.pipeline')), element('p', { class: 'lead' }, t('pipeline.lead'))),
    field.node, body));
  undo.add(field.dispose, panel.dispose, pause, () => forTokens.stop(), () => forChances.stop(), subject.subscribe(show), model.subscribe(show));
  drawPlay();
  show();
  return undo.run;
}
