// Where the shopper writes: text that is kept as a draft, pictures by button, paste and drop.

const PICTURE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
const DRAFT_MS = 250;

class Composer {
  constructor(chat, { sent }) {
    Object.assign(this, { chat, sent });
    this.pictures = [];
    this.field = make('textarea', {
      rows: '1', 'aria-label': say('placeholder').replace('…', ''), placeholder: say('placeholder'), enterkeyhint: 'send',
    });
    this.files = make('input', { type: 'file', accept: PICTURE_TYPES.join(','), multiple: true, hidden: true, tabindex: '-1', 'aria-label': say('attach') });
    this.attach = iconButton('picture', say('attach'), { onclick: () => this.files.click() });
    this.submit = make('button', { class: 'round send', type: 'submit', 'aria-label': say('send'), title: say('send') }, icon('send'));
    this.hint = make('p', { class: 'hint', role: 'alert' });
    this.shelf = make('ul', { class: 'shelf', 'aria-label': say('pictures') });
    this.node = make('form', { class: 'composer' }, this.shelf, this.hint,
      make('div', { class: 'write' }, this.attach, this.files, this.field, this.submit));
    this.listen();
    this.restore();
    this.look();
  }

  listen() {
    this.node.addEventListener('submit', (event) => {
      event.preventDefault();
      this.send();
    });
    this.field.addEventListener('input', () => this.wrote());
    this.field.addEventListener('keydown', (event) => {
      // Enter that ends a word of an input method sends nothing.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.send();
    });
    this.field.addEventListener('paste', (event) => {
      const files = [...(event.clipboardData ? event.clipboardData.files : [])];
      if (files.length === 0) return;
      event.preventDefault();
      this.add(files);
    });
    this.files.addEventListener('change', () => {
      this.add([...this.files.files]);
      this.files.value = '';
      this.field.focus();
    });
  }

  // ---- The draft

  wrote() {
    this.wrong = '';
    this.grow();
    this.look();
    this.keepSoon();
    if (this.field.value.trim()) this.chat.typing();
  }

  keepSoon() {
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => this.keep(), DRAFT_MS);
  }

  keep() {
    clearTimeout(this.keeping);
    const pictures = this.pictures.filter((one) => one.state === 'ready')
      .map(({ name, size, attachment, link: address, conversation }) => ({ name, size, attachment, link: address, conversation }));
    if (!this.field.value && pictures.length === 0) this.chat.shelf.remove('draft');
    else this.chat.shelf.set('draft', { text: this.field.value, pictures });
  }

  restore() {
    const draft = this.chat.shelf.get('draft') || {};
    this.field.value = typeof draft.text === 'string' ? draft.text : '';
    const busy = this.pictures.filter((one) => one.state !== 'ready');
    for (const one of this.pictures) if (one.state === 'ready') one.node.remove();
    this.pictures = busy;
    for (const one of list(draft.pictures)) this.put({ ...one, state: 'ready' });
    this.grow();
    this.look();
  }

  // Another tab has written: its draft is taken over unless somebody writes here.
  elsewhere() {
    const writing = document.hasFocus() && this.field.getRootNode().activeElement === this.field;
    if (!writing) this.restore();
  }

  fill(text) {
    this.field.value = text;
    this.wrote();
    this.field.setSelectionRange(text.length, text.length);
  }

  grow() {
    this.field.style.height = 'auto';
    if (this.field.scrollHeight) this.field.style.height = `${Math.min(this.field.scrollHeight, 132)}px`;
  }

  // ---- Sending

  get ready() {
    return this.pictures.filter((one) => one.state === 'ready' && this.belongs(one));
  }

  belongs(one) {
    return this.chat.conversation && one.conversation === this.chat.conversation.id;
  }

  look() {
    const busy = this.pictures.some((one) => one.state === 'uploading');
    const text = this.field.value.trim();
    const over = new TextEncoder().encode(text).length - this.chat.limit('message_bytes', 8192);
    write(this.hint, over > 0 ? say('too_long', { n: over }) : this.wrong || '');
    const can = !busy && over <= 0 && (text || this.ready.length > 0);
    mark(this.submit, 'aria-disabled', can ? null : 'true');
    return can;
  }

  send() {
    this.wrong = '';
    if (!this.look()) return;
    const attachments = this.ready.map(({ attachment, link: address, type }) => ({ attachment, link: address, type }));
    if (!this.chat.send(this.field.value.trim(), attachments)) {
      this.wrong = say('offline');
      this.look();
      return;
    }
    this.field.value = '';
    for (const one of this.pictures) one.node.remove();
    this.pictures = [];
    this.keep();
    this.grow();
    this.look();
    this.sent();
  }

  // ---- Pictures

  add(files) {
    const most = this.chat.limit('images_per_message', 4);
    this.wrong = '';
    for (const file of files.slice(0, 20)) {
      if (this.pictures.length >= most) this.wrong = say('too_many', { n: most });
      else if (!PICTURE_TYPES.includes(file.type)) this.wrong = `${file.name}: ${say('not_a_picture')}`;
      else this.upload(this.put({ file, name: file.name || say('picture'), size: file.size, type: file.type, state: 'new' }));
    }
    this.look();
  }

  put(one) {
    one.words = make('span', { class: 'soft' });
    one.again = button({ class: 'text', text: say('retry'), hidden: true, onclick: () => this.upload(one) });
    one.thumb = make('span', { class: 'thumb' }, icon('picture'));
    one.node = make('li', {}, one.thumb,
      make('div', { class: 'card-title' }, make('span', { class: 'file', text: one.name }), one.words, one.again),
      iconButton('close', say('remove', { name: one.name }), { class: 'round small', onclick: () => this.drop(one) }));
    this.pictures.push(one);
    this.shelf.append(one.node);
    if (one.state === 'ready') this.readied(one);
    return one;
  }

  async upload(one) {
    const most = this.chat.limit('image_bytes', 5242880);
    if (one.size > most) return this.failed(one, say('too_big', { size: sayBytes(most) }));
    this.state(one, 'uploading', say('uploading'));
    try {
      Object.assign(one, await this.chat.upload(one.file));
    } catch (error) {
      return this.failed(one, error.status === 415 ? say('not_a_picture') : error.message || say('upload_failed'), error.passing);
    }
    if (!this.pictures.includes(one)) return undefined;
    this.readied(one);
    this.chat.announce(`${one.name}: ${one.words.textContent}`);
    this.keep();
    return undefined;
  }

  readied(one) {
    const image = picture(one.link, '', { class: 'thumb' });
    if (image) one.thumb.append(image);
    this.state(one, 'ready', sayBytes(one.size));
  }

  failed(one, why, again = false) {
    this.state(one, 'failed', why);
    one.again.hidden = !again;
    this.chat.announce(`${one.name}: ${why}`);
  }

  state(one, state, words) {
    one.state = state;
    one.again.hidden = true;
    mark(one.node, 'data-state', state);
    write(one.words, words);
    this.look();
  }

  drop(one) {
    one.node.remove();
    this.pictures = this.pictures.filter((other) => other !== one);
    this.keep();
    this.look();
    this.field.focus();
  }
}
