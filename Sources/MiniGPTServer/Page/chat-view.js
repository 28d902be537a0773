// The view people see first: history to the left, the conversation, parameters to the right.

import { element, oncePerFrame, replace } from './dom.js';
import { button, segments, toggle } from './controls.js';
import { t } from './language.js';
import { announce } from './notices.js';
import { model } from './session.js';
import { provide } from './shortcuts.js';
import { cleanups } from './value.js';
import { chooseSibling, path, titleOf } from './message-tree.js';
import {
  changed, current, failure, growth, isEmpty, restore, running, setShowsTokens, showsTokens, startConversation, stop,
} from './chat-state.js';
import { goOn, regenerate } from './chat-actions.js';
import { closeAlternatives } from './alternatives.js';
import { composer } from './composer.js';
import { clearConversation } from './clear-conversation.js';
import { conversationList } from './conversation-list.js';
import { failureView } from './failure-view.js';
import { messageView } from './message-view.js';
import { parameterPanel } from './parameter-panel.js';
import { sidePanel } from './side-panels.js';
import { surpriseLegend } from './token-text.js';
import { welcome } from './welcome.js';

export function chatView(container) {
  const undo = cleanups();
  const history = conversationList({ onopen: () => { left.close(); writer.focus(); } });
  const sliders = parameterPanel();
  const left = sidePanel('history', t('history.title'), history.node, { side: 'left', width: 1020 });
  const right = sidePanel('parameters', t('parameters.title'), sliders.node, { side: 'right', width: 1240 });
  const writer = composer();
  const bar = element('div', { class: 'chat-bar' });
  const messages = element('div', { class: 'messages' });
  const scroller = element('div', { class: 'chat-scroll', tabindex: '-1' }, messages);
  const trouble = failureView();
  let views = [];

  container.append(left.parts[0], left.parts[1],
    element('div', { class: 'chat' }, bar, scroller, trouble.node, writer.node), right.parts[0], right.parts[1]);

  function drawBar() {
    const conversation = current.get();
    replace(bar, left.opener('menu'),
      element('h1', { class: 'chat-title' }, titleOf(conversation, t('history.untitled'))),
      element('div', { class: 'chat-tools' },
        segments(t('chat.kind'), [['text', t('chat.kindText')], ['chat', t('chat.kindChat')]], conversation.kind, setKind),
        toggle(t('chat.shades'), showsTokens.get(), setShowsTokens),
        button(t('chat.clear'), { picture: 'trash', quiet: true, kind: 'chat-clear', onclick: () => clearConversation(current.get()), 'aria-disabled': isEmpty(conversation) ? 'true' : null }),
        right.opener('sliders')));
  }

  function setKind(kind) {
    const conversation = current.get();
    conversation.kind = kind;
    changed(conversation);
  }

  function draw() {
    closeAlternatives();
    const conversation = current.get();
    const wasAtEnd = isAtEnd();
    drawBar();
    writer.update();
    messages.dataset.kind = conversation.kind;
    const nodes = path(conversation);
    views = nodes.map((node, index) => messageView(node, { isLast: index === nodes.length - 1 }));
    replace(messages, nodes.length === 0 ? welcome((text) => writer.write(text)) : [
      conversation.kind === 'chat' && model.get() && !model.get().isChat && element('p', { class: 'hint' }, t('chat.notTrained')),
      views.map((each) => each.node),
      showsTokens.get() && nodes.some((each) => each.tokens?.length) && element('div', { class: 'legend-row' }, surpriseLegend()),
    ]);
    if (wasAtEnd) toEnd();
  }

  /// An empty conversation takes the kind that fits a newly chosen model.
  function suit() {
    const conversation = current.get();
    if (isEmpty(conversation) && model.get()) conversation.kind = model.get().isChat ? 'chat' : 'text';
    draw();
  }

  const isAtEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
  const toEnd = () => { scroller.scrollTop = scroller.scrollHeight; };
  const grow = oncePerFrame(() => {
    const wasAtEnd = isAtEnd();
    const node = growth.get();
    views.find((each) => each.node.dataset.node === node?.id)?.grow();
    if (wasAtEnd) toEnd();
  });

  let shownIdentifier = current.get().id;
  undo.add(
    history.dispose, sliders.dispose, left.dispose, right.dispose, trouble.dispose, closeAlternatives,
    current.subscribe((conversation) => {
      draw();
      if (conversation.id !== shownIdentifier) toEnd();
      shownIdentifier = conversation.id;
    }),
    growth.subscribe(grow), showsTokens.subscribe(draw), model.subscribe(suit),
    running.subscribe((now) => {
      writer.update();
      announce(t(now ? 'chat.started' : 'chat.finished'));
    }),
    failure.subscribe(() => requestAnimationFrame(toEnd)),
    ...shortcuts({ writer, history, left, right, lastView: () => views.at(-1), userView: () => lastOf('user') }));

  const lastOf = (role) => views.findLast((each) => each.node.classList.contains(`is-${role}`));
  suit();
  toEnd();
  if (!matchMedia('(pointer: coarse)').matches) writer.focus();
  restore();
  return undo.run;
}

function shortcuts({ writer, history, left, right, userView }) {
  const lastAnswer = () => {
    const last = path(current.get()).at(-1);
    return !running.get() && last?.role === 'model' ? last : null;
  };
  const whenAnswered = (action) => () => {
    const node = lastAnswer();
    if (!node) return false;
    action(node);
    return true;
  };
  const branch = (by) => () => {
    const conversation = current.get();
    if (running.get()) return false;
    const split = path(conversation).findLast((node) => conversation.children[node.parent].length > 1);
    if (split && chooseSibling(conversation, split, by)) changed(conversation);
    return true;
  };
  return [
    provide('stop', () => { if (!running.get()) return false; stop(); return true; }),
    provide('regenerate', whenAnswered(regenerate)), provide('continue', whenAnswered(goOn)),
    provide('edit', () => { if (!running.get()) userView()?.editHere(); }),
    provide('before', branch(-1)), provide('after', branch(1)),
    provide('new', () => { startConversation(); writer.focus(); }),
    provide('search', () => { left.reveal(); history.focusSearch(); }),
    provide('parameters', () => right.reveal()), provide('focus', () => writer.focus()),
  ];
}
