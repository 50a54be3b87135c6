// Building and changing the page's nodes. Text goes in as text and never as markup.

// make('button', { class: 'plain', onclick: press, text: 'Go' }, child, …)
function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'text') node.textContent = value;
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else mark(node, name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

// Sets an attribute, or takes it away with false, null or undefined. What is so already is left
// alone, since a screen reader speaks again what is written again.
function mark(node, name, value) {
  if (value === false || value === null || value === undefined) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
    return;
  }
  const text = value === true ? '' : String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function button(properties, ...children) {
  return make('button', { type: 'button', ...properties }, ...children);
}

// Words for screen readers only.
function spoken(text) {
  return make('span', { class: 'spoken', text });
}

// Makes a container's children those nodes in that order, moving only what is out of place: a node
// that is moved loses the focus within it.
function arrange(container, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...container.children]) {
    if (!wanted.has(child)) child.remove();
  }
  let at = container.firstChild;
  for (const node of nodes) {
    if (node === at) at = at.nextSibling;
    else container.insertBefore(node, at);
  }
}

let labels = 0;
// An id for a label; ids are the shadow root's own.
function fresh(name) {
  labels += 1;
  return `${name}-${labels}`;
}

// An address that a link or a picture may have, or null.
function safeAddress(address) {
  try {
    const url = new URL(address, BASE);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url : null;
  } catch {
    return null;
  }
}

// Listens, and puts how to stop on a list.
function hear(stops, target, name, work) {
  target.addEventListener(name, work);
  stops.push(() => target.removeEventListener(name, work));
}

// A link into the shop itself stays in this tab, where the chat goes on; another opens a new one.
function link(address, properties, ...children) {
  const url = safeAddress(address);
  if (!url) return make('span', { class: properties.class }, ...children);
  const away = url.origin === location.origin
    ? { 'data-inside': true }
    : { target: '_blank', rel: 'noopener noreferrer' };
  return make('a', { href: url.href, ...away, ...properties }, ...children);
}

// A picture that takes itself away when it cannot be had: pages may forbid its host.
function picture(address, name, properties = {}) {
  const url = safeAddress(address);
  if (!address || !url) return null;
  const image = make('img', {
    alt: name, loading: 'lazy', referrerpolicy: 'no-referrer', ...properties,
  });
  image.addEventListener('error', () => image.remove());
  image.src = url.href;
  return image;
}
