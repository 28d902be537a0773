import { element } from './dom.js';
import { button } from './controls.js';
import { t } from './language.js';

const shelf = element('div', { class: 'notices' });
const spoken = element('div', { class: 'hidden', role: 'status', 'aria-live': 'polite' });

export function installNotices() {
  document.body.append(shelf, spoken);
}

/// Says something to a screen reader only.
export function announce(text) {
  spoken.textContent = '';
  // The same words twice would not be read again without a moment in between.
  setTimeout(() => { spoken.textContent = text; }, 50);
}

/// A short message that goes by itself; with an action, it stays longer.
export function notify(text, { action, onaction, kind = '' } = {}) {
  const notice = element('div', { class: `notice ${kind}`, role: kind === 'is-bad' ? 'alert' : 'status' },
    element('span', {}, text));
  const remove = () => notice.remove();
  if (action) notice.append(button(action, { kind: 'button-plain', onclick: () => { remove(); onaction(); } }));
  notice.append(button(t('common.close'), { picture: 'close', quiet: true, onclick: remove }));
  shelf.append(notice);
  while (shelf.children.length > 3) shelf.firstChild.remove();
  setTimeout(remove, action ? 10000 : 6000);
}

/// What went wrong, unless the user did it himself by stopping.
export function complain(error) {
  if (error?.name === 'AbortError') return;
  notify(error?.message ?? String(error), { kind: 'is-bad' });
}
