// The conversation as a fold of its events: the same events give the same page, whenever they come.

const ENTRIES_MAX = 400;
const TYPING_MS = 60000;
const PERSON_TYPING_MS = 8000;

class Fold {
  constructor() {
    this.entries = new Map();
    this.proposals = new Map();
    // Newest logged event.
    this.last = 0;
    this.status = 'open';
    this.typing = null;
    this.readByShopper = 0;
    this.readByPerson = 0;
    this.rating = null;
    this.person = null;
    // Whether the log has been told to its end once: what comes before is not news.
    this.caughtUp = false;
    this.working = false;
  }

  apply({ name, id, data }) {
    if (id !== null && id <= this.last) return;
    if (id !== null) this.last = id;
    // Only what is logged is told again; what is not comes behind it.
    else this.caughtUp = true;
    if (name === 'message') this.message(id, data);
    else if (name === 'delta') this.delta(data);
    else if (name === 'reset') this.reset(data.message);
    else if (name === 'proposal' && data.state !== 'open') this.decided(data);
    else if (Object.hasOwn(CARD_MAKERS, name)) this.card(name, id, data);
    else if (name === 'typing') this.type(data);
    else if (name === 'status') this.turn(id, data);
    else if (name === 'read') this.read(data);
    else if (name === 'rating') this.rating = { stars: data.stars, remark: data.remark || '' };
    else if (name === 'done') this.done();
    else if (name === 'error') this.line(`error-${Date.now()}`, id, data.detail || say('trouble'), 'error');
    this.trim();
  }

  entry(key, kind = 'message') {
    let entry = this.entries.get(key);
    if (!entry) {
      entry = { key, kind, seq: Infinity, from: 'assistant', text: null, cards: [], attachments: [], version: 0 };
      this.entries.set(key, entry);
    }
    entry.version += 1;
    return entry;
  }

  message(id, data) {
    const own = data.from === 'shopper';
    const entry = this.entry(own && data.client_id ? `own:${data.client_id}` : `message:${data.message}`);
    Object.assign(entry, {
      seq: id ?? this.last, from: data.from, name: data.name || null, text: data.text ?? '',
      erased: data.text === null, unfinished: false, attachments: list(data.attachments),
    });
    if (data.from === 'person') this.person = data.name || null;
    if (own) this.working = true;
    else this.typing = null;
  }

  // `at` counts bytes of UTF-8.
  delta({ message, at, text }) {
    const entry = this.entry(`message:${message}`);
    if (entry.text !== null && !entry.unfinished) return;
    const known = new TextEncoder().encode(entry.text || '');
    // What is missing between comes with the whole message.
    if (at > known.length) return;
    entry.text = new TextDecoder().decode(known.slice(0, at)) + text;
    entry.unfinished = true;
    this.typing = null;
  }

  reset(message) {
    const entry = this.entries.get(`message:${message}`);
    if (!entry || !entry.unfinished) return;
    if (entry.cards.length === 0) this.entries.delete(entry.key);
    else Object.assign(entry, { text: null, unfinished: false, version: entry.version + 1 });
  }

  card(name, id, data) {
    const entry = this.entry(`message:${data.message}`);
    if (entry.text === null && entry.seq === Infinity) entry.seq = id ?? this.last;
    const card = { key: `${name}:${id ?? entry.cards.length}`, seq: id ?? this.last, name, data: { ...data } };
    entry.cards.push(card);
    if (name === 'proposal') this.proposals.set(data.proposal, { entry, card });
  }

  decided({ proposal, state, why }) {
    const found = this.proposals.get(proposal);
    if (!found) return;
    found.card.data = { ...found.card.data, state, why };
    found.entry.version += 1;
  }

  type({ from, name }) {
    if (from === 'shopper') return;
    const ms = from === 'person' ? PERSON_TYPING_MS : TYPING_MS;
    this.typing = { from, name: name || null, until: Date.now() + ms };
  }

  turn(id, { status, through, name }) {
    if (status === 'typing') return this.type({ from: 'assistant' });
    if (status === 'cleared') return this.clear(through);
    const before = this.status;
    this.status = status;
    if (status !== 'with_person') this.person = null;
    else this.person = name || this.person;
    if (status === before) return undefined;
    if (status === 'with_person') this.line(`joined-${id}`, id, name ? say('joined_name', { name }) : say('joined'));
    if (status === 'open' && before !== 'resolved') this.line(`back-${id}`, id, say('with_assistant'));
    if (status === 'resolved') this.line(`resolved-${id}`, id, say('resolved'));
    return undefined;
  }

  // What is of somebody who was here before is taken off the page.
  clear(through) {
    for (const [key, entry] of this.entries) {
      if (entry.seq <= through || entry.unfinished) this.entries.delete(key);
    }
    this.proposals.clear();
    for (const entry of this.entries.values()) {
      for (const card of entry.cards) {
        if (card.name === 'proposal') this.proposals.set(card.data.proposal, { entry, card });
      }
    }
    Object.assign(this, { rating: null, person: null, typing: null });
  }

  line(key, id, text, tone = 'plain') {
    Object.assign(this.entry(key, 'line'), { seq: id ?? this.last, text, tone });
  }

  read({ by, through }) {
    if (by === 'shopper') this.readByShopper = Math.max(this.readByShopper, through);
    if (by === 'person') this.readByPerson = Math.max(this.readByPerson, through);
  }

  done() {
    this.working = false;
    if (this.typing && this.typing.from === 'assistant') this.typing = null;
  }

  // A stream that begins anew tells again who is typing.
  reconnected() {
    this.typing = null;
  }

  has(clientId) {
    return this.entries.has(`own:${clientId}`);
  }

  // In the log's order; what is unfinished last.
  sorted() {
    return [...this.entries.values()].sort((a, b) => (a.seq === b.seq ? 0 : a.seq - b.seq));
  }

  trim() {
    if (this.entries.size <= ENTRIES_MAX) return;
    const [oldest] = this.sorted();
    this.entries.delete(oldest.key);
    for (const card of oldest.cards) this.proposals.delete(card.data.proposal);
  }
}

// A list that somebody else sent, whatever it is.
function list(value) {
  return Array.isArray(value) ? value : [];
}
