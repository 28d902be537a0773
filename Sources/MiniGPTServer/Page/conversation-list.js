// The history: search, open, rename, delete, export, import.

import { debounced, element, replace } from './dom.js';
import { button } from './controls.js';
import { askForText, openDialog } from './dialogs.js';
import { moment, t } from './language.js';
import { notify } from './notices.js';
import { clearConversation } from './clear-conversation.js';
import { changed, current, deleteConversation, openConversation, startConversation } from './chat-state.js';
import { conversations, keep } from './conversation-store.js';
import { download, fileName, fromText, renewed, toJSON, toMarkdown } from './conversation-files.js';
import { titleOf } from './message-tree.js';
import { cleanups } from './value.js';

const largestFile = 32 * 1024 * 1024;

export function conversationList({ onopen }) {
  const undo = cleanups();
  const search = element('input', { type: 'search', placeholder: t('history.search'), 'aria-label': t('history.search') });
  const list = element('ul', { class: 'conversations' });
  const title = (each) => titleOf(each, t('history.untitled'));

  function matches(conversation, words) {
    if (words === '') return true;
    const texts = [title(conversation), ...Object.values(conversation.nodes).map((each) => each.text)];
    return texts.some((text) => text.toLocaleLowerCase().includes(words));
  }

  function draw() {
    const words = search.value.trim().toLocaleLowerCase();
    const found = conversations.get().filter((each) => matches(each, words));
    replace(list, found.length === 0
      ? element('li', { class: 'quiet conversations-none' }, t(words ? 'history.notFound' : 'history.none'))
      : found.map(row));
  }

  function row(conversation) {
    const isCurrent = conversation.id === current.get().id;
    return element('li', { class: `conversation ${isCurrent ? 'is-current' : ''}` },
      element('button', {
        type: 'button', class: 'conversation-open', 'aria-current': isCurrent ? 'true' : null,
        onclick: () => { openConversation(conversation); onopen(); },
      }, element('span', { class: 'conversation-title' }, title(conversation)),
      element('span', { class: 'conversation-time' }, moment(conversation.updatedAt))),
      button(t('history.actions', { name: title(conversation) }), { picture: 'more', quiet: true, onclick: () => showActions(conversation) }));
  }

  function showActions(conversation) {
    const act = (action) => () => { dialog.close(); action(); };
    const item = (words, picture, action, kind = '') => button(words, { picture, kind: `button-row ${kind}`, onclick: act(action) });
    const dialog = openDialog(title(conversation), [
      item(t('history.rename'), 'edit', () => rename(conversation)),
      item(t('history.markdown'), 'download', () => download(
        `${fileName(title(conversation))}.md`, toMarkdown(conversation, t('history.untitled')), 'text/markdown')),
      item(t('history.json'), 'download', () => download(`${fileName(title(conversation))}.json`, toJSON([conversation]), 'application/json')),
      item(t('chat.clear'), 'close', () => clearConversation(conversation)),
      item(t('history.delete'), 'trash', () => removeOne(conversation), 'is-bad'),
    ], { kind: 'dialog-small' });
  }

  async function rename(conversation) {
    const name = await askForText(t('history.rename'), t('history.name'), title(conversation));
    if (!name) return;
    conversation.title = name;
    changed(conversation);
  }

  function removeOne(conversation) {
    deleteConversation(conversation);
    notify(t('history.deleted'), { action: t('common.undo'), onaction: () => { keep(conversation); openConversation(conversation); } });
  }

  const file = element('input', { type: 'file', accept: '.json,.md,application/json,text/markdown', hidden: true, 'aria-label': t('history.import') });
  file.addEventListener('change', async () => {
    for (const each of file.files) await read(each);
    file.value = '';
  });

  async function read(each) {
    try {
      if (each.size > largestFile) throw new Error('files.large');
      const found = fromText(await each.text()).map(renewed);
      if (found.length === 0) throw new Error('files.unknown');
      found.forEach(keep);
      openConversation(found[0]);
      notify(t('history.imported', { count: found.length }));
    } catch (error) {
      notify(`${each.name}: ${t(error.message.startsWith('files.') ? error.message : 'files.broken')}`, { kind: 'is-bad' });
    }
  }

  search.addEventListener('input', debounced(120, draw));
  undo.add(conversations.subscribe(draw), current.subscribe(draw));
  draw();

  const node = element('div', { class: 'history' },
    button(t('history.new'), { picture: 'plus', kind: 'button-outline button-wide', 'data-action': 'new', onclick: () => { startConversation(); onopen(); } }),
    search, list,
    element('div', { class: 'history-foot' },
      button(t('history.import'), { picture: 'upload', kind: 'button-plain', onclick: () => file.click() }),
      button(t('history.exportAll'), { picture: 'download', kind: 'button-plain', onclick: () => download(
        'minigpt-conversations.json', toJSON(conversations.get()), 'application/json') }), file));
  return { node, focusSearch: () => search.focus(), dispose: undo.run };
}
