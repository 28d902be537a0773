// Keys that work everywhere. Views add their own actions under a name and take them away when they go.

const actions = new Map();

/// Gives a named action to the keyboard; the function that comes back takes it away.
export function provide(name, action) {
  actions.set(name, action);
  return () => { if (actions.get(name) === action) actions.delete(name); };
}

/// All keys, for the help: [keys, what they do as a key of the string tables].
export const keys = [
  ['Enter', 'keys.send'], ['Shift+Enter', 'keys.line'], ['Escape', 'keys.stop'],
  ['Ctrl+Enter', 'keys.regenerate'], ['Alt+Enter', 'keys.continue'], ['Ctrl+↑', 'keys.edit'],
  ['Alt+←  Alt+→', 'keys.branch'], ['Alt+N', 'keys.new'], ['Alt+K', 'keys.search'], ['Alt+P', 'keys.parameters'],
  ['/', 'keys.focus'], ['Alt+1 … Alt+4', 'keys.views'], ['?', 'keys.help'],
  ['←  →', 'keys.tokens'], ['Alt+↑  Alt+↓', 'keys.order'],
];

const isTyping = (target) => target.matches?.('input:not([type=range], [type=radio], [type=checkbox]), textarea, select');

function nameOf(event) {
  const control = event.ctrlKey || event.metaKey;
  if (event.key === 'Escape') return 'stop';
  if (event.key === 'Enter' && control) return 'regenerate';
  if (event.key === 'Enter' && event.altKey) return 'continue';
  if (event.key === 'ArrowUp' && control) return 'edit';
  if (event.altKey && !control) {
    // The key's place, not its character: on many keyboards Alt types something else.
    return { KeyN: 'new', KeyK: 'search', KeyP: 'parameters', ArrowLeft: 'before', ArrowRight: 'after' }[event.code] ?? null;
  }
  if (isTyping(event.target) || control) return null;
  return { '/': 'focus', '?': 'help' }[event.key] ?? null;
}

export function installShortcuts({ showHelp, views }) {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || document.querySelector('dialog[open]')) return;
    const digit = event.altKey && /^Digit([1-9])$/.exec(event.code);
    if (digit && views[digit[1] - 1]) {
      event.preventDefault();
      location.hash = views[digit[1] - 1];
      return;
    }
    const name = nameOf(event);
    if (name === 'help') {
      event.preventDefault();
      showHelp();
      return;
    }
    const action = name && actions.get(name);
    if (!action) return;
    if (action() !== false) event.preventDefault();
  });
}
