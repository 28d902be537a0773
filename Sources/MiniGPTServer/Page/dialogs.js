import { element, uniqueName } from './dom.js';
import { button } from './controls.js';
import { t } from './language.js';

/// A dialog over the page. Escape, the cross and a press beside it close it; focus goes back by itself.
export function openDialog(title, content, { kind = '', onclose } = {}) {
  const name = uniqueName('dialog');
  const body = element('div', { class: 'dialog-body' }, content);
  const dialog = element('dialog', { class: `dialog ${kind}`, 'aria-labelledby': name },
    element('header', { class: 'dialog-head' }, element('h2', { id: name }, title),
      button(t('common.close'), { picture: 'close', quiet: true, onclick: () => dialog.close() })),
    body);
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener('close', () => { dialog.remove(); onclose?.(); });
  document.body.append(dialog);
  dialog.showModal();
  // What must be scrolled must be reachable by keyboard.
  if (body.scrollHeight > body.clientHeight) body.tabIndex = 0;
  return dialog;
}

/// Asks for one line of text; the promise gives it, or `null`.
export function askForText(title, label, value = '') {
  return new Promise((resolve) => {
    let answer = null;
    const input = element('input', { type: 'text', value, 'aria-label': label, maxlength: 200 });
    const form = element('form', { class: 'dialog-form', method: 'dialog' }, input,
      element('div', { class: 'row-end' },
        button(t('common.cancel'), { kind: 'button-plain', onclick: () => dialog.close() }),
        button(t('common.save'), { kind: 'button-strong', type: 'submit' })));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      answer = input.value.trim() || null;
      dialog.close();
    });
    const dialog = openDialog(title, form, { onclose: () => resolve(answer) });
    input.select();
  });
}
