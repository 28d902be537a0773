// The order in which the sampler's stages work: a list to drag, or to move with the arrow keys.

import { element, replace } from './dom.js';
import { button, select } from './controls.js';
import { icon } from './icons.js';
import { t } from './language.js';
import { announce } from './notices.js';
import { change, isActive, orders, parameters } from './parameters.js';

export function stageOrder() {
  const list = element('ol', { class: 'stages', 'aria-label': t('parameters.order') });
  let dragged = null;

  function draw() {
    if (dragged) return;
    const values = parameters.get();
    const focused = document.activeElement?.dataset?.key;
    replace(list, values.order.map((stage, index) => row(stage, index, values)));
    if (focused) list.querySelector(`[data-key="${focused}"]`)?.focus();
  }

  function row(stage, index, values) {
    const words = t(`stage.${stage}`);
    const active = isActive(stage, values);
    return element('li', { class: `stage ${active ? 'is-active' : ''}`, 'data-stage': stage, onpointerdown: start },
      element('span', { class: 'stage-grip' }, icon('grip')),
      element('span', { class: 'stage-name' }, words, active ? null : element('span', { class: 'stage-off' }, t('stage.off'))),
      mover(stage, 'up', index - 1, index > 0), mover(stage, 'down', index + 1, index < values.order.length - 1));
  }

  function mover(stage, picture, target, isPossible) {
    return button(t(`stage.${picture}`, { name: t(`stage.${stage}`) }), {
      picture, quiet: true, 'data-key': `${stage}-${picture}`, 'aria-disabled': isPossible ? null : 'true',
      onclick: () => { if (isPossible) move(stage, target); },
      onkeydown: (event) => {
        const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (!by) return;
        event.preventDefault();
        move(stage, parameters.get().order.indexOf(stage) + by);
      },
    });
  }

  function move(stage, target) {
    const order = parameters.get().order.filter((each) => each !== stage);
    const place = Math.min(Math.max(target, 0), order.length);
    order.splice(place, 0, stage);
    change({ order });
    announce(t('stage.moved', { name: t(`stage.${stage}`), place: place + 1, count: order.length }));
  }

  // Pointer events rather than HTML's drag and drop: those work on a touch screen too.
  function start(event) {
    if (event.target.closest('button') || event.button !== 0) return;
    dragged = event.currentTarget;
    event.preventDefault();
    dragged.classList.add('is-dragged');
    // On the document: a row that moves in the list would lose a pointer it had captured.
    document.addEventListener('pointermove', follow);
    document.addEventListener('pointerup', drop);
    document.addEventListener('pointercancel', drop);
  }

  function follow(event) {
    const others = [...list.children].filter((each) => each !== dragged);
    const next = others.find((each) => {
      const box = each.getBoundingClientRect();
      return event.clientY < box.top + box.height / 2;
    });
    list.insertBefore(dragged, next ?? null);
  }

  function drop() {
    const { stage } = dragged.dataset;
    const place = [...list.children].indexOf(dragged);
    document.removeEventListener('pointermove', follow);
    document.removeEventListener('pointerup', drop);
    document.removeEventListener('pointercancel', drop);
    dragged = null;
    move(stage, place);
  }

  const known = (order) => Object.keys(orders).find((name) => orders[name].join() === order.join()) ?? '';
  const chooser = select([
    { value: '', label: t('stage.ownOrder') }, { value: 'huggingFace', label: t('stage.huggingFace') },
    { value: 'llamaCpp', label: t('stage.llamaCpp') },
  ], '', (name) => name && change({ order: orders[name] }), { 'aria-label': t('stage.chooseOrder') });
  const update = () => { draw(); chooser.value = known(parameters.get().order); };
  update();
  const end = parameters.subscribe(update);
  return {
    node: element('div', {}, element('p', { class: 'field-note' }, t('stage.note')), chooser, list), dispose: end,
  };
}
