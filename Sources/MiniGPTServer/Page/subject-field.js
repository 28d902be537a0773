// The text that is looked at, in a field above Inside and Pipeline.

import { debounced, element } from './dom.js';
import { field } from './controls.js';
import { t } from './language.js';
import { model, setSubject, subject } from './session.js';

export function subjectField() {
  const input = element('textarea', { class: 'subject', rows: 2, value: subject.get().text, spellcheck: 'false', maxlength: 20000 });
  const origin = element('p', { class: 'field-note' });
  const apply = debounced(250, () => setSubject({ text: input.value }));
  const note = () => {
    const { tokens, model: maker } = subject.get();
    origin.hidden = !tokens || maker !== model.get()?.id;
    origin.textContent = origin.hidden ? '' : t('inside.exact', { count: tokens.length });
  };
  const update = () => {
    // While somebody types, the field is right and the subject follows.
    if (document.activeElement !== input || subject.get().tokens) input.value = subject.get().text;
    note();
  };
  input.addEventListener('input', apply);
  const end = subject.subscribe(update);
  const endModel = model.subscribe(note);
  note();
  return { node: element('div', {}, field(t('inside.text'), input), origin), dispose: () => { end(); endModel(); } };
}
