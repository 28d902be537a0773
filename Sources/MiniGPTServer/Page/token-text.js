// A generated text as its tokens, each shaded by how unlikely it was. Arrow keys move from token to
// token, Enter opens what else could have come.

import { element, setVariables } from './dom.js';
import { percent, t } from './language.js';

/// 0 for a sure token, 1 for a very surprising one: bits of surprise, up to ten.
export const surprise = (probability) => Math.min(1, Math.max(0, -Math.log2(Math.max(probability, 1e-9)) / 10));

/// What a token looks like where it must be seen: spaces and line breaks get signs.
export function visible(text) {
  if (text === '') return '∅';
  return text.replaceAll('\n', '⏎').replaceAll('\t', '⇥').replace(/^ | $/g, '␣')
    .replace(/[\0-\x1f\x7f]/g, (sign) => String.fromCharCode(sign === '\x7f' ? 0x2421 : 0x2400 + sign.charCodeAt(0)));
}

/// The same for a token: one that is no whole character shows its bytes, where they are known.
export function label(token) {
  if (!token.text.includes('\ufffd') || !token.bytes?.length) return visible(token.text);
  return `‹${token.bytes.map((each) => each.toString(16).padStart(2, '0')).join(' ')}›`;
}

export function tokenText(onopen) {
  const node = element('div', { class: 'token-text', role: 'group', 'aria-label': t('tokens.generated') });
  let tokens = [];
  let focused = 0;

  node.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      event.target.closest('.token')?.click();
      return;
    }
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    focus(focused + by);
  });
  node.addEventListener('click', (event) => {
    const token = event.target.closest('.token');
    if (!token) return;
    focused = [...node.children].indexOf(token);
    onopen(focused, token);
  });

  function focus(index) {
    if (!node.children[index]) return;
    node.children[focused]?.setAttribute('tabindex', '-1');
    focused = index;
    node.children[index].setAttribute('tabindex', '0');
    node.children[index].focus();
  }

  /// Shows the tokens; those that are shown already stay as they are. From `end` on they only ended the text.
  /// `texts` are what to show for each, if that is not its own text.
  function update(all, end = all.length, texts = null) {
    if (all.length < node.childElementCount || all[0] !== tokens[0]) node.replaceChildren();
    tokens = [...all];
    for (let index = node.childElementCount; index < all.length; index += 1) node.append(one(all[index], index, texts?.[index]));
    for (let index = end; index < all.length; index += 1) node.children[index].classList.add('is-end');
  }

  function one(token, index, text = token.text) {
    // Not a button element: those are laid out as boxes, and a line break in one would not break the line.
    const span = element('span', {
      role: 'button', class: 'token', tabindex: index === 0 ? '0' : '-1',
      'aria-label': `${visible(token.text)}, ${percent(token.probability)}`,
    }, text);
    setVariables(span, { surprise: surprise(token.probability).toFixed(3) });
    return span;
  }
  return { node, update, shown: () => node.childElementCount };
}

/// What the shades mean.
export function surpriseLegend() {
  return element('span', { class: 'legend' }, t('tokens.sure'),
    [0.02, 0.25, 0.5, 0.75, 1].map((value) => {
      const swatch = element('span', { class: 'legend-swatch' });
      setVariables(swatch, { surprise: value });
      return swatch;
    }), t('tokens.surprising'));
}
