/// A value that tells when it changes.
export class Value {
  #value;
  #listeners = new Set();

  constructor(value) { this.#value = value; }

  get() { return this.#value; }

  set(value) {
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  /// Calls the listener at every change; the function that comes back ends that.
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/// Collects what must be undone when a view goes.
export function cleanups() {
  const list = [];
  return { add: (...undo) => list.push(...undo), run: () => list.splice(0).forEach((undo) => undo()) };
}
