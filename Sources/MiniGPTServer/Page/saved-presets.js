import { definitions, checked } from './parameters.js';
import { load, save } from './stored.js';

const name = 'presets';

/// Presets the user saved: name → values.
export function savedPresets() {
  const all = load(name, {});
  return all && typeof all === 'object' && !Array.isArray(all) ? all : {};
}

export function keepPreset(title, values) {
  const kept = Object.fromEntries([...definitions.map((each) => each.name), 'order'].map((key) => [key, values[key]]));
  save(name, { ...savedPresets(), [title]: kept });
}

export function forgetPreset(title) {
  const all = savedPresets();
  const old = all[title];
  delete all[title];
  save(name, all);
  return old;
}

/// The numbers of a preset, made safe.
export function presetValues(title) {
  const { order, ...rest } = checked(savedPresets()[title] ?? {});
  return { ...Object.fromEntries(definitions.map((each) => [each.name, rest[each.name]])), order };
}
