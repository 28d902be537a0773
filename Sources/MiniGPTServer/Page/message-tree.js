// A conversation is a tree: to regenerate or to edit adds a sibling, and nothing is lost. Pure data, no
// page: it can be tested, stored and exported as it is.

/// The name of the place above the first message.
export const top = 'top';

let counter = 0;

export function newIdentifier() {
  counter += 1;
  return `${Date.now().toString(36)}-${counter.toString(36)}-${Math.floor(Math.random() * 1e6).toString(36)}`;
}

/// `kind` is `chat` (messages with roles) or `text` (one text that goes on).
export function newConversation(kind) {
  const now = Date.now();
  return { id: newIdentifier(), title: '', kind, createdAt: now, updatedAt: now, nodes: {}, children: { [top]: [] }, chosen: {} };
}

/// Adds a message below another and chooses it. Roles are `user` and `model`.
export function add(conversation, parent, fields) {
  const node = { id: newIdentifier(), parent, createdAt: Date.now(), text: '', ...fields };
  conversation.nodes[node.id] = node;
  conversation.children[node.id] = [];
  conversation.children[parent].push(node.id);
  conversation.chosen[parent] = node.id;
  conversation.updatedAt = node.createdAt;
  return node;
}

/// The messages that are shown, first to last.
export function path(conversation) {
  const result = [];
  let place = top;
  while (conversation.children[place]?.length) {
    const list = conversation.children[place];
    place = list.includes(conversation.chosen[place]) ? conversation.chosen[place] : list.at(-1);
    result.push(conversation.nodes[place]);
  }
  return result;
}

/// The messages from the first to this one.
export function pathTo(conversation, node) {
  const result = [];
  for (let each = node; each; each = conversation.nodes[each.parent]) result.unshift(each);
  return result;
}

/// Which of how many alternatives this message is.
export function siblings(conversation, node) {
  const list = conversation.children[node.parent];
  return { list, index: list.indexOf(node.id), count: list.length };
}

/// Shows the alternative so many places further; whether there was one.
export function chooseSibling(conversation, node, by) {
  const { list, index } = siblings(conversation, node);
  const other = list[index + by];
  if (!other) return false;
  conversation.chosen[node.parent] = other;
  return true;
}

/// Takes a message and all below it away.
export function remove(conversation, node) {
  const list = conversation.children[node.parent];
  const index = list.indexOf(node.id);
  list.splice(index, 1);
  conversation.chosen[node.parent] = list[Math.min(index, list.length - 1)];
  const forget = (identifier) => {
    for (const child of conversation.children[identifier] ?? []) forget(child);
    delete conversation.children[identifier];
    delete conversation.nodes[identifier];
    delete conversation.chosen[identifier];
  };
  forget(node.id);
}

/// The title: what the user gave, or else the beginning of the first text.
export function titleOf(conversation, otherwise) {
  if (conversation.title) return conversation.title;
  const first = path(conversation)[0]?.text.trim().replace(/\s+/g, ' ') ?? '';
  return first === '' ? otherwise : first.length > 48 ? `${first.slice(0, 47)}…` : first;
}
