// Elements. All that comes from the server becomes text, never markup.
import { locale, name, say } from "./state.js";

// el makes an element. on… is a listener, class, text and data are what they
// say, all else is an attribute; false and null leave it out.
export function el(tag, props, ...children) {
  const e = document.createElement(tag);
  for (const [key, value] of Object.entries(props || {})) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) e.addEventListener(key.slice(2), value);
    else if (key === "text") e.textContent = value;
    else if (key === "data") Object.assign(e.dataset, value);
    else if (key === "value") e.value = value;
    else e.setAttribute(key, value === true ? "" : value);
  }
  e.append(...there(children));
  return e;
}

// there leaves out the children of which a condition does not hold: the
// document would write them as "false".
const there = (children) => children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false);

// refill puts children into a place, instead of those that it had.
export const refill = (place, ...children) => place.replaceChildren(...there(children));

export const $ = (id) => document.getElementById(id);
export const button = (text, props) => el("button", { type: "button", text, ...props });
export const code = (text) => el("code", { text });
export const link = (text, ...parts) => el("a", { href: "#/" + parts.map(encodeURIComponent).join("/"), text });
export const tag = (kind, word, more) =>
  el("span", { class: `tag ${kind} ${word || "none"} ${more || ""}`.trim(), text: name(kind, word) });

// announce tells those who hear the page what has happened.
export function announce(text) {
  $("said").textContent = text;
}

const stamp = { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const dated = (at) => new Date(at).toLocaleString(locale(), stamp);

// when is an instant in the reader's own time, exact in its title.
export function when(at, props) {
  if (!at) return el("span", { text: "–" });
  return el("time", { datetime: at, title: at, text: dated(at), ...props });
}

// apart says how far away an instant is: in 3 hours, 2 days ago.
function apart(at, now = Date.now()) {
  const seconds = (Date.parse(at) - now) / 1000,
    format = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  for (const [unit, size] of [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
  ]) {
    if (Math.abs(seconds) >= size * (unit === "day" ? 2 : 1)) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(Math.trunc(seconds), "second");
}

// deadline says until when something has to be decided, and if it is late.
export function deadline(r) {
  if (!r.due) return el("span", { class: "soft", text: "–" });
  const late = Date.parse(r.due) < Date.now();
  return el(
    "span",
    { class: late ? "late" : "" },
    when(r.due),
    " ",
    el("small", { class: "apart", text: "(" + apart(r.due) + ")" }),
    late && [" ", tag("mark", "overdue")],
  );
}

export const count = (n) => Number(n || 0).toLocaleString(locale());
export const percent = (rate, digits = 2) =>
  Number(rate || 0).toLocaleString(locale(), { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits });

// facts is a list of names and values; a value that is empty is left out.
export function facts(...pairs) {
  const list = el("dl", { class: "facts" });
  for (const [key, ...values] of pairs) {
    const filled = values.flat().filter((v) => v !== null && v !== undefined && v !== "" && v !== false);
    if (filled.length)
      list.append(
        el("dt", { text: say(key) }),
        el(
          "dd",
          {},
          filled.map((v, i) => [i ? " " : "", v]),
        ),
      );
  }
  return list;
}

// tableOf makes a table that scrolls within itself where it does not fit; on a
// narrow screen its style makes a list of each row, by the labels.
export function tableOf(label, heads, rows) {
  const named = heads.map((h) => (h.text === undefined ? { text: h } : h));
  const cell = (c, i) => {
    const props = { class: named[i].number && "number", "data-label": named[i].text };
    return i === 0 ? el("th", { scope: "row", ...props }, el("div", {}, c)) : el("td", props, el("div", {}, c));
  };
  const head = named.map((h) => el("th", { scope: "col", class: h.number && "number", text: h.text }));
  return el(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, head)),
      el(
        "tbody",
        {},
        rows.map((cells) => el("tr", {}, cells.map(cell))),
      ),
    ),
  );
}

// chips is a row of switches, of which pressed says which are on.
export function chips(label, names, pressed, click) {
  return el(
    "div",
    { class: "chips", role: "group", "aria-label": label },
    names.map(([value, text]) =>
      button(text, { "aria-pressed": String(pressed(value)), data: { key: "chip-" + label + value }, onclick: () => click(value) }),
    ),
  );
}

// meter shows a score; the number beside it says the same.
export function meter(score) {
  const fill = el("b"),
    value = Math.max(0, Math.min(100, Number(score) || 0));
  fill.style.width = value + "%";
  return el(
    "span",
    { class: "score", title: say("score_means") },
    el("span", { text: say("score") }),
    el("i", { "aria-hidden": "true" }, fill),
    el("strong", { text: String(value) }),
  );
}

export const heading = (text, ...more) => el("div", { class: "heading" }, el("h2", { text }), ...more);
export const empty = (key, values) => el("p", { class: "empty", text: say(key, values) });
export const hint = (text) => el("p", { class: "hint", text });

// keepFocus draws within a place, and leaves the keyboard at what has taken the
// place of where it was.
export function keepFocus(place, draw) {
  const key = document.activeElement?.dataset?.key;
  draw();
  if (key && !place.contains(document.activeElement)) place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

// picker is a row of switches that picks words into a set; an empty set is all.
export function picker(label, every, kind, names, set, changed) {
  const place = el("div");
  const click = (v) => {
    if (!v) set.clear();
    else if (!set.delete(v)) set.add(v);
    keepFocus(place, draw);
    changed();
  };
  const all = [["", every], ...names.map((n) => [n, name(kind, n)])];
  const draw = () => refill(place, chips(label, all, (v) => (v ? set.has(v) : set.size === 0), click));
  draw();
  return place;
}
