// A run from the page: a text, pasted or from a file, and a size.

import { element, replace } from './dom.js';
import { button, command, emptyState, field, segments } from './controls.js';
import { short, t } from './language.js';
import { ask } from './server.js';

const presets = { tiny: 300, 'shakespeare-char': 2000, course: 2000 };
const largestText = 16 * 1024 * 1024;

/// What was written stays while the page is open.
const draft = { text: '', name: '', preset: 'tiny', iterations: '' };

export function runForm(body, onstarted) {
  let isEnded = false;
  replace(body, element('p', { class: 'loading' }, t('common.loading')));
  ask('/api/runs').then(({ canStart }) => {
    if (!isEnded) replace(body, canStart ? form(onstarted) : cannot());
  }).catch((error) => replace(body, element('div', { class: 'failure', role: 'alert' }, error.message)));
  return () => { isEnded = true; };
}

/// Names of runs are names of folders: letters, digits and dashes.
const safeName = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[^A-Za-z0-9_]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40);

const cannot = () => emptyState('training', t('training.cannotTitle'), element('p', {}, t('training.cannotText')),
  command('minigpt run --text FILE', t('common.copy')));

function form(onstarted) {
  const text = element('textarea', { rows: 10, class: 'training-text', value: draft.text, spellcheck: 'false', placeholder: t('start.placeholder') });
  const count = element('p', { class: 'field-note', 'aria-live': 'polite' });
  const name = element('input', { type: 'text', value: draft.name, maxlength: 40, placeholder: t('start.nameHint') });
  const iterations = element('input', { type: 'number', min: 1, max: 100000, value: draft.iterations, inputmode: 'numeric' });
  const trouble = element('p', { class: 'failure', role: 'alert', hidden: true });
  const file = element('input', { type: 'file', accept: 'text/*,.txt,.md', hidden: true, 'aria-label': t('start.file') });
  const start = button(t('start.go'), { picture: 'play', kind: 'button-strong', 'data-action': 'start-run', onclick: send });

  const update = () => {
    draft.text = text.value;
    const bytes = new Blob([text.value]).size;
    count.textContent = bytes === 0 ? t('start.empty') : bytes < 2000 ? t('start.little', { count: bytes }) : t('start.size', { count: short(bytes) });
  };
  const hint = () => { iterations.placeholder = String(presets[draft.preset]); };

  async function read(chosen) {
    if (!chosen) return;
    if (chosen.size > largestText) {
      fail(t('start.large'));
      return;
    }
    text.value = await chosen.text();
    if (name.value === '') name.value = safeName(chosen.name.replace(/\.[^.]*$/, ''));
    draft.name = name.value;
    update();
  }

  function fail(words) {
    trouble.hidden = words === '';
    trouble.textContent = words;
  }

  async function send() {
    fail('');
    if (text.value.trim() === '') {
      fail(t('start.empty'));
      text.focus();
      return;
    }
    start.setAttribute('aria-disabled', 'true');
    try {
      const request = { text: text.value, preset: draft.preset };
      if (safeName(name.value)) request.name = safeName(name.value);
      if (iterations.value) request.iterations = Math.max(1, Math.round(Number(iterations.value)));
      onstarted((await ask('/api/runs', request)).name);
    } catch (error) {
      fail(error.message);
    } finally {
      start.removeAttribute('aria-disabled');
    }
  }

  text.addEventListener('input', update);
  name.addEventListener('input', () => { draft.name = name.value; });
  iterations.addEventListener('input', () => { draft.iterations = iterations.value; });
  file.addEventListener('change', () => read(file.files[0]));
  text.addEventListener('dragover', (event) => event.preventDefault());
  text.addEventListener('drop', (event) => {
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    read(event.dataTransfer.files[0]);
  });
  update();
  hint();
  return element('form', { class: 'card run-form', onsubmit: (event) => event.preventDefault() },
    field(t('start.text'), text), element('div', { class: 'row' }, button(t('start.file'), { picture: 'upload', kind: 'button-outline', onclick: () => file.click() }), file, count),
    element('div', { class: 'field' }, element('span', { class: 'field-label' }, t('start.preset')),
      segments(t('start.preset'), Object.keys(presets).map((each) => [each, t(`start.preset.${each}`)]), draft.preset, (value) => { draft.preset = value; hint(); }),
      element('p', { class: 'field-note' }, t('start.presetNote'))),
    element('div', { class: 'columns' }, field(t('start.name'), name), field(t('start.iterations'), iterations)),
    trouble, element('div', { class: 'row-end' }, start));
}
