// Conversations in the browser's database. Where that is forbidden they live as long as the page.

import { Value } from './value.js';

/// All conversations, newest first.
export const conversations = new Value([]);

let database = null;

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('minigpt', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('conversations', { keyPath: 'id' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error('blocked'));
  });
}

const sorted = (list) => [...list].sort((one, other) => other.updatedAt - one.updatedAt);

/// Reads what was kept; once, at the start.
export async function readConversations() {
  try {
    database = await open();
    const list = await new Promise((resolve, reject) => {
      const request = database.transaction('conversations').objectStore('conversations').getAll();
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    conversations.set(sorted(list));
    return true;
  } catch {
    database = null;
    return false;
  }
}

function write(action) {
  if (!database) return;
  try {
    action(database.transaction('conversations', 'readwrite').objectStore('conversations'));
  } catch { /* The disk is full, or the user took the permission away: the page goes on without. */ }
}

export function keep(conversation) {
  write((store) => store.put(structuredClone(conversation)));
  conversations.set(sorted([...conversations.get().filter((each) => each.id !== conversation.id), conversation]));
}

export function forget(conversation) {
  write((store) => store.delete(conversation.id));
  conversations.set(conversations.get().filter((each) => each.id !== conversation.id));
}
