import { element } from './dom.js';
import { openDialog } from './dialogs.js';
import { t } from './language.js';
import { keys } from './shortcuts.js';

/// What the page can do, and with which keys.
export function showHelp() {
  openDialog(t('help.title'), [
    element('p', {}, t('help.text')),
    element('dl', { class: 'help-views' }, ['chat', 'inside', 'pipeline', 'training'].flatMap((name) => [
      element('dt', {}, t(`view.${name}`)), element('dd', {}, t(`help.${name}`)),
    ])),
    element('h3', {}, t('help.keys')),
    element('dl', { class: 'keys' }, keys.flatMap(([combination, text]) => [
      element('dt', {}, combination.split(/(\s+|\+|…)/).filter(Boolean).map((part) => (
        /^(\s+|\+|…)$/.test(part) ? part : element('kbd', {}, part)))),
      element('dd', {}, t(text)),
    ])),
    element('p', { class: 'quiet' }, t('help.privacy')),
  ], { kind: 'dialog-wide' });
}
