// What holds for the whole page: who is signed in, for which shop, in which
// language. The token stays in this tab: sessionStorage ends with it.
import { words } from "./words.js";
import { staffWords } from "./words_staff.js";

const table = { ...words, ...staffWords };

export const keep = (key, value) => {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    /* a private window may refuse */
  }
};
export const kept = (key) => {
  try {
    return sessionStorage.getItem(key) || "";
  } catch {
    return "";
  }
};

export const session = {
  token: "",
  me: null, // the answer of GET v1/me
  shop: "",
  language: kept("language") || (/^zh/i.test(navigator.language) ? "zh" : "en"),
};

export const locale = () => (session.language === "zh" ? "zh-CN" : "en");

// knows says whether there is a text with this key.
export const knows = (key) => Object.hasOwn(table, key);

// within is a text that somebody gave, as it may stand in a sentence: it turns the
// direction of nothing but itself.
const turns = /\p{Bidi_Control}/gu;
const strange = /[^\p{Script=Latin}\p{Script=Han}\p{Script=Common}]|\p{Bidi_Control}/u;
const within = (text) => (strange.test(text) ? "\u2068" + text.replace(turns, "") + "\u2069" : text);

// say returns a text in the page's language. {name} stands for a value; a text
// with a bar has one form for 1 and one for other numbers, by n.
export function say(key, values = {}) {
  const both = table[key];
  if (!both) return key;
  let text = both[session.language === "zh" ? 1 : 0];
  const [one, many] = text.split("|");
  if (many !== undefined) text = values.n === 1 ? one : many;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const v = values[name];
    return v === undefined ? whole : typeof v === "number" ? v.toLocaleString(locale()) : within(String(v));
  });
}

// name says a word of the API, such as a status; one that is new stays as it is.
export const name = (kind, word) => (knows(kind + "_" + word) ? say(kind + "_" + word) : word || "");

// wording chooses between the two languages of what the server keeps.
export const wording = (w) => (w ? (session.language === "zh" && w.text_zh) || w.text || w.text_zh || "" : "");

export const scenarios = ["malicious_order", "malicious_refund", "malicious_dispute", "malicious_review", "harassment", "unfulfillable"];
export const severities = ["low", "medium", "high", "critical"];

export const may = (...roles) => session.me !== null && (session.me.role === "admin" || roles.includes(session.me.role));

const part = (s) => encodeURIComponent(s);
export const path = (...parts) => "v1/" + parts.map(part).join("/");
export const shopPath = (...parts) => path("shops", session.shop, ...parts);
