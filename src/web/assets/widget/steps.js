// What stands beside the conversation: the welcome, the way to a person, earlier conversations.

class Welcome {
  constructor(chat) {
    this.chat = chat;
    this.people = make('p', { class: 'people' });
    const starter = (key, context) => button({ class: 'starter', text: say(key), onclick: () => chat.send(say(key), [], context) });
    this.product = starter('starter_product');
    this.node = make('div', { class: 'welcome' }, make('div', { class: 'welcome-mark' }, icon('spark')),
      make('h2', { text: say('welcome_title') }), make('p', { class: 'soft', text: say('welcome') }), this.people,
      make('div', { class: 'starters' }, this.product, starter('starter_order'), starter('starter_return'), starter('starter_size')));
  }

  update(shown) {
    this.node.hidden = !shown || (this.chat.conversation !== null && !this.chat.fold.caughtUp);
    this.product.hidden = !this.chat.context.product;
    const people = this.chat.shop && this.chat.shop.people;
    if (people && this.told !== people.words) {
      this.told = people.words;
      this.people.replaceChildren(make('span', { class: people.open ? 'light on' : 'light' }), people.words);
    }
  }
}

// The way to a person, there in every state.
class PersonStep {
  constructor(chat, field) {
    Object.assign(this, { chat, field });
    this.words = make('p', { class: 'soft' });
    this.hours = make('p', { class: 'people' });
    this.yes = button({ class: 'action', text: say('person_yes'), onclick: () => this.confirm() });
    const title = fresh('person');
    this.node = make('div', { class: 'step', role: 'group', 'aria-labelledby': title },
      make('strong', { id: title, text: say('person_question') }), this.words, this.hours,
      make('div', { class: 'actions' }, this.yes, button({ class: 'quiet', text: say('person_no'), onclick: () => this.hide() })));
    this.node.hidden = true;
  }

  show() {
    this.chat.askShop();
    this.node.hidden = false;
    this.update();
    const next = this.yes.hidden ? this.node.querySelector('.quiet') : this.yes;
    next.focus();
  }

  hide() {
    this.node.hidden = true;
    this.field().focus();
  }

  confirm() {
    this.chat.person();
    this.hide();
  }

  update() {
    if (this.node.hidden) return;
    const { fold, shop, online } = this.chat;
    const known = { waiting: say('person_asked'), with_person: say('joined') }[fold.status];
    write(this.words, known || say(online ? 'person_explained' : 'person_unsent'));
    this.yes.hidden = Boolean(known);
    write(this.node.querySelector('.quiet'), say(known ? 'dismiss' : 'person_no'));
    write(this.hours, (fold.status !== 'with_person' && shop && shop.people && shop.people.words) || '');
  }
}

// Earlier conversations of a customer who is signed in.
class Past {
  constructor(chat, close) {
    Object.assign(this, { chat, close });
    this.list = make('ul');
    this.words = make('p', { class: 'soft', role: 'status' });
    this.first = button({ class: 'text', onclick: () => close() }, icon('back'), say('back'));
    this.node = make('section', { class: 'past', 'aria-label': say('past') }, this.first, make('h2', { text: say('past') }), this.words, this.list);
    this.node.hidden = true;
  }

  toggle(open) {
    if (this.node.hidden === !open) return;
    this.node.hidden = !open;
    if (!open) return;
    this.first.focus();
    this.load();
  }

  async load() {
    this.list.replaceChildren();
    write(this.words, say('loading'));
    try {
      const past = await this.chat.past();
      write(this.words, past.length === 0 ? say('past_none') : '');
      this.list.replaceChildren(...past.map((one) => this.item(one)));
    } catch {
      write(this.words, say('trouble'));
    }
  }

  item({ id, title, last_ms: last }) {
    const current = this.chat.conversation && this.chat.conversation.id === id;
    const open = () => {
      this.chat.openPast(id);
      this.close();
    };
    return make('li', {}, button({ class: 'past-item', onclick: open, 'aria-current': current ? 'true' : null },
      make('span', { text: title || say('assistant') }),
      soft([last && sayTime(last), current && say('past_current')].filter(Boolean).join(' · '))));
  }
}
