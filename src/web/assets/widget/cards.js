// Cards: what is looked at rather than read. Each is made once and updated where it can change.

const LISTED_MAX = 20;

function cardBox(name, label, ...children) {
  return make('div', { class: `card card-${name}`, role: 'group', 'aria-label': label }, ...children);
}

function cardHead(iconName, title, below, beside) {
  return make('div', { class: 'card-head' }, make('span', { class: 'badge-icon' }, icon(iconName)),
    make('div', { class: 'card-title' }, make('strong', { text: title }), below), beside);
}

function soft(text) {
  return text ? make('span', { class: 'soft', text }) : null;
}

// A choice of one among few as chips; `chosen` is told the value.
function chips(label, values, value, chosen) {
  const name = fresh('choice');
  const made = values.map((one) => {
    const input = make('input', { type: 'radio', name, value: one, class: 'spoken' });
    input.checked = one === value;
    input.addEventListener('change', () => chosen(one));
    return make('label', { class: 'chip' }, input, make('span', { text: one }));
  });
  return make('fieldset', { class: 'chips' }, make('legend', { text: label }), make('div', {}, ...made));
}

const CARD_MAKERS = {
  products(card, chat) {
    const products = list(card.data.products).slice(0, LISTED_MAX);
    const row = make('div', { class: products.length > 1 ? 'row' : 'row single', role: 'group', 'aria-label': say('products') },
      ...products.map((product) => productCard(product, chat)));
    return { node: row };
  },

  offer(card, chat) {
    const { title, code, terms, valid_until: until } = card.data;
    const copy = button({ class: 'quiet', 'aria-label': say('copy_code', { code }) }, icon('copy'), make('span', { text: say('copy') }));
    const node = cardBox('offer', say('offer'), cardHead('tag', title, soft(until && say('valid_until', { date: until }))),
      make('div', { class: 'code' }, make('code', { text: code }), copy),
      make('ul', { class: 'terms', 'aria-label': say('terms') }, ...list(terms).slice(0, LISTED_MAX).map((term) => make('li', { text: term }))));
    copy.addEventListener('click', async () => {
      if (!await copyText(code, node.querySelector('code'))) return;
      write(copy.lastChild, say('copied'));
      chat.announce(say('copied'));
      setTimeout(() => write(copy.lastChild, say('copy')), 2500);
    });
    return { node };
  },

  label(card) {
    const { return_number: number, a4, a6, ship_by: by } = card.data;
    const download = (address, paper) => link(address, {
      class: 'action', target: '_blank', rel: 'noopener noreferrer', 'aria-label': say(`download_${paper.toLowerCase()}`),
    }, icon('download'), paper);
    return {
      node: cardBox('label', say('label', { number }),
        cardHead('box', say('label', { number }), soft(by && say('hand_over', { date: by }))),
        make('div', { class: 'actions' }, download(a4, 'A4'), download(a6, 'A6'))),
    };
  },

  cart(card, chat) {
    const { title, color, size, quantity, price, picture: address } = card.data;
    const heading = make('strong');
    const node = cardBox('cart', null,
      make('div', { class: 'cart-line' }, picture(address, '', { class: 'thumb' }) || make('span', { class: 'badge-icon' }, icon('cart')),
        make('div', { class: 'card-title' }, make('span', { class: 'soft good' }, icon('check'), heading), make('span', { text: title }),
          soft([`${quantity} × ${variantWords(color, size)}`, price].join(' · ')))));
    const update = () => {
      const taken = chat.cartTaken(card.seq);
      write(heading, say(taken ? 'cart_added' : 'cart_ready'));
      mark(node, 'aria-label', heading.textContent);
    };
    update();
    return { node, update };
  },

  sources(card) {
    const sources = list(card.data.sources).slice(0, LISTED_MAX);
    const item = ({ title, heading, version, link: address }) => {
      const words = [title, heading].filter(Boolean).join(' › ');
      const name = address ? link(address, {}, words) : make('span', { text: words });
      return make('li', {}, name, ' ', soft(version && say('source_version', { version })));
    };
    return {
      node: make('details', { class: 'sources' }, make('summary', {}, icon('next'), `${say('sources')} (${sources.length})`),
        make('ul', {}, ...sources.map(item))),
    };
  },

  handoff(card) {
    return { node: make('div', { class: 'card card-handoff' }, icon('clock'), make('p', { text: card.data.words || '' })) };
  },

  order: (card) => ({ node: orderCard(card.data) }),
  proposal: (card, chat) => proposalCard(card, chat),
};

function variantWords(...words) {
  return words.filter(Boolean).join(', ');
}

async function copyText(text, node) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Not allowed here: the shopper copies what is marked.
    getSelection().selectAllChildren(node);
    return false;
  }
}

// ---- One product

function productCard(product, chat) {
  const { title, brand, price, compare_at: before, link: address, final_sale: final } = product;
  const colors = list(product.colors).filter((one) => list(one.sizes).length > 0);
  const choice = new Choice(colors);
  const picked = () => variantWords(choice.color, choice.size);
  const hint = make('p', { class: 'hint', role: 'alert' });
  const add = button({ class: 'action', 'aria-label': `${say('add_to_cart')}: ${title}` }, icon('cart'), say('add_to_cart'));
  add.addEventListener('click', () => {
    if (!choice.size) {
      write(hint, say('choose_size'));
      choice.sizes.querySelector('input').focus();
      return;
    }
    chat.send(say('add_message', { title, variant: picked() }), [], { product: product.product });
  });
  choice.changed = () => write(hint, '');
  const ask = button({
    class: 'quiet', 'aria-label': `${say('ask_about')}: ${title}`,
    onclick: () => chat.send(say('ask_message', { title }), [], { product: product.product }),
  }, say('ask_about'));
  return make('article', { class: 'product', 'aria-label': title },
    make('div', { class: 'product-picture' }, icon('box'), picture(product.picture, title)),
    make('div', { class: 'product-words' }, soft(brand), link(address, { class: 'product-title' }, title),
      priceLine(price, before), final ? make('span', { class: 'pill', text: say('final_sale') }) : null),
    colors.length > 0 ? choice.node : make('p', { class: 'soft', text: say('sold_out') }),
    hint,
    make('div', { class: 'actions' }, colors.length > 0 ? add : null, ask));
}

function priceLine(price, before) {
  if (!before) return make('span', { class: 'price', text: price });
  return make('span', { class: 'price' }, make('ins', {}, spoken(say('now', { price: '' })), price), ' ',
    make('del', {}, spoken(say('was', { price: '' })), before));
}

// Colour first; the sizes are those of the colour.
class Choice {
  constructor(colors) {
    this.colors = colors;
    this.color = colors.length > 0 ? colors[0].color : '';
    this.size = '';
    this.changed = () => {};
    this.sizes = make('div');
    const names = colors.map((one) => one.color).slice(0, LISTED_MAX);
    const choose = (color) => {
      this.color = color;
      this.showSizes();
      this.changed();
    };
    this.node = make('div', { class: 'choice' }, chips(say('color'), names, this.color, choose), this.sizes);
    this.showSizes();
  }

  showSizes() {
    const one = this.colors.find((color) => color.color === this.color);
    const sizes = one ? one.sizes.slice(0, LISTED_MAX * 2) : [];
    if (sizes.length === 1) [this.size] = sizes;
    else if (!sizes.includes(this.size)) this.size = '';
    this.sizes.replaceChildren(chips(say('size'), sizes, this.size, (size) => {
      this.size = size;
      this.changed();
    }));
  }
}
