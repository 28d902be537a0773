// The conversation that is open and what is being generated. It outlives the views, so that a change of
// language or of tab never breaks an answer off.

import { load, save } from './stored.js';
import { Value } from './value.js';
import { conversations, forget, keep, readConversations } from './conversation-store.js';
import { newConversation } from './message-tree.js';
import { model } from './session.js';

/// The open conversation.
export const current = new Value(newConversation('text'));

/// `{ conversation, node, stop }` while an answer is coming, else `null`.
export const running = new Value(null);

/// Changes whenever an answer grew.
export const growth = new Value(null);

/// What a failed request said, for the place in the conversation where the answer would stand:
/// `{ node, error, again, seconds }`.
export const failure = new Value(null);

/// Whether tokens are shown with their probabilities.
export const showsTokens = new Value(load('showsTokens', true));

export function setShowsTokens(isOn) {
  save('showsTokens', isOn);
  showsTokens.set(isOn);
}

let isRead = null;

/// Reads the kept conversations once and opens the one that was open last.
export function restore() {
  isRead ??= readConversations().then(() => {
    const last = load('conversation');
    const found = conversations.get().find((each) => each.id === last);
    if (found && isEmpty(current.get())) current.set(found);
  });
  return isRead;
}

export const isEmpty = (conversation) => Object.keys(conversation.nodes).length === 0;

/// Shows a conversation.
export function openConversation(conversation) {
  stop();
  failure.set(null);
  save('conversation', conversation.id);
  current.set(conversation);
}

/// A new conversation of the kind that fits the model.
export function startConversation(kind = model.get()?.isChat ? 'chat' : 'text') {
  openConversation(newConversation(kind));
}

/// Keeps a conversation and shows what changed. An answer that ends late may belong to one that was deleted or
/// emptied meanwhile: that one must not come back.
export function changed(conversation) {
  if (conversation !== current.get() && !conversations.get().includes(conversation)) return;
  if (!isEmpty(conversation)) keep(conversation);
  if (conversation === current.get()) {
    save('conversation', conversation.id);
    current.set(conversation);
  }
}

export function deleteConversation(conversation) {
  if (running.get()?.conversation === conversation) stop();
  forget(conversation);
  if (conversation.id === current.get().id) startConversation();
}

export function stop() {
  running.get()?.stop();
}
