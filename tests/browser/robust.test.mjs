// Reloads, tabs, dead servers and lost networks: no message is lost and none is there twice.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { OtherOrigin } from './another-origin.mjs';
import { launch, shopper, until } from './browser.mjs';
import { Server } from './server.mjs';
import { Widget, openAt, signedIn } from './widget.mjs';
import { Wire } from './wire.mjs';

// A reply of several sentences, and how it begins and ends.
const QUESTION = 'do you have a waterproof jacket under 150 in M, not black?';
const WHOLE = /^Here is what fits:[^]*I narrow it down\.$/;
const A_DELTA = /^event: delta$/m;

let server;
let browser;
let wire;
let other;
let context;

before(async () => {
  server = await Server.start();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

beforeEach(async () => {
  wire = await Wire.open(server.port);
  other = await OtherOrigin.start(wire.url, server.url);
  context = await shopper(browser);
});

afterEach(async () => {
  await context.close();
  await wire.close();
  await other.stop();
});

function posts(ending) {
  return wire.seen.filter(({ method, url }) => method === 'POST' && url.endsWith(ending));
}

// What was asked is there once, and so is the whole answer.
async function answeredOnce(widget) {
  await until('the reply is whole', async () => WHOLE.test((await widget.replies()).join('\n').trim()));
  await widget.quiet();
  assert.deepEqual(await widget.messages('shopper').allInnerTexts(), [QUESTION]);
  const replies = await widget.replies();
  assert.equal(replies.length, 1, replies.join('\n---\n'));
  assert.match(replies[0].trim(), WHOLE);
  assert.equal(replies[0].split('Here is what fits').length, 2);
}

async function heldMidStream(widget) {
  const held = wire.holdAfter(A_DELTA);
  await widget.send(QUESTION);
  await held;
  await widget.dialog.getByText('Here is what fits:').waitFor();
}

test('a reload in the middle of a reply shows the reply whole and once', async () => {
  const widget = await openAt(context, other.url);
  await heldMidStream(widget);
  wire.release();
  await widget.page.reload();
  await widget.dialog.waitFor();
  await answeredOnce(widget);
  // And again, when all is over.
  await widget.page.reload();
  await answeredOnce(widget);
});

test('a reload while the network is stuck shows the reply as soon as it is not', async () => {
  const widget = await openAt(context, other.url);
  await heldMidStream(widget);
  await widget.page.reload();
  await widget.dialog.waitFor();
  wire.release();
  await answeredOnce(widget);
});

test('a second tab shows what the first one writes, once, and shares the draft', async () => {
  const first = await openAt(context, other.url);
  await first.send(QUESTION);
  await answeredOnce(first);
  const second = await openAt(context, other.url);
  await answeredOnce(second);

  // Pages of this browser all believe that they have the focus; a tab that is not seen has none.
  await first.field.blur();
  await second.field.pressSequentially('thanks, and');
  await until('the draft is in the first tab', async () => await first.field.inputValue() === 'thanks, and');
  await second.field.fill('what is your return policy?');
  await second.field.press('Enter');
  for (const widget of [first, second]) {
    await until('both tabs have the answer', async () => await widget.messages('assistant').count() === 2);
    assert.equal(await widget.messages('shopper').count(), 2);
    await until('the draft is gone', async () => await widget.field.inputValue() === '');
  }
  assert.equal(posts('/messages').length, 2);
});

test('two tabs that begin at the same moment are in one conversation', async () => {
  const first = await openAt(context, other.url);
  const second = await openAt(context, other.url);
  await Promise.all([first.send('what is your return policy?'), second.send('do you ship to Norway?')]);
  for (const widget of [first, second]) {
    await until('both messages are there', async () => await widget.messages('shopper').count() === 2);
  }
  assert.equal(posts('/conversations').length, 1);
});

test('a server that dies in the middle of a reply and comes back finishes the reply, once', async () => {
  const widget = await openAt(context, other.url);
  await heldMidStream(widget);
  await server.kill();
  wire.release();
  await server.restart();
  await answeredOnce(widget);
});

test('a server that dies as soon as it has taken a message answers it after all', async () => {
  const widget = await openAt(context, other.url);
  const killed = new Promise((done) => {
    wire.passed = ({ method, url }) => {
      if (method === 'POST' && url.endsWith('/messages')) done(server.kill());
    };
  });
  await widget.send(QUESTION);
  await killed;
  wire.passed = () => {};
  await server.restart();
  await answeredOnce(widget);
});

test('an answer that is lost on its way makes no second message', async () => {
  const widget = await openAt(context, other.url);
  let lost = 0;
  wire.lose = ({ method, url }) => {
    if (method !== 'POST' || !url.endsWith('/messages') || lost > 0) return false;
    lost += 1;
    return true;
  };
  await widget.send(QUESTION);
  await answeredOnce(widget);
  assert.equal(lost, 1);
});

test('what is written while the server is away is kept, also over a reload, and sent when it is back', async () => {
  const widget = await openAt(context, other.url);
  await widget.page.waitForLoadState('networkidle');
  // The page's script comes from there too: only the chat's API is away.
  wire.answer = ({ url }) => (url.startsWith('/api/') ? { status: 503, headers: {}, body: '' } : null);
  await widget.send(QUESTION);
  await widget.log.getByText(QUESTION).waitFor();
  await widget.log.getByText(new RegExp(`${widget.say('sending')}|${widget.say('unsent')}`)).waitFor();
  await widget.page.reload();
  await widget.dialog.waitFor();
  await widget.log.getByText(QUESTION).waitFor();
  wire.answer = () => null;
  await answeredOnce(widget);
});

test('a connection that is refused is tried again', async () => {
  const widget = await openAt(context, other.url);
  await widget.page.waitForLoadState('networkidle');
  wire.down();
  await widget.send(QUESTION);
  await widget.log.getByText(widget.say('unsent')).waitFor();
  wire.up();
  await answeredOnce(widget);
});

test('whoever is offline is told so, and what they wrote is sent when they are back', async () => {
  const widget = await openAt(context, other.url);
  await widget.ask('what is your return policy?');
  await context.setOffline(true);
  await widget.dialog.getByText(widget.say('offline')).waitFor();
  await widget.send('do you ship to Norway?');
  await widget.log.getByText(widget.say('unsent')).waitFor();
  await context.setOffline(false);
  await until('it is answered', async () => await widget.messages('assistant').count() === 2);
  await until('the notice is gone', async () => !await widget.dialog.getByText(widget.say('offline')).isVisible());
  assert.equal(await widget.messages('shopper').count(), 2);
});

test('a person who is asked for offline is asked when the network is back', async () => {
  const widget = await openAt(context, other.url);
  await widget.ask('what is your return policy?');
  await context.setOffline(true);
  await widget.dialog.getByText(widget.say('offline')).waitFor();
  await widget.button('to_person').first().click();
  await widget.button('person_yes').click();
  await widget.log.getByText(widget.say('person_unsent')).waitFor();
  await context.setOffline(false);
  await widget.card('handoff').waitFor();
  await widget.quiet();
  assert.equal(await widget.card('handoff').count(), 1);
  assert.equal(posts('/person').length, 1);
});

test('a server that is stopped in order lets its streams go, and the chat comes back to it', async () => {
  const widget = await openAt(context, other.url);
  await widget.ask('what is your return policy?');
  const begun = Date.now();
  await server.end('SIGTERM');
  // An open chat holds no stop up.
  assert.ok(Date.now() - begun < 5000, `${Date.now() - begun} ms`);
  await server.restart();
  await widget.ask('do you ship to Norway?');
  assert.equal(await widget.messages('shopper').count(), 2);
});

test('a conversation that the server has lost begins anew, with the message that was meant for it', async () => {
  const widget = await openAt(context, other.url);
  await widget.ask('what is your return policy?');
  await server.end('SIGTERM');
  await server.forget();
  await widget.send(QUESTION);
  await server.restart();
  await answeredOnce(widget);
  await widget.page.reload();
  await answeredOnce(widget);
});

test('two presses on Confirm register one return', async () => {
  await signedIn(context, await server.token('delivered_two_items'));
  const widget = await openAt(context, other.url);
  await widget.ask('I want to return the second item, too small');
  await widget.button('confirm').dblclick();
  await widget.card('label').waitFor();
  await widget.quiet();
  assert.equal(await widget.card('label').count(), 1);
  const registered = (await widget.replies()).filter((text) => /RT-\w+/.test(text));
  assert.equal(registered.length, 1);
  assert.equal(posts('/confirm').length, 1);
});

test('Confirm pressed in two tabs registers one return', async () => {
  await signedIn(context, await server.token('many_orders'));
  const [order] = (await server.shopper('many_orders')).orders;
  const first = await openAt(context, other.url);
  await first.ask(`I want to return the first item of order ${order}, too large`);
  const second = await openAt(context, other.url);
  const buttons = await Promise.all([first, second].map((widget) => widget.button('confirm').elementHandle()));
  await Promise.all(buttons.map((button) => button.evaluate((node) => node.click())));
  for (const widget of [first, second]) {
    await widget.card('label').waitFor();
    await widget.quiet();
    assert.equal(await widget.card('label').count(), 1);
    assert.equal((await widget.replies()).filter((text) => /RT-\w+/.test(text)).length, 1);
    assert.equal(await widget.button('confirm').count(), 0);
  }
});

test('a server that asks for patience gets it', async () => {
  const widget = await openAt(context, other.url);
  const asked = [];
  wire.answer = ({ method, url }) => {
    if (method !== 'POST' || !url.endsWith('/messages')) return null;
    asked.push(Date.now());
    if (asked.length > 1) return null;
    const body = JSON.stringify({ type: 'urn:attendant:problem:too-many-requests', title: 'Too many requests', status: 429 });
    return { status: 429, headers: { 'retry-after': '2', 'content-type': 'application/problem+json' }, body };
  };
  await widget.send(QUESTION);
  await widget.log.getByText(new RegExp(`${widget.say('sending')}|${widget.say('unsent')}`)).waitFor();
  await answeredOnce(widget);
  assert.equal(asked.length, 2);
  assert.ok(asked[1] - asked[0] >= 2000, `${asked[1] - asked[0]} ms`);
});

test('a page that has nothing but a stored conversation shows it in a new tab, read to its end', async () => {
  const first = await openAt(context, other.url);
  await first.send(QUESTION);
  await answeredOnce(first);
  await first.page.close();
  const page = await context.newPage();
  await page.goto(other.url);
  const widget = new Widget(page);
  await widget.launcher.waitFor();
  // It was read in the other tab, so nothing is unread here.
  await until('nothing is unread', async () => await widget.launcher.getAttribute('aria-label') === widget.say('launcher'));
  await widget.open();
  await answeredOnce(widget);
});
