// Without a mouse, and for ears: where the focus is, what it looks like, what is read out.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { OtherOrigin } from './another-origin.mjs';
import { launch, shopper, until } from './browser.mjs';
import { focusIsSeen } from './page-checks.mjs';
import { Server } from './server.mjs';
import { Widget, signedIn } from './widget.mjs';
import { Wire } from './wire.mjs';

const STOPS_MAX = 80;

let server;
let wire;
let other;
let browser;

before(async () => {
  server = await Server.start();
  wire = await Wire.open(server.port);
  other = await OtherOrigin.start(wire.url, server.url);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await wire?.close();
  await other?.stop();
  await server?.stop();
});

async function closedChat(situation) {
  const context = await shopper(browser);
  if (situation) await signedIn(context, await server.token(situation));
  const page = await context.newPage();
  await page.goto(other.url);
  const widget = new Widget(page);
  await widget.launcher.waitFor();
  return { context, page, widget, keys: page.keyboard };
}

// Presses a key until the focus is where it should be, and sees to it that it can be seen there.
async function goTo({ page, widget, keys }, wanted, key = 'Shift+Tab') {
  const passed = [];
  for (let stop = 0; stop < STOPS_MAX; stop += 1) {
    await keys.press(key);
    const at = await widget.focused();
    if (wanted.test(at)) {
      assert.ok(await focusIsSeen(page), `the focus is not seen on "${at}"`);
      return at;
    }
    passed.push(at);
  }
  throw new Error(`${key} does not lead to ${wanted}; it led to ${passed.slice(0, 30).join(' | ')}`);
}

test('open, write, send, choose a size, add to the cart, close', async () => {
  const talk = await closedChat();
  const { page, widget, keys } = talk;
  await page.evaluate(() => {
    document.addEventListener('attendant:add-to-cart', (event) => {
      event.preventDefault();
      window.added = event.detail;
    });
  });
  await goTo(talk, new RegExp(widget.say('launcher')), 'Tab');
  await keys.press('Enter');
  await widget.dialog.waitFor();
  await until('the field has the focus', async () => (await widget.focused()) === 'Write a message');
  assert.ok(await focusIsSeen(page));

  await keys.type('show me the Sleet Rain Jacket');
  await keys.press('Shift+Enter');
  await keys.type('please');
  assert.equal(await widget.field.inputValue(), 'show me the Sleet Rain Jacket\nplease');
  await keys.press('Enter');
  await widget.reply();
  assert.equal(await widget.focused(), 'Write a message');

  await goTo(talk, /add to cart: Sleet Rain Jacket/i);
  await keys.press('Enter');
  await widget.log.getByText(widget.say('choose_size')).waitFor();
  // The hint leads to what is missing.
  const size = () => page.evaluate(() => {
    const at = document.querySelector('attendant-chat').shadowRoot.activeElement;
    return at.type === 'radio' && at.closest('fieldset').querySelector('legend').textContent;
  });
  await until('the sizes have the focus', async () => await size() === widget.say('size'));
  assert.ok(await focusIsSeen(page), 'the focus is not seen on a size');
  await keys.press('Space');
  await keys.press('ArrowRight');
  const chosen = await page.evaluate(() => {
    const at = document.querySelector('attendant-chat').shadowRoot.activeElement;
    return at.checked && at.value;
  });
  assert.ok(chosen);
  await goTo(talk, /add to cart: Sleet Rain Jacket/i, 'Tab');
  await keys.press('Enter');
  await until('the page has it', () => page.evaluate(() => window.added));
  assert.equal(await page.evaluate(() => window.added.size), chosen);

  await keys.press('Escape');
  await until('the chat is closed', async () => !await widget.dialog.isVisible());
  assert.equal(await widget.focused(), await widget.launcher.getAttribute('aria-label'));
  assert.deepEqual(talk.context.problems, []);
  await talk.context.close();
});

test('a proposal is confirmed, and the focus stays with what became of it', async () => {
  const talk = await closedChat('delivered_two_items');
  const { widget, keys } = talk;
  await widget.launcher.press('Enter');
  await widget.ask('I want to return the second item, too small');
  await goTo(talk, new RegExp(`^${widget.say('confirm')}$`));
  await keys.press('Enter');
  await widget.card('label').waitFor();
  await until('the outcome has the focus', async () => (await widget.focused()) === widget.say('confirmed'));
  await goTo(talk, new RegExp(widget.say('download_a4')), 'Tab');
  await goTo(talk, /^Write a message$/, 'Tab');
  await talk.context.close();
});

test('a person is asked for, and what was opened last closes first', async () => {
  const talk = await closedChat();
  const { widget, keys } = talk;
  await widget.launcher.press('Enter');
  await goTo(talk, new RegExp(`^${widget.say('to_person')}$`));
  await keys.press('Enter');
  await until('the question has the focus', async () => (await widget.focused()) === widget.say('person_yes'));
  await keys.press('Escape');
  await until('the question is gone', async () => !await widget.dialog.getByText(widget.say('person_question')).isVisible());
  assert.ok(await widget.dialog.isVisible());
  assert.equal(await widget.focused(), 'Write a message');

  await goTo(talk, new RegExp(`^${widget.say('menu')}$`));
  await keys.press('Enter');
  await goTo(talk, new RegExp(`^${widget.say('new_conversation')}$`), 'Tab');
  await keys.press('Escape');
  assert.equal(await widget.focused(), widget.say('menu'));
  await keys.press('Escape');
  await until('the chat is closed', async () => !await widget.dialog.isVisible());
  await talk.context.close();
});

test('on a phone the focus stays within the sheet, on a desktop it may leave', async () => {
  for (const [viewport, stays] of [[{ width: 390, height: 844 }, true], [{ width: 1280, height: 800 }, false]]) {
    const talk = await closedChat();
    await talk.page.setViewportSize(viewport);
    await talk.widget.launcher.press('Enter');
    await talk.widget.dialog.waitFor();
    const inside = () => talk.page.evaluate(() => Boolean(document.activeElement?.shadowRoot?.activeElement?.closest('[role=dialog]')));
    let always = true;
    for (let stop = 0; stop < 20; stop += 1) {
      await talk.keys.press('Tab');
      always &&= await inside();
    }
    assert.equal(always, stays, JSON.stringify(viewport));
    assert.equal(await talk.widget.dialog.getAttribute('aria-modal'), stays ? 'true' : null);
    await talk.context.close();
  }
});

test('a screen reader meets a dialog with a log, and hears whole messages', async () => {
  const talk = await closedChat();
  const { page, widget } = talk;
  assert.equal(await widget.launcher.getAttribute('aria-expanded'), 'false');
  await widget.launcher.press('Enter');
  assert.equal(await widget.launcher.getAttribute('aria-expanded'), 'true');
  await page.getByRole('dialog', { name: /Harrow & Pine/ }).waitFor();
  assert.equal(await widget.log.count(), 1);
  assert.equal(await widget.log.getAttribute('aria-live'), 'polite');

  // Of a message that is not finished nothing is read out.
  const held = wire.holdAfter(/^event: delta$/m);
  await widget.send('do you have a waterproof jacket under 150 in M, not black?');
  await held;
  await widget.dialog.getByText('Here is what fits:').waitFor();
  assert.equal(await widget.log.getByText('Here is what fits:').count(), 0);
  const live = await page.evaluate(() => {
    const root = document.querySelector('attendant-chat').shadowRoot;
    const words = [...root.querySelectorAll('.unfinished')];
    return words.length > 0 && words.some((node) => node.closest('[aria-live=polite], [role=log], [role=status], [role=alert]'));
  });
  assert.equal(live, false);
  // That somebody writes was said.
  wire.release();
  await widget.log.getByText(/I narrow it down/).waitFor();
  assert.equal(await widget.log.getByText('Here is what fits:').count(), 1);
  // Who speaks is said with the words.
  const entry = widget.log.locator('.from-assistant').first();
  assert.match(await entry.innerText(), /Assistant\s*AI/);
  await talk.context.close();
});

test('that somebody is writing is said in a status', async () => {
  const talk = await closedChat();
  const { widget } = talk;
  await widget.launcher.press('Enter');
  const held = wire.holdAfter(/^event: typing$/m);
  await widget.send('what is your return policy?');
  await held;
  await widget.dialog.getByRole('status').getByText(/is typing/).waitFor({ state: 'attached' });
  wire.release();
  await widget.reply();
  await talk.context.close();
});
