import { element, setVariables } from './dom.js';
import { percent, t } from './language.js';
import { visible } from './token-text.js';

/// Tokens with their probabilities as bars. With `onchoose` each is a button.
export function probabilityBars(candidates, { onchoose, chosen, label } = {}) {
  const most = Math.max(...candidates.map((each) => each.probability), 1e-9);
  return element('ol', { class: 'bars', 'aria-label': label ?? t('tokens.alternatives') }, candidates.map((each) => {
    const content = [
      element('span', { class: 'bar-text' }, visible(each.text)),
      element('span', { class: 'bar-track' }, bar(each.probability / most)),
      element('span', { class: 'bar-number' }, percent(each.probability)),
    ];
    const isChosen = each.id === chosen;
    return element('li', { class: isChosen ? 'is-chosen' : '' }, onchoose && !isChosen
      ? element('button', {
        type: 'button', class: 'bar-row', onclick: () => onchoose(each),
        'aria-label': t('tokens.take', { token: visible(each.text), share: percent(each.probability) }),
      }, content)
      : element('div', { class: 'bar-row' }, content, isChosen && element('span', { class: 'hidden' }, t('tokens.taken'))));
  }));
}

export function bar(share, kind = '') {
  const fill = element('span', { class: `bar-fill ${kind}` });
  setVariables(fill, { share: Math.min(Math.max(share, 0), 1).toFixed(4) });
  return fill;
}
