// The chat on a page as a shopper meets it: by roles and names. What has no role is named here alone.

import { readFileSync } from 'node:fs';
import { until } from './browser.mjs';

const WORDS = JSON.parse(readFileSync(new URL('../../src/web/assets/widget/words.json', import.meta.url), 'utf8'));

// What the chat says in a language.
export function words(language = 'en') {
  return (key, values = {}) => WORDS[language][key].replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

export class Widget {
  constructor(page, language = 'en') {
    this.page = page;
    this.say = words(language);
    this.element = page.locator('attendant-chat');
    this.launcher = page.locator('attendant-chat button[aria-haspopup="dialog"]');
    this.dialog = page.locator('attendant-chat').getByRole('dialog');
    this.log = this.dialog.getByRole('log');
    this.field = this.dialog.getByRole('textbox', { name: this.say('placeholder').replace('…', '') });
    this.sendButton = this.button('send');
  }

  // A button by the key of its words.
  button(key, values) {
    return this.dialog.getByRole('button', { name: this.say(key, values), exact: true });
  }

  card(name) {
    return this.log.locator(`.card-${name}`);
  }

  // Messages of one speaker that are whole.
  messages(from) {
    return this.log.locator(`.entry.from-${from} .bubble:not([hidden])`);
  }

  replies() {
    return this.messages('assistant').allInnerTexts();
  }

  async open() {
    await this.launcher.waitFor();
    if (!await this.dialog.isVisible()) await this.launcher.click();
    await this.dialog.waitFor();
    return this;
  }

  async send(text) {
    await this.field.fill(text);
    await this.field.press('Enter');
  }

  // Sends, and gives the whole reply.
  async ask(text) {
    const before = await this.messages('assistant').count();
    await this.send(text);
    return this.reply(before);
  }

  async reply(before = 0) {
    await until('a reply is there', async () => await this.messages('assistant').count() > before);
    await this.quiet();
    return (await this.replies()).slice(before).join('\n');
  }

  // Nothing more comes.
  quiet() {
    return until('the chat is quiet', () => this.element.evaluate((element) => {
      const root = element.shadowRoot;
      const unfinished = root.querySelector('.unfinished');
      const typing = root.querySelector('.typing:not([hidden])');
      return !unfinished && !typing && element.chat.fold.caughtUp && !element.chat.fold.working;
    }));
  }

  // The element that has the focus, as what it says of itself.
  focused() {
    return this.page.evaluate(() => {
      let at = document.activeElement;
      while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
      if (!at) return '';
      return at.getAttribute('aria-label') || at.textContent.trim() || at.tagName.toLowerCase();
    });
  }
}

// What the page tells the chat before anything of it has loaded: who is signed in.
export async function signedIn(context, token) {
  await context.addInitScript((given) => {
    window.attendant = window.attendant || [];
    window.attendant.push(['customer', async () => given]);
  }, token);
}

// A page with the chat open on it.
export async function openAt(context, address, language) {
  const page = await context.newPage();
  await page.goto(address);
  return new Widget(page, language).open();
}
