// An order: how far it has come, what is in it, where its parcels are.

const STEPS = ['placed', 'packed', 'shipped', 'near', 'delivered'];
// The server's words for where an order or a parcel stands, as steps done.
const REACHED = {
  processing: 0, 'label created': 1, packed: 1, 'partly shipped': 2, shipped: 2, 'in transit': 2,
  delayed: 2, 'out for delivery': 3, delivered: 4,
};
const TROUBLED = new Set(['cancelled', 'returned to sender', 'lost', 'delayed']);

function orderCard(order) {
  return cardBox('order', say('order', { order: order.order }),
    cardHead('box', say('order', { order: order.order }), soft(say('placed', { date: order.placed })), statusPill(order.status)),
    progress(order.status),
    make('ul', { class: 'items' }, ...list(order.items).slice(0, 100).map(itemLine)),
    make('div', { class: 'total' }, make('span', { text: say('total') }), make('strong', { text: order.total })),
    ...list(order.parcels).slice(0, LISTED_MAX).map(parcelBox));
}

function statusPill(status) {
  const tone = TROUBLED.has(status) ? 'pill warn' : status === 'delivered' ? 'pill good' : 'pill';
  return make('span', { class: tone, text: sayStatus(status) });
}

function sayStatus(status) {
  const key = `status_${status.replace(/ /g, '_')}`;
  return Object.hasOwn(WORDS, key) ? say(key) : status;
}

function progress(status) {
  const reached = REACHED[status];
  if (reached === undefined) return null;
  const steps = STEPS.map((step, at) => {
    const state = at < reached || reached === STEPS.length - 1 ? 'done' : at === reached ? 'now' : 'later';
    return make('li', { class: state, 'aria-current': state === 'now' ? 'step' : null },
      make('span', { class: 'dot' }, state === 'done' ? icon('check') : null), say(`step_${step}`));
  });
  return make('ol', { class: 'steps', 'aria-label': say('progress') }, ...steps);
}

function itemLine({ title, variant, quantity, paid, picture: address }) {
  return make('li', {}, picture(address, '', { class: 'thumb' }) || make('span', { class: 'thumb' }, icon('box')),
    make('div', { class: 'card-title' }, make('span', { text: title }), soft([quantity > 1 ? `${quantity} ×` : '', variant].filter(Boolean).join(' '))),
    make('span', { class: 'paid', text: paid }));
}

function parcelBox({ carrier, tracking, status, expected, events }) {
  const history = list(events).slice(0, LISTED_MAX);
  return make('div', { class: 'parcel' },
    make('div', { class: 'parcel-head' }, make('span', { text: say('parcel', { carrier }) }), statusPill(status)),
    soft(expected && say('expected', { date: expected })),
    make('span', { class: 'soft tracking', text: say('tracking', { number: tracking }) }),
    history.length > 0 ? make('details', { class: 'history' }, make('summary', {}, icon('next'), `${say('history')} (${history.length})`),
      make('ol', {}, ...history.map((words) => make('li', { text: words })))) : null);
}
