// Chromium, and pages that write down what goes wrong on them.

import { chromium } from 'playwright-core';

const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
  // Nothing but this machine is there, so that a stray request fails at once. The name is a page
  // that no server has on its list.
  '--host-resolver-rules=MAP stranger.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

// Time for one condition to come true. Everything waits for conditions; this is for when they never do.
export const PATIENCE_MS = Number(process.env.PATIENCE_MS) || 15000;

export function launch() {
  const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
  return chromium.launch({ executablePath, args: ARGUMENTS, headless: true });
}

// A browser context, which is a shopper's browser: its pages share cookies and storage.
export async function shopper(browser, options = {}) {
  const context = await browser.newContext({
    locale: 'en-IE', timezoneId: 'Europe/Dublin', viewport: { width: 1280, height: 800 }, ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  context.problems = [];
  context.hosts = new Set();
  context.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith('http')) context.hosts.add(host);
  });
  context.on('weberror', (error) => context.problems.push(`uncaught: ${error.error()}`));
  context.on('console', (message) => {
    // For a tab with a PDF in it the browser asks by itself for an icon, which need not be there.
    if (message.location().url.endsWith('/favicon.ico')) return;
    if (message.type() === 'error') context.problems.push(`console: ${message.text()}`);
  });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      // Through the console, which outlives the page.
      console.error(`policy violated: ${event.violatedDirective} by ${event.blockedURI}`);
    });
  });
  return context;
}

// Waits until `look` gives something true, and gives it back.
export async function until(what, look, ms = PATIENCE_MS) {
  const end = Date.now() + ms;
  let last;
  do {
    try {
      last = await look();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    await new Promise((done) => { setTimeout(done, 25); });
  } while (Date.now() < end);
  throw new Error(`in vain waited until ${what}; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`);
}
