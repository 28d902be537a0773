// What went wrong with a request, at the place where the answer would stand, and what can be done.

import { element, replace } from './dom.js';
import { button } from './controls.js';
import { t } from './language.js';
import { changed, current, failure, running } from './chat-state.js';
import { remove } from './message-tree.js';

export function failureView() {
  const node = element('div', { class: 'failure', role: 'alert', hidden: true });
  let timer = null;

  function dismiss() {
    const { node: message } = failure.get() ?? {};
    failure.set(null);
    const conversation = current.get();
    // An answer that never began leaves nothing behind.
    if (message && message.text === '' && !message.tokens?.length && conversation.nodes[message.id]) {
      remove(conversation, message);
      changed(conversation);
    }
  }

  function draw() {
    clearInterval(timer);
    const now = failure.get();
    node.hidden = !now;
    if (!now) return;
    const words = element('span', {}, now.error.isBusy ? t('error.busy') : now.error.message);
    replace(node, words, element('span', { class: 'row-end' },
      button(t('common.close'), { kind: 'button-plain', onclick: dismiss }),
      button(t('error.again'), { kind: 'button-strong', 'data-action': 'again', onclick: now.again })));
    if (now.error.isBusy) countDown(now, words);
  }

  /// A full queue says when to come back; then the page asks again by itself.
  function countDown(now, words) {
    let seconds = now.error.retryAfter;
    // Not for screen readers: an alert whose words change would be read again every second.
    const clock = element('span', { 'aria-hidden': 'true' });
    const say = () => { clock.textContent = ` ${t('error.retry', { count: seconds })}`; };
    words.append(clock);
    say();
    timer = setInterval(() => {
      seconds -= 1;
      if (failure.get() !== now || running.get()) clearInterval(timer);
      else if (seconds > 0) say();
      else {
        clearInterval(timer);
        now.again();
      }
    }, 1000);
  }

  const end = failure.subscribe(draw);
  draw();
  return { node, dispose: () => { clearInterval(timer); end(); } };
}
