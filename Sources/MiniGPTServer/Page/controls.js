// The page's buttons and fields, so that every one has a name and looks the same.

import { element, uniqueName } from './dom.js';
import { icon } from './icons.js';

/// A button with a picture and, unless it is `quiet`, its words. The words are its name in any case.
export function button(words, { picture, quiet = false, kind = '', onclick, ...rest } = {}) {
  return element('button', {
    type: 'button', class: `button ${kind} ${quiet ? 'button-icon' : ''}`,
    'aria-label': quiet ? words : null, 'data-tip': quiet ? words : null, onclick, ...rest,
  }, picture && icon(picture), quiet ? null : element('span', {}, words));
}

/// A field with its label above.
export function field(words, input, { note } = {}) {
  const name = input.id || uniqueName('field');
  input.id = name;
  const noteName = note ? `${name}-note` : null;
  if (noteName) input.setAttribute('aria-describedby', noteName);
  return element('div', { class: 'field' }, element('label', { for: name, class: 'field-label' }, words), input,
    note && element('p', { class: 'field-note', id: noteName }, note));
}

/// A choice among few, all visible: radio buttons that look like one bar.
export function segments(words, options, chosen, onchange) {
  const group = uniqueName('segments');
  return element('fieldset', { class: 'segments' }, element('legend', { class: 'hidden' }, words),
    options.map(([value, label]) => element('label', { class: 'segment' },
      element('input', {
        type: 'radio', name: group, value, checked: value === chosen, onchange: () => onchange(value),
      }), element('span', {}, label))));
}

/// A switch with its words.
export function toggle(words, isOn, onchange) {
  const input = element('input', { type: 'checkbox', role: 'switch', checked: isOn });
  input.addEventListener('change', () => onchange(input.checked));
  return element('label', { class: 'toggle' }, input, element('span', { class: 'toggle-track' }), element('span', {}, words));
}

export function select(options, chosen, onchange, attributes = {}) {
  const node = element('select', attributes, options.map((option) => (
    option.options
      ? element('optgroup', { label: option.label }, option.options.map((each) => element('option', each, each.label)))
      : element('option', option, option.label))));
  if (chosen !== undefined && chosen !== null) node.value = chosen;
  node.addEventListener('change', () => onchange(node.value));
  return node;
}

/// A command to type, with a button that copies it.
export function command(text, words) {
  return element('div', { class: 'command' }, element('code', {}, text),
    button(words, { picture: 'copy', quiet: true, onclick: (event) => copyText(text, event.currentTarget) }));
}

export async function copyText(text, near) {
  try {
    await navigator.clipboard.writeText(text);
    near?.classList.add('is-done');
    setTimeout(() => near?.classList.remove('is-done'), 1200);
  } catch { /* Without permission to copy, the text can still be selected by hand. */ }
}

/// What is shown where there is nothing yet.
export function emptyState(picture, title, ...rest) {
  return element('div', { class: 'empty' }, element('div', { class: 'empty-picture' }, icon(picture)),
    element('h2', {}, title), rest);
}
