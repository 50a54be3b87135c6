// Whole conversations on a shop's page, with the built-in model.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { OtherOrigin } from './another-origin.mjs';
import { launch, shopper, until } from './browser.mjs';
import { Server } from './server.mjs';
import { openAt, signedIn } from './widget.mjs';

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

async function chat(situation) {
  const context = await shopper(browser);
  if (situation) await signedIn(context, await server.token(situation));
  const widget = await openAt(context, other.url);
  return { context, widget, page: widget.page };
}

async function ended({ context }) {
  assert.deepEqual(context.problems, []);
  await context.close();
}

test('an order is shown with how far it has come', async () => {
  const talk = await chat('delivered_two_items');
  const [order] = (await server.shopper('delivered_two_items')).orders;
  const reply = await talk.widget.ask('where is my order?');
  assert.match(reply, new RegExp(`${order}.*delivered`, 's'));

  const card = talk.widget.card('order');
  await card.waitFor();
  assert.match(await card.innerText(), new RegExp(order));
  // Two items with what they cost, and the parcel with its history.
  assert.equal(await card.getByRole('listitem').filter({ hasText: /€\d/ }).count(), 2);
  const steps = card.getByRole('list', { name: talk.widget.say('progress') });
  assert.equal(await steps.getByRole('listitem').count(), 5);
  const history = card.locator('summary');
  await history.click();
  await card.getByText(/photo taken at the door/i).waitFor();
  await ended(talk);
});

test('an order on its way says which step it is at', async () => {
  const talk = await chat('waiting');
  await talk.widget.ask('where is my order?');
  const step = talk.widget.card('order').locator('[aria-current="step"]');
  await step.waitFor();
  assert.ok((await step.innerText()).trim());
  await ended(talk);
});

test('a return is proposed, confirmed by the button, and its label downloads', async () => {
  const talk = await chat('delivered_two_items');
  const { widget } = talk;
  await widget.ask('I want to return the second item, too small');
  const proposal = widget.card('proposal');
  await proposal.waitFor();
  const consequence = await proposal.innerText();
  assert.match(consequence, /Refund: €\d+\.\d\d/);
  assert.match(consequence, /Return fee/);

  const before = await widget.messages('assistant').count();
  await widget.button('confirm').click();
  assert.match(await widget.reply(before), /return RT-\w+/i);
  assert.equal(await widget.button('confirm').count(), 0);
  await proposal.getByText(widget.say('confirmed'), { exact: true }).waitFor();

  const label = widget.card('label');
  await label.waitFor();
  for (const key of ['download_a4', 'download_a6']) {
    const link = label.getByRole('link', { name: widget.say(key) });
    const answer = await talk.context.request.get(await link.getAttribute('href'));
    assert.equal(answer.status(), 200);
    assert.equal((await answer.body()).subarray(0, 4).toString(), '%PDF');
  }
  // The way a shopper gets it: whether a browser shows or keeps it is its own affair.
  const href = await label.getByRole('link', { name: widget.say('download_a4') }).getAttribute('href');
  const got = talk.context.waitForEvent('response', (response) => response.url() === href);
  await label.getByRole('link', { name: widget.say('download_a4') }).click();
  assert.equal((await got).headers()['content-type'], 'application/pdf');
  await ended(talk);
});

test('a proposal that is cancelled does nothing', async () => {
  const talk = await chat('many_orders');
  const { widget } = talk;
  const [order] = (await server.shopper('many_orders')).orders;
  await widget.ask(`I want to return the first item of order ${order}, too large`);
  const proposal = widget.card('proposal');
  await proposal.waitFor();
  await widget.button('cancel').click();
  await proposal.getByText(widget.say('cancelled'), { exact: true }).waitFor();
  assert.equal(await widget.button('confirm').count(), 0);
  assert.equal(await widget.card('label').count(), 0);
  await ended(talk);
});

test('a search shows products, and a size comes with advice', async () => {
  const talk = await chat();
  const { widget } = talk;
  await widget.ask('do you have a waterproof jacket under 150 in M, not black?');
  const products = widget.log.getByRole('article');
  await products.first().waitFor();
  assert.ok(await products.count() >= 2);
  const first = await products.first().innerText();
  assert.match(first, /€\d+\.\d\d/);
  for (const price of await products.locator('.price').allInnerTexts()) {
    assert.ok(Number(/€(\d+)/.exec(price)[1]) < 150, price);
  }
  const advice = await widget.ask('which size of the Sleet Rain Jacket with a chest of 98 cm?');
  assert.match(advice, /\bL\b/);
  await ended(talk);
});

test('a size that is missing is asked for before anything goes into the cart', async () => {
  const talk = await chat();
  const { widget, page } = talk;
  await page.evaluate(() => {
    window.carts = [];
    document.addEventListener('attendant:add-to-cart', (event) => {
      event.preventDefault();
      window.carts.push(event.detail);
    });
  });
  await widget.ask('show me the Sleet Rain Jacket');
  const product = widget.log.getByRole('article').first();
  await product.getByRole('button', { name: /add to cart: /i }).click();
  await product.getByText(widget.say('choose_size')).waitFor();
  const before = await widget.messages('assistant').count();
  // The chip is what is pressed; the radio within it is for keyboard and screen reader.
  await product.getByText('L', { exact: true }).click();
  await product.getByRole('button', { name: /add to cart: /i }).click();
  assert.match(await widget.reply(before), /added/i);
  const [added] = await until('the page is asked', () => page.evaluate(() => window.carts.length && window.carts));
  assert.equal(added.size, 'L');
  assert.equal(added.quantity, 1);
  assert.match(added.title, /Sleet Rain Jacket/);
  assert.ok(added.variant && added.product && added.price);
  await widget.card('cart').getByText(widget.say('cart_added')).waitFor();
  await ended(talk);
});

test('an offer is shown with its code and terms, and the code can be copied', async () => {
  const talk = await chat('new_customer');
  const { widget } = talk;
  await talk.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await widget.ask('do you have an offer for me?');
  const card = widget.card('offer').first();
  await card.waitFor();
  const code = (await card.locator('code').innerText()).trim();
  assert.match(code, /^[A-Z0-9-]{4,}$/);
  assert.ok(await card.getByRole('list', { name: widget.say('terms') }).getByRole('listitem').count() > 0);
  await card.getByRole('button', { name: widget.say('copy_code', { code }) }).click();
  await card.getByText(widget.say('copied')).waitFor();
  assert.equal(await talk.page.evaluate(() => navigator.clipboard.readText()), code);
  await ended(talk);
});

test('what a policy says comes with where it stands', async () => {
  const talk = await chat();
  const { widget } = talk;
  assert.match(await widget.ask('what is your return policy?'), /30 days/);
  const sources = widget.log.locator('details').filter({ hasText: widget.say('sources') });
  await sources.locator('summary').click();
  await sources.getByText(/Returns and refunds/).waitFor();
  await ended(talk);
});

test('whoever asks for a person hears honestly when one answers', async () => {
  const talk = await chat();
  const { widget } = talk;
  assert.match(await widget.ask('I want to talk to a person'), /person on our team/);
  await widget.dialog.getByText(widget.say('waiting'), { exact: true }).waitFor();
  await widget.card('handoff').getByText(/answer|hours|from \d\d:\d\d/i).first().waitFor();
  await ended(talk);
});

// A shopper must never look for it: at the start, while something is open, while it waits.
async function personFrom(talk) {
  const { widget } = talk;
  await widget.button('to_person').first().click();
  await widget.dialog.getByText(widget.say('person_question')).waitFor();
}

test('a person can be asked for at the very start', async () => {
  const talk = await chat();
  const { widget } = talk;
  await personFrom(talk);
  await widget.button('person_yes').click();
  await widget.dialog.getByText(widget.say('waiting'), { exact: true }).waitFor();
  await widget.card('handoff').waitFor();
  // It waits; asking again says so and does not ask twice.
  await personFrom(talk);
  await widget.dialog.getByText(widget.say('person_asked')).waitFor();
  assert.equal(await widget.button('person_yes').count(), 0);
  await ended(talk);
});

test('a person can be asked for while a proposal is open', async () => {
  const talk = await chat('split');
  const { widget } = talk;
  await widget.ask('where is my order?');
  await widget.ask('I want to return the first item, it is too small');
  await personFrom(talk);
  await widget.button('person_yes').click();
  await widget.dialog.getByText(widget.say('waiting'), { exact: true }).waitFor();
  await widget.card('handoff').waitFor();
  await ended(talk);
});

test('it is said that an AI speaks', async () => {
  const talk = await chat();
  const { widget } = talk;
  await widget.dialog.getByText(/AI assistant/).first().waitFor();
  await widget.ask('what is your return policy?');
  await widget.log.locator('.from-assistant').getByText(widget.say('ai'), { exact: true }).first().waitFor();
  await ended(talk);
});
