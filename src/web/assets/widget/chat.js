// The conversation: who the shopper is, what is sent, what is followed. Knows nothing of the page's
// looks; `changed` is called when there is something new to show.

const HIDDEN_MS = 60000;
const PROVIDER_MS = 8000;
const READ_MS = 700;
const TYPING_EVERY_MS = 4000;
const SHOP_MS = 300000;
const SIGN_IN_WAIT_MS = 1500;

class Chat {
  constructor({ changed, emit }) {
    Object.assign(this, { changed, emit });
    this.api = new Api();
    this.shelf = new Shelf('localStorage');
    this.outbox = new Outbox(this.shelf);
    this.fold = new Fold();
    this.conversation = null;
    this.shop = null;
    this.context = {};
    this.provider = null;
    // The server takes nothing before.
    this.notBefore = 0;
    this.customerToken = null;
    this.connected = null;
    this.tries = 0;
    this.deciding = new Map();
    this.stream = new EventStream({
      open: (controller) => this.openStream(controller),
      take: (events) => this.take(events),
      refused: (trouble) => this.refused(trouble),
      tell: (connected) => this.tell(connected),
    });
    this.settled = new Promise((done) => { this.settle = done; });
  }

  start() {
    this.started = true;
    this.listening = [];
    this.shelf.watch(this.listening, (key) => this.elsewhere(key));
    hear(this.listening, window, 'online', () => this.back());
    hear(this.listening, window, 'offline', () => this.changed());
    hear(this.listening, window, 'pagehide', () => this.stream.stop());
    hear(this.listening, window, 'pageshow', () => this.follow());
    hear(this.listening, document, 'visibilitychange', () => this.visibility());
    this.show(this.kept());
    this.whoIsIt();
  }

  stop() {
    this.stream.stop();
    for (const quit of this.listening) quit();
  }

  // ---- The conversation that is open

  kept() {
    const kept = this.shelf.get('conversation');
    return kept && typeof kept.id === 'string' ? kept : null;
  }

  // Shows another conversation, or none.
  show(conversation) {
    const same = (conversation && conversation.id) === (this.conversation && this.conversation.id);
    this.conversation = conversation;
    if (same) return;
    this.stream.stop();
    this.fold = new Fold();
    this.connected = null;
    this.deciding.clear();
    this.follow();
    this.changed();
  }

  keep(conversation) {
    if (conversation) this.shelf.set('conversation', conversation);
    else this.shelf.remove('conversation');
    this.show(conversation);
  }

  // The server no longer has it.
  lose(conversation) {
    this.outbox.release(conversation);
    if (this.kept()?.id === conversation.id) this.keep(null);
    if (this.conversation && this.conversation.id === conversation.id) this.show(null);
    this.notice = say('lost');
    this.changed();
  }

  startNew() {
    this.notice = null;
    this.keep(null);
  }

  // Another of the customer's conversations; the customer's token opens it.
  openPast(id) {
    if (this.conversation && this.conversation.id === id) return;
    this.keep({ id, token: null, customer: subject(this.customerToken), through: null });
  }

  async ensure() {
    const known = this.kept();
    if (known) return known;
    return alone('start', async () => {
      const other = this.kept();
      if (other) {
        this.show(other);
        return other;
      }
      const made = await this.create();
      this.keep({ ...made, customer: subject(this.customerToken), through: 0 });
      return this.conversation;
    });
  }

  create() {
    const begin = () => this.api.ask('POST', 'conversations', {
      json: this.customerToken ? { customer_token: this.customerToken } : {},
    });
    return this.vouched(begin).catch((error) => {
      if (error.status !== 401) throw error;
      // A shopper whom the shop's page cannot vouch for is one who is not signed in.
      this.customerToken = null;
      return begin();
    });
  }

  // A customer's token may have run out: then the page has a newer one.
  async vouched(work) {
    try {
      return await work();
    } catch (error) {
      if (error.status !== 401) throw error;
    }
    await this.askProvider();
    return work();
  }

  // One request within a conversation.
  within({ id, token }, method, path, options = {}) {
    return this.vouched(() => this.api.ask(method, `conversations/${id}${path}`, { ...options, token: token || this.customerToken }));
  }

  // ---- Who the shopper is

  customer(provider) {
    this.provider = provider;
    if (this.started) this.whoIsIt();
  }

  async askProvider() {
    if (!this.provider) return;
    try {
      const answer = await Promise.race([this.provider(), pause(PROVIDER_MS).then(() => undefined)]);
      if (answer !== undefined) this.customerToken = typeof answer === 'string' && answer ? answer : null;
    } catch {
      // The page does not know just now; what was known stands.
    }
  }

  // Asks the page and tells the server. Nothing is shown or sent before: what stands in the browser
  // may be of somebody who has signed out.
  async whoIsIt() {
    const turn = Symbol('turn');
    this.asking = turn;
    if (!this.provider && this.conversation && this.conversation.customer) await this.expectProvider();
    if (this.asking !== turn) return;
    const asked = Boolean(this.provider);
    await this.askProvider();
    for (let tries = 0; asked && this.asking === turn; tries += 1) {
      try {
        await this.tellCustomer();
        break;
      } catch (error) {
        if (error.gone) this.lose(this.conversation);
        if (!error.passing) break;
        await pause(backoff(Math.min(tries, 3), error));
      }
    }
    if (this.asking !== turn) return;
    this.settle();
    this.ready = true;
    this.follow();
    this.pump();
    this.changed();
  }

  // The page that signed this customer in is likely to say so again, once it has loaded.
  async expectProvider() {
    await pageLoaded();
    await pause(SIGN_IN_WAIT_MS);
  }

  async tellCustomer() {
    const conversation = this.conversation;
    if (!conversation) return;
    const who = subject(this.customerToken);
    if ((conversation.customer || null) === who) return;
    // What a customer has written stays theirs, among their earlier conversations: whoever is here
    // now begins anew.
    if (!conversation.token || conversation.customer) {
      this.keep(null);
      return;
    }
    await this.vouched(() => this.api.ask('PUT', `conversations/${conversation.id}/customer`, {
      token: conversation.token, json: { customer_token: this.customerToken },
    }));
    this.keep({ ...conversation, customer: subject(this.customerToken) });
  }

  get verified() {
    return Boolean(this.customerToken);
  }

  async past() {
    const answer = await this.vouched(() => this.api.ask('GET', 'conversations', { token: this.customerToken }));
    return list(answer.conversations).slice(0, 50);
  }

  // ---- Following

  follow() {
    if (!this.ready || !this.conversation || document.visibilityState === 'hidden') return;
    clearTimeout(this.hiding);
    this.stream.start();
  }

  openStream(controller) {
    const { id, token } = this.conversation;
    return this.api.stream(`conversations/${id}/events`, token || this.customerToken || '', this.fold.last, controller);
  }

  async refused(trouble) {
    const conversation = this.conversation;
    if (trouble.status === 401 && !conversation.token) {
      const before = this.customerToken;
      await this.askProvider();
      if (this.customerToken && this.customerToken !== before) return false;
    }
    this.lose(conversation);
    return true;
  }

  tell(connected) {
    if (connected) this.fold.reconnected();
    else if (this.connected === null) return;
    if (this.connected === connected) return;
    this.connected = connected;
    if (connected) this.pump();
    this.changed();
  }

  take(events) {
    const fold = this.fold;
    for (const event of events) fold.apply(event);
    this.outbox.settle(this.conversation, fold);
    if (fold.caughtUp) this.fillCart();
    this.changed();
  }

  // Browsers allow few connections to one server over all tabs: one that nobody sees gives its own up.
  visibility() {
    clearTimeout(this.hiding);
    if (document.visibilityState === 'hidden') {
      this.hiding = setTimeout(() => this.stream.stop(), HIDDEN_MS);
      return;
    }
    this.back();
    this.changed();
  }

  back() {
    this.stream.look();
    this.stream.hurry();
    this.follow();
    this.tries = 0;
    this.pump();
    this.changed();
  }

  // Another tab has written.
  elsewhere(key) {
    if (key === null || key === 'conversation') this.show(this.kept());
    if (key !== null && key.startsWith(OUTBOX_KEY)) this.pump();
    this.changed(key);
  }

  get online() {
    return navigator.onLine !== false;
  }

  // ---- Sending

  send(text, attachments = [], context = {}) {
    if (this.outbox.full) return false;
    const known = { ...this.context, page: this.context.page || location.origin + location.pathname, ...context };
    this.outbox.add('message', this.conversation, { text, attachments, context: known });
    this.sent();
    return true;
  }

  person() {
    const asked = this.outbox.all().some((one) => one.kind === 'person' && one.state === 'queued');
    if (!asked) this.outbox.add('person', this.conversation);
    this.sent();
  }

  sent() {
    this.notice = null;
    this.pressed = false;
    this.tries = 0;
    this.pump();
    this.changed();
  }

  retry(id) {
    const entry = this.outbox.get(id);
    if (entry) this.outbox.put({ ...entry, state: 'queued', why: null });
    this.notBefore = 0;
    this.sent();
  }

  discard(id) {
    this.outbox.remove(id);
    this.changed();
  }

  // Sends what waits, one after the other, in one tab at a time.
  async pump() {
    clearTimeout(this.later);
    // A server that asked for patience gets it, whatever else asks to send.
    const wait = this.notBefore - Date.now();
    if (wait > 0) {
      this.later = setTimeout(() => this.pump(), wait);
      return;
    }
    if (this.pumping) {
      this.again = true;
      return;
    }
    this.pumping = true;
    await this.settled;
    do {
      this.again = false;
      if (!this.outbox.next() || this.notBefore > Date.now()) break;
      await alone('send', () => this.sendAll()).catch(() => {});
    } while (this.again);
    this.pumping = false;
    this.changed();
  }

  async sendAll() {
    for (let entry = this.outbox.next(); entry && this.online; entry = this.outbox.next()) {
      try {
        await this.deliver(entry);
        this.tries = 0;
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        if (!this.setback(entry, error)) return;
      }
      this.changed();
    }
  }

  // What becomes of a message that did not go through; whether to go on with the next.
  setback(entry, trouble) {
    if (trouble.gone) {
      this.lose(entry.to || this.conversation);
      this.tries += 1;
      if (this.tries < 3) return true;
    } else if (!trouble.passing) {
      this.outbox.put({ ...entry, state: 'failed', why: trouble.message });
      return true;
    }
    this.tries += 1;
    const pauseMs = backoff(this.tries, trouble);
    if (trouble.retryAfterMs !== null) this.notBefore = Date.now() + pauseMs;
    this.later = setTimeout(() => this.pump(), pauseMs);
    return false;
  }

  async deliver(entry) {
    const to = entry.to || await this.ensure();
    if (!entry.to) this.outbox.put({ ...entry, to });
    const answer = entry.kind === 'person'
      ? await this.within(to, 'POST', '/person', { json: { client_id: entry.id } })
      : await this.deliverMessage(to, entry);
    // Removed by its writer meanwhile, or shown already.
    if (this.outbox.get(entry.id)) this.outbox.put({ ...entry, to, state: 'sent', seq: answer.seq || 0 });
    if (this.conversation && this.conversation.id === to.id) this.outbox.settle(to, this.fold);
    this.follow();
  }

  deliverMessage(to, entry) {
    const json = { client_id: entry.id, text: entry.text };
    const attachments = list(entry.attachments).map((one) => one.attachment);
    if (attachments.length > 0) json.attachments = attachments;
    if (entry.context) json.context = entry.context;
    return this.within(to, 'POST', '/messages', { json });
  }

  // What is sent and not shown by the stream yet, as entries to show.
  pending() {
    const here = this.conversation && this.conversation.id;
    return this.outbox.all().filter((one) => !one.to || one.to.id === here)
      .filter((one) => !this.fold.has(one.id));
  }

  async upload(file) {
    await this.settled;
    const conversation = await this.ensure();
    const made = await this.within(conversation, 'POST', '/attachments', { file, timeoutMs: UPLOAD_MS });
    this.follow();
    return { ...made, conversation: conversation.id };
  }

  // ---- Buttons

  async decide(card, decision) {
    const { proposal, hash } = card;
    if (this.deciding.get(proposal)?.pending) return;
    // What follows is the button's answer, not the last message's.
    this.pressed = true;
    this.deciding.set(proposal, { pending: decision });
    this.changed();
    const json = decision === 'confirm' ? { hash } : {};
    try {
      const { state } = await this.within(this.conversation, 'POST', `/proposals/${encodeURIComponent(proposal)}/${decision}`, { json });
      this.fold.decided({ proposal, state, why: 'cancelled' });
      this.deciding.delete(proposal);
    } catch (error) {
      const [, end] = /^proposal-(expired|closed|confirmed)$/.exec(error.kind) || [];
      if (end) this.fold.decided({ proposal, state: end === 'confirmed' ? end : 'closed', why: end });
      this.deciding.set(proposal, { why: end ? '' : error.message || say('trouble') });
    }
    this.changed();
  }

  async rate(stars, remark) {
    const json = remark ? { stars, remark } : { stars };
    await this.within(this.conversation, 'POST', '/rating', { json });
    this.fold.rating = { stars, remark };
    this.changed();
  }

  typing() {
    if (!this.conversation || !this.ready || Date.now() - (this.typedAt || 0) < TYPING_EVERY_MS) return;
    this.typedAt = Date.now();
    this.within(this.conversation, 'POST', '/typing', { json: {} }).catch(() => {});
  }

  // ---- What has been read

  get readThrough() {
    const kept = this.shelf.get('read');
    const here = kept && this.conversation && kept.id === this.conversation.id ? kept.through : 0;
    return Math.max(here, this.fold.readByShopper);
  }

  get unread() {
    if (!this.fold.caughtUp) return 0;
    const through = this.readThrough;
    const news = (entry) => entry.kind === 'message' && entry.from !== 'shopper' && !entry.unfinished && entry.seq > through;
    return [...this.fold.entries.values()].filter(news).length;
  }

  // The shopper has everything before the eyes.
  seen() {
    if (!this.conversation || this.unread === 0) return;
    const conversation = this.conversation;
    const through = this.fold.last;
    this.shelf.set('read', { id: conversation.id, through });
    clearTimeout(this.reading);
    this.reading = setTimeout(() => {
      this.within(conversation, 'POST', '/read', { json: { through } }).catch(() => {});
    }, READ_MS);
  }

  // ---- The page's cart

  // Each is given to the page once, over tabs and reloads: how far it has got is kept. The page's
  // own script may still be loading, and a tab that is seen goes first.
  async fillCart() {
    const conversation = this.conversation;
    await pageLoaded();
    if (document.visibilityState === 'hidden') await pause(2000);
    if (!this.cartCards(conversation, this.cartPlace(conversation).through).length) return;
    await alone('cart', () => {
      const place = this.cartPlace(conversation);
      for (const { seq, data } of this.cartCards(conversation, place.through)) {
        place.through = seq;
        this.shelf.set('cart', place);
        if (this.emit('attendant:add-to-cart', cartDetail(data), true)) continue;
        place.taken = [...place.taken, seq].slice(-50);
        this.shelf.set('cart', place);
      }
    });
    this.changed();
  }

  // Of a conversation that was begun elsewhere everything so far has been carried out there.
  cartPlace(conversation) {
    const place = this.shelf.get('cart');
    if (place && place.id === conversation.id) return place;
    const begun = { id: conversation.id, through: conversation.through ?? this.fold.last, taken: [] };
    if (this.fold.caughtUp) this.shelf.set('cart', begun);
    return begun;
  }

  cartCards(conversation, through) {
    if (!this.conversation || this.conversation.id !== conversation.id) return [];
    const cards = this.fold.sorted().flatMap((entry) => entry.cards);
    return cards.filter((card) => card.name === 'cart' && card.seq > through).sort((a, b) => a.seq - b.seq);
  }

  cartTaken(seq) {
    const place = this.shelf.get('cart');
    return !place || !this.conversation || place.id !== this.conversation.id || place.taken.includes(seq);
  }

  // ---- The shop

  async askShop() {
    if (this.askedShopAt && Date.now() - this.askedShopAt < SHOP_MS) return;
    this.askedShopAt = Date.now();
    try {
      this.shop = await this.api.ask('GET', 'shop');
      this.changed();
    } catch (error) {
      if (error.passing) this.askedShopAt = 0;
    }
  }

  limit(name, otherwise) {
    const value = this.shop && this.shop.limits && this.shop.limits[name];
    return Number.isFinite(value) ? value : otherwise;
  }
}

async function pageLoaded() {
  while (document.readyState !== 'complete') await pause(100);
}

function cartDetail({ variant, quantity, product, title, color, size, price }) {
  return { variant, quantity, product, title, color, size, price };
}

// Whom a customer token speaks for. It is not checked here, only compared with the one before.
function subject(token) {
  if (!token) return null;
  try {
    const part = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    return String(JSON.parse(atob(part)).sub);
  } catch {
    return token.slice(0, 64);
  }
}
