// The model picker, and what is said while there is no model.

import { element, replace } from './dom.js';
import { button, command, emptyState, select } from './controls.js';
import { short, t } from './language.js';
import { complain } from './notices.js';
import { openDialog } from './dialogs.js';
import { chooseModel, model, models, refreshModels } from './session.js';
import { cleanups } from './value.js';

/// A checkpoint by its run and step, any other model by its name.
export function nameOf(entry) {
  return entry.run && Number.isFinite(entry.step) ? `${entry.run} · ${t('chart.step', { step: entry.step })}` : entry.name;
}

/// A few words about a model: what it is and how large.
export function describe(entry) {
  return [
    t(`model.kind.${entry.kind}`), t('model.parameters', { count: short(entry.parameters) }),
    entry.layers && t('model.shape', { layers: entry.layers, heads: entry.heads, width: entry.width }),
    t('model.context', { count: entry.contextLength }),
    t('model.vocabulary', { count: entry.vocabularySize }),
  ].filter(Boolean).join(' · ');
}

export function modelPicker() {
  const holder = element('div', { class: 'model-picker' });
  const undo = cleanups();
  undo.add(models.subscribe(draw), model.subscribe(draw));

  function draw() {
    const list = models.get();
    const current = model.get();
    if (list === null) {
      replace(holder, element('span', { class: 'quiet' }, t('model.loading')));
      return;
    }
    const usable = list.filter((each) => !each.problem);
    if (usable.length === 0) {
      replace(holder, button(t('model.none'), { kind: 'button-plain', onclick: showModels }));
      return;
    }
    replace(holder,
      select(groups(usable), current?.id, (identifier) => chooseModel(identifier).catch((error) => {
        complain(error);
        draw();
      }), { 'aria-label': t('model.label'), 'data-tip': current ? describe(current) : null }),
      button(t('model.details'), { picture: 'more', quiet: true, onclick: showModels }));
  }
  draw();
  return { node: holder, dispose: undo.run };
}

/// Checkpoints of one run stand together, so that a list of many stays readable.
function groups(list) {
  const option = (each) => ({ value: each.id, label: nameOf(each) });
  const runs = [...new Set(list.map((each) => each.run).filter(Boolean))];
  return [
    ...list.filter((each) => !each.run).map(option),
    ...runs.map((run) => ({ label: run, options: list.filter((each) => each.run === run).map(option) })),
  ];
}

function showModels() {
  const list = element('ul', { class: 'model-list' });
  const fill = () => replace(list, (models.get() ?? []).map((entry) => element('li', {},
    element('strong', {}, nameOf(entry), entry.isChat && element('span', { class: 'badge' }, t('model.chat'))),
    entry.problem ? [element('p', {}, entry.problem), entry.command && command(entry.command, t('common.copy'))]
      : element('p', { class: 'quiet' }, describe(entry)))));
  fill();
  openDialog(t('model.all'), [
    models.get()?.length ? list : noModel(),
    element('div', { class: 'row-end' }, button(t('model.refresh'), {
      picture: 'again', onclick: () => refreshModels().then(fill).catch(complain),
    })),
  ]);
}

/// How to get a model: said in full where nothing can be done without one.
export function noModel() {
  const problems = (models.get() ?? []).filter((each) => each.problem);
  return emptyState('training', t('model.noneTitle'), element('p', {}, t('model.noneText')),
    problems.length
      ? problems.map((each) => [element('p', {}, each.problem), each.command && command(each.command, t('common.copy'))])
      : command('minigpt run --text FILE', t('common.copy')),
    element('p', { class: 'quiet' }, t('model.noneAfter')));
}
