// A quiet question at the end: one to five stars, and a remark for whoever wants to add one.

class Rating {
  constructor(chat) {
    this.chat = chat;
    this.stars = 0;
    this.build();
    this.thanks = make('p', { class: 'rated' });
    this.node = make('div', { class: 'rating' }, this.form, this.thanks);
    this.node.hidden = true;
  }

  build() {
    const name = fresh('stars');
    const star = (n) => {
      const input = make('input', { type: 'radio', name, value: n, class: 'spoken' });
      input.addEventListener('change', () => this.choose(n));
      return make('label', { class: 'star', title: say('stars', { n }) }, input, spoken(say('stars', { n })), make('span', { 'aria-hidden': 'true', text: '★' }));
    };
    this.labels = [1, 2, 3, 4, 5].map(star);
    this.remark = make('textarea', { rows: '2', maxlength: '1000', 'aria-label': say('remark'), placeholder: say('remark') });
    this.send = make('button', { type: 'submit', class: 'action', text: say('rate_send') });
    this.hint = make('p', { class: 'hint', role: 'alert' });
    this.more = make('div', { class: 'rating-more' }, this.remark, this.hint, this.send);
    this.more.hidden = true;
    const dismiss = iconButton('close', say('dismiss'), { class: 'round small', onclick: () => this.dismiss() });
    this.form = make('form', {}, make('fieldset', {}, make('legend', { text: say('rate') }), make('div', { class: 'stars' }, ...this.labels)), dismiss, this.more);
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.rate();
    });
  }

  choose(stars) {
    this.stars = stars;
    this.labels.forEach((label, at) => label.classList.toggle('on', at < stars));
    this.more.hidden = false;
    this.more.scrollIntoView({ block: 'nearest' });
  }

  async rate() {
    if (this.busy || !this.stars) return;
    this.busy = true;
    write(this.hint, '');
    const focused = this.form.contains(this.form.getRootNode().activeElement);
    try {
      await this.chat.rate(this.stars, this.remark.value.trim());
      this.rated = true;
      if (focused) this.done();
    } catch (error) {
      write(this.hint, error.message || say('trouble'));
    }
    this.busy = false;
  }

  dismiss() {
    this.chat.shelf.set('unrated', this.chat.conversation && this.chat.conversation.id);
    this.done();
    this.chat.changed();
  }

  // Asked when the assistant has answered, or when it is resolved, and never over something open.
  update() {
    const { fold, conversation } = this.chat;
    const last = fold.sorted().at(-1);
    const answered = last && (last.kind === 'line' || last.from !== 'shopper') && !fold.working && !fold.typing;
    this.undecided = [...fold.proposals.values()].some(({ card }) => proposalState(card.data) === 'open');
    const replies = [...fold.entries.values()].filter((entry) => entry.kind === 'message' && entry.from !== 'shopper').length;
    const due = fold.status === 'resolved' || (replies >= 2 && fold.status === 'open');
    const refused = conversation && this.chat.shelf.get('unrated') === conversation.id;
    const rated = fold.rating;
    this.node.hidden = !(conversation && fold.caughtUp && (rated || (answered && due && !this.undecided && !refused)));
    this.form.hidden = Boolean(rated);
    this.thanks.hidden = !rated;
    if (rated) write(this.thanks, `${say('rated')} ${say('stars', { n: rated.stars })}`);
  }
}
