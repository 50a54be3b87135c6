// What the browser keeps over reloads and shares between tabs. Where it keeps nothing (private
// windows, a full or forbidden storage) the same goes on in memory.

const PREFIX = `attendant:${new URL(BASE).host}:`;

class Shelf {
  // `name` is localStorage or sessionStorage.
  constructor(name) {
    this.memory = new Map();
    this.area = null;
    try {
      const area = window[name];
      area.setItem(`${PREFIX}probe`, '1');
      area.removeItem(`${PREFIX}probe`);
      this.area = area;
    } catch {
      // Reading alone may throw too.
    }
  }

  get(key) {
    try {
      const text = this.memory.has(key) ? this.memory.get(key) : this.area && this.area.getItem(PREFIX + key);
      return text ? JSON.parse(text) : null;
    } catch {
      return null;
    }
  }

  set(key, value) {
    const text = JSON.stringify(value);
    try {
      this.area.setItem(PREFIX + key, text);
      this.memory.delete(key);
    } catch {
      this.memory.set(key, text);
    }
  }

  remove(key) {
    this.memory.delete(key);
    try {
      this.area.removeItem(PREFIX + key);
    } catch {
      // Nothing was kept there.
    }
  }

  keys(start) {
    const found = new Set([...this.memory.keys()]);
    try {
      for (let at = 0; at < this.area.length; at += 1) {
        const key = this.area.key(at);
        if (key.startsWith(PREFIX)) found.add(key.slice(PREFIX.length));
      }
    } catch {
      // Memory only.
    }
    return [...found].filter((key) => key.startsWith(start));
  }

  // Tells of what other tabs change; null when they cleared everything.
  watch(stops, told) {
    hear(stops, window, 'storage', (event) => {
      if (event.storageArea !== this.area || !this.area) return;
      if (event.key === null) told(null);
      else if (event.key.startsWith(PREFIX)) told(event.key.slice(PREFIX.length));
    });
  }
}

const turns = {};

// Runs `work` in one tab at a time. Pages without Web Locks (plain http) take turns within a tab
// only; there the server's memory of message ids and the marks in the storage keep things single.
function alone(name, work) {
  if (navigator.locks) return navigator.locks.request(PREFIX + name, work);
  turns[name] = Promise.resolve(turns[name]).catch(() => {}).then(work);
  return turns[name];
}

function pause(ms) {
  return new Promise((done) => { setTimeout(done, ms); });
}

// An id that nobody guesses and no clock makes twice.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
