// Inside: one text, looked at in five ways.

import { debounced, element, replace } from './dom.js';
import { emptyState } from './controls.js';
import { t } from './language.js';
import { model, subject } from './session.js';
import { cleanups } from './value.js';
import { hasSubject } from './subject-tokens.js';
import { insideAttention } from './inside-attention.js';
import { insideLens } from './inside-lens.js';
import { insideNext } from './inside-next.js';
import { insideSpace } from './inside-space.js';
import { insideTokens } from './inside-tokens.js';
import { subjectField } from './subject-field.js';

const parts = { tokens: insideTokens, next: insideNext, attention: insideAttention, lens: insideLens, space: insideSpace };

export function insideView(container, wanted) {
  const name = parts[wanted] ? wanted : 'tokens';
  const undo = cleanups();
  const field = subjectField();
  const body = element('div', { class: 'inside-body' });
  const part = parts[name]();
  const show = () => {
    if (hasSubject()) replace(body, part.node);
    else replace(body, emptyState('inside', t('inside.emptyTitle'), element('p', {}, t('inside.emptyText'))));
    if (hasSubject()) part.refresh();
  };
  container.append(element('div', { class: 'page' },
    element('div', { class: 'page-head' }, element('h1', {}, t('view.inside')), element('p', { class: 'lead' }, t('inside.lead'))),
    field.node,
    element('nav', { class: 'subtabs', 'aria-label': t('inside.parts') }, Object.keys(parts).map((each) => (
      element('a', { href: `#inside/${each}`, class: 'subtab', 'aria-current': each === name ? 'page' : null }, t(`inside.${each}`))))),
    element('p', { class: 'part-note' }, t(`inside.${name}Note`)),
    body), ...(part.beside ?? []));
  undo.add(part.dispose, field.dispose, subject.subscribe(debounced(20, show)), model.subscribe(show));
  show();
  return undo.run;
}
