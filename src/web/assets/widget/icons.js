// Icons as nodes: a page's policy may forbid pictures from data addresses.

const ICONS = {
  chat: ['M20 11.5a7.5 7.5 0 0 1-11 6.6L4 20l1.8-4.6A7.5 7.5 0 1 1 20 11.5Z', 'M9 11.5h.01M12.5 11.5h.01M16 11.5h.01'],
  down: ['M6 9.5l6 6 6-6'],
  close: ['M6 6l12 12M18 6 6 18'],
  more: ['M5 12h.01M12 12h.01M19 12h.01'],
  send: ['M12 19V5M5.5 11.5 12 5l6.5 6.5'],
  picture: ['M4 6.5A1.5 1.5 0 0 1 5.5 5h13A1.5 1.5 0 0 1 20 6.5v11a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5Z', 'M4 16l4.5-4.5 4 4 2.5-2.5 5 5', 'M15.5 9.5h.01'],
  person: ['M12 12a3.75 3.75 0 1 0 0-7.5 3.75 3.75 0 0 0 0 7.5Z', 'M4.5 19.5c.8-3.3 3.8-5 7.5-5s6.7 1.7 7.5 5'],
  spark: ['M12 4l1.9 5.1L19 11l-5.1 1.9L12 18l-1.9-5.1L5 11l5.1-1.9Z', 'M18.5 16.5v4M16.5 18.5h4'],
  check: ['M5 12.5l4.5 4.5L19 7.5'],
  next: ['M9.5 6l6 6-6 6'],
  back: ['M14.5 6l-6 6 6 6'],
  download: ['M12 4.5v10M7.5 10.5l4.5 4.5 4.5-4.5M5 19.5h14'],
  copy: ['M9 9h9.5v10.5H9Z', 'M15 9V4.5H5.5V15H9'],
  cart: ['M4 5h2.2l2 10h9.3l2-7.5H7', 'M9.5 19.5h.01M16.5 19.5h.01'],
  box: ['M12 3.5l7.5 4v9l-7.5 4-7.5-4v-9Z', 'M4.5 7.5l7.5 4 7.5-4M12 11.5v9'],
  tag: ['M4 4.5h7.5l8 8-7.5 7.5-8-8Z', 'M8 8.5h.01'],
  clock: ['M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z', 'M12 7v5l3.5 2'],
};

function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 24 24', 'aria-hidden': 'true', class: `icon icon-${name}` })) {
    svg.setAttribute(key, value);
  }
  for (const line of ICONS[name]) {
    const path = document.createElementNS(space, 'path');
    path.setAttribute('d', line);
    svg.append(path);
  }
  return svg;
}

// A button that shows an icon and is called by its words.
function iconButton(name, words, properties = {}) {
  return button({ class: 'round', 'aria-label': words, title: words, ...properties }, icon(name));
}
