// A shop's page on another origin, with a strict policy and the one line in it.

import { once } from 'node:events';
import { createServer } from 'node:http';

// What a careful shop allows: its own server's script, what that asks of its server, its pictures.
function policy(attendant, pictures) {
  return [
    "default-src 'none'", `script-src ${attendant}`, `connect-src ${attendant}`, `img-src ${pictures}`,
    "style-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function page(attendant, wishes) {
  const attribute = (name) => (wishes.has(name) ? ` ${name}="${escaped(wishes.get(name))}"` : '');
  const line = `<script src="${attendant}/widget.js"${attribute('theme')}${attribute('side')} async></script>`;
  return `<!doctype html>
<html lang="${escaped(wishes.get('lang') || 'en')}"${attribute('dir')}>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>A shop</title></head>
<body><main><h1>A shop</h1><p>It sells things.</p></main>
${line}
${wishes.has('twice') ? line : ''}</body>
</html>
`;
}

export class OtherOrigin {
  // `attendant` is where the script is, `pictures` where the server believes itself to be; `lang`,
  // `dir`, `theme`, `side` and `twice` come with the address.
  static async start(attendant, pictures = attendant) {
    const other = new OtherOrigin();
    other.server = createServer((request, response) => {
      const { searchParams, pathname } = new URL(request.url, 'http://localhost');
      if (pathname === '/favicon.ico') {
        response.writeHead(204).end();
        return;
      }
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy(attendant, pictures),
        'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer',
      });
      response.end(page(attendant, searchParams));
    });
    other.server.listen(0, '127.0.0.1');
    await once(other.server, 'listening');
    other.url = `http://127.0.0.1:${other.server.address().port}`;
    return other;
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
