import { t } from './language.js';
import { notify } from './notices.js';
import { current, isEmpty, openConversation, running, stop } from './chat-state.js';
import { keep } from './conversation-store.js';
import { newConversation } from './message-tree.js';

/// Takes all messages away. An emptied copy takes the conversation's place, so the old can be put back.
export function clearConversation(old) {
  if (isEmpty(old)) return;
  if (running.get()?.conversation === old) stop();
  const fresh = { ...newConversation(old.kind), id: old.id, title: old.title };
  const exchange = (conversation) => {
    keep(conversation);
    if (current.get().id === conversation.id) openConversation(conversation);
  };
  exchange(fresh);
  notify(t('chat.cleared'), { action: t('common.undo'), onaction: () => exchange(old) });
}
