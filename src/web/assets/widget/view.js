// The panel: head, conversation, composer, and the steps between. Shows what the chat holds; nodes
// are kept, so that focus and reading place are.

const SHOWN_STEP = 60;
const NEAR_END = 80;
const TROUBLE_SHOWN_MS = 4000;

class View {
  constructor(chat, { close }) {
    this.chat = chat;
    this.entries = new Map();
    this.shownMax = SHOWN_STEP;
    this.follows = true;
    this.composer = new Composer(chat, { sent: () => this.toEnd() });
    this.rating = new Rating(chat);
    this.rating.done = () => this.composer.field.focus();
    this.person = new PersonStep(chat, () => this.composer.field);
    this.past = new Past(chat, (focus) => this.showPast(false, focus));
    this.buildHead(close);
    this.buildLog();
    this.buildPanel();
  }

  buildHead(close) {
    this.avatar = make('div', { class: 'avatar', 'aria-hidden': 'true' });
    this.title = make('strong', { class: 'title' });
    this.subtitle = make('span', { class: 'subtitle' });
    this.personButton = iconButton('person', say('to_person'), { onclick: () => this.askPerson() });
    this.menuButton = iconButton('more', say('menu'), { 'aria-expanded': 'false', onclick: () => this.toggleMenu() });
    const pick = (words, work) => button({
      onclick: () => {
        this.toggleMenu(false);
        work();
      },
    }, words);
    this.pastItem = pick(say('past'), () => this.showPast(true));
    this.menu = make('div', { class: 'menu' },
      pick(say('new_conversation'), () => this.startNew()), this.pastItem);
    this.menu.hidden = true;
    this.head = make('header', { class: 'head' }, this.avatar,
      make('div', { class: 'names' }, this.title, this.subtitle),
      this.personButton, this.menuButton, iconButton('close', say('close'), { onclick: close }), this.menu);
  }

  buildLog() {
    this.welcome = new Welcome(this.chat);
    this.more = button({ class: 'text earlier', text: say('earlier_messages'), onclick: () => this.showMore() });
    this.log = make('div', { class: 'log', role: 'log', 'aria-label': say('messages'), 'aria-live': 'off', 'aria-relevant': 'additions' });
    // What is not finished is outside the live region, and so is read out whole.
    this.now = make('div', { class: 'log now' });
    this.dots = make('div', { class: 'typing' }, make('span', { class: 'by' }), make('span', { class: 'dots', 'aria-hidden': 'true' }, make('i'), make('i'), make('i')));
    this.dots.hidden = true;
    this.scroll = make('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': say('messages') },
      this.welcome.node, this.more, this.log, this.now, this.dots, this.rating.node);
    this.scroll.addEventListener('scroll', () => this.scrolled(), { passive: true });
    this.jump = button({ class: 'jump', onclick: () => this.toEnd() }, icon('down'), say('jump'));
    this.jump.hidden = true;
  }

  buildPanel() {
    this.notice = make('p', { class: 'notice', role: 'status' });
    this.status = make('p', { class: 'spoken', role: 'status' });
    this.body = make('div', { class: 'body' }, this.scroll, this.jump);
    this.drop = make('div', { class: 'drop', 'aria-hidden': 'true' }, say('drop'));
    this.panel = make('div', { class: 'panel', role: 'dialog', id: 'panel' }, this.head, this.notice, this.body,
      this.past.node, this.person.node, this.composer.node, this.status, this.drop);
    this.panel.addEventListener('dragover', (event) => this.dragged(event, true));
    this.panel.addEventListener('dragleave', (event) => this.dragged(event, this.panel.contains(event.relatedTarget)));
    this.panel.addEventListener('drop', (event) => {
      this.dragged(event, false);
      this.composer.add([...event.dataTransfer.files]);
    });
    this.panel.addEventListener('focusout', (event) => {
      if (event.relatedTarget && !this.menu.hidden && !this.menu.contains(event.relatedTarget)
        && event.relatedTarget !== this.menuButton) this.toggleMenu(false, false);
    });
    this.panel.addEventListener('click', (event) => {
      const inMenu = this.menu.contains(event.target) || this.menuButton.contains(event.target);
      if (!this.menu.hidden && !inMenu) this.toggleMenu(false, false);
    });
  }

  dragged(event, over) {
    if (!event.dataTransfer || ![...event.dataTransfer.types].includes('Files')) return;
    event.preventDefault();
    mark(this.panel, 'data-drop', over);
  }

  // ---- Steps

  toggleMenu(open = this.menu.hidden, focus = true) {
    if (open === !this.menu.hidden) return;
    this.menu.hidden = !open;
    this.pastItem.hidden = !this.chat.verified;
    mark(this.menuButton, 'aria-expanded', open);
    if (open) this.menu.querySelector('button').focus();
    else if (focus) this.menuButton.focus();
  }

  askPerson() {
    this.showPast(false, false);
    this.person.show();
  }

  startNew() {
    this.showPast(false, false);
    this.chat.startNew();
    this.composer.field.focus();
  }

  showPast(open, focus = true) {
    this.past.toggle(open);
    this.body.hidden = open;
    if (!open && focus) this.composer.field.focus();
  }

  // What Escape closes before it closes the chat; whether there was something.
  escape() {
    if (!this.menu.hidden) this.toggleMenu(false);
    else if (!this.person.node.hidden) this.person.hide();
    else if (!this.past.node.hidden) this.showPast(false);
    else return false;
    return true;
  }

  announce(words) {
    this.status.textContent = '';
    setTimeout(() => { this.status.textContent = words; }, 50);
  }

  // ---- Showing

  update() {
    this.updateHead();
    this.updateNotice();
    this.updateEntries();
    this.updateTyping();
    this.rating.update();
    this.person.update();
    this.composer.look();
    this.stick();
    // What stood there before is not news.
    mark(this.log, 'aria-live', this.chat.fold.caughtUp || !this.chat.conversation ? 'polite' : 'off');
  }

  updateHead() {
    const { shop, fold } = this.chat;
    const shopName = shop && shop.name;
    const person = fold.status === 'with_person';
    const name = person ? fold.person || say('person') : shopName || say('assistant');
    write(this.title, name);
    const how = { with_person: fold.person ? say('person') : '', waiting: say('waiting') };
    write(this.subtitle, how[fold.status] ?? say('ai_assistant'));
    mark(this.panel, 'aria-label', say('dialog', { shop: shopName || '' }).trim());
    const face = person ? fold.person || 'person' : 'spark';
    if (this.face !== face) {
      this.face = face;
      this.avatar.replaceChildren(person && fold.person ? initials(fold.person) : icon(face));
    }
  }

  // Short losses are nobody's business.
  updateNotice() {
    const { chat } = this;
    clearTimeout(this.troubled);
    const lost = chat.connected === false;
    if (!lost) this.lostAt = 0;
    else if (!this.lostAt) this.lostAt = Date.now();
    const wait = lost ? TROUBLE_SHOWN_MS - (Date.now() - this.lostAt) : 0;
    if (wait > 0) this.troubled = setTimeout(() => this.updateNotice(), wait);
    const words = (!chat.online && say('offline')) || (lost && wait <= 0 && say('reconnecting')) || chat.notice || '';
    write(this.notice, words);
    mark(this.notice, 'class', words && (!chat.online || lost) ? 'notice warn' : 'notice');
  }

  updateEntries() {
    const { fold } = this.chat;
    const pending = this.chat.pending();
    const messages = pending.filter((one) => one.kind === 'message').map(pendingEntry);
    const persons = pending.filter((one) => one.kind === 'person' && one.state !== 'sent').map((one) => ({
      key: `own:${one.id}`, kind: 'line', tone: 'plain', pending: one,
      text: this.chat.online ? say('person_sending') : say('person_unsent'),
    }));
    const all = [...fold.sorted(), ...messages, ...persons];
    const shown = all.slice(-this.shownMax);
    this.more.hidden = all.length <= this.shownMax;
    this.welcome.update(all.length === 0);
    const whole = shown.filter((entry) => !entry.unfinished);
    const nodes = new Map(shown.map((entry) => [entry.key, this.entryView(entry)]));
    this.place(this.log, whole.map((entry) => nodes.get(entry.key).node));
    this.place(this.now, shown.filter((entry) => entry.unfinished).map((entry) => nodes.get(entry.key).node));
    for (const key of this.entries.keys()) if (!nodes.has(key)) this.entries.delete(key);
    this.group(whole, nodes);
    this.feet(whole, nodes);
  }

  entryView(entry) {
    let view = this.entries.get(entry.key);
    if (!view) {
      view = new EntryView(entry, this.chat);
      this.entries.set(entry.key, view);
    }
    view.update(entry);
    return view;
  }

  // A node that has to move takes its focus along.
  place(container, nodes) {
    const root = container.getRootNode();
    const focused = root.activeElement;
    arrange(container, nodes);
    if (focused && focused.isConnected && root.activeElement !== focused) focused.focus({ preventScroll: true });
  }

  // One name over several messages of the same speaker.
  group(entries, views) {
    entries.forEach((entry, at) => {
      const before = entries[at - 1];
      const same = before && before.kind === entry.kind && before.from === entry.from && before.name === entry.name;
      mark(views.get(entry.key).node, 'data-follows', Boolean(same));
    });
  }

  feet(entries, views) {
    const own = entries.filter((entry) => entry.kind === 'message' && entry.from === 'shopper');
    const last = own.at(-1);
    for (const entry of own) views.get(entry.key).footer(...this.foot(entry, entry === last));
  }

  foot(entry, last) {
    const { chat } = this;
    const one = entry.pending;
    if (!one) {
      if (!last) return ['', 'plain'];
      return [say(entry.seq <= chat.fold.readByPerson ? 'seen' : 'sent'), 'plain'];
    }
    if (one.state === 'sent') return [say('sent'), 'plain'];
    const again = () => button({ class: 'text', text: say('retry'), onclick: () => chat.retry(one.id) });
    if (one.state === 'failed') {
      const discard = button({ class: 'text', text: say('discard'), onclick: () => chat.discard(one.id) });
      return [`${say('failed')} ${one.why || ''}`.trim(), 'bad', again(), discard];
    }
    if (!chat.online) return [say('unsent'), 'plain'];
    return chat.tries > 1 ? [say('unsent'), 'plain', again()] : [say('sending'), 'plain'];
  }

  updateTyping() {
    const { fold } = this.chat;
    clearTimeout(this.typingEnds);
    const typing = fold.typing;
    const left = typing ? typing.until - Date.now() : 0;
    const unfinished = this.now.childElementCount > 0;
    this.dots.hidden = left <= 0 || unfinished;
    if (left <= 0) return;
    const name = typing.from === 'person' ? typing.name || say('person') : say('assistant');
    const words = say('is_typing', { name });
    write(this.dots.firstChild, words);
    if (this.toldTyping !== words && !this.dots.hidden) this.announce(words);
    this.toldTyping = words;
    this.typingEnds = setTimeout(() => this.updateTyping(), left + 50);
  }

  // ---- The reading place

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroll;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (atEnd) this.jump.hidden = true;
    this.follows = atEnd || (this.follows && Math.abs(scrollTop - this.top) < 4);
  }

  stick() {
    const { scroll } = this;
    const height = scroll.scrollHeight;
    const own = [...this.log.children].filter((node) => node.classList.contains('from-shopper')).at(-1);
    // An answer longer than the panel is read from its question on, unless it asks for a yes.
    const most = own && !this.chat.pressed && !this.rating.undecided ? own.offsetTop - 12 : height;
    if (this.follows) scroll.scrollTop = Math.min(height, most);
    const below = height - scroll.scrollTop - scroll.clientHeight;
    if (below > NEAR_END && height > (this.height || 0) + 8) this.jump.hidden = false;
    this.height = height;
    this.top = scroll.scrollTop;
  }

  toEnd() {
    this.follows = true;
    this.jump.hidden = true;
    this.scroll.scrollTop = this.scroll.scrollHeight;
    if (this.jump.getRootNode().activeElement === this.jump) this.composer.field.focus();
  }

  showMore() {
    const below = this.scroll.scrollHeight - this.scroll.scrollTop;
    this.shownMax += SHOWN_STEP;
    this.follows = false;
    this.updateEntries();
    this.height = this.scroll.scrollHeight;
    this.scroll.scrollTop = this.scroll.scrollHeight - below;
    if (this.more.hidden) this.scroll.focus();
  }
}

function initials(name) {
  return name.split(/\s+/).slice(0, 2).map((part) => [...part][0] || '').join('').toUpperCase();
}
