// One run: how far it is, four curves, what it writes meanwhile.

import { element, replace, setVariables } from './dom.js';
import { button } from './controls.js';
import { t } from './language.js';
import { lineChart } from './line-chart.js';
import { complain } from './notices.js';
import { ask } from './server.js';

const period = 1000;

export function runDetail({ name }) {
  const charts = {
    loss: lineChart(t('training.loss')), learningRate: lineChart(t('training.learningRate')),
    gradientNorm: lineChart(t('training.gradientNorm')), tokensPerSecond: lineChart(t('training.speed')),
  };
  const progress = element('div', { class: 'progress', role: 'progressbar', 'aria-label': t('training.progress'), 'aria-valuemin': 0, 'aria-valuemax': 100 }, element('span'));
  const tools = element('div', { class: 'row-end' });
  const trouble = element('pre', { class: 'failure', role: 'alert', hidden: true });
  const samples = element('ol', { class: 'samples', tabindex: '0', 'aria-label': t('training.samples') });
  const node = element('div', { class: 'run-detail' },
    element('div', { class: 'run-head' }, element('h2', {}, name), tools), trouble, progress,
    element('div', { class: 'charts' }, Object.values(charts).map((each) => each.node)),
    element('section', { class: 'card' }, element('h3', {}, t('training.samples')), samples));
  const rows = [];
  const texts = [];
  let isEnded = false;
  let timer = null;

  async function look() {
    let state = 'running';
    try {
      const answer = await ask('/api/run/metrics', { name, after: rows.at(-1)?.step ?? -1 });
      if (isEnded) return;
      state = answer.state;
      trouble.hidden = !answer.problem;
      trouble.textContent = answer.problem ?? '';
      const last = rows.at(-1)?.step ?? -1;
      rows.push(...answer.rows.filter((each) => each.step > last));
      for (const each of answer.samples) {
        if (!texts.some((other) => other.step === each.step && other.text === each.text)) texts.push(each);
      }
      if (answer.rows.length > 0 || rows.length === 0) drawCharts();
      if (texts.length !== samples.childElementCount || texts.length === 0) drawSamples();
    } catch { /* The next look may find it; the banner says if the server is gone. */ }
    // A finished run can still be taken up again by hand, so it is looked at now and then.
    if (!isEnded) timer = setTimeout(look, state === 'running' ? period : period * 5);
  }

  const points = (member) => rows.filter((each) => Number.isFinite(each[member])).map((each) => [each.step, each[member]]);

  function drawCharts() {
    charts.loss.update([
      { name: t('training.trainingLoss'), kind: 'first', points: points('loss') },
      { name: t('training.validationLoss'), kind: 'second', points: points('validationLoss') },
    ]);
    for (const member of ['learningRate', 'gradientNorm', 'tokensPerSecond']) {
      charts[member].update([{ name: '', kind: 'first', points: points(member), isSmooth: member === 'learningRate' }]);
    }
  }

  function drawSamples() {
    replace(samples, texts.length === 0 ? element('li', { class: 'quiet' }, t('training.noSamples'))
      : [...texts].reverse().map((each) => element('li', {}, element('span', { class: 'quiet small' }, t('chart.step', { step: each.step })),
        element('pre', { class: 'sample' }, each.text))));
  }

  function update(run) {
    const share = run.totalSteps > 0 ? Math.min(1, (run.step ?? 0) / run.totalSteps) : 0;
    setVariables(progress, { share: share.toFixed(4) });
    progress.setAttribute('aria-valuenow', Math.round(share * 100));
    progress.classList.toggle('is-running', run.state === 'running');
    const key = `${run.canStop}`;
    if (tools.dataset.key === key) return;
    tools.dataset.key = key;
    replace(tools, run.canStop && button(t('training.stop'), {
      picture: 'stop', kind: 'button-outline', 'data-action': 'stop-run', onclick: (event) => {
        event.currentTarget.setAttribute('aria-disabled', 'true');
        ask('/api/run/stop', { name }).catch(complain);
      },
    }));
  }

  drawCharts();
  drawSamples();
  look();
  return {
    name, node, update,
    dispose() {
      isEnded = true;
      clearTimeout(timer);
      Object.values(charts).forEach((each) => each.dispose());
    },
  };
}
