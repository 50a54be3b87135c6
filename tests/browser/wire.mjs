// The network between browser and server: passes everything on, until it is told not to.

import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';

export class Wire {
  static async open(port) {
    const wire = new Wire();
    // `answer` answers in the server's place, `lose` loses what the server has answered, and `passed`
    // is told of every answer that begins to go back.
    Object.assign(wire, { to: port, held: null, seen: [], answer: () => null, lose: () => false, passed: () => {}, cut: false });
    wire.server = createServer((request, response) => wire.pass(request, response));
    // Nothing stands between here and there that would keep a connection for later.
    wire.server.keepAliveTimeout = 1;
    wire.server.listen(0, '127.0.0.1');
    await once(wire.server, 'listening');
    wire.url = `http://127.0.0.1:${wire.server.address().port}`;
    return wire;
  }

  // Event streams stop after what matches, as a network does that has become very slow.
  holdAfter(pattern) {
    const wire = this;
    this.held = {
      pattern,
      reached: new Promise((done) => { wire.told = done; }),
      waiting: [],
    };
    return this.held.reached;
  }

  release() {
    const { waiting } = this.held || { waiting: [] };
    this.held = null;
    for (const go of waiting) go();
  }

  // The other side is not there.
  down() {
    this.cut = true;
    this.server.closeAllConnections();
  }

  up() {
    this.cut = false;
  }

  pass(request, response) {
    const { method, url, headers } = request;
    if (this.cut) {
      request.socket.destroy();
      return;
    }
    this.seen.push({ method, url });
    const answer = this.answer({ method, url });
    if (answer) {
      request.resume();
      const origin = headers.origin ? { 'access-control-allow-origin': headers.origin, 'access-control-expose-headers': 'retry-after' } : {};
      response.writeHead(answer.status, { ...origin, ...answer.headers });
      response.end(answer.body);
      return;
    }
    const onward = ask({ port: this.to, host: '127.0.0.1', method, path: url, headers, agent: false });
    onward.on('response', (from) => this.back(from, request, response));
    onward.on('error', () => request.socket.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  async back(from, request, response) {
    from.on('error', () => request.socket.destroy());
    from.on('aborted', () => request.socket.destroy());
    if (this.lose({ method: request.method, url: request.url })) {
      request.socket.destroy();
      return;
    }
    response.writeHead(from.statusCode, from.headers);
    response.flushHeaders();
    this.passed({ method: request.method, url: request.url, status: from.statusCode });
    if (!String(from.headers['content-type']).startsWith('text/event-stream')) {
      from.pipe(response);
      return;
    }
    await this.stream(from, response).catch(() => request.socket.destroy());
    response.end();
  }

  // Event by event.
  async stream(from, response) {
    let rest = '';
    for await (const bytes of from.setEncoding('utf8')) {
      const events = (rest + bytes).split(/(?<=\n\n)/);
      rest = events.at(-1).endsWith('\n\n') ? '' : events.pop();
      for (const event of events) {
        if (!response.destroyed) response.write(event);
        await this.hold(event);
      }
    }
  }

  hold(event) {
    const { held } = this;
    if (!held) return null;
    if (!held.stopped) {
      if (!held.pattern.test(event)) return null;
      held.stopped = true;
      this.told();
    }
    return new Promise((go) => { held.waiting.push(go); });
  }

  async close() {
    this.release();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
