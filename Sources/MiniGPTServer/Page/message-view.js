// One message: its text or its tokens, its actions, its place among its alternatives.

import { element, replace } from './dom.js';
import { button, copyText } from './controls.js';
import { number, t } from './language.js';
import { setSubject } from './session.js';
import { exactTokens, edit, goOn, reasonText, regenerate, takeAlternative } from './chat-actions.js';
import { current, running, showsTokens, changed } from './chat-state.js';
import { chooseSibling, pathTo, siblings } from './message-tree.js';
import { showAlternatives } from './alternatives.js';
import { tokenText } from './token-text.js';
import { wholeCharacters } from './whole-characters.js';

/// Where the tokens begin that ended the text and are no part of it: a stop string, or the token of the end.
function endOf({ tokens, text, reason }) {
  if (reason === 'endOfText' || reason === 'stopToken') return tokens.length - 1;
  if (reason !== 'stopString') return tokens.length;
  let length = 0;
  const found = tokens.findIndex((each) => {
    length += each.text.length;
    return length > text.length;
  });
  return found < 0 ? tokens.length : found;
}

export function messageView(node, { isLast }) {
  const conversation = current.get();
  const body = element('div', { class: 'message-body' });
  const foot = element('footer', { class: 'message-foot' });
  const isOfModel = node.role === 'model';
  const view = element('article', { class: `message is-${node.role}`, 'data-node': node.id, 'aria-label': t(`role.${node.role}`) },
    conversation.kind === 'chat' && element('header', { class: 'message-head' }, t(`role.${node.role}`)), body, foot);
  const text = element('div', { class: 'message-text' });
  const tokens = tokenText((index, near) => openToken(index, near));
  const isRunning = () => running.get()?.node === node;

  function openToken(index, near) {
    const token = node.tokens[index];
    const known = exactTokens(node) !== null;
    showAlternatives(token, near, {
      onchoose: known && !running.get() ? (alternative) => takeAlternative(node, index, alternative) : null,
      onlook: known ? () => lookAt(wholeText() + node.tokens.slice(0, index).map((each) => each.text).join(''), 'next', index) : null,
    });
  }

  const wholeText = () => pathTo(conversation, conversation.nodes[node.parent]).map((each) => each.text).join('');

  /// Shows a text inside; with the exact tokens up to a place if this model made them.
  function lookAt(words, part, count) {
    const ids = isOfModel ? exactTokens(node) : null;
    const size = ids && node.promptTokens.length + count;
    setSubject({
      text: words, model: node.model, tokens: ids?.slice(0, size) ?? null,
      texts: ids && [...node.promptTexts ?? node.promptTokens.map((id) => `#${id}`), ...node.tokens.map((each) => each.text)].slice(0, size),
    });
    location.hash = `inside/${part}`;
  }

  /// Called for every picture while the answer grows.
  function grow() {
    const asTokens = isOfModel && showsTokens.get() && node.tokens?.length > 0;
    if (asTokens) tokens.update(node.tokens, endOf(node), isRunning() ? null : wholeCharacters(node.tokens, node.text));
    else if (text.textContent !== node.text) text.textContent = node.text;
    const wanted = asTokens ? tokens.node : text;
    if (body.firstChild !== wanted) replace(body, wanted);
    view.classList.toggle('is-growing', isRunning());
    view.classList.toggle('is-waiting', isRunning() && node.text === '' && !node.tokens?.length);
  }

  function draw() {
    grow();
    // An answer that never came has nothing to act on; what went wrong stands below.
    const isThere = !isRunning() && (!isOfModel || node.text !== '' || node.tokens?.length > 0);
    replace(foot, branches(), isThere && actions(), isThere && facts());
  }

  function branches() {
    const { index, count } = siblings(conversation, node);
    if (count < 2) return null;
    const go = (by) => { if (!running.get() && chooseSibling(conversation, node, by)) changed(conversation); };
    return element('span', { class: 'branches', role: 'group', 'aria-label': t('chat.versions') },
      button(t('chat.before'), { picture: 'left', quiet: true, 'aria-disabled': index === 0 ? 'true' : null, onclick: () => go(-1) }),
      element('span', { class: 'branches-place' }, `${index + 1}/${count}`),
      button(t('chat.after'), { picture: 'right', quiet: true, 'aria-disabled': index === count - 1 ? 'true' : null, onclick: () => go(1) }));
  }

  function actions() {
    const isFree = !running.get();
    return element('span', { class: 'message-actions' },
      isOfModel && isFree && button(t('chat.regenerate'), { picture: 'again', quiet: true, 'data-action': 'regenerate', onclick: () => regenerate(node) }),
      isOfModel && isLast && isFree && canGoOn() && button(t('chat.continue'), { picture: 'forward', quiet: true, 'data-action': 'continue', onclick: () => goOn(node) }),
      isFree && button(t('chat.edit'), { picture: 'edit', quiet: true, 'data-action': 'edit', onclick: editHere }),
      button(t('common.copy'), { picture: 'copy', quiet: true, onclick: (event) => copyText(node.text, event.currentTarget) }),
      button(t('chat.inside'), { picture: 'inside', quiet: true, 'data-action': 'inside', onclick: () => {
        lookAt(wholeText() + node.text, 'tokens', node.tokens?.length);
      } }));
  }

  /// In a chat only exact tokens say that an answer is not over; a text can always go on.
  const canGoOn = () => conversation.kind === 'text' || exactTokens(node) !== null;

  function facts() {
    if (!isOfModel) return null;
    const parts = [
      reasonText(node),
      node.tokens?.length ? t('chat.tokens', { count: node.tokens.length }) : '',
      node.speed > 0 ? t('chat.speed', { speed: number(node.speed, node.speed < 10 ? 1 : 0) }) : '',
    ].filter(Boolean);
    return element('span', { class: 'message-facts', title: node.seed === undefined ? null : t('chat.seed', { seed: String(node.seed) }) },
      parts.join(' · '));
  }

  function editHere() {
    const input = element('textarea', { class: 'message-editor', rows: Math.min(12, node.text.split('\n').length + 1), value: node.text, 'aria-label': t('chat.edit') });
    const finish = (isKept) => {
      if (isKept && input.value !== node.text) edit(node, input.value);
      else draw();
    };
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') { event.preventDefault(); finish(false); }
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); finish(true); }
    });
    replace(body, input);
    replace(foot, element('span', { class: 'row-end' },
      button(t('common.cancel'), { kind: 'button-plain', onclick: () => finish(false) }),
      button(t(isOfModel ? 'chat.saveBranch' : 'chat.saveAndSend'), { kind: 'button-strong', onclick: () => finish(true) })));
    input.focus();
  }

  draw();
  return { node: view, grow, draw, editHere };
}
