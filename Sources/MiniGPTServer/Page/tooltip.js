// One small box that explains what is pointed at, or focused by keyboard: any element with `data-tip`.
// Screen readers get the same words from names and descriptions, so the box is hidden from them.

import { element } from './dom.js';

let box;
let timer;

export function installTooltip() {
  box = element('div', { class: 'tooltip', 'aria-hidden': 'true', hidden: true });
  document.body.append(box);
  document.addEventListener('pointerover', (event) => {
    if (event.pointerType === 'touch') return;
    plan(event.target.closest?.('[data-tip]'), 450);
  });
  document.addEventListener('focusin', (event) => {
    const owner = event.target.closest?.('[data-tip]');
    plan(event.target.matches(':focus-visible') ? owner : null, 250);
  });
  // On a phone a press on the label of a slider shows what it means.
  document.addEventListener('click', (event) => {
    const label = event.target.closest?.('label[data-tip], .parameter-name');
    if (label) show(label.closest('[data-tip]')); else hide();
  });
  document.addEventListener('keydown', hide);
  document.addEventListener('scroll', hide, true);
}

function plan(owner, delay) {
  hide();
  if (owner) timer = setTimeout(() => show(owner), delay);
}

function hide() {
  clearTimeout(timer);
  box.hidden = true;
}

function show(owner) {
  if (!owner?.isConnected) return;
  // A modal dialog covers all but its own children.
  (owner.closest('dialog') ?? document.body).append(box);
  box.textContent = owner.dataset.tip;
  box.hidden = false;
  const target = owner.getBoundingClientRect();
  const size = box.getBoundingClientRect();
  const left = Math.min(Math.max(8, target.left + target.width / 2 - size.width / 2), innerWidth - size.width - 8);
  const below = target.bottom + 8 + size.height < innerHeight;
  box.style.left = `${left}px`;
  box.style.top = `${below ? target.bottom + 8 : Math.max(8, target.top - size.height - 8)}px`;
}
