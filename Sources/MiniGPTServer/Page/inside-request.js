// Requests about the text that is looked at. The server shows so many tokens at most; of a longer text
// the last ones are asked for, and the answer says so.

import { t } from './language.js';
import { element } from './dom.js';
import { model, subjectRequest } from './session.js';
import { subjectTokens } from './subject-tokens.js';

/// Asks with the text, or with as many of its last tokens as can be shown.
export async function askInside(newest, path, most, extra = {}) {
  const request = { ...subjectRequest(), ...extra };
  const limit = Math.min(most, model.get()?.contextLength ?? most);
  if (request.tokens?.length > limit) return cut(newest, path, request, request.tokens, limit);
  try {
    return await newest.ask(path, request);
  } catch (error) {
    if (error.code !== 'too_many_tokens' || request.tokens) throw error;
    const tokens = await subjectTokens(newest);
    return tokens && cut(newest, path, request, tokens.map((each) => each.id), limit);
  }
}

async function cut(newest, path, { text, ...request }, tokens, limit) {
  const answer = await newest.ask(path, { ...request, tokens: tokens.slice(-limit) });
  return answer && { ...answer, cutFrom: tokens.length, cutTo: limit };
}

/// What is said above an answer about a part of the text.
export function cutNote(answer) {
  return answer.cutFrom ? element('p', { class: 'hint' }, t('inside.cut', { count: answer.cutTo, all: answer.cutFrom })) : null;
}
