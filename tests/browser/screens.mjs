// Pictures of every page and every state, for people to look at: `node screens.mjs FOLDER`.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { launch, shopper, until } from './browser.mjs';
import { checkedOut, firstProduct, inCart, signIn, useCode } from './demo.mjs';
import { Server } from './server.mjs';
import { Widget } from './widget.mjs';

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error('usage: node screens.mjs FOLDER');
  process.exit(2);
}
const WINDOWS = [{ width: 1280, height: 800 }, { width: 390, height: 844 }];
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==', 'base64');

// In the window's size and both themes; `whole` takes in what one has to scroll to.
async function shoot(page, name, whole = false) {
  const { width } = page.viewportSize();
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const pictures = () => page.evaluate(() => [...document.images].every((image) => image.complete || image.loading === 'lazy'));
    await until('pictures are there', pictures);
    await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), animations: 'disabled', fullPage: whole });
  }
}

async function pages(page, server) {
  const { url } = server;
  await page.goto(url);
  const product = await firstProduct(page);
  const at = async (path, name) => {
    await page.goto(url + path);
    await new Widget(page).launcher.waitFor();
    await shoot(page, `page-${name}`, true);
  };
  for (const [path, name] of [
    ['/', 'start'], ['/search?q=rain+jacket+under+150', 'search'], ['/search?q=xyzzy', 'search-nothing'],
    ['/categories/jackets', 'category'], ['/categories/jackets?max=1', 'category-nothing'], [product, 'product'],
    ['/cart', 'cart-empty'], ['/sign-in', 'sign-in'], ['/policies/returns', 'policy'], ['/try', 'try'], ['/nowhere', 'missing'],
  ]) await at(path, name);
  await inCart(page, url, product);
  await at('/cart', 'cart');
  await at('/checkout', 'checkout');
  await signIn(page, url, (await server.shopper('many_orders')).email);
  await at('/account', 'account');
  await page.goto(`${url}/checkout`);
  await useCode(page, 'NO-SUCH-CODE');
  await shoot(page, 'page-checkout-code', true);
  await checkedOut(page, url);
  await shoot(page, 'page-confirmed', true);
}

async function states(page, server) {
  await page.goto(server.url);
  const widget = new Widget(page);
  await widget.launcher.waitFor();
  await shoot(page, 'chat-0-closed');
  await widget.open();
  await page.locator('attendant-chat').getByText(widget.say('welcome_title')).waitFor();
  await shoot(page, 'chat-1-welcome');
  await widget.button('menu').click();
  await shoot(page, 'chat-2-menu');
  await page.keyboard.press('Escape');
  await widget.field.fill('A longer question,\nover two lines');
  await widget.dialog.locator('input[type=file]').setInputFiles({ name: 'seam.png', mimeType: 'image/png', buffer: PNG });
  await widget.dialog.locator('[data-state=ready]').waitFor();
  await shoot(page, 'chat-3-composer');
  await widget.button('remove', { name: 'seam.png' }).click();
}

async function cards(page, server) {
  const { email } = await server.shopper(page.viewportSize().width > 500 ? 'delivered_two_items' : 'split');
  await signIn(page, server.url, email);
  await page.goto(server.url);
  const widget = await new Widget(page).open();
  for (const [text, name] of [
    ['where is my order?', 'order'], ['what is your return policy?', 'sources'],
    ['do you have a waterproof jacket under 150 in M, not black?', 'products'],
    ['which size of the Sleet Rain Jacket with a chest of 98 cm?', 'size'],
    ['add the Sleet Rain Jacket in navy, L to my cart', 'cart'], ['any offers for me?', 'offer'],
    ['I want to return the first item, too small', 'proposal'],
  ]) {
    await widget.ask(text);
    await shoot(page, `chat-card-${name}`);
  }
  if (await widget.button('confirm').count() > 0) {
    await widget.button('confirm').click();
    await widget.card('label').waitFor();
    await widget.quiet();
    await shoot(page, 'chat-card-label');
  }
  await widget.button('to_person').first().click();
  await shoot(page, 'chat-person-question');
  await widget.button('person_yes').click();
  await widget.card('handoff').waitFor();
  await shoot(page, 'chat-card-handoff');
  await page.context().setOffline(true);
  await widget.dialog.getByText(widget.say('offline')).waitFor();
  await widget.send('and one more thing');
  await shoot(page, 'chat-offline');
  await page.context().setOffline(false);
}

await mkdir(folder, { recursive: true });
const server = await Server.start();
const browser = await launch();
try {
  for (const viewport of WINDOWS) {
    for (const part of [pages, states, cards]) {
      const context = await shopper(browser, { viewport, hasTouch: viewport.width < 500 });
      await part(await context.newPage(), server);
      await context.close();
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
