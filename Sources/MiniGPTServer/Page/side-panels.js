// Panels beside a view: columns on a wide screen, drawers over the view on a narrow one.

import { element } from './dom.js';
import { button } from './controls.js';
import { t } from './language.js';

const isNarrow = (width) => matchMedia(`(max-width: ${width}px)`).matches;

/// `width`: up to how many pixels of the window the panel is a drawer.
export function sidePanel(name, label, content, { side, width }) {
  const close = button(t('common.close'), { picture: 'close', quiet: true, kind: 'panel-close', onclick: () => show(false) });
  const node = element('aside', { class: `panel panel-${side}`, 'aria-label': label, id: `panel-${name}` }, close, content);
  const shade = element('div', { class: 'panel-shade', onclick: () => show(false) });
  let opener = null;

  function show(isOpen) {
    node.classList.toggle('is-open', isOpen);
    shade.classList.toggle('is-open', isOpen);
    opener?.setAttribute('aria-expanded', String(isOpen));
    if (isOpen) {
      document.addEventListener('keydown', onkey, true);
      close.focus();
    } else {
      document.removeEventListener('keydown', onkey, true);
      if (node.contains(document.activeElement)) opener?.focus();
    }
  }

  /// Escape closes the drawer wherever the focus is, unless something lies over it.
  function onkey(event) {
    if (event.key !== 'Escape' || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    show(false);
  }

  return {
    parts: [node, shade], close: () => show(false), dispose: () => show(false),
    /// Shows the drawer, or on a wide screen puts the keyboard's focus into the column.
    reveal() {
      if (isNarrow(width)) show(true);
      else node.querySelector('select, input, button:not(.panel-close)')?.focus();
    },
    /// The button that opens it; hidden where the panel is a column.
    opener(picture) {
      opener = button(label, { picture, quiet: true, kind: `opener opener-${side}`, 'aria-expanded': 'false', 'aria-controls': `panel-${name}`, onclick: () => show(true) });
      return opener;
    },
  };
}
