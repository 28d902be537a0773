// What all views share: which model answers, and which text is looked at.

import { load, save } from './stored.js';
import { ask } from './server.js';
import { Value } from './value.js';

/// All models the server found; `null` until it was asked.
export const models = new Value(null);

/// The one that answers.
export const model = new Value(null);

/// The text that Inside and Pipeline show. Where it came from a generation, `tokens` are its exact tokens and
/// `texts` what they stand for; they count only for the model that made them.
export const subject = new Value(load('subject', { text: 'To be, or not to be', tokens: null, model: null }));

export function setSubject(value) {
  const whole = { tokens: null, model: null, ...value };
  save('subject', whole);
  subject.set(whole);
}

/// How the subject is named in a request.
export function subjectRequest() {
  const { text, tokens, model: maker } = subject.get();
  const current = model.get()?.id;
  return tokens && maker === current ? { model: current, tokens } : { model: current, text };
}

export async function refreshModels() {
  const answer = await ask('/api/models');
  models.set(answer.models);
  const wanted = model.get()?.id ?? answer.current;
  const usable = answer.models.filter((each) => !each.problem);
  const found = usable.find((each) => each.id === wanted)
    ?? usable.find((each) => each.id === answer.current) ?? usable[0] ?? null;
  if (found?.id !== model.get()?.id || !found) model.set(found);
}

export async function chooseModel(identifier) {
  model.set(await ask('/api/model', { id: identifier }));
}
