// Server-sent events over fetch, which may carry the token in a header where EventSource may not.
// The stream comes back by itself after whatever ends it.

// The server speaks at least every 15 seconds.
const SILENCE_MS = 40000;
const WATCH_MS = 5000;

// Puts the lines of a stream together to events.
class EventParser {
  constructor() {
    this.rest = '';
    this.clear();
  }

  clear() {
    this.event = { name: 'message', id: null, lines: [] };
  }

  // Events that a piece of text completes.
  take(text) {
    const found = [];
    // A carriage return at the end may be half of a line's end.
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop();
    for (const line of lines) {
      if (line === '') this.finish(found);
      else this.field(line);
    }
    return found;
  }

  field(line) {
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.event.name = value;
    else if (name === 'data') this.event.lines.push(value);
    else if (name === 'id' && /^\d+$/.test(value)) this.event.id = Number(value);
  }

  finish(found) {
    const { name, id, lines } = this.event;
    this.clear();
    if (lines.length === 0) return;
    try {
      const data = JSON.parse(lines.join('\n'));
      if (data && typeof data === 'object') found.push({ name, id, data });
    } catch {
      // Not ours; the next one may be.
    }
  }
}

class EventStream {
  // `open(controller)` asks for the stream behind what is known; `take(events)` gets what comes;
  // `refused(trouble)` says whether the stream is over for good; `tell(connected)` tells how it stands.
  constructor({ open, take, refused, tell }) {
    Object.assign(this, { open, take, refused, tell });
    this.wanted = false;
    this.controller = null;
    this.tries = 0;
  }

  start() {
    if (this.wanted) return;
    this.wanted = true;
    this.tries = 0;
    this.watch = setInterval(() => this.look(), WATCH_MS);
    this.run();
  }

  stop() {
    this.wanted = false;
    clearInterval(this.watch);
    this.cut();
  }

  // Ends the pause before the next try.
  hurry() {
    this.tries = 0;
    if (this.wake) this.wake();
  }

  cut() {
    if (this.controller) this.controller.abort();
    if (this.wake) this.wake();
  }

  // After a sleep or a lost network nothing says that the stream is dead; silence does.
  look() {
    if (this.controller && this.heardAt && Date.now() - this.heardAt > SILENCE_MS) this.controller.abort();
  }

  async run() {
    if (this.running) return;
    this.running = true;
    while (this.wanted) {
      let trouble = null;
      const controller = new AbortController();
      this.controller = controller;
      try {
        await this.once(controller);
      } catch (error) {
        trouble = error;
      }
      this.controller = null;
      if (!this.wanted) break;
      if (trouble instanceof Trouble && trouble.status && !trouble.passing) {
        if (await this.refused(trouble)) {
          this.stop();
          break;
        }
      }
      // Cut off here, to begin anew at once.
      if (controller.signal.aborted) continue;
      this.tell(false);
      await this.rest(backoff(this.tries, trouble));
      this.tries += 1;
    }
    this.running = false;
  }

  async once(controller) {
    this.heardAt = 0;
    const response = await this.open(controller);
    this.heardAt = Date.now();
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const parser = new EventParser();
    this.tell(true);
    for (;;) {
      const { done, value } = await reader.read();
      if (done || controller.signal.aborted) return;
      this.heardAt = Date.now();
      this.tries = 0;
      const events = parser.take(decoder.decode(value, { stream: true }));
      if (events.length > 0) this.take(events);
    }
  }

  rest(ms) {
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.wake = () => {
        clearTimeout(timer);
        done();
      };
    }).then(() => { this.wake = null; });
  }
}
