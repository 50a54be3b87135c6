// How long a shopper waits: from Enter to the first visible word and to the last, through the real
// chat in Chromium, beside a plain echo of as many words in the same run. Prints numbers; judges nothing.
//
// `node latency.mjs [TURNS]`, with the program's release binary in ATTENDANT_BINARY and the echo's in
// ECHO_BINARY (`cargo bench --bench echo --no-run` says where that is).

import { spawn } from 'node:child_process';

import { OtherOrigin } from './another-origin.mjs';
import { launch, shopper, until } from './browser.mjs';
import { Server } from './server.mjs';
import { openAt } from './widget.mjs';

const TURNS = Number(process.argv[2]) || 200;
// A conversation of a size that shoppers have.
const TURNS_PER_CONVERSATION = 20;
const QUESTIONS = [
  'what is your return policy?', 'do you have a waterproof jacket under 150 in M, not black?', 'do you ship to Norway?',
  'which size of the Sleet Rain Jacket with a chest of 98 cm?', 'how long does the refund take?',
];

async function startEcho() {
  if (!process.env.ECHO_BINARY) throw new Error('ECHO_BINARY names the binary of `cargo bench --bench echo --no-run`');
  const child = spawn(process.env.ECHO_BINARY, ['serve'], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.on('exit', () => child.kill());
  let out = '';
  child.stdout.on('data', (bytes) => { out += bytes; });
  const [, url] = await until('the echo runs', () => /Echo runs on (\S+)/.exec(out));
  return { child, url };
}

// Puts a clock into a page: from a press on Enter to when words have been painted.
function clock({ inChat }) {
  const root = () => (inChat ? document.querySelector('attendant-chat').shadowRoot : document);
  const replies = () => [...root().querySelectorAll('.entry.from-assistant .bubble:not([hidden])')];
  let before = 0;
  let turn = null;
  const text = () => (inChat ? replies().slice(before).map((one) => one.textContent).join('\n') : document.querySelector('#words').textContent);
  const over = () => {
    if (!inChat) return !window.echoing;
    const { fold } = document.querySelector('attendant-chat').chat;
    return fold.caughtUp && !fold.working && !root().querySelector('.unfinished');
  };
  const painted = () => {
    const at = performance.now();
    const now = text();
    if (!turn || now === turn.text) return;
    turn.first ??= at;
    turn.last = at;
    turn.text = now;
  };
  // A task that is queued in a frame runs when that frame has been painted. The chat changes the page
  // in frames only; the echo changes it when words come, and the frame is yet to begin.
  const channel = new MessageChannel();
  channel.port1.onmessage = painted;
  let waiting = false;
  new MutationObserver(() => {
    if (inChat) channel.port2.postMessage(0);
    if (inChat || waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      channel.port2.postMessage(0);
    });
  }).observe(root(), { subtree: true, childList: true, characterData: true, attributes: true });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    before = inChat ? replies().length : 0;
    turn = { start: event.timeStamp, text: '' };
  }, { capture: true });
  window.turnIsOver = () => Boolean(turn && turn.text && over() && turn.text === text());
  window.turnWas = () => ({ first: turn.first - turn.start, last: turn.last - turn.start, text: turn.text });
}

async function timed(page) {
  await page.waitForFunction(() => window.turnIsOver(), null, { polling: 10 });
  return page.evaluate(() => window.turnWas());
}

function percentile(times, share) {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share / 100)].toFixed(1);
}

function report(name, turns) {
  const of = (key) => `p50 ${percentile(turns.map((one) => one[key]), 50)} p99 ${percentile(turns.map((one) => one[key]), 99)} ms`;
  console.log(`${name}, ${turns.length} turns: first word ${of('first')}, last word ${of('last')}`);
}

const server = await Server.start({ env: { ATTENDANT_MESSAGES_PER_CONVERSATION: '0', ATTENDANT_LOG: 'error' } });
const other = await OtherOrigin.start(server.url);
const echo = await startEcho();
const browser = await launch();
const [chat, plain] = [[], []];
try {
  const echoPage = await (await shopper(browser)).newPage();
  await echoPage.goto(echo.url);
  await echoPage.evaluate(clock, { inChat: false });
  while (chat.length < TURNS) {
    const context = await shopper(browser);
    const widget = await openAt(context, other.url);
    // The first turn makes the conversation; it is counted like every other.
    await widget.page.evaluate(clock, { inChat: true });
    for (let turn = 0; turn < TURNS_PER_CONVERSATION && chat.length < TURNS; turn += 1) {
      await widget.page.bringToFront();
      await widget.send(QUESTIONS[chat.length % QUESTIONS.length]);
      chat.push(await timed(widget.page));
      await widget.quiet();
      // As many words back from the echo.
      await echoPage.bringToFront();
      await echoPage.getByRole('textbox').fill(chat.at(-1).text.replace(/\s+/g, ' '));
      await echoPage.getByRole('textbox').press('Enter');
      plain.push(await timed(echoPage));
    }
    await context.close();
  }
  report('chat', chat);
  report('echo', plain);
} finally {
  await browser.close();
  echo.child.kill();
  await other.stop();
  await server.stop();
}
