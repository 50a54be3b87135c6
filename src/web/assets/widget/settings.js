// Where the script came from, and what the page asks for by attributes of the element or the script.

const SCRIPT = document.currentScript || document.querySelector('script[src*="widget.js"]');
// The server, with a path when it stands behind one.
const BASE = new URL('.', SCRIPT && SCRIPT.src ? SCRIPT.src : location.href).href;

function setting(element, name) {
  for (const from of [element, SCRIPT]) {
    const value = from && (from.getAttribute(name) || from.getAttribute(`data-${name}`));
    if (value) return value.trim().toLowerCase();
  }
  return null;
}

let table = WORDS.en;
let locale = 'en';

// The first language that there are words for: the one asked for, the page's, the browser's.
function chooseLanguage(element) {
  const wishes = [setting(element, 'lang'), document.documentElement.lang, ...(navigator.languages || [])];
  for (const wish of wishes) {
    const language = (wish || '').toLowerCase().split('-')[0];
    if (!Object.hasOwn(WORDS, language)) continue;
    table = WORDS[language];
    locale = wish;
    return language;
  }
  return 'en';
}

// Words by their key, with {name} filled in.
function say(key, values = {}) {
  const words = table[key] || WORDS.en[key] || key;
  return words.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// An Intl format; a language tag that the browser does not know is no reason to fail.
function format(Kind, value, options) {
  try {
    return new Kind(locale, options).format(value);
  } catch {
    return new Kind('en', options).format(value);
  }
}

function sayBytes(bytes) {
  const mega = bytes >= 1048576;
  const value = mega ? bytes / 1048576 : Math.max(1, Math.round(bytes / 1024));
  return format(Intl.NumberFormat, value, {
    style: 'unit', unit: mega ? 'megabyte' : 'kilobyte', unitDisplay: 'short', maximumFractionDigits: 1,
  });
}

function sayTime(ms) {
  const today = new Date().toDateString() === new Date(ms).toDateString();
  return format(Intl.DateTimeFormat, new Date(ms), today
    ? { hour: 'numeric', minute: '2-digit' }
    : { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' });
}

function sayDay(ms) {
  return format(Intl.DateTimeFormat, new Date(ms), { dateStyle: 'medium' });
}
