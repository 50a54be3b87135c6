// `window.attendant`: what the page says before the element is there waits in a list.

const SAYINGS = {
  context({ chat }, given) {
    const { page, product, cart } = { ...chat.context, ...given };
    chat.context = { page, product, cart };
    chat.changed();
  },
  open: (element) => element.open(),
  close: (element) => element.close(),
  ask(element, text) {
    element.open();
    if (String(text || '').trim()) element.chat.send(String(text).trim());
    element.view.toEnd();
  },
  draft(element, text) {
    element.open();
    element.view.composer.fill(String(text || ''));
  },
  customer(element, provider) {
    if (typeof provider === 'function') element.chat.customer(provider);
  },
};

let unsaid = list(window.attendant);

function tellElement([name, ...rest]) {
  const element = AttendantChat.active;
  if (!Object.hasOwn(SAYINGS, name)) return;
  if (element) SAYINGS[name](element, ...rest);
  else if (unsaid.length < 100) unsaid.push([name, ...rest]);
}

// Called by the element when it is ready. Context and customer first, whatever the order was.
AttendantChat.greet = () => {
  const first = ({ 0: name }) => (name === 'context' || name === 'customer' ? 0 : 1);
  const said = unsaid.filter(Array.isArray).sort((a, b) => first(a) - first(b));
  unsaid = [];
  for (const one of said) tellElement(one);
};

window.attendant = { push: (...all) => all.forEach((one) => tellElement(one)) };
for (const name of Object.keys(SAYINGS)) {
  window.attendant[name] = (...rest) => tellElement([name, ...rest]);
}

function begin() {
  if (!customElements.get('attendant-chat')) customElements.define('attendant-chat', AttendantChat);
  const manual = SCRIPT && SCRIPT.hasAttribute('data-manual');
  if (!manual && !document.querySelector('attendant-chat')) document.body.append(document.createElement('attendant-chat'));
}

if (document.body && document.readyState !== 'loading') begin();
else document.addEventListener('DOMContentLoaded', begin, { once: true });
