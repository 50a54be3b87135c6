// The demo storefront, with the chat on its pages.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, shopper, until } from './browser.mjs';
import { badge, checkedOut, firstProduct, inCart, signIn, signOut, useCode } from './demo.mjs';
import { cutOff } from './page-checks.mjs';
import { Server } from './server.mjs';
import { Widget } from './widget.mjs';

const JACKET = 'Sleet Rain Jacket';

let server;
let shop;
let browser;

before(async () => {
  server = await Server.start();
  shop = server.url;
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function visit(options) {
  const context = await shopper(browser, options);
  return { context, page: await context.newPage() };
}

async function ended({ context }) {
  assert.deepEqual(context.problems, []);
  assert.deepEqual([...context.hosts], [new URL(shop).host]);
  await context.close();
}

async function jacketPage(page) {
  await page.goto(`${shop}/search?q=${encodeURIComponent(JACKET)}`);
  await page.getByRole('link', { name: new RegExp(JACKET) }).first().click();
  await page.getByRole('heading', { level: 1, name: JACKET }).waitFor();
}

test('from the start to a product, by category and by search', async () => {
  const visitor = await visit();
  const { page } = visitor;
  await page.goto(shop);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.getByRole('navigation', { name: 'Categories' }).getByRole('link').first().click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  const tiles = page.locator('main a[href^="/products/"]');
  assert.ok(await tiles.count() > 3);
  await until('pictures are drawn', () => page.locator('main img').first().evaluate((image) => image.complete && image.naturalWidth > 0));
  await tiles.first().click();
  await page.getByRole('button', { name: 'Add to cart' }).waitFor();
  await jacketPage(page);
  await ended(visitor);
});

test('filters of a category hold for all that it shows', async () => {
  const visitor = await visit();
  const { page } = visitor;
  await page.goto(`${shop}/categories/jackets`);
  const all = await page.locator('main li a[href^="/products/"]').count();
  const filters = page.getByRole('form', { name: 'Filters' });
  await filters.getByRole('textbox', { name: 'to', exact: true }).fill('150');
  await filters.getByRole('group', { name: 'Colour' }).getByText('navy', { exact: true }).click();
  await Promise.all([page.waitForURL(/color=navy/), filters.getByRole('button', { name: 'Apply' }).click()]);
  const prices = await tilePrices(page);
  assert.ok(prices.length > 0);
  assert.ok(prices.every((price) => price <= 150), String(prices));
  assert.ok(await page.locator('main li a[href^="/products/"]').count() < all);
  await filters.getByRole('link', { name: 'Clear' }).click();
  await until('all are back', async () => await page.locator('main li a[href^="/products/"]').count() === all);
  await ended(visitor);
});

// What each product on a page costs now.
async function tilePrices(page) {
  const words = await page.locator('main li .price').allInnerTexts();
  return words.map((price) => Number(/€([\d,.]+)/.exec(price)[1].replace(',', '')));
}

test('a search in words of a shopper keeps to them', async () => {
  const visitor = await visit();
  const { page } = visitor;
  await page.goto(shop);
  await page.getByRole('searchbox').fill('rain jacket under 150, not black');
  await page.getByRole('searchbox').press('Enter');
  await page.waitForURL(/\/search\?q=/);
  const prices = await tilePrices(page);
  assert.ok(prices.length > 0);
  assert.ok(prices.every((price) => price < 150), String(prices));
  await ended(visitor);
});

test('a product page asks about its product, and the chat knows which', async () => {
  const visitor = await visit();
  const { page } = visitor;
  await jacketPage(page);
  await page.getByRole('button', { name: 'Ask about this product' }).click();
  const widget = new Widget(page);
  await widget.dialog.waitFor();
  await until('a question is begun', () => widget.field.inputValue());
  assert.match(await widget.ask('does it come in XL?'), new RegExp(JACKET));
  await ended(visitor);
});

test('what the chat adds goes into the shop’s own cart, exactly once', async () => {
  const visitor = await visit();
  const { context, page } = visitor;
  await jacketPage(page);
  // Another tab of the same shopper is open all the while.
  const second = await context.newPage();
  await second.goto(shop);
  await new Widget(second).open();
  const widget = await new Widget(page).open();
  await widget.ask(`add the ${JACKET} in navy, L to my cart`);
  // Both tabs are seen here, so either may be the one that fills the cart.
  await until('the badge says one', async () => await badge(page) === '1' || await badge(second) === '1');
  await new Widget(second).card('cart').waitFor();
  await page.reload();
  await widget.card('cart').getByText(widget.say('cart_added')).waitFor();
  await second.reload();
  await new Widget(second).card('cart').getByText(widget.say('cart_added')).waitFor();
  for (const one of [page, second]) assert.equal(await badge(one), '1');
  await page.goto(`${shop}/cart`);
  const line = page.locator('.cart-lines > li');
  assert.equal(await line.count(), 1);
  assert.match(await line.innerText(), new RegExp(`${JACKET}[^]*navy, L`));
  await ended(visitor);
});

test('the size chips of a card put that size into the cart', async () => {
  const visitor = await visit();
  const { page } = visitor;
  await page.goto(shop);
  const widget = await new Widget(page).open();
  await widget.ask(`show me the ${JACKET}`);
  const product = widget.log.getByRole('article').first();
  await product.getByText('M', { exact: true }).click();
  await product.getByRole('button', { name: /add to cart: /i }).click();
  await until('the badge says one', async () => await badge(page) === '1');
  await page.goto(`${shop}/cart`);
  assert.match(await page.locator('.cart-lines > li').innerText(), /, M/);
  await ended(visitor);
});

test('the cart changes and empties', async () => {
  const visitor = await visit();
  const { page } = visitor;
  await page.goto(`${shop}/categories/jackets`);
  await inCart(page, shop, await firstProduct(page));
  await page.goto(`${shop}/cart`);
  await page.getByRole('combobox').first().selectOption('2');
  await until('there are two', async () => await badge(page) === '2');
  await page.getByRole('button', { name: /^Remove/ }).click();
  await page.getByText(/nothing in it yet/).waitFor();
  await ended(visitor);
});

test('a checkout redeems an offer code once, and the account has the order', async () => {
  const visitor = await visit();
  const { page } = visitor;
  const { email } = await server.shopper('new_customer');
  await signIn(page, shop, email);
  await page.goto(shop);
  const widget = await new Widget(page).open();
  await widget.ask('do you have an offer for me?');
  const code = (await widget.card('offer').first().locator('code').innerText()).trim();
  await page.evaluate(() => window.attendant.close());

  await jacketPage(page);
  const jacket = new URL(page.url()).pathname;
  await inCart(page, shop, jacket);
  await page.goto(`${shop}/checkout`);
  await fillAddress(page);
  assert.match(await useCode(page, code), /./);
  await page.getByText(/−€/).waitFor();
  // Two presses on the button are one order.
  const place = page.getByRole('button', { name: /^Place order/ });
  const total = /€[\d.,]+/.exec(await place.innerText())[0];
  await Promise.all([page.waitForURL(/\/checkout\/done\//), place.dblclick()]);
  const order = /Order (\d+) is placed/.exec(await page.getByRole('heading', { level: 1 }).innerText())[1];
  assert.equal(await page.locator('[data-pieces]').first().textContent(), '0');

  await page.goto(`${shop}/account`);
  const article = page.getByRole('article', { name: `Order ${order}` });
  assert.ok((await article.innerText()).includes(total));
  assert.equal(await page.getByRole('article').count(), 1);

  // The same code again: no discount.
  await inCart(page, shop, jacket);
  await page.goto(`${shop}/checkout`);
  await fillAddress(page);
  await useCode(page, code);
  assert.equal(await page.getByText(/−€/).count(), 0);

  // And the chat knows the order.
  assert.match(await (await new Widget(page).open()).ask('where is my order?'), new RegExp(order));
  await ended(visitor);
});

async function fillAddress(page) {
  for (const [name, value] of [['Name', 'Lily Ahmed'], ['Street and number', '1 Quay Street'], ['Postcode', 'H91 AB12'], ['Town or city', 'Galway']]) {
    const field = page.getByRole('textbox', { name, exact: true });
    if (!await field.inputValue()) await field.fill(value);
  }
}

test('one shopper never sees what another wrote', async () => {
  const visitor = await visit();
  const { page } = visitor;
  const [first, second] = [await server.shopper('waiting'), await server.shopper('late')];
  await signIn(page, shop, first.email);
  await page.goto(shop);
  const widget = await new Widget(page).open();
  assert.match(await widget.ask('where is my order?'), new RegExp(first.orders[0]));

  await signOut(page, shop);
  await page.goto(shop);
  await widget.open();
  await until('it is gone', async () => !(await widget.dialog.innerText()).includes(first.orders[0]));
  await widget.field.fill('x');
  assert.doesNotMatch(await widget.dialog.innerText(), new RegExp(first.orders[0]));

  await signIn(page, shop, second.email);
  await page.goto(shop);
  await widget.open();
  const reply = await widget.ask('where is my order?');
  assert.match(reply, new RegExp(second.orders[0]));
  assert.doesNotMatch(await widget.dialog.innerText(), new RegExp(first.orders[0]));
  await page.reload();
  await widget.reply();
  assert.doesNotMatch(await widget.dialog.innerText(), new RegExp(first.orders[0]));
  await ended(visitor);
});

test('straight from one shopper to another shows nothing of the first', async () => {
  const visitor = await visit();
  const { page } = visitor;
  const [first, second] = [await server.shopper('split'), await server.shopper('processing')];
  await signIn(page, shop, first.email);
  await page.goto(shop);
  const widget = await new Widget(page).open();
  await widget.ask('where is my order?');
  await signIn(page, shop, second.email);
  await page.goto(shop);
  await widget.open();
  await until('the chat is empty of it', async () => !(await widget.dialog.innerText()).includes(first.orders[0]));
  assert.match(await widget.ask('where is my order?'), new RegExp(second.orders[0]));
  assert.doesNotMatch(await widget.dialog.innerText(), new RegExp(first.orders[0]));
  await ended(visitor);
});

test('all of it works without JavaScript', async () => {
  const visitor = await visit({ javaScriptEnabled: false });
  const { page } = visitor;
  const [{ email }] = [await server.shopper('many_orders')];
  await signIn(page, shop, email);
  await page.goto(`${shop}/categories/jackets`);
  await page.goto(shop + await firstProduct(page));
  await page.locator('input[name=sku]:not([disabled]) + span').first().click();
  await page.getByRole('button', { name: 'Add to cart' }).click();
  await page.waitForURL(`${shop}/cart`);
  assert.equal(await badge(page), '1');
  await page.getByRole('combobox').first().selectOption('2');
  await page.getByRole('button', { name: /^Update/ }).click();
  await until('there are two', async () => await badge(page) === '2');
  const before = await orders(page);
  await checkedOut(page, shop);
  assert.equal(await orders(page), before + 1);
  // Nothing is offered that would need a script.
  await page.goto(`${shop}/cart`);
  assert.equal(await page.locator('[data-draft]:visible').count(), 0);
  await ended(visitor);
});

async function orders(page) {
  await page.goto(`${shop}/account`);
  return page.getByRole('article').count();
}

test('nothing reaches out sideways on a phone', async () => {
  const visitor = await visit({ viewport: { width: 360, height: 740 } });
  const { page } = visitor;
  await page.goto(shop);
  const product = await firstProduct(page);
  await inCart(page, shop, product);
  await signIn(page, shop, (await server.shopper('many_orders')).email);
  for (const path of ['/', '/search?q=rain', '/categories/jackets', product, '/cart', '/checkout', '/account', '/sign-in', '/policies/returns', '/try']) {
    await page.goto(shop + path);
    assert.deepEqual(await cutOff(page), [], path);
  }
  await ended(visitor);
});

test('a form from another origin changes nothing', async () => {
  const visitor = await visit();
  const { page } = visitor;
  await page.goto(`${shop}/categories/jackets`);
  await page.goto(shop + await firstProduct(page));
  const sku = await page.locator('input[name=sku]:not([disabled])').first().getAttribute('value');
  const answer = await visitor.context.request.post(`${shop}/cart/add`, {
    form: { sku, quantity: '1' }, headers: { origin: 'http://stranger.example', 'sec-fetch-site': 'cross-site' }, maxRedirects: 0,
  });
  assert.ok(answer.status() >= 400, String(answer.status()));
  await page.goto(`${shop}/cart`);
  assert.equal(await page.locator('[data-pieces]').first().textContent(), '0');
  await ended(visitor);
});
