// What the shopper has sent and the server has not confirmed. Each is kept under a key of its own,
// so that tabs which write at the same time take nothing from each other, and stays there until the
// event stream shows it: `queued`, then `sent`, then gone.

const OUTBOX_MAX = 50;
const OUTBOX_KEY = 'outbox:';

class Outbox {
  constructor(shelf) {
    this.shelf = shelf;
    this.count = 0;
  }

  all() {
    const found = this.shelf.keys(OUTBOX_KEY).map((key) => this.shelf.get(key));
    const sound = found.filter((one) => one && typeof one.id === 'string' && typeof one.text === 'string');
    return sound.sort((a, b) => a.at - b.at || a.count - b.count);
  }

  get full() {
    return this.shelf.keys(OUTBOX_KEY).length >= OUTBOX_MAX;
  }

  // `to` is the conversation it is meant for; null is the one that comes next.
  add(kind, to, content = {}) {
    this.count += 1;
    const entry = { text: '', ...content, id: newId(), kind, to, at: Date.now(), count: this.count, state: 'queued' };
    this.put(entry);
    return entry;
  }

  put(entry) {
    this.shelf.set(OUTBOX_KEY + entry.id, entry);
  }

  next() {
    return this.all().find((one) => one.state === 'queued') || null;
  }

  get(id) {
    return this.shelf.get(OUTBOX_KEY + id);
  }

  remove(id) {
    this.shelf.remove(OUTBOX_KEY + id);
  }

  // Takes out what the conversation shows now.
  settle(conversation, fold) {
    for (const one of this.all()) {
      const here = one.to && one.to.id === conversation.id;
      const shown = one.kind === 'message' && fold.has(one.id);
      const past = one.state === 'sent' && here && one.seq <= fold.last;
      if (shown || past) this.remove(one.id);
    }
  }

  // A conversation is gone: what was for it is for the next, but for its pictures, which went with it.
  release(conversation) {
    for (const one of this.all()) {
      if (!one.to || one.to.id !== conversation.id || one.state === 'sent') continue;
      const lost = list(one.attachments).length > 0;
      const state = lost && !one.text ? 'failed' : one.state;
      this.put({ ...one, to: null, attachments: [], state });
    }
  }
}
