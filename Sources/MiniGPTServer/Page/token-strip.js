// Tokens in a row, each in a colour of its own, to look at or to choose from.

import { element, setVariables } from './dom.js';
import { label } from './token-text.js';
import { t } from './language.js';

/// `onselect(index)` makes it a choice: arrow keys move, and every move chooses.
export function tokenStrip(tokens, { label: words, showsIds = false, selected = null, onselect } = {}) {
  const node = element('div', { class: 'strip', role: onselect ? 'listbox' : 'list', 'aria-label': words ?? t('tokens.title'), 'aria-orientation': onselect ? 'horizontal' : null });
  const chips = tokens.map((token, index) => element(onselect ? 'button' : 'span', {
    type: onselect ? 'button' : null, role: onselect ? 'option' : 'listitem',
    class: `chip chip-${token.isSpecial ? 'special' : index % 6}`,
  }, element('span', { class: 'chip-text' }, label(token)), showsIds && element('span', { class: 'chip-id' }, token.id)));
  node.append(...chips);

  function choose(index) {
    chips.forEach((chip, place) => {
      chip.setAttribute('aria-selected', String(place === index));
      chip.setAttribute('tabindex', place === (index ?? 0) ? '0' : '-1');
    });
  }
  if (onselect) {
    choose(selected);
    node.addEventListener('click', (event) => {
      const index = chips.indexOf(event.target.closest('.chip'));
      if (index >= 0) select(index);
    });
    node.addEventListener('keydown', (event) => {
      const at = chips.indexOf(document.activeElement);
      const target = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: chips.length - 1 }[event.key];
      if (target === undefined || event.altKey || !chips[target]) return;
      event.preventDefault();
      select(target);
      chips[target].focus();
    });
  }
  function select(index) {
    choose(index);
    onselect(index);
  }

  return {
    node, choose,
    /// Shades each token by a weight from 0 to 1, or takes the shades away.
    weigh(weights) {
      node.classList.toggle('is-weighed', weights !== null);
      const most = Math.max(...(weights ?? []), 1e-9);
      chips.forEach((chip, index) => setVariables(chip, { weight: weights ? ((weights[index] ?? 0) / most).toFixed(3) : 0 }));
    },
  };
}
