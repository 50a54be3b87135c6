// Requests to the server. What goes wrong is one kind of error that says whether trying again helps.

const REQUEST_MS = 20000;
const UPLOAD_MS = 120000;

class Trouble extends Error {
  constructor(status, problem = {}, retryAfterMs = null) {
    super(problem.detail || problem.title || '');
    this.status = status;
    // The last part of the problem's type.
    this.kind = String(problem.type || '').split(':').pop();
    this.retryAfterMs = retryAfterMs;
  }

  // Nothing is wrong with the request itself.
  get passing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  get gone() {
    return this.kind === 'no-such-conversation' || this.kind === 'conversation-full';
  }
}

class Api {
  address(path) {
    return `${BASE}api/chat/${path}`;
  }

  async ask(method, path, { token, json, file, timeoutMs = REQUEST_MS } = {}) {
    const headers = { accept: 'application/json' };
    if (token) headers.authorization = `Bearer ${token}`;
    if (json) headers['content-type'] = 'application/json';
    if (file) headers['content-type'] = file.type || 'application/octet-stream';
    const response = await this.fetch(path, {
      method, headers, body: json ? JSON.stringify(json) : file,
    }, timeoutMs);
    if (response.status === 204) return {};
    return response.json().catch(() => ({}));
  }

  // The event stream. Its time limit covers the beginning only.
  stream(path, token, after, controller) {
    const headers = { accept: 'text/event-stream', authorization: `Bearer ${token}` };
    if (after > 0) headers['last-event-id'] = String(after);
    return this.fetch(path, { headers }, REQUEST_MS, controller);
  }

  async fetch(path, options, timeoutMs, controller = new AbortController()) {
    const timer = setTimeout(() => controller.abort(), timeoutMs);
    try {
      const response = await fetch(this.address(path), {
        ...options, signal: controller.signal, credentials: 'omit', referrerPolicy: 'no-referrer',
      });
      if (!response.ok) throw await troubleOf(response);
      return response;
    } catch (error) {
      throw error instanceof Trouble ? error : new Trouble(0);
    } finally {
      clearTimeout(timer);
    }
  }
}

async function troubleOf(response) {
  const problem = await response.json().catch(() => ({}));
  const seconds = Number.parseInt(response.headers.get('retry-after'), 10);
  return new Trouble(response.status, problem, seconds >= 0 ? Math.min(seconds, 3600) * 1000 : null);
}

// The pause before another try: it doubles, and is spread so that not everybody comes back at once.
function backoff(tries, trouble) {
  const pauseMs = Math.min(30000, 700 * 2 ** Math.min(tries, 10));
  const spread = pauseMs * (0.5 + Math.random() / 2);
  return trouble && trouble.retryAfterMs !== null ? Math.max(trouble.retryAfterMs, spread / 4) : spread;
}
