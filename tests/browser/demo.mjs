// What a shopper does on the demo storefront, by its pages alone.

export async function signIn(page, shop, email) {
  await page.goto(`${shop}/sign-in`);
  const form = page.locator('form[action="/sign-in"]').filter({ has: page.locator(`input[value="${email}"]`) });
  await Promise.all([page.waitForEvent('load'), form.getByRole('button').click()]);
}

export async function signOut(page, shop) {
  await page.goto(`${shop}/account`);
  await Promise.all([page.waitForEvent('load'), page.locator('main').getByRole('button', { name: 'Sign out' }).click()]);
}

// The path of the first product that a page shows.
export function firstProduct(page) {
  return page.locator('main a[href^="/products/"]').first().getAttribute('href');
}

export function badge(page) {
  return page.locator('[data-pieces]').first().innerText();
}

// Puts one piece of a product into the cart, in a size that is there.
export async function inCart(page, shop, path) {
  await page.goto(shop + path);
  const before = Number(await page.locator('[data-pieces]').first().textContent());
  await page.locator('input[name=sku]:not([disabled]) + span').first().click();
  await page.getByRole('button', { name: 'Add to cart' }).click();
  await page.locator('[data-pieces]').first().filter({ hasText: new RegExp(`^${before + 1}$`) }).waitFor();
}

// Buys what is in the cart of a shopper who is signed in; gives the address of the confirmation.
export async function checkedOut(page, shop, code) {
  await page.goto(`${shop}/checkout`);
  if (code) await useCode(page, code);
  const place = page.getByRole('button', { name: /^Place order/ });
  await Promise.all([page.waitForURL(/\/checkout\/done\//), place.click()]);
  return page.url();
}

// What the checkout says to a code.
export async function useCode(page, code) {
  await page.getByRole('textbox', { name: 'Offer code' }).fill(code);
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Use', exact: true }).click()]);
  return page.locator('#code-says').innerText();
}
