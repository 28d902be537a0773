import { english } from './strings-english.js';
import { french } from './strings-french.js';
import { load, save } from './stored.js';
import { Value } from './value.js';

const tables = { en: english, fr: french };

function preferred() {
  const chosen = load('language');
  if (tables[chosen]) return chosen;
  return navigator.language?.toLowerCase().startsWith('fr') ? 'fr' : 'en';
}

export const language = new Value(preferred());
document.documentElement.lang = language.get();

export function setLanguage(name) {
  save('language', name);
  document.documentElement.lang = name;
  language.set(name);
}

/// A sentence in the chosen language. `{name}` in it is replaced; a list is [one, many], chosen by `count`.
export function t(key, values = {}) {
  let text = tables[language.get()][key] ?? english[key] ?? key;
  if (Array.isArray(text)) {
    const rule = new Intl.PluralRules(language.get()).select(values.count ?? 0);
    text = text[rule === 'one' ? 0 : 1];
  }
  return text.replace(/\{(\w+)\}/g, (all, name) => {
    const value = values[name];
    return typeof value === 'number' ? number(value) : value ?? all;
  });
}

/// A number as the language writes it.
export function number(value, digits = 0) {
  return new Intl.NumberFormat(language.get(), {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  }).format(value);
}

/// A number with so many digits that matter, short: 10.7M, 0.0231.
export function short(value) {
  if (!Number.isFinite(value)) return '–';
  const options = Math.abs(value) >= 10000
    ? { notation: 'compact', maximumFractionDigits: 1 } : { maximumSignificantDigits: 4 };
  return new Intl.NumberFormat(language.get(), options).format(value);
}

/// A probability as a percentage; tiny ones are said to be tiny.
export function percent(value) {
  if (!Number.isFinite(value)) return '–';
  const digits = value < 0.0995 ? 1 : 0;
  const format = new Intl.NumberFormat(language.get(), {
    style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits,
  });
  return value > 0 && value < 0.0005 ? `<\u202f${format.format(0.001)}` : format.format(value);
}

/// A day and time of the past.
export function moment(milliseconds) {
  return new Intl.DateTimeFormat(language.get(), { dateStyle: 'medium', timeStyle: 'short' })
    .format(new Date(milliseconds));
}
