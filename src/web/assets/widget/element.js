// The element `<attendant-chat>` and what the page may say to it.

const SHEET_QUERY = '(max-width: 520px), (max-height: 480px) and (pointer: coarse)';

class AttendantChat extends HTMLElement {
  static observedAttributes = ['theme', 'side'];

  connectedCallback() {
    // One chat to a page; another element stays empty.
    if (AttendantChat.active && AttendantChat.active !== this) return;
    AttendantChat.active = this;
    if (!this.root) this.build();
    this.listen();
    this.look();
    if (this.tab.get('open')) this.open({ focus: false });
    // What the page has said already counts from the beginning.
    AttendantChat.greet();
    this.chat.start();
    this.render();
    this.emit('attendant:ready');
  }

  attributeChangedCallback() {
    if (this.sheet) this.look();
  }

  disconnectedCallback() {
    if (AttendantChat.active !== this) return;
    AttendantChat.active = null;
    for (const quit of this.listening) quit();
    this.chat.stop();
    this.lock(false);
  }

  build() {
    this.language = chooseLanguage(this);
    this.tab = new Shelf('sessionStorage');
    this.chat = new Chat({ changed: (key) => this.changed(key), emit: (...event) => this.emit(...event) });
    this.view = new View(this.chat, { close: () => this.close() });
    this.chat.announce = (words) => this.view.announce(words);
    this.badge = make('span', { class: 'unread', 'aria-hidden': 'true' });
    this.launcher = button({ class: 'launcher', 'aria-expanded': 'false', 'aria-haspopup': 'dialog', 'aria-controls': 'panel', onclick: () => this.toggle() },
      icon('chat'), icon('down'), this.badge);
    this.root = make('div', { class: 'root', lang: this.language }, this.launcher, this.view.panel);
    this.view.panel.hidden = true;
    const shadow = this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(this.root);
    this.root.addEventListener('keydown', (event) => this.keys(event));
    this.root.addEventListener('click', (event) => this.left(event));
  }

  listen() {
    this.listening = [];
    this.sheet = matchMedia(SHEET_QUERY);
    this.dark = matchMedia('(prefers-color-scheme: dark)');
    hear(this.listening, this.sheet, 'change', () => this.look());
    hear(this.listening, this.dark, 'change', () => this.look());
    hear(this.listening, window, 'focus', () => this.render());
    if (window.visualViewport) {
      hear(this.listening, window.visualViewport, 'resize', () => this.fit());
      hear(this.listening, window.visualViewport, 'scroll', () => this.fit());
    }
  }

  // ---- Looks

  look() {
    const theme = setting(this, 'theme');
    mark(this.root, 'data-theme', ['light', 'dark'].includes(theme) ? theme : this.dark.matches ? 'dark' : 'light');
    mark(this.root, 'data-side', setting(this, 'side') === 'start' ? 'start' : 'end');
    mark(this.root, 'dir', getComputedStyle(document.documentElement).direction);
    mark(this.root, 'data-sheet', this.sheet.matches);
    this.fit();
    this.lock(this.opened && this.sheet.matches);
  }

  // A phone's keyboard covers the page without making it smaller.
  fit() {
    const seen = window.visualViewport;
    const sheet = this.opened && this.sheet.matches && seen;
    this.root.style.setProperty('--seen-height', sheet ? `${seen.height}px` : '100dvh');
    this.root.style.setProperty('--seen-top', sheet ? `${seen.offsetTop}px` : '0px');
    if (sheet) this.view.stick();
  }

  // The page behind a full sheet stays where it is.
  lock(on) {
    const page = document.documentElement.style;
    if (on && this.locked === undefined) {
      this.locked = page.overflow;
      page.overflow = 'hidden';
    } else if (!on && this.locked !== undefined) {
      page.overflow = this.locked;
      this.locked = undefined;
    }
    mark(this.view.panel, 'aria-modal', on ? 'true' : null);
  }

  // ---- Open and closed

  toggle() {
    if (this.opened) this.close();
    else this.open();
  }

  open({ focus = true } = {}) {
    const was = this.opened;
    this.opened = true;
    this.tab.set('open', true);
    this.view.panel.hidden = false;
    mark(this.root, 'data-open', true);
    mark(this.launcher, 'aria-expanded', 'true');
    this.look();
    this.chat.askShop();
    this.view.composer.grow();
    this.view.toEnd();
    if (focus) this.view.composer.field.focus({ preventScroll: true });
    this.render();
    if (!was) this.emit('attendant:open');
  }

  close() {
    if (!this.opened) return;
    const inside = this.view.panel.contains(this.shadowRoot.activeElement);
    this.opened = false;
    this.tab.remove('open');
    this.view.panel.hidden = true;
    mark(this.root, 'data-open', false);
    mark(this.launcher, 'aria-expanded', 'false');
    this.look();
    this.render();
    if (inside) this.launcher.focus({ preventScroll: true });
    this.emit('attendant:close');
  }

  keys(event) {
    if (event.key === 'Escape' && this.opened && !event.isComposing) {
      event.preventDefault();
      event.stopPropagation();
      if (!this.view.escape()) this.close();
    }
    if (event.key === 'Tab' && this.opened && this.sheet.matches) this.goRound(event);
  }

  // In a full sheet there is nothing else to go to.
  goRound(event) {
    const stops = [...this.view.panel.querySelectorAll('button, a[href], input, textarea, summary, [tabindex="0"]')]
      .filter((node) => node.offsetParent !== null && node.tabIndex >= 0);
    const at = this.shadowRoot.activeElement;
    const [first, last] = [stops[0], stops[stops.length - 1]];
    if (event.shiftKey ? at === first : at === last) {
      event.preventDefault();
      (event.shiftKey ? last : first).focus();
    }
  }

  // Whoever follows a link into the shop on a phone wants to see the page.
  left(event) {
    const away = event.target.closest && event.target.closest('a[data-inside]');
    if (away && this.sheet.matches && !event.metaKey && !event.ctrlKey) this.close();
  }

  // ---- Showing

  changed(key) {
    if (key === 'draft') this.view.composer.elsewhere();
    if (this.waiting) return;
    this.waiting = true;
    const show = () => {
      this.waiting = false;
      if (this.isConnected) this.render();
    };
    // A hidden page has no frames.
    if (document.visibilityState === 'hidden') setTimeout(show, 0);
    else requestAnimationFrame(show);
  }

  render() {
    if (this.opened && document.visibilityState === 'visible') this.chat.seen();
    this.view.update();
    const unread = this.opened ? 0 : this.chat.unread;
    write(this.badge, unread > 9 ? '9+' : String(unread || ''));
    this.badge.hidden = unread === 0;
    const words = this.opened ? say('close') : unread > 0 ? say('launcher_unread', { n: unread }) : say('launcher');
    mark(this.launcher, 'aria-label', words);
  }

  // Whether the page let it be.
  emit(name, detail = null, cancelable = false) {
    const event = new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable });
    return (this.isConnected ? this : document).dispatchEvent(event);
  }
}
