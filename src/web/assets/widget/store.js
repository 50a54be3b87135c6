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

  // Tells of what other tabs change; null when they cleared everything. Gives back how to stop.
  watch(told) {
    const listen = (event) => {
      if (event.storageArea !== this.area || !this.area) return;
      if (event.key === null) told(null);
      else if (event.key.startsWith(PREFIX)) told(event.key.slice(PREFIX.length));
    };
    window.addEventListener('storage', listen);
    return () => window.removeEventListener('storage', listen);
  }
}

const chains = new Map();
const LEASE_MS = 15000;

// Runs `work` in one tab at a time. Pages without Web Locks (plain http) take turns by a lease in
// the storage, which a closed tab cannot hold for ever.
async function alone(shelf, name, work) {
  if (navigator.locks) {
    let began = false;
    try {
      return await navigator.locks.request(PREFIX + name, () => {
        began = true;
        return work();
      });
    } catch (error) {
      if (began) throw error;
    }
  }
  const before = chains.get(name) || Promise.resolve();
  const mine = before.catch(() => {}).then(() => underLease(shelf, `lease:${name}`, work));
  chains.set(name, mine);
  return mine;
}

async function underLease(shelf, key, work) {
  const me = newId();
  for (;;) {
    const held = shelf.get(key);
    if (!held || held.until < Date.now()) {
      shelf.set(key, { by: me, until: Date.now() + LEASE_MS });
      // Two tabs may have written at once; the later one stands.
      await pause(40);
      if (shelf.get(key)?.by === me) break;
    }
    await pause(100 + Math.random() * 200);
  }
  const renew = setInterval(() => shelf.set(key, { by: me, until: Date.now() + LEASE_MS }), LEASE_MS / 3);
  try {
    return await work();
  } finally {
    clearInterval(renew);
    shelf.remove(key);
  }
}

function pause(ms) {
  return new Promise((done) => { setTimeout(done, ms); });
}

// An id that nobody guesses and no clock makes twice.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
