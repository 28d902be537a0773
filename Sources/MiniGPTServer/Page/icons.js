// Line drawings on a grid of 24, all in one stroke, coloured by the text around them.

import { shape } from './dom.js';

const paths = {
  chat: 'M5 18.5V6.8A1.8 1.8 0 0 1 6.8 5h10.4A1.8 1.8 0 0 1 19 6.8v7.4a1.8 1.8 0 0 1-1.8 1.8H8.5z',
  inside: 'M12 5c-5 0-8.5 5.2-9 7 .5 1.8 4 7 9 7s8.5-5.2 9-7c-.5-1.8-4-7-9-7zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  pipeline: 'M4 7h6v4H4zM14 13h6v4h-6zM10 9h3.5a2 2 0 0 1 2 2v2',
  training: 'M4 5v14h16M7.5 8c2 5.5 4.5 7 11 7.5',
  send: 'M12 19V6M6.5 11 12 5.5 17.5 11',
  stop: 'M7.5 7.5h9v9h-9z',
  again: 'M18.5 12a6.5 6.5 0 1 1-2-4.7M18.5 4.5v3.5H15',
  forward: 'M6 6.5 12 12l-6 5.5M13 6.5 19 12l-6 5.5',
  edit: 'M5 19l.8-3.7L16 5l3 3L8.7 18.2z',
  copy: 'M9 9h10v10H9zM15 9V5H5v10h4',
  trash: 'M5 7.5h14M9.5 7V5h5v2M7 7.5 8 19h8l1-11.5',
  plus: 'M12 5.5v13M5.5 12h13',
  search: 'M10.5 5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM15 15l4.5 4.5',
  left: 'M14.5 6 8.5 12l6 6',
  right: 'M9.5 6l6 6-6 6',
  up: 'M6 14.5 12 8.5l6 6',
  down: 'M6 9.5l6 6 6-6',
  close: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  menu: 'M4.5 7h15M4.5 12h15M4.5 17h15',
  sliders: 'M4 8h8M16 8h4M4 16h3M11 16h9M14 6v4M9 14v4',
  help: 'M9 9.2a3 3 0 1 1 4.4 2.7c-.9.5-1.4 1-1.4 2.1M12 17.5v.1',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4',
  moon: 'M19 14.5A7.5 7.5 0 0 1 9.5 5a7.5 7.5 0 1 0 9.5 9.5z',
  system: 'M4 5.5h16v10H4zM9 19h6',
  grip: 'M9 6.5v.1M15 6.5v.1M9 12v.1M15 12v.1M9 17.5v.1M15 17.5v.1',
  more: 'M6 12v.1M12 12v.1M18 12v.1',
  download: 'M12 5v10M7.5 11 12 15.5 16.5 11M5 19h14',
  upload: 'M12 16V6M7.5 10 12 5.5 16.5 10M5 19h14',
  play: 'M8 6l10 6-10 6z',
  pause: 'M9 6v12M15 6v12',
  check: 'M5.5 12.5 10 17l8.5-10',
};

export function icon(name) {
  return shape('svg', { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true', focusable: 'false' },
    shape('path', { d: paths[name] }));
}
