// One entry of the conversation: who speaks, the words, the pictures, the cards. Made once, then
// updated in place.

class EntryView {
  constructor(entry, chat) {
    this.chat = chat;
    this.cards = new Map();
    this.version = null;
    if (entry.kind === 'line') {
      this.node = make('div', { class: `line ${entry.tone}` }, make('span', { text: entry.text }));
      return;
    }
    this.by = make('div', { class: 'by' });
    this.bubble = make('div', { class: 'bubble' });
    this.pictures = make('div', { class: 'pictures' });
    this.below = make('div', { class: 'cards' });
    this.foot = make('div', { class: 'foot' });
    this.node = make('div', { class: `entry from-${entry.from}` }, this.by, this.pictures, this.bubble, this.below, this.foot);
  }

  update(entry) {
    if (entry.kind === 'line') {
      write(this.node.firstChild, entry.text);
      return;
    }
    if (this.version !== entry.version) {
      this.version = entry.version;
      mark(this.node, 'class', `entry from-${entry.from}${entry.unfinished ? ' unfinished' : ''}`);
      this.words(entry);
      this.showPictures(entry);
      this.showCards(entry);
    }
    for (const view of this.cards.values()) {
      if (view.update) view.update();
    }
  }

  words(entry) {
    const text = entry.erased ? say('removed') : entry.text;
    this.bubble.hidden = !text;
    mark(this.bubble, 'data-erased', entry.erased);
    writeText(this.bubble, text || '');
    const [name, tag] = speaker(entry);
    if (this.speaker === name + tag) return;
    this.speaker = name + tag;
    this.by.replaceChildren(name, ...(tag ? [' ', make('span', { class: 'tag', text: tag })] : []), spoken(':'));
  }

  showPictures(entry) {
    const key = JSON.stringify(entry.attachments);
    if (this.shown === key) return;
    this.shown = key;
    const name = say('picture_from', { name: speaker(entry)[0] });
    this.pictures.replaceChildren(...entry.attachments.slice(0, 10).map((one) => link(one.link, {
      class: 'picture', target: '_blank', rel: 'noopener noreferrer', 'aria-label': name,
    }, picture(one.link, name) || say('picture'))));
  }

  showCards(entry) {
    for (const card of entry.cards) {
      if (!this.cards.has(card.key)) this.addCard(card);
    }
  }

  addCard(card) {
    // A card that is not as expected must not take the conversation with it.
    try {
      const view = CARD_MAKERS[card.name](card, this.chat);
      this.cards.set(card.key, view);
      this.below.append(view.node);
    } catch (error) {
      this.cards.set(card.key, {});
      console.warn('attendant: a card cannot be shown', error);
    }
  }

  // What stands under a message of one's own.
  footer(words, tone, ...actions) {
    const key = words + tone + actions.length;
    if (this.footed === key) return;
    this.footed = key;
    mark(this.foot, 'class', `foot ${tone}`);
    this.foot.replaceChildren(...(words ? [make('span', { text: words })] : []), ...actions);
  }
}

// Name and tag of who speaks: that it is an AI is said with every change of speaker.
function speaker(entry) {
  if (entry.from === 'shopper') return [say('you'), ''];
  if (entry.from === 'person') return [entry.name || say('person'), entry.name ? say('person') : ''];
  return [say('assistant'), say('ai')];
}

// What waits in the outbox, as an entry.
function pendingEntry(one) {
  return {
    key: `own:${one.id}`, kind: 'message', seq: Infinity, from: 'shopper', text: one.text, cards: [],
    attachments: list(one.attachments), version: `pending${list(one.attachments).length}`, pending: one,
  };
}
