// A part of the page that asks the server and shows the answer: with a sign while it waits, and with the
// reason and a second try when it fails. What was shown before stays until the new answer is there.

import { element, replace } from './dom.js';
import { button } from './controls.js';
import { t } from './language.js';
import { newestOnly } from './server.js';

/// `load(newest)` gives the answer, or `null` if it was overtaken; `draw(answer)` gives what to show.
export function asyncPanel(className, { load, draw }) {
  const node = element('div', { class: `async ${className}` }, element('p', { class: 'loading' }, t('common.loading')));
  const newest = newestOnly();
  let isEnded = false;

  async function refresh() {
    node.setAttribute('aria-busy', 'true');
    let content;
    try {
      const answer = await load(newest);
      if (answer === null || isEnded) return;
      content = draw(answer);
    } catch (error) {
      if (isEnded) return;
      content = trouble(error.message);
    }
    node.removeAttribute('aria-busy');
    // `draw` may have changed what is there by itself.
    if (content !== undefined) replace(node, content);
  }

  const trouble = (words) => element('div', { class: 'failure', role: 'alert' }, element('span', {}, words),
    button(t('error.again'), { kind: 'button-outline', onclick: refresh }));

  return { node, refresh, dispose: () => { isEnded = true; newest.stop(); } };
}
