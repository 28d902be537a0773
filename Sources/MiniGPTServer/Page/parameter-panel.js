// Sliders for all parameters, with presets above and the order of the stages below.

import { element, replace, uniqueName } from './dom.js';
import { button, field, select } from './controls.js';
import { askForText } from './dialogs.js';
import { number, t } from './language.js';
import { notify } from './notices.js';
import { change, definitions, parameters, presets } from './parameters.js';
import { forgetPreset, keepPreset, presetValues, savedPresets } from './saved-presets.js';
import { stageOrder } from './stage-order.js';
import { cleanups } from './value.js';

export function parameterPanel() {
  const undo = cleanups();
  const rows = definitions.map((definition) => parameterRow(definition));
  const byGroup = (group) => definitions.flatMap((each, index) => (each.group === group ? [rows[index].node] : []));
  const length = parameterRow({ name: 'maximumTokens', least: 1, most: 1024, step: 1, off: null });
  const order = stageOrder();
  const texts = ['seed', 'stop', 'system'].map(textRow);
  const update = () => {
    rows.forEach((row) => row.update());
    length.update();
    texts.forEach((row) => row.update());
  };
  undo.add(parameters.subscribe(update), order.dispose);
  update();

  const group = (name, isOpen, ...content) => element('details', { class: 'parameter-group', open: isOpen },
    element('summary', {}, t(`parameters.${name}`)), content);
  const node = element('section', { class: 'parameters', 'aria-label': t('parameters.title') },
    element('h2', { class: 'panel-title' }, t('parameters.title')), presetRow(),
    group('choice', true, byGroup('choice')),
    group('text', true, length.node, texts.map((each) => each.node)),
    group('repetition', false, byGroup('repetition')),
    group('variety', false, byGroup('variety')),
    group('order', false, order.node));
  return { node, dispose: undo.run };
}

function parameterRow({ name, least, most, step, off }) {
  const label = uniqueName('parameter');
  const digits = step < 1 ? 2 : 0;
  const tip = t(`parameter.${name}.tip`);
  const note = element('span', { class: 'hidden', id: `${label}-note` }, tip);
  const shared = { 'aria-labelledby': label, 'aria-describedby': `${label}-note`, min: least, max: most, step };
  const slider = element('input', { type: 'range', ...shared, 'data-name': name });
  const box = element('input', { type: 'number', ...shared, step: name === 'maximumTokens' ? 1 : 'any', inputmode: 'decimal' });
  if (name === 'maximumTokens') box.max = 4096;
  const set = (value) => { if (value !== '' && Number.isFinite(Number(value))) change({ [name]: Number(value) }); };
  slider.addEventListener('input', () => set(slider.value));
  box.addEventListener('change', () => { set(box.value); update(); });
  const node = element('div', { class: 'parameter', 'data-tip': tip },
    element('span', { class: 'parameter-name', id: label }, t(`parameter.${name}`)), box, slider, note);

  function update() {
    const value = parameters.get()[name];
    slider.value = value;
    if (document.activeElement !== box || Number(box.value) !== value) box.value = Number(value.toFixed(digits));
    const share = (Math.min(value, most) - least) / (most - least);
    slider.style.setProperty('--share', String(share));
    slider.setAttribute('aria-valuetext', value === off ? t('parameters.off', { value: number(value, digits) }) : number(value, digits));
    node.classList.toggle('is-active', off !== null && value !== off);
  }
  return { node, update };
}

function textRow(name) {
  const isNumber = name === 'seed';
  const input = isNumber
    ? element('input', { type: 'text', inputmode: 'numeric', placeholder: t('parameters.random'), maxlength: 15 })
    : element('textarea', { rows: 2, placeholder: t(`parameter.${name}.placeholder`) });
  input.addEventListener('change', () => {
    change({ [name]: isNumber ? input.value.replace(/\D/g, '') : input.value });
  });
  const node = field(t(`parameter.${name}`), input);
  const tip = t(`parameter.${name}.tip`);
  node.dataset.tip = tip;
  input.setAttribute('aria-description', tip);
  return { node, update: () => { if (document.activeElement !== input || isNumber) input.value = parameters.get()[name]; } };
}

function presetRow() {
  const row = element('div', { class: 'preset-row' });
  function draw(chosen = '') {
    const saved = Object.keys(savedPresets()).sort();
    const choose = (value) => {
      const [kind, ...rest] = value.split(':');
      change(kind === 'own' ? presetValues(rest.join(':')) : presets[rest[0]]);
      draw(value);
    };
    replace(row,
      select([
        { value: '', label: t('preset.choose') },
        { label: t('preset.known'), options: ['calm', 'huggingFace', 'llamaCpp'].map((name) => ({ value: `known:${name}`, label: t(`preset.${name}`) })) },
        ...(saved.length ? [{ label: t('preset.own'), options: saved.map((name) => ({ value: `own:${name}`, label: name })) }] : []),
      ], chosen, (value) => value && choose(value), { 'aria-label': t('preset.label') }),
      button(t('preset.neutral'), { kind: 'button-plain', 'data-tip': t('preset.neutralTip'), onclick: () => { change(presets.neutral); draw(); } }),
      button(t('preset.save'), { picture: 'plus', quiet: true, onclick: async () => {
        const title = await askForText(t('preset.save'), t('preset.name'));
        if (!title) return;
        keepPreset(title, parameters.get());
        draw(`own:${title}`);
      } }),
      chosen.startsWith('own:') && button(t('preset.delete'), { picture: 'trash', quiet: true, onclick: () => {
        const title = chosen.slice(4);
        const old = forgetPreset(title);
        draw();
        notify(t('preset.deleted', { name: title }), {
          action: t('common.undo'), onaction: () => { keepPreset(title, old); draw(`own:${title}`); },
        });
      } }));
  }
  draw();
  return row;
}
