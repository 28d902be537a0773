// Elements are made here and nowhere else, and only from text: nothing a model or a user wrote is ever
// read as HTML.

const drawing = 'http://www.w3.org/2000/svg';

/// An element with attributes, listeners (`onclick` and so on) and children (nodes, strings, lists).
export function element(name, attributes = {}, ...children) {
  return dress(document.createElement(name), attributes, children);
}

/// The same for SVG.
export function shape(name, attributes = {}, ...children) {
  return dress(document.createElementNS(drawing, name), attributes, children);
}

function dress(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key === 'variables') setVariables(node, value);
    else if (key === 'value') node.value = value;
    else if (key === 'checked') node.checked = true;
    else node.setAttribute(key, value === true ? '' : String(value));
  }
  append(node, children);
  return node;
}

/// Custom properties of CSS. They are set by script, since the page's policy forbids style attributes.
export function setVariables(node, variables) {
  for (const [key, value] of Object.entries(variables)) node.style.setProperty(`--${key}`, String(value));
}

export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export function replace(node, ...children) {
  node.replaceChildren();
  append(node, children);
}

/// What a function does at most once in so many milliseconds, after the last call.
export function debounced(milliseconds, action) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
}

/// What a function does at most once for each picture the screen shows.
export function oncePerFrame(action) {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => { isAsked = false; action(); });
  };
}

let lastName = 0;

/// A name for `aria-` references that nothing else has.
export function uniqueName(prefix) {
  lastName += 1;
  return `${prefix}-${lastName}`;
}
