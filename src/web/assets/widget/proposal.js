// A proposal: the exact consequence, a yes and a no, and what became of it.

const ENDS = ['cancelled', 'expired', 'replaced', 'void'];

function proposalCard(card, chat) {
  const { title, lines } = card.data;
  const label = fresh('proposal');
  const confirm = button({ class: 'action' });
  const cancel = button({ class: 'quiet' });
  const buttons = make('div', { class: 'actions' }, confirm, cancel);
  const outcome = make('p', { class: 'outcome', tabindex: '-1' });
  const trouble = make('p', { class: 'hint', role: 'alert' });
  const expires = make('span', { class: 'soft' });
  const node = make('div', { class: 'card card-proposal', role: 'group', 'aria-labelledby': label },
    make('div', { class: 'card-head' }, make('span', { class: 'badge-icon' }, icon('check')),
      make('div', { class: 'card-title' }, soft(say('proposal')), make('strong', { id: label, text: title }))),
    make('ul', { class: 'consequence' }, ...list(lines).slice(0, 400).map((line) => make('li', { text: line }))),
    buttons, outcome, trouble, expires);
  confirm.addEventListener('click', () => chat.decide(card.data, 'confirm'));
  cancel.addEventListener('click', () => chat.decide(card.data, 'cancel'));

  const update = () => {
    const state = proposalState(card.data);
    const asked = chat.deciding.get(card.data.proposal) || {};
    const open = state === 'open';
    const focused = buttons.contains(node.getRootNode().activeElement);
    write(confirm, say(asked.pending === 'confirm' ? 'confirming' : 'confirm'));
    write(cancel, say(asked.pending === 'cancel' ? 'cancelling' : 'cancel'));
    // Not `disabled`: that would take the focus away.
    for (const one of [confirm, cancel]) mark(one, 'aria-disabled', asked.pending ? 'true' : null);
    buttons.hidden = !open;
    outcome.hidden = open;
    outcome.replaceChildren(icon(state === 'confirmed' ? 'check' : 'close'), open ? '' : say(state));
    mark(node, 'data-state', state);
    write(trouble, open && asked.why ? asked.why : '');
    write(expires, open ? say('valid_until', { date: sayTime(card.data.expires_ms) }) : '');
    if (!open && focused) outcome.focus();
  };
  update();
  const left = card.data.expires_ms - Date.now();
  if (left > 0 && left < 86400000) setTimeout(update, left + 500);
  return { node, update };
}

function proposalState({ state, why, expires_ms: expires }) {
  if (state === 'confirmed') return 'confirmed';
  if (state === 'closed') return ENDS.includes(why) ? why : 'cancelled';
  return expires && expires < Date.now() ? 'expired' : 'open';
}
