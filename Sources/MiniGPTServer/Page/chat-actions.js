// What can be done in a conversation: send, regenerate, continue, edit, take another token.

import { t } from './language.js';
import { complain } from './notices.js';
import { nextSeed, parameters, samplingRequest, stopStrings } from './parameters.js';
import { ask, stream } from './server.js';
import { model } from './session.js';
import { changed, current, failure, growth, running } from './chat-state.js';
import { add, pathTo, path, siblings, top } from './message-tree.js';

/// Adds what the user wrote and asks for an answer.
export function send(text) {
  const conversation = current.get();
  const parent = path(conversation).at(-1)?.id ?? top;
  const node = add(conversation, parent, { role: 'user', text });
  answer(conversation, node);
}

/// Another answer beside this one.
export function regenerate(node) {
  const conversation = current.get();
  const question = conversation.nodes[node.parent];
  const earlier = siblings(conversation, node).count;
  answer(conversation, question, earlier);
}

/// An answer below a message.
export function answer(conversation, question, earlier = 0) {
  const node = add(conversation, question?.id ?? top, { role: 'model', model: model.get().id, tokens: [] });
  generate(conversation, node, promptBefore(conversation, question), earlier);
}

/// Lets the model go on where this message ends.
export function goOn(node) {
  const conversation = current.get();
  const known = exactTokens(node);
  // An end that the model chose is taken back: after it, most models begin something else.
  if (known && ['endOfText', 'stopToken'].includes(node.reason)) {
    node.tokens.pop();
    known.pop();
  }
  generate(conversation, node, known ? { tokens: known } : promptBefore(conversation, node));
}

/// A sibling of the answer that takes another token at a place and goes on from there.
export function takeAlternative(node, index, alternative) {
  const conversation = current.get();
  const tokens = [...node.tokens.slice(0, index), { ...alternative, alternatives: node.tokens[index].alternatives }];
  const sibling = add(conversation, node.parent, {
    role: 'model', model: node.model, promptTokens: node.promptTokens, promptTexts: node.promptTexts, tokens,
    text: tokens.map((each) => each.text).join(''), takenAt: index,
  });
  generate(conversation, sibling, { tokens: exactTokens(sibling) });
}

/// A changed copy of a message beside it. After what a user wrote, the model answers.
export function edit(node, text) {
  const conversation = current.get();
  const copy = add(conversation, node.parent, { role: node.role, text, ...(node.role === 'model' ? { isEdited: true } : {}) });
  if (node.role === 'user') answer(conversation, copy);
  else changed(conversation);
}

/// The tokens a model saw and made, if the model that answers now is the one that made them.
export function exactTokens(node) {
  if (!node.promptTokens || !node.tokens?.length || node.model !== model.get()?.id) return null;
  return [...node.promptTokens, ...node.tokens.map((each) => each.id)];
}

/// The prompt up to and with this message, as the request names it.
function promptBefore(conversation, node) {
  const nodes = node ? pathTo(conversation, node) : [];
  if (conversation.kind === 'text') return { prompt: nodes.map((each) => each.text).join('') };
  const system = parameters.get().system.trim();
  return {
    messages: [
      ...(system ? [{ role: 'system', content: system }] : []),
      ...nodes.map((each) => ({ role: each.role === 'user' ? 'user' : 'assistant', content: each.text })),
    ],
  };
}

async function generate(conversation, node, prompt, earlier = 0) {
  if (running.get()) return;
  const abort = new AbortController();
  const seed = nextSeed(earlier);
  const mine = { conversation, node, stop: () => abort.abort() };
  const before = { tokens: node.tokens?.length ?? 0, text: node.text };
  delete node.reason;
  failure.set(null);
  running.set(mine);
  changed(conversation);
  try {
    const request = {
      model: model.get().id, ...prompt, sampling: samplingRequest(), seed, stop: stopStrings(),
      maximumTokens: parameters.get().maximumTokens, alternatives: 8, stages: false,
    };
    for await (const event of stream('/api/generate', request, { signal: abort.signal })) {
      take(event, node);
      growth.set(node);
    }
    await repairText(node);
  } catch (error) {
    if (error.name === 'AbortError') node.reason = 'cancelled';
    else fail(conversation, node, error, before, prompt, earlier);
  } finally {
    node.seed = seed;
    running.set(null);
    if (conversation.nodes[node.id]) changed(conversation);
  }
}

function take(event, node) {
  if (event.type === 'start') {
    // Going on keeps the first prompt: what came since are tokens of the answer.
    if (!node.tokens?.length) {
      node.promptTokens = event.promptTokens.map((each) => each.id);
      node.promptTexts = event.promptTokens.map((each) => each.text);
    }
    node.tokens ??= [];
  } else if (event.type === 'token') {
    node.tokens.push({
      id: event.id, text: event.text, probability: event.probability, alternatives: event.alternatives ?? [],
    });
  } else if (event.type === 'text') {
    node.text += event.text;
  } else if (event.type === 'finished') {
    node.reason = event.reason;
    node.speed = event.tokensPerSecond;
    node.delay = event.secondsToFirstToken;
  }
}

/// A character of several tokens can be cut where an alternative was taken; the server puts it together.
async function repairText(node) {
  if (node.takenAt === undefined || !node.tokens.some((each) => each.text.includes('\ufffd'))) return;
  try {
    const { content } = await ask('/detokenize', { tokens: node.tokens.map((each) => each.id) });
    if (typeof content === 'string') node.text = content;
  } catch { /* The text stays as it came. */ }
}

function fail(conversation, node, error, before, prompt, earlier) {
  const hasGrown = (node.tokens?.length ?? 0) > before.tokens || node.text !== before.text;
  if (hasGrown || before.tokens > 0) node.reason = 'broken';
  if (conversation !== current.get()) {
    complain(error);
    return;
  }
  const again = () => {
    if (failure.get()?.node === node) generate(conversation, node, retryPrompt(conversation, node) ?? prompt, earlier);
  };
  failure.set({ node, error, again });
}

/// After an answer that broke off, trying again goes on from what has come.
function retryPrompt(conversation, node) {
  const known = exactTokens(node);
  if (known) return { tokens: known };
  return node.text === '' ? null : promptBefore(conversation, node);
}

/// Why an answer ended, where that is worth a word.
export function reasonText(node) {
  const known = ['length', 'contextFull', 'cancelled', 'broken', 'stopString', 'timeLimit', 'endOfText'];
  if (node.reason === 'stopToken') return t('reason.endOfText');
  return known.includes(node.reason) ? t(`reason.${node.reason}`) : '';
}
