import { load, save } from './stored.js';
import { Value } from './value.js';

/// `system`, `light` or `dark`.
export const theme = new Value(load('theme', 'system'));

/// Tells when colours change, whether the user or the system did it: canvases must be drawn again.
export const coloursChanged = new Value(0);

export function setTheme(name) {
  save('theme', name);
  if (name === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  theme.set(name);
  coloursChanged.set(coloursChanged.get() + 1);
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  coloursChanged.set(coloursChanged.get() + 1);
});

/// The red, green and blue a colour of the style sheet has now, for drawing on a canvas.
export function colourOf(variable) {
  const probe = document.createElement('span');
  probe.style.color = `var(--${variable})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color.match(/[\d.]+/g) ?? [0, 0, 0];
  probe.remove();
  return found.slice(0, 3).map(Number);
}

export const prefersStillness = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
