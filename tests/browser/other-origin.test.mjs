// On another origin: under a strict policy, without a request to anybody else, and where it is not welcome.

import assert from 'node:assert/strict';
import { get } from 'node:http';
import { after, before, test } from 'node:test';

import { OtherOrigin } from './another-origin.mjs';
import { launch, shopper, until } from './browser.mjs';
import { Server } from './server.mjs';
import { Widget, openAt, signedIn } from './widget.mjs';

let server;
let other;
let browser;

before(async () => {
  server = await Server.start();
  other = await OtherOrigin.start(server.url);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await other?.stop();
  await server?.stop();
});

test('a whole conversation violates nothing and asks nobody else', async () => {
  const context = await shopper(browser);
  await signedIn(context, await server.token('delivered_two_items'));
  const widget = await openAt(context, `${other.url}/`);
  for (const text of ['where is my order?', 'what is your return policy?', 'show me the Sleet Rain Jacket', 'any offers for me?']) {
    await widget.ask(text);
  }
  // Pictures come through under the policy.
  await until('a picture is there', () => widget.log.locator('article img').first().evaluate((image) => image.complete && image.naturalWidth > 0));
  await widget.ask('I want to return the second item, too small');
  await widget.button('confirm').click();
  await widget.card('label').waitFor();
  await widget.button('to_person').first().click();
  await widget.button('person_yes').click();
  await widget.card('handoff').waitFor();
  await widget.page.reload();
  await widget.card('handoff').waitFor();
  assert.deepEqual(context.problems, []);
  assert.deepEqual([...context.hosts].sort(), [new URL(server.url).host, new URL(other.url).host].sort());
  // Cookies are of no use to it and of no use to whoever would follow shoppers.
  assert.deepEqual(await context.cookies(), []);
  await context.close();
});

test('the script is small, kept by the browser, and allowed on any page', async () => {
  const context = await shopper(browser);
  const answer = await context.request.get(`${server.url}/widget.js`);
  assert.match(answer.headers()['content-type'], /^text\/javascript/);
  assert.equal(answer.headers()['cross-origin-resource-policy'], 'cross-origin');
  assert.equal(answer.headers()['content-encoding'], 'gzip');
  const again = await context.request.get(`${server.url}/widget.js`, { headers: { 'if-none-match': answer.headers().etag } });
  assert.equal(again.status(), 304);
  const bytes = await new Promise((done, failed) => {
    get(`${server.url}/widget.js`, { headers: { 'accept-encoding': 'gzip' } }, async (raw) => {
      let count = 0;
      for await (const part of raw) count += part.length;
      done(count);
    }).on('error', failed);
  });
  assert.ok(bytes > 0 && bytes <= 30000, `${bytes} bytes`);
  await context.close();
});

test('a page that is not on the list gets no answer, and the shopper is told', async () => {
  const context = await shopper(browser);
  const stranger = other.url.replace('127.0.0.1', 'stranger.example');
  const page = await context.newPage();
  const refused = [];
  context.on('response', (response) => {
    if (response.url().includes('/api/')) refused.push(response.status());
  });
  await page.goto(stranger);
  const widget = await new Widget(page).open();
  await widget.send('where is my order?');
  await widget.log.getByText('where is my order?').waitFor();
  await until('it is said that it was not sent', async () => /not sent/i.test(await widget.dialog.innerText()));
  assert.equal(await widget.messages('assistant').count(), 0);
  assert.ok(refused.every((status) => status === 403 || status === 200), String(refused));
  // Nothing of the shop shows, and no conversation was begun.
  assert.doesNotMatch(await widget.dialog.innerText(), /Harrow/);
  const kept = await page.evaluate(() => Object.keys(localStorage).filter((key) => key.endsWith(':conversation')));
  assert.deepEqual(kept, []);
  await context.close();
});
