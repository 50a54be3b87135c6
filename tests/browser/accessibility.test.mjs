// axe-core on every page of the shop and on every state of the chat, light and dark: nothing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { OtherOrigin } from './another-origin.mjs';
import { launch, shopper } from './browser.mjs';
import { checkedOut, firstProduct, inCart, signIn } from './demo.mjs';
import { violations } from './page-checks.mjs';
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

// What is wrong in the states that a test goes through is told at its end, all of it.
class Findings {
  constructor() {
    this.found = [];
  }

  async look(page, what) {
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      this.found.push(...(await violations(page)).map((one) => `${what}, ${colorScheme}: ${one}`));
    }
  }

  none() {
    assert.deepEqual(this.found, []);
  }
}

test('the pages of the shop', async (t) => {
  const context = await shopper(browser);
  const page = await context.newPage();
  const look = (path) => t.test(path, async () => {
    await page.goto(server.url + path);
    await new Widget(page).launcher.waitFor();
    const findings = new Findings();
    await findings.look(page, path);
    findings.none();
  });
  await page.goto(server.url);
  const product = await firstProduct(page);
  for (const path of [
    '/', '/search?q=rain+jacket', '/search?q=xyzzy', '/categories/jackets', product, '/cart', '/sign-in',
    '/policies/returns', '/try', '/nowhere',
  ]) await look(path);
  await inCart(page, server.url, product);
  await look('/cart');
  await look('/checkout');
  await signIn(page, server.url, (await server.shopper('many_orders')).email);
  await look('/account');
  await look('/sign-in');
  const done = await checkedOut(page, server.url);
  await look(new URL(done).pathname);
  await context.close();
});

test('the chat, closed and open', async () => {
  const findings = new Findings();
  const context = await shopper(browser);
  const page = await context.newPage();
  await page.goto(other.url);
  const widget = new Widget(page);
  await widget.launcher.waitFor();
  await findings.look(page, 'closed');
  await widget.open();
  await findings.look(page, 'open');
  await widget.button('menu').click();
  await findings.look(page, 'the menu');
  await page.keyboard.press('Escape');
  await widget.button('to_person').first().click();
  await findings.look(page, 'asking for a person');
  await widget.button('person_yes').click();
  await widget.card('handoff').waitFor();
  await findings.look(page, 'waiting for a person');
  findings.none();
  await context.close();
});

test('the chat with every kind of card', async () => {
  const findings = new Findings();
  const context = await shopper(browser);
  await signedIn(context, await server.token('delivered_two_items'));
  const widget = await openAt(context, other.url);
  for (const [text, card] of [
    ['where is my order?', 'order'], ['what is your return policy?', null],
    ['do you have a waterproof jacket under 150 in M, not black?', null],
    ['add the Sleet Rain Jacket in navy, L to my cart', 'cart'],
    ['any offers for me?', 'offer'],
    ['I want to return the second item, too small', 'proposal'],
  ]) {
    await widget.ask(text);
    if (card) await widget.card(card).first().waitFor();
  }
  await findings.look(widget.page, 'cards');
  for (const details of await widget.log.locator('summary').all()) await details.click();
  await findings.look(widget.page, 'cards with all that folds open');
  await widget.button('confirm').click();
  await widget.card('label').waitFor();
  await widget.quiet();
  await findings.look(widget.page, 'a label');
  await context.setOffline(true);
  await widget.dialog.getByText(widget.say('offline')).waitFor();
  await widget.send('and this?');
  await findings.look(widget.page, 'offline');
  await context.setOffline(false);
  findings.none();
  await context.close();
});

test('the chat on a phone', async () => {
  const findings = new Findings();
  const context = await shopper(browser, { viewport: { width: 390, height: 844 }, hasTouch: true });
  const widget = await openAt(context, other.url);
  await widget.ask('show me the Sleet Rain Jacket');
  await findings.look(widget.page, 'a sheet');
  findings.none();
  await context.close();
});

test('the chat in German, from right to left', async () => {
  const findings = new Findings();
  const context = await shopper(browser);
  const widget = await openAt(context, `${other.url}/?lang=de&dir=rtl`, 'de');
  await widget.ask('show me the Sleet Rain Jacket');
  await findings.look(widget.page, 'German');
  findings.none();
  await context.close();
});
