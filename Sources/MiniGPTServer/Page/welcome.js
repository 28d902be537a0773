// An empty conversation: a word of greeting and some beginnings to press.

import { element } from './dom.js';
import { describe, nameOf } from './models.js';
import { t } from './language.js';
import { model } from './session.js';
import { current } from './chat-state.js';

export function welcome(onchoose) {
  const isChat = current.get().kind === 'chat';
  const beginnings = isChat ? ['welcome.chat1', 'welcome.chat2', 'welcome.chat3'] : ['welcome.text1', 'welcome.text2', 'welcome.text3'];
  return element('div', { class: 'welcome' },
    element('h2', {}, t(isChat ? 'welcome.chatTitle' : 'welcome.textTitle')),
    element('p', {}, t(isChat ? 'welcome.chatText' : 'welcome.textText')),
    element('div', { class: 'welcome-list' }, beginnings.map((key) => element('button', {
      type: 'button', class: 'welcome-card', onclick: () => onchoose(t(key)),
    }, t(key)))),
    model.get() && element('p', { class: 'quiet small' }, `${nameOf(model.get())} — ${describe(model.get())}`));
}
