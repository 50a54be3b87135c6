// What the page and the chat say to each other, and the pictures that a shopper adds.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { OtherOrigin } from './another-origin.mjs';
import { launch, shopper, until } from './browser.mjs';
import { Server } from './server.mjs';
import { Widget, openAt } from './widget.mjs';

// One grey pixel.
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==', 'base64');

let server;
let other;
let browser;
let jacket;

before(async () => {
  server = await Server.start();
  other = await OtherOrigin.start(server.url);
  browser = await launch();
  // A product by its name, found as a program would.
  const events = await turn('show me the Sleet Rain Jacket');
  const card = events.find((one) => one.products).products;
  jacket = card.find((one) => one.title === 'Sleet Rain Jacket').product;
});

after(async () => {
  await browser?.close();
  await other?.stop();
  await server?.stop();
});

async function turn(text) {
  const json = (body, token) => ({
    method: 'POST', body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...(token ? { authorization: `Bearer ${token}` } : {}) },
  });
  const made = await (await fetch(`${server.url}/api/chat/conversations`, json({}))).json();
  const answer = await fetch(`${server.url}/api/chat/conversations/${made.id}/messages`, json({ text }, made.token));
  const lines = (await answer.text()).split('\n').filter((line) => line.startsWith('data: '));
  return lines.map((line) => JSON.parse(line.slice(6)));
}

async function pageAt(address = other.url, before = () => {}) {
  const context = await shopper(browser);
  await context.addInitScript(() => {
    window.heard = [];
    for (const name of ['ready', 'open', 'close', 'add-to-cart']) {
      document.addEventListener(`attendant:${name}`, (event) => {
        window.heard.push([name, event.composed && event.bubbles, event.cancelable]);
      });
    }
  });
  await context.addInitScript(before);
  const page = await context.newPage();
  await page.goto(address);
  const widget = new Widget(page);
  await widget.launcher.waitFor();
  const heard = async (name) => (await page.evaluate(() => window.heard)).filter(([one]) => one === name);
  return { context, page, widget, heard };
}

test('what was said before the script came is heard', async () => {
  const { context, widget } = await pageAt(other.url, () => {
    (window.attendant = window.attendant || []).push(['draft', 'hello there']);
  });
  await widget.dialog.waitFor();
  await until('the draft is there', async () => await widget.field.inputValue() === 'hello there');
  await context.close();
});

test('open, close, draft and ask do as they are told, and it is told', async () => {
  const { context, page, widget, heard } = await pageAt();
  assert.equal((await heard('ready')).length, 1);
  await page.evaluate(() => window.attendant.open());
  await widget.dialog.waitFor();
  await page.evaluate(() => window.attendant.open());
  assert.deepEqual(await heard('open'), [['open', true, false]]);
  await page.evaluate(() => window.attendant.close());
  await until('it is closed', async () => !await widget.dialog.isVisible());
  assert.equal((await heard('close')).length, 1);

  await page.evaluate(() => window.attendant.draft('which size for 98 cm?'));
  assert.equal(await widget.field.inputValue(), 'which size for 98 cm?');
  assert.equal(await widget.focused(), 'Write a message');
  assert.equal(await widget.messages('shopper').count(), 0);

  await page.evaluate(() => window.attendant.push(['ask', 'what is your return policy?']));
  assert.match(await widget.reply(), /30 days/);
  assert.deepEqual(await widget.messages('shopper').allInnerTexts(), ['what is your return policy?']);
  // A question of the page takes nothing from what the shopper was writing.
  assert.equal(await widget.field.inputValue(), 'which size for 98 cm?');
  assert.deepEqual(context.problems, []);
  await context.close();
});

test('the product of the page goes with what is asked', async () => {
  const { context, page, widget } = await pageAt();
  await page.evaluate((product) => window.attendant.context({ product }), jacket);
  await widget.open();
  assert.match(await widget.ask('does it come in XL?'), /Sleet Rain Jacket/);
  await context.close();
});

test('starters begin a conversation', async () => {
  const { context, page, widget } = await pageAt();
  await page.evaluate((product) => window.attendant.context({ product }), jacket);
  await widget.open();
  await widget.button('starter_product').click();
  assert.match(await widget.reply(), /Sleet Rain Jacket/);
  await context.close();
});

test('who signs in is known, and who signs out takes their conversation along', async () => {
  const { context, page, widget } = await pageAt();
  await widget.open();
  const [order] = (await server.shopper('delivered_two_items')).orders;
  const token = await server.token('delivered_two_items');
  await page.evaluate((given) => window.attendant.customer(async () => given), token);
  assert.match(await widget.ask('where is my order?'), new RegExp(order));
  await page.evaluate(() => window.attendant.customer(async () => null));
  await until('nothing of it is left', async () => !(await widget.dialog.innerText()).includes(order));
  assert.doesNotMatch(await widget.ask('where is my order?'), new RegExp(order));
  await page.reload();
  await widget.reply();
  assert.doesNotMatch(await widget.dialog.innerText(), new RegExp(order));
  await context.close();
});

test('a token that is no good makes a shopper who is not signed in', async () => {
  const { context, widget } = await pageAt(other.url, () => {
    (window.attendant = window.attendant || []).push(['customer', async () => 'e30.e30.no']);
  });
  await widget.open();
  assert.ok(await widget.ask('what is your return policy?'));
  await context.close();
});

test('a customer finds earlier conversations again', async () => {
  const first = await pageAt();
  const token = await server.token('new_customer');
  const signIn = (page) => page.evaluate((given) => window.attendant.customer(async () => given), token);
  await signIn(first.page);
  await first.widget.open();
  await first.widget.ask('do you ship to Norway?');
  await first.context.close();

  const { context, page, widget } = await pageAt();
  await signIn(page);
  await widget.open();
  await widget.button('menu').click();
  await widget.button('past').click();
  await widget.dialog.getByRole('listitem').filter({ hasText: /norway/i }).getByRole('button').click();
  await until('it is shown', async () => (await widget.messages('shopper').allInnerTexts()).includes('do you ship to Norway?'));
  await widget.ask('what is your return policy?');
  assert.equal(await widget.messages('shopper').count(), 2);
  await context.close();
});

test('a cart is asked for exactly once, over a reload and a second tab', async () => {
  const { context, page, widget } = await pageAt(other.url, () => {
    document.addEventListener('attendant:add-to-cart', (event) => {
      event.preventDefault();
      localStorage.setItem('carts', String(Number(localStorage.getItem('carts')) + 1));
    });
  });
  const second = await openAt(context, other.url);
  await widget.open();
  await widget.ask('add the Sleet Rain Jacket in navy, L to my cart');
  await widget.card('cart').getByText(widget.say('cart_added')).waitFor();
  await second.card('cart').getByText(widget.say('cart_added')).waitFor();
  await page.reload();
  await widget.card('cart').getByText(widget.say('cart_added')).waitFor();
  const third = await openAt(context, other.url);
  await third.card('cart').getByText(widget.say('cart_added')).waitFor();
  assert.equal(await page.evaluate(() => localStorage.getItem('carts')), '1');
  await context.close();
});

test('a page without a cart of its own is not said to have filled it', async () => {
  const { context, widget, heard } = await pageAt();
  await widget.open();
  await widget.ask('add the Sleet Rain Jacket in navy, L to my cart');
  await widget.card('cart').getByText(widget.say('cart_ready')).waitFor();
  assert.deepEqual(await heard('add-to-cart'), [['add-to-cart', true, true]]);
  await context.close();
});

test('the script twice on a page is one chat', async () => {
  const { context, page, widget, heard } = await pageAt(`${other.url}/?twice=1`);
  await page.waitForLoadState('networkidle');
  assert.equal(await widget.element.count(), 1);
  assert.equal((await heard('ready')).length, 1);
  await widget.open();
  await widget.ask('what is your return policy?');
  assert.equal(await widget.messages('shopper').count(), 1);
  assert.deepEqual(context.problems, []);
  await context.close();
});

test('a picture is uploaded, sent, shown, and still there after a reload', async () => {
  const { context, page, widget } = await pageAt();
  await widget.open();
  await widget.dialog.locator('input[type=file]').setInputFiles({ name: 'tear.png', mimeType: 'image/png', buffer: PNG });
  await widget.dialog.locator('[data-state=ready]').waitFor();
  await widget.send('the seam is torn, can I return it?');
  const shown = () => widget.log.locator('.from-shopper img').evaluate((image) => image.complete && image.naturalWidth === 1);
  await until('it is shown', shown);
  await widget.reply();
  await page.reload();
  await until('it is shown again', shown);
  assert.deepEqual(context.problems, []);
  await context.close();
});

test('what is no picture is refused in clear words', async () => {
  const { context, widget } = await pageAt();
  await widget.open();
  const files = widget.dialog.locator('input[type=file]');
  await files.setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
  await widget.dialog.getByText(widget.say('not_a_picture')).first().waitFor();
  // Nor is one that only says so.
  await files.setInputFiles({ name: 'fake.png', mimeType: 'image/png', buffer: Buffer.from('hello') });
  const fake = widget.dialog.getByRole('listitem').filter({ hasText: 'fake.png' });
  await fake.getByText(widget.say('not_a_picture')).waitFor();
  await widget.button('remove', { name: 'fake.png' }).click();
  await widget.ask('what is your return policy?');
  await context.close();
});

test('a picture that is too large is refused before it is sent', async () => {
  const { context, widget } = await pageAt();
  await widget.open();
  await widget.page.waitForLoadState('networkidle');
  await widget.dialog.locator('input[type=file]').setInputFiles({ name: 'big.png', mimeType: 'image/png', buffer: Buffer.concat([PNG, Buffer.alloc(5300000)]) });
  await widget.dialog.getByText(/larger than 5/i).first().waitFor();
  await context.close();
});

test('a conversation is rated', async () => {
  const { context, page, widget } = await pageAt();
  await widget.open();
  await widget.ask('what is your return policy?');
  await widget.ask('do you ship to Norway?');
  await widget.dialog.getByTitle(widget.say('stars', { n: 4 })).click();
  await widget.dialog.getByRole('textbox', { name: widget.say('remark') }).fill('quick');
  await widget.button('rate_send').click();
  await widget.dialog.getByText(widget.say('rated')).waitFor();
  await page.reload();
  await widget.dialog.getByText(widget.say('rated')).waitFor();
  await context.close();
});
