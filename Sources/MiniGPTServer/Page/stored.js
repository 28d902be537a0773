// Small settings in localStorage. Where the browser forbids storage the page works, and forgets.

const prefix = 'minigpt.';

export function load(name, otherwise) {
  try {
    const text = localStorage.getItem(prefix + name);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

export function save(name, value) {
  try {
    localStorage.setItem(prefix + name, JSON.stringify(value));
  } catch { /* A full or forbidden storage must not stop the page. */ }
}
