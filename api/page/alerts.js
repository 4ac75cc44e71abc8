// The list of flagged orders, grouped by attack, the newest first.
import { announce, button, code, count, el, empty, heading, hint, meter, picker, refill, tag, when } from "./dom.js";
import { feed, onFeed } from "./feed.js";
import { attempt, text } from "./forms.js";
import { download } from "./http.js";
import { name, say, scenarios, session, severities, shopPath, wording } from "./state.js";
import { askVerdict } from "./verdict.js";

const statuses = ["open", "normal", "abnormal", "ignored"];
const step = 30,
  few = 3,
  many = 50;

// What is chosen stays while the page does: from an alert one comes back to the
// same list.
const wanted = { status: new Set(["open"]), scenario: new Set(), find: "", shown: step };
const unfolded = new Map(); // attack: true or false, where somebody chose
const whole = new Set(); // attacks of which all orders are shown

const matches = (a) =>
  (wanted.status.size === 0 || wanted.status.has(a.status)) &&
  (wanted.scenario.size === 0 || wanted.scenario.has(a.scenario)) &&
  (!wanted.find || a.order.includes(wanted.find) || a.buyer.includes(wanted.find) || a.attack === wanted.find);

// groups puts the orders of an attack together. What is counted is the whole
// attack, what is listed what was asked for.
function groups() {
  const by = new Map();
  for (const a of feed.alerts.values()) {
    const id = a.attack || a.alert;
    let g = by.get(id);
    if (!g) by.set(id, (g = { id, all: [], listed: [], newest: "" }));
    g.all.push(a);
    if (!matches(a)) continue;
    g.listed.push(a);
    if (a.flagged_at > g.newest) g.newest = a.flagged_at;
  }
  const list = [...by.values()].filter((g) => g.listed.length > 0);
  for (const g of list) g.listed.sort((a, b) => (a.flagged_at < b.flagged_at ? 1 : a.flagged_at > b.flagged_at ? -1 : b.seq - a.seq));
  return list.sort((a, b) => (a.newest < b.newest ? 1 : a.newest > b.newest ? -1 : 0));
}

export const ofAttack = (id) => [...feed.alerts.values()].filter((a) => a.attack === id);

export const reasonList = (reasons) =>
  el(
    "ul",
    { class: "reasons" },
    reasons.map((r) => el("li", {}, el("span", { text: wording(r) }), " ", el("small", { text: r.rule }))),
  );

// unlike returns the reasons of orders, of each rule the one that says most, the
// commonest rule first.
function unlike(alerts) {
  const by = new Map();
  for (const r of alerts.flatMap((a) => a.reasons || [])) {
    const had = by.get(r.rule);
    by.set(r.rule, { r: had && had.r.value >= r.value ? had.r : r, n: (had?.n || 0) + 1 });
  }
  return [...by.values()].sort((a, b) => b.n - a.n).map((x) => x.r);
}

const answers = ["normal", "abnormal", "ignore"];
export const verdictButtons = (of, key) =>
  el(
    "div",
    { class: "verdicts", role: "group", "aria-label": say("verdict") },
    answers.map((v) =>
      button(name("answer", v), { class: "answer " + v, data: { key: key + v }, onclick: () => askVerdict({ ...of, verdict: v }) }),
    ),
  );

function row(a) {
  return el(
    "li",
    { class: "order-row" + (feed.fresh.has(a.alert) ? " fresh" : ""), data: { alert: a.alert } },
    el(
      "div",
      { class: "top" },
      el("a", { class: "order", href: "#/alerts/" + encodeURIComponent(a.alert), text: a.order, data: { key: "o" + a.alert } }),
      tag("status", a.status),
      a.revision > 1 && !a.verdict && tag("mark", "revised"),
      meter(a.score),
      el("span", { class: "soft" }, say("buyer") + " ", code(a.buyer)),
      when(a.flagged_at, { class: "when" }),
    ),
    el("div", { class: "row" }, verdictButtons({ alerts: [a] }, "v" + a.alert)),
  );
}

function card(g) {
  const worst = g.all.reduce((w, a) => (a.score > w.score ? a : w)),
    single = g.all.length === 1;
  const severity = severities[Math.max(...g.all.map((a) => severities.indexOf(a.severity)))] || "low";
  const kinds = [...new Set(g.all.map((a) => a.scenario))],
    reasons = unlike(g.all),
    buyers = [...new Set(g.all.map((a) => a.buyer))];
  const open = unfolded.get(g.id) ?? g.listed.length <= few,
    shown = whole.has(g.id) ? g.listed : g.listed.slice(0, many);
  const head = el(
    "div",
    { class: "top" },
    el("h3", {}, kinds.map((k) => name("scenario", k)).join(", ")),
    tag("severity", severity),
    meter(worst.score),
    when(g.newest, { class: "when" }),
  );
  const about =
    !single &&
    el(
      "p",
      { class: "about" },
      el("strong", { text: say("orders_n", { n: g.all.length }) }),
      " · ",
      buyers.length === 1 ? [say("buyer") + " ", code(buyers[0])] : say("buyers_n", { n: buyers.length }),
      " · ",
      statuses
        .filter((s) => g.all.some((a) => a.status === s))
        .map((s) => `${name("status", s)} ${count(g.all.filter((a) => a.status === s).length)}`)
        .join(" · "),
    );
  const orders = single
    ? el("ol", { class: "orders" }, g.listed.map(row))
    : el(
        "details",
        { open, ontoggle: (e) => unfolded.set(g.id, e.target.open) },
        el("summary", { data: { key: "s" + g.id }, text: say("orders_listed", { n: g.listed.length }) }),
        el("ol", { class: "orders" }, shown.map(row)),
        g.listed.length > shown.length &&
          button(say("show_all", { n: g.listed.length }), {
            class: "quiet",
            data: { key: "w" + g.id },
            onclick: () => {
              whole.add(g.id);
              draw();
            },
          }),
      );
  return el(
    "article",
    {
      class: "card " + severity,
      data: { attack: g.id },
      "aria-label": say("orders_n", { n: g.all.length }) + ", " + kinds.map((k) => name("scenario", k)).join(", "),
    },
    head,
    about,
    reasonList(reasons.slice(0, few)),
    reasons.length > few && hint(say("more_reasons", { n: reasons.length - few })),
    !single &&
      el(
        "div",
        { class: "row whole" },
        el("span", { text: say("whole_attack", { n: g.all.length }) }),
        verdictButtons({ alerts: g.all, attack: g.id }, "g" + g.id),
      ),
    orders,
  );
}

let list = null,
  summary = null,
  more = null,
  cards = new Map();

// sign says what a card looks like, so that one that looks the same stays, and
// with it the reader's place in it.
const sign = (g) => [session.language, whole.has(g.id), ...g.all.map((a) => a.alert + a.seq), ...g.listed.map((a) => a.alert)].join(" ");

const keyed = () => [...list.querySelectorAll("[data-key]")];

function draw() {
  const found = groups(),
    now = new Map();
  const focused = list.contains(document.activeElement) ? document.activeElement : null,
    place = focused ? keyed().indexOf(focused) : -1;
  for (const g of found.slice(0, wanted.shown)) {
    const s = sign(g),
      had = cards.get(g.id);
    now.set(g.id, had && had.s === s ? had : { s, node: card(g) });
  }
  cards = now;
  let at = list.firstChild;
  for (const { node } of now.values()) {
    if (node === at) at = at.nextSibling;
    else list.insertBefore(node, at);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
  if (focused && document.activeElement !== focused) refocus(focused.dataset.key, place);
  const orders = found.reduce((n, g) => n + g.listed.length, 0);
  summary.textContent = orders
    ? say("summary", { orders: say("orders_n", { n: orders }), attacks: say("attacks_n", { n: found.length }) }) +
      (feed.cut ? " " + say("cut", { n: feed.alerts.size }) : "")
    : "";
  refill(
    more,
    ...(found.length > wanted.shown
      ? [
          button(say("show_more", { n: found.length - wanted.shown }), {
            class: "quiet",
            onclick: () => {
              wanted.shown += step;
              draw();
            },
          }),
        ]
      : orders
        ? []
        : [
            empty(
              feed.state === "loading"
                ? "loading"
                : feed.alerts.size === 0
                  ? "no_alerts"
                  : wanted.status.size === 1 && wanted.status.has("open") && !wanted.scenario.size && !wanted.find
                    ? "all_answered"
                    : "none_match",
            ),
          ]),
  );
}

// refocus keeps the keyboard where it was: at the same button, or at what has
// taken its place.
function refocus(key, place) {
  const all = keyed(),
    same = all.find((e) => e.dataset.key === key);
  const target = same || all.slice(Math.max(0, place)).find((e) => e.matches(".order")) || all.at(-1);
  if (target) target.focus();
}

// keys moves through the orders and opens a verdict; it listens only while the
// keyboard is in the list, and never to letters meant for an input.
function keys(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.matches("input, textarea, select")) return;
  const letter = e.key.toLowerCase(),
    steps = { arrowdown: 1, j: 1, arrowup: -1, k: -1 };
  const stops = [...list.querySelectorAll(".order, summary")].filter((x) => x.checkVisibility());
  if (steps[letter]) {
    const at = stops.indexOf(e.target.closest(".order-row")?.querySelector(".order") || e.target);
    const next =
      at < 0 ? stops.find((x) => e.target.compareDocumentPosition(x) & Node.DOCUMENT_POSITION_FOLLOWING) : stops[at + steps[letter]];
    if (next) {
      next.focus();
      next.scrollIntoView({ block: "nearest" });
    }
    e.preventDefault();
    return;
  }
  const verdict = answers.find((v) => v[0] === letter);
  const of = e.target.closest("[data-alert]"),
    fold = e.target.matches("summary") && e.target.closest("[data-attack]");
  if (!verdict || !(of || fold)) return;
  e.preventDefault();
  if (of) askVerdict({ alerts: [feed.alerts.get(of.dataset.alert)], verdict });
  else askVerdict({ alerts: ofAttack(fold.dataset.attack), attack: fold.dataset.attack, verdict });
}

export function showAlerts(root, _arg, signal) {
  cards = new Map();
  const again = () => {
    wanted.shown = step;
    draw();
  };
  const tools = el(
    "div",
    { class: "tools" },
    picker(say("by_status"), say("every_status"), "status", statuses, wanted.status, again),
    picker(say("by_scenario"), say("every_scenario"), "scenario", scenarios, wanted.scenario, again),
  );
  list = el("div", { class: "cards", onkeydown: keys });
  summary = el("p", { class: "summary" });
  more = el("div", { class: "more" });
  const find = text({
    type: "search",
    value: wanted.find,
    placeholder: say("find_order"),
    "aria-label": say("find_order"),
    oninput: (e) => {
      wanted.find = e.target.value.trim();
      again();
    },
  });
  const failed = el("div");
  const save = () => attempt(failed, signal, () => download(shopPath("alerts"), session.shop + "-alerts.csv"));
  refill(
    root,
    heading(say("tab_alerts"), find, button(say("csv"), { class: "quiet", onclick: save })),
    failed,
    tools,
    summary,
    list,
    more,
    hint(say("keys_help")),
  );
  onFeed(draw, signal);
  draw();
  if (feed.state === "live" && feed.alerts.size) announce(summary.textContent);
}
