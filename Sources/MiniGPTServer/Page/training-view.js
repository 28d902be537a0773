// Training: runs that are going on or are done, one to start, and the time machine.

import { element, replace } from './dom.js';
import { button, command, emptyState } from './controls.js';
import { number, short, t } from './language.js';
import { ask } from './server.js';
import { refreshModels } from './session.js';
import { runDetail } from './run-detail.js';
import { runForm } from './run-form.js';
import { timeMachine } from './time-machine.js';
import { cleanups } from './value.js';

const parts = ['runs', 'start', 'time'];
const period = 2000;

/// Which run was looked at last.
let chosenName = null;

/// A run that was started here and has not written anything yet.
let awaited = null;

export function trainingView(container, wanted) {
  const part = parts.includes(wanted) ? wanted : 'runs';
  const undo = cleanups();
  const body = element('div');
  container.append(element('div', { class: 'page' },
    element('div', { class: 'page-head' }, element('h1', {}, t('view.training')), element('p', { class: 'lead' }, t('training.lead'))),
    element('nav', { class: 'subtabs', 'aria-label': t('training.parts') }, parts.map((each) => (
      element('a', { href: `#training/${each}`, class: 'subtab', 'aria-current': each === part ? 'page' : null }, t(`training.${each}`))))),
    element('p', { class: 'part-note' }, t(`training.${part}Note`)), body));
  if (part === 'runs') undo.add(runs(body));
  if (part === 'start') undo.add(runForm(body, (name) => { chosenName = name; awaited = name; location.hash = 'training/runs'; }));
  if (part === 'time') undo.add(timeMachine(body));
  return undo.run;
}

function runs(body) {
  const list = element('ul', { class: 'runs' });
  const place = element('div', { class: 'run-place' });
  let detail = null;
  let isEnded = false;
  let timer = null;
  let states = '';
  replace(body, element('p', { class: 'loading' }, t('common.loading')));

  async function look() {
    try {
      const answer = await ask('/api/runs');
      if (isEnded) return;
      draw(answer);
    } catch (error) {
      if (!isEnded && !detail) replace(body, element('div', { class: 'failure', role: 'alert' }, error.message));
    }
    if (!isEnded) timer = setTimeout(look, period);
  }

  function draw({ runs: found, canStart }) {
    if (found.some((each) => each.name === awaited)) awaited = null;
    if (awaited !== null) {
      // Before its first step a run prepares its data; if another could be started, it is over already.
      list.remove();
      replace(body, emptyState('training', awaited, element('p', {}, t(canStart ? 'training.failed' : 'training.preparing', { name: awaited })),
        canStart && button(t('training.runs'), { kind: 'button-outline', onclick: () => { awaited = null; chosenName = null; draw({ runs: found, canStart }); } })));
      return;
    }
    if (found.length === 0) {
      replace(body, emptyState('training', t('training.noneTitle'), element('p', {}, t('training.noneText')),
        canStart && button(t('training.start'), { kind: 'button-strong', onclick: () => { location.hash = 'training/start'; } }),
        command('minigpt run --text FILE', t('common.copy'))));
      return;
    }
    const chosen = found.find((each) => each.name === chosenName)
      ?? found.find((each) => each.state === 'running') ?? found[0];
    chosenName = chosen.name;
    const hadFocus = list.contains(document.activeElement) ? document.activeElement.dataset.run : null;
    replace(list, found.map((run) => element('li', {}, element('button', {
      type: 'button', class: 'run', 'data-run': run.name, 'aria-current': run.name === chosenName ? 'true' : null,
      onclick: () => { chosenName = run.name; draw({ runs: found, canStart }); },
    }, element('span', { class: 'run-name' }, run.name, element('span', { class: `badge is-${run.state}` }, t(`state.${run.state}`))),
    element('span', { class: 'quiet small' }, summary(run))))));
    if (hadFocus) list.querySelector(`[data-run="${CSS.escape(hadFocus)}"]`)?.focus();
    if (detail?.name !== chosenName) {
      detail?.dispose();
      detail = runDetail(chosen);
      replace(place, detail.node);
    }
    detail.update(chosen);
    if (!list.isConnected) replace(body, element('div', { class: 'training' }, list, place));
    // A run that ends has made models that can be chosen.
    const now = found.map((each) => each.name + each.state + each.checkpoints.length).join();
    if (states !== '' && states !== now) refreshModels().catch(() => {});
    states = now;
  }

  look();
  return () => {
    isEnded = true;
    clearTimeout(timer);
    detail?.dispose();
  };
}

function summary(run) {
  return [
    t('training.stepOf', { step: run.step ?? 0, count: run.totalSteps ?? 0 }),
    Number.isFinite(run.loss) ? `${t('training.loss')} ${number(run.loss, 3)}` : '',
    run.state === 'running' && Number.isFinite(run.tokensPerSecond) ? t('chat.speed', { speed: short(run.tokensPerSecond) }) : '',
  ].filter(Boolean).join(' · ');
}
