// Conversations as files. JSON keeps the whole tree; Markdown keeps the messages that are shown.

import { add, newConversation, newIdentifier, path, titleOf, top } from './message-tree.js';

const format = 'minigpt-conversations';
const heading = { user: '## You', model: '## Model' };

export function toJSON(list) {
  return JSON.stringify({ format, version: 1, conversations: list }, null, 1);
}

export function toMarkdown(conversation, untitled) {
  const lines = [`# ${titleOf(conversation, untitled)}`, '', `<!-- minigpt ${conversation.kind} -->`];
  for (const node of path(conversation)) {
    // A line of the text that looks like one of our headings, or like an escaped one, gets a backslash.
    lines.push('', heading[node.role], '', node.text.replace(/^(\\*## (?:You|Model))$/gm, '\\$1'));
  }
  return `${lines.join('\n')}\n`;
}

/// The conversations in a file's text. Throws an `Error` with the key of a sentence if there are none.
export function fromText(text) {
  const start = text.trimStart();
  if (start.startsWith('{')) return fromJSON(start);
  if (start.startsWith('# ')) return [fromMarkdown(start)];
  throw new Error('files.unknown');
}

function fromJSON(text) {
  let value;
  try { value = JSON.parse(text); } catch { throw new Error('files.broken'); }
  if (value.format !== format || !Array.isArray(value.conversations)) throw new Error('files.unknown');
  return value.conversations.map(rebuilt);
}

/// The tree is built anew, message by message, so that nothing malformed comes in.
function rebuilt(source) {
  if (typeof source?.nodes !== 'object' || typeof source?.children !== 'object') throw new Error('files.broken');
  const result = newConversation(source.kind === 'chat' ? 'chat' : 'text');
  result.title = typeof source.title === 'string' ? source.title.slice(0, 120) : '';
  if (Number.isFinite(source.updatedAt)) result.updatedAt = source.updatedAt;
  const { updatedAt } = result;
  const seen = new Set();
  const copy = (place, newPlace) => {
    for (const identifier of Array.isArray(source.children[place]) ? source.children[place] : []) {
      const node = source.nodes[identifier];
      if (seen.has(identifier) || typeof node?.text !== 'string') continue;
      seen.add(identifier);
      copy(identifier, add(result, newPlace, fieldsOf(node)).id);
    }
    const index = source.children[place]?.indexOf(source.chosen?.[place]) ?? -1;
    if (index >= 0) result.chosen[newPlace] = result.children[newPlace][index] ?? result.chosen[newPlace];
  };
  copy(top, top);
  result.updatedAt = updatedAt;
  return result;
}

function fieldsOf(node) {
  const fields = { role: node.role === 'model' ? 'model' : 'user', text: node.text };
  if (typeof node.model === 'string') fields.model = node.model;
  if (Array.isArray(node.promptTokens) && node.promptTokens.every(Number.isInteger)) fields.promptTokens = node.promptTokens;
  if (Array.isArray(node.promptTexts) && node.promptTexts.every((each) => typeof each === 'string')) fields.promptTexts = node.promptTexts;
  const isToken = (each) => Number.isInteger(each?.id) && typeof each.text === 'string' && Number.isFinite(each.probability);
  if (Array.isArray(node.tokens) && node.tokens.every(isToken)) {
    fields.tokens = node.tokens.map(({ id, text, probability, alternatives }) => ({
      id, text, probability, alternatives: Array.isArray(alternatives) ? alternatives.filter(isToken) : [],
    }));
  }
  return fields;
}

function fromMarkdown(text) {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const result = newConversation(lines.includes('<!-- minigpt chat -->') ? 'chat' : 'text');
  result.title = lines[0].slice(2).trim().slice(0, 120);
  const found = [];
  for (const line of lines.slice(1)) {
    const role = Object.keys(heading).find((name) => heading[name] === line);
    if (role) found.push({ role, lines: [] });
    else found.at(-1)?.lines.push(line.replace(/^\\(\\*## (?:You|Model))$/, '$1'));
  }
  if (found.length === 0) throw new Error('files.unknown');
  let place = top;
  for (const { role, lines: body } of found) {
    // One empty line follows a heading and one stands before the next, or the end; the rest is text.
    place = add(result, place, { role, text: body.slice(1, -1).join('\n') }).id;
  }
  return result;
}

/// Copies get names of their own, so that importing twice never overwrites.
export const renewed = (conversation) => ({ ...conversation, id: newIdentifier() });

/// Gives a text to the user as a file.
export function download(name, text, kind) {
  const address = URL.createObjectURL(new Blob([text], { type: kind }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/// A title as a file's name.
export const fileName = (title) => title.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '').slice(0, 40) || 'conversation';
