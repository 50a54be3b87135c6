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

// Set once by the element: the language's place in the words, and what formats go by.
let spokenAt = 0;
let locale = 'en';

// The first language that there are words for: the one asked for, the page's, the browser's.
function chooseLanguage(element) {
  const wishes = [setting(element, 'lang'), document.documentElement.lang, ...(navigator.languages || [])];
  for (const wish of wishes) {
    const language = (wish || '').toLowerCase().split('-')[0];
    if (!LANGUAGES.includes(language)) continue;
    spokenAt = LANGUAGES.indexOf(language);
    locale = wish;
    return language;
  }
  return 'en';
}

// Words by their key, with {name} filled in.
function say(key, values = {}) {
  const words = WORDS[key][spokenAt];
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
  return `${format(Intl.NumberFormat, Math.max(0.01, bytes / 1048576), { maximumSignificantDigits: 2 })} MB`;
}

function sayTime(ms) {
  const today = new Date().toDateString() === new Date(ms).toDateString();
  return format(Intl.DateTimeFormat, new Date(ms), today
    ? { hour: 'numeric', minute: '2-digit' }
    : { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' });
}
