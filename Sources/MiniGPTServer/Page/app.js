// The frame around the views: header, tabs, model, theme, language, help. A view is a function that fills
// a container and gives back what ends it; a change of language builds all of it anew.

import { element, replace } from './dom.js';
import { button, select } from './controls.js';
import { icon } from './icons.js';
import { language, setLanguage, t } from './language.js';
import { installNotices } from './notices.js';
import { installShortcuts } from './shortcuts.js';
import { installTooltip } from './tooltip.js';
import { showHelp } from './help.js';
import { isReachable } from './server.js';
import { model, models, refreshModels } from './session.js';
import { modelPicker, noModel } from './models.js';
import { setTheme, theme } from './theme.js';
import { chatView } from './chat-view.js';
import { insideView } from './inside-view.js';
import { pipelineView } from './pipeline-view.js';
import { trainingView } from './training-view.js';

const views = { chat: chatView, inside: insideView, pipeline: pipelineView, training: trainingView };
const root = document.getElementById('app');

let endView = () => {};
let endFrame = () => {};
let shown = null;

const route = () => {
  const [name, part] = location.hash.slice(1).split('/');
  return { name: views[name] ? name : 'chat', part };
};

function buildFrame() {
  endView();
  endFrame();
  const picker = modelPicker();
  const banner = element('div', { class: 'banner', role: 'alert', hidden: true });
  const main = element('main', { class: 'view', id: 'view', tabindex: '-1' });
  replace(root,
    element('a', { class: 'skip', href: '#view', onclick: (event) => { event.preventDefault(); main.focus(); } }, t('app.skip')),
    element('header', { class: 'top' },
      element('a', { class: 'brand', href: '#chat', 'aria-label': 'MiniGPT' }, element('img', { src: '/page/icon.svg', alt: '', width: 26, height: 26 }),
        element('span', {}, 'MiniGPT')),
      tabs(), picker.node, settings()),
    banner, main);
  const showBanner = () => {
    banner.hidden = isReachable.get();
    replace(banner, element('span', {}, t('error.goneLong')), ' ', element('code', {}, 'minigpt serve'));
  };
  showBanner();
  const ends = [
    picker.dispose,
    isReachable.subscribe((isThere) => {
      showBanner();
      if (isThere) start();
    }),
  ];
  endFrame = () => ends.forEach((end) => end());
  document.title = 'MiniGPT';
  shown = null;
  showView();
}

function tabs() {
  return element('nav', { class: 'tabs', 'aria-label': t('app.views') }, Object.keys(views).map((name, index) => (
    element('a', { href: `#${name}`, class: 'tab', 'data-view': name, 'data-tip': `${t('app.shortcut')} Alt+${index + 1}` },
      icon(name), element('span', {}, t(`view.${name}`))))));
}

function settings() {
  const order = ['system', 'light', 'dark'];
  const pictures = { system: 'system', light: 'sun', dark: 'moon' };
  const themeButton = () => button(t(`theme.${theme.get()}`), {
    picture: pictures[theme.get()], quiet: true,
    onclick: (event) => {
      setTheme(order[(order.indexOf(theme.get()) + 1) % order.length]);
      const next = themeButton();
      event.currentTarget.replaceWith(next);
      next.focus();
    },
  });
  return element('div', { class: 'settings' },
    select([{ value: 'en', label: 'EN' }, { value: 'fr', label: 'FR' }], language.get(), setLanguage,
      { 'aria-label': t('app.language'), class: 'language' }),
    themeButton(), button(t('help.title'), { picture: 'help', quiet: true, onclick: showHelp }));
}

function showView() {
  const { name, part } = route();
  for (const tab of root.querySelectorAll('.tab')) {
    if (tab.dataset.view === name) tab.setAttribute('aria-current', 'page');
    else tab.removeAttribute('aria-current');
  }
  const main = document.getElementById('view');
  // Training works without a model; the others say how to get one.
  const kind = name !== 'training' && models.get() !== null && !model.get() ? 'none' : name;
  const key = `${kind}/${part ?? ''}`;
  if (key === shown) return;
  shown = key;
  endView();
  main.replaceChildren();
  main.dataset.view = kind;
  document.title = `${t(`view.${name}`)} · MiniGPT`;
  if (kind === 'none') {
    main.append(noModel());
    endView = () => {};
  } else {
    endView = views[name](main, part) ?? (() => {});
  }
}

async function start() {
  try {
    await refreshModels();
  } catch { /* The banner says that the server is gone; the page starts again when it is back. */ }
  showView();
}

installNotices();
installTooltip();
installShortcuts({ showHelp, views: Object.keys(views) });
addEventListener('hashchange', showView);
language.subscribe(buildFrame);
model.subscribe(showView);
buildFrame();
start();
