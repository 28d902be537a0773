// Where the user writes.

import { element } from './dom.js';
import { button } from './controls.js';
import { t } from './language.js';
import { current, running, stop } from './chat-state.js';
import { goOn, send } from './chat-actions.js';
import { path } from './message-tree.js';
import { model } from './session.js';

/// A text being written outlives a change of language or tab.
let draft = '';

export function composer() {
  const input = element('textarea', { class: 'composer-text', rows: 1, value: draft, 'aria-label': t('composer.label') });
  const go = button(t('composer.send'), { picture: 'send', quiet: true, kind: 'button-strong button-round', 'data-action': 'send', onclick: submit });
  const halt = button(t('composer.stop'), { picture: 'stop', quiet: true, kind: 'button-strong button-round', 'data-action': 'stop', onclick: stop });
  const node = element('div', { class: 'composer' }, element('div', { class: 'composer-box' }, input, go, halt),
    element('p', { class: 'composer-note' }, t('composer.note')));

  function submit() {
    const conversation = current.get();
    if (running.get() || !model.get()) return;
    const last = path(conversation).at(-1);
    if (conversation.kind === 'chat' ? input.value.trim() === '' : input.value === '') {
      // With nothing new, a text simply goes on.
      if (conversation.kind === 'text' && last?.role === 'model') goOn(last);
      return;
    }
    const text = input.value;
    input.value = '';
    draft = '';
    fit();
    send(text);
  }

  /// As high as its text, up to a third of the window.
  function fit() {
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight, innerHeight / 3)}px`;
  }

  input.addEventListener('input', () => { draft = input.value; fit(); });
  input.addEventListener('keydown', (event) => {
    const isPlain = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey;
    // While an input method composes a character, Enter belongs to it.
    if (event.key !== 'Enter' || !isPlain || event.isComposing) return;
    event.preventDefault();
    submit();
  });

  function update() {
    const isRunning = running.get() !== null;
    const hadFocus = document.activeElement === go || document.activeElement === halt;
    go.hidden = isRunning;
    halt.hidden = !isRunning;
    if (hadFocus) (isRunning ? halt : go).focus();
    input.placeholder = t(current.get().kind === 'chat' ? 'composer.chat' : 'composer.text');
  }
  update();
  requestAnimationFrame(fit);
  return {
    node, update, focus: () => input.focus(),
    write(text) { input.value = text; draft = text; fit(); input.focus(); },
  };
}
