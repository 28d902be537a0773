// What else could have come at a place, in a small window beside the token.

import { element } from './dom.js';
import { button } from './controls.js';
import { percent, t } from './language.js';
import { probabilityBars } from './bars.js';
import { visible } from './token-text.js';

let open = null;

export function closeAlternatives() {
  open?.close();
}

/// `onchoose(alternative)` takes one; `onlook()` shows what the sampler did here. Either may be missing.
export function showAlternatives(token, near, { onchoose, onlook }) {
  closeAlternatives();
  const listed = token.alternatives.some((each) => each.id === token.id) ? token.alternatives : [...token.alternatives, token];
  const box = element('div', { class: 'popover', role: 'dialog', 'aria-label': t('tokens.alternativesOf', { token: visible(token.text) }) },
    element('header', { class: 'popover-head' },
      element('strong', {}, visible(token.text)), element('span', { class: 'quiet' }, `#${token.id} · ${percent(token.probability)}`),
      button(t('common.close'), { picture: 'close', quiet: true, onclick: () => open?.close() })),
    probabilityBars(listed, { chosen: token.id, onchoose: onchoose && ((each) => { open?.close(); onchoose(each); }) }),
    element('p', { class: 'field-note' }, t(onchoose ? 'tokens.chooseNote' : 'tokens.lookNote')),
    onlook && button(t('tokens.stages'), { kind: 'button-plain', picture: 'sliders', onclick: () => { open?.close(); onlook(); } }));

  const onkey = (event) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    open?.close();
  };
  const onpress = (event) => { if (!box.contains(event.target) && !near.contains(event.target)) open?.close(); };
  open = {
    close() {
      open = null;
      const hadFocus = box.contains(document.activeElement);
      box.remove();
      near.classList.remove('is-open');
      document.removeEventListener('pointerdown', onpress, true);
      removeEventListener('resize', closeAlternatives);
      if (hadFocus) near.focus();
    },
  };
  box.addEventListener('keydown', onkey);
  document.addEventListener('pointerdown', onpress, true);
  addEventListener('resize', closeAlternatives);
  document.body.append(box);
  near.classList.add('is-open');
  place(box, near);
  box.querySelector('button')?.focus();
}

function place(box, near) {
  const target = near.getClientRects()[0] ?? near.getBoundingClientRect();
  const size = box.getBoundingClientRect();
  const left = Math.min(Math.max(8, target.left - 12), innerWidth - size.width - 8);
  const fitsBelow = target.bottom + 8 + size.height < innerHeight;
  box.style.left = `${Math.max(8, left)}px`;
  box.style.top = `${fitsBelow ? target.bottom + 8 : Math.max(8, target.top - size.height - 8)}px`;
}
