// How it fits: window sizes, dark, right to left, German, less motion.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { OtherOrigin } from './another-origin.mjs';
import { launch, shopper, until } from './browser.mjs';
import { cutOff } from './page-checks.mjs';
import { Server } from './server.mjs';
import { Widget, openAt, signedIn } from './widget.mjs';
import { Wire } from './wire.mjs';

const SIZES = [{ width: 360, height: 740 }, { width: 390, height: 844 }, { width: 1280, height: 800 }];

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

function inWindow(box, { width, height }) {
  return box && box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height;
}

// Everything that a conversation may show, in one.
async function everyCard(widget) {
  for (const text of [
    'where is my order?', 'what is your return policy?', 'do you have a waterproof jacket under 150 in M, not black?',
    'add the Sleet Rain Jacket in navy, L to my cart', 'any offers for me?', 'I want to return the second item, too small',
  ]) await widget.ask(text);
}

for (const viewport of SIZES) {
  test(`everything is whole at ${viewport.width} × ${viewport.height}`, async () => {
    const context = await shopper(browser, { viewport, hasTouch: viewport.width < 500 });
    await signedIn(context, await server.token('delivered_two_items'));
    const page = await context.newPage();
    await page.goto(other.url);
    const widget = new Widget(page);
    await widget.launcher.waitFor();
    assert.ok(inWindow(await widget.launcher.boundingBox(), viewport), 'the launcher is in the window');
    assert.deepEqual(await cutOff(page), []);
    await widget.open();
    await widget.page.getByText(widget.say('welcome_title')).waitFor();
    assert.deepEqual(await cutOff(page), []);
    await everyCard(widget);
    assert.deepEqual(await cutOff(page), []);
    for (const part of [widget.field, widget.sendButton, widget.button('close'), widget.button('to_person').first()]) {
      assert.ok(inWindow(await part.boundingBox(), viewport), 'the composer and the head are in the window');
    }
    // An answer is read from its question on, but what waits for a yes is seen without scrolling.
    await until('Confirm is seen', async () => inWindow(await widget.button('confirm').boundingBox(), viewport));
    for (const details of await widget.log.locator('summary').all()) await details.click();
    assert.deepEqual(await cutOff(page), []);
    await widget.button('menu').click();
    assert.deepEqual(await cutOff(page), []);
    await widget.dialog.getByRole('button', { name: widget.say('to_person') }).last().click();
    await widget.page.getByText(widget.say('person_question')).waitFor();
    assert.deepEqual(await cutOff(page), []);
    assert.deepEqual(context.problems, []);
    await context.close();
  });
}

test('what is pressed is large enough for a finger', async () => {
  const context = await shopper(browser, { viewport: SIZES[0], hasTouch: true });
  const widget = await openAt(context, other.url);
  await widget.ask('show me the Sleet Rain Jacket');
  // WCAG 2.2, target size (minimum): 24 by 24 CSS pixels.
  const small = await widget.dialog.evaluate((panel) => [...panel.querySelectorAll('button, .chip, summary')]
    .map((node) => [node.getAttribute('aria-label') || node.textContent, node.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && (box.width < 24 || box.height < 24)).map(([name]) => name));
  assert.deepEqual(small, []);
  await context.close();
});

test('a very long word and a long message stay inside', async () => {
  const context = await shopper(browser, { viewport: SIZES[0] });
  const widget = await openAt(context, other.url);
  await widget.ask(`${'x'.repeat(400)} ${'and so on '.repeat(80)}`);
  assert.deepEqual(await cutOff(widget.page), []);
  await widget.field.fill('line\n'.repeat(40));
  assert.deepEqual(await cutOff(widget.page), []);
  assert.ok(inWindow(await widget.sendButton.boundingBox(), SIZES[0]));
  await context.close();
});

// The lightness of what the panel stands on, 0 to 255.
function lightness(widget) {
  return widget.dialog.evaluate((panel) => {
    const canvas = document.createElement('canvas').getContext('2d');
    canvas.fillStyle = getComputedStyle(panel).backgroundColor;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
    return (red + green + blue) / 3;
  });
}

test('it is dark where the system is, and where the page says so', async () => {
  const context = await shopper(browser, { colorScheme: 'dark' });
  const widget = await openAt(context, other.url);
  assert.ok(await lightness(widget) < 60);
  await widget.page.emulateMedia({ colorScheme: 'light' });
  await until('it is light', async () => await lightness(widget) > 200);
  await widget.page.emulateMedia({ colorScheme: 'dark' });
  await widget.page.goto(`${other.url}/?theme=light`);
  await widget.open();
  assert.ok(await lightness(widget) > 200);
  await context.close();
});

test('on a page from right to left it stands at the left', async () => {
  const context = await shopper(browser);
  for (const [wishes, left] of [['dir=rtl', true], ['dir=ltr', false], ['dir=rtl&side=start', false], ['side=start', true]]) {
    const page = await context.newPage();
    await page.goto(`${other.url}/?${wishes}`);
    const widget = await new Widget(page).open();
    for (const part of [widget.launcher, widget.dialog]) {
      const box = await part.boundingBox();
      assert.equal(box.x + box.width / 2 < 640, left, wishes);
    }
    const mine = wishes.includes('rtl') ? 'rtl' : 'ltr';
    assert.equal(await widget.dialog.evaluate((panel) => getComputedStyle(panel).direction), mine);
    assert.deepEqual(await cutOff(page), []);
    await page.close();
  }
  const widget = await openAt(context, `${other.url}/?dir=rtl`);
  await widget.ask('show me the Sleet Rain Jacket');
  assert.deepEqual(await cutOff(widget.page), []);
  // What the shopper says is at the end of the line, which is the left.
  const own = await widget.messages('shopper').first().boundingBox();
  const reply = await widget.messages('assistant').first().boundingBox();
  assert.ok(own.x < reply.x);
  await context.close();
});

test('a German page has a German chat', async () => {
  const context = await shopper(browser);
  const widget = await openAt(context, `${other.url}/?lang=de`, 'de');
  for (const key of ['welcome_title', 'welcome', 'starter_order']) await widget.page.getByText(widget.say(key)).first().waitFor();
  await widget.ask('show me the Sleet Rain Jacket');
  assert.ok(await widget.dialog.getByRole('button', { name: /in den Warenkorb/i }).count() > 0);
  // Nothing of the chat's own is left in English.
  const own = await widget.dialog.innerText();
  assert.doesNotMatch(own, /Add to cart|Ask about|Sent|Write a message|Talk to a person/);
  assert.equal(await widget.dialog.evaluate((panel) => panel.closest('[lang]').lang), 'de');
  await widget.page.goto(`${other.url}/?lang=xx`);
  await new Widget(widget.page).launcher.waitFor();
  assert.equal(await widget.launcher.getAttribute('aria-label'), 'Close chat');
  await context.close();
});

test('who wants less motion sees none', async () => {
  const wire = await Wire.open(server.port);
  const slow = await OtherOrigin.start(wire.url, server.url);
  const moving = (widget) => widget.element.evaluate((element) => element.shadowRoot.getAnimations()
    .filter((one) => one.playState === 'running' && one.effect.getComputedTiming().duration > 10)
    .map((one) => one.animationName || one.transitionProperty));
  for (const [reducedMotion, still] of [['no-preference', false], ['reduce', true]]) {
    const context = await shopper(browser, { reducedMotion });
    const widget = await openAt(context, slow.url);
    const held = wire.holdAfter(/^event: typing$/m);
    await widget.send('what is your return policy?');
    await held;
    await widget.page.locator('attendant-chat .dots').waitFor();
    const seen = await moving(widget);
    assert.equal(seen.length === 0, still, `${reducedMotion}: ${seen}`);
    wire.release();
    await widget.reply();
    await context.close();
  }
  await wire.close();
  await slow.stop();
});
