// What can be set about generating: the table all sliders, presets and requests come from.

import { load, save } from './stored.js';
import { Value } from './value.js';

/// `off` is the value that changes nothing; `stage` the stage of the sampler it belongs to.
export const definitions = [
  { name: 'temperature', group: 'choice', stage: 'temperature', least: 0, most: 3, step: 0.05, off: 1 },
  { name: 'topK', group: 'choice', stage: 'topK', least: 0, most: 200, step: 1, off: 0 },
  { name: 'topP', group: 'choice', stage: 'topP', least: 0.01, most: 1, step: 0.01, off: 1 },
  { name: 'minP', group: 'choice', stage: 'minP', least: 0, most: 1, step: 0.01, off: 0 },
  { name: 'typicalP', group: 'choice', stage: 'typicalP', least: 0.01, most: 1, step: 0.01, off: 1 },
  { name: 'topNSigma', group: 'choice', stage: 'topNSigma', least: 0, most: 5, step: 0.1, off: 0 },
  { name: 'repetitionPenalty', group: 'repetition', stage: 'repetitionPenalty', least: 1, most: 2, step: 0.01, off: 1 },
  { name: 'frequencyPenalty', group: 'repetition', stage: 'frequencyPenalty', least: -2, most: 2, step: 0.05, off: 0 },
  { name: 'presencePenalty', group: 'repetition', stage: 'presencePenalty', least: -2, most: 2, step: 0.05, off: 0 },
  { name: 'penaltyWindow', group: 'repetition', stage: null, least: 0, most: 512, step: 1, off: 0 },
  { name: 'dryMultiplier', group: 'repetition', stage: 'dry', least: 0, most: 2, step: 0.05, off: 0 },
  { name: 'xtcProbability', group: 'variety', stage: 'xtc', least: 0, most: 1, step: 0.01, off: 0 },
  { name: 'xtcThreshold', group: 'variety', stage: null, least: 0.01, most: 0.5, step: 0.01, off: 0.1 },
  { name: 'mirostatTarget', group: 'variety', stage: 'mirostat', least: 0, most: 10, step: 0.1, off: 0 },
  { name: 'mirostatRate', group: 'variety', stage: null, least: 0.01, most: 1, step: 0.01, off: 0.1 },
];

/// The orders of two well-known programs.
export const orders = {
  huggingFace: ['repetitionPenalty', 'frequencyPenalty', 'presencePenalty', 'dry', 'temperature',
    'topNSigma', 'topK', 'topP', 'minP', 'typicalP', 'xtc', 'mirostat'],
  llamaCpp: ['repetitionPenalty', 'frequencyPenalty', 'presencePenalty', 'dry', 'topNSigma', 'topK',
    'typicalP', 'topP', 'minP', 'xtc', 'temperature', 'mirostat'],
};

const neutral = Object.fromEntries(definitions.map((each) => [each.name, each.off]));

/// Settings that come with the page: numbers and order, nothing else.
export const presets = {
  calm: { ...neutral, temperature: 0.8, topP: 0.95, order: orders.huggingFace },
  neutral: { ...neutral, order: orders.huggingFace },
  huggingFace: { ...neutral, topK: 50, order: orders.huggingFace },
  llamaCpp: {
    ...neutral, topK: 40, topP: 0.95, minP: 0.05, temperature: 0.8, penaltyWindow: 64, order: orders.llamaCpp,
  },
};

const start = { ...presets.calm, maximumTokens: 200, seed: '', stop: '', system: '' };

/// What is set now.
export const parameters = new Value(checked({ ...start, ...load('parameters', {}) }));

/// Numbers inside their bounds, every stage once: also after a file or an older page wrote them.
export function checked(values) {
  const result = { ...values };
  for (const { name, least, most, off } of definitions) {
    const value = Number(result[name]);
    result[name] = Number.isFinite(value) ? Math.min(Math.max(value, least), most) : off;
  }
  const known = new Set(orders.huggingFace);
  const order = Array.isArray(result.order) ? [...new Set(result.order)].filter((each) => known.has(each)) : [];
  result.order = [...order, ...orders.huggingFace.filter((each) => !order.includes(each))];
  const tokens = Math.round(Number(result.maximumTokens));
  result.maximumTokens = Number.isFinite(tokens) ? Math.min(Math.max(tokens, 1), 4096) : start.maximumTokens;
  for (const name of ['stop', 'system', 'seed']) result[name] = String(result[name] ?? '');
  return result;
}

export function change(values) {
  const all = checked({ ...parameters.get(), ...values });
  save('parameters', all);
  parameters.set(all);
}

/// Whether a stage does anything with these values.
export function isActive(stage, values) {
  const definition = definitions.find((each) => each.stage === stage);
  return definition !== undefined && values[definition.name] !== definition.off;
}

/// The sampling part of a request: neutral members are left out.
export function samplingRequest(values = parameters.get()) {
  const sampling = { order: values.order };
  for (const { name, off } of definitions) if (values[name] !== off) sampling[name] = values[name];
  return sampling;
}

/// One stop string a line; `\n` stands for a line break.
export function stopStrings(values = parameters.get()) {
  return values.stop.split('\n').filter((line) => line !== '')
    .map((line) => line.replaceAll('\\n', '\n').replaceAll('\\t', '\t')).slice(0, 16);
}

/// The seed that is set, moved on by how many answers there are already; a new one each time if none is.
export function nextSeed(earlier = 0, values = parameters.get()) {
  const seed = Number.parseInt(values.seed, 10);
  return Number.isSafeInteger(seed) && seed >= 0 ? seed + earlier : Math.floor(Math.random() * 2 ** 31);
}
