// A buyer's page: conduct over the whole site, what stands on the account, and a
// reviewer's word on it.
import { announce, code, count, el, empty, facts, heading, meter, percent, refill, tableOf, tag, when } from "./dom.js";
import { attempt, choice, chosen, field, follows, form, text } from "./forms.js";
import { call } from "./http.js";
import { grounds } from "./queue.js";
import { locale, may, name, path, say } from "./state.js";

const levels = ["none", "warn", "restrict", "freeze"];
const day = 86_400_000,
  terms = { warn: 30, restrict: 14, freeze: 30 }; // days, as the policy has them by default

// local is an instant as an input of this device's time has it.
const local = (ms) => new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

function sanctionForm(b, done) {
  const why = grounds("sanction_grounds_help"),
    after = el("div", { "aria-live": "polite" }),
    until = el("input", { type: "datetime-local", min: local(Date.now()), required: true });
  const term = field(say("until"), until, say("until_help"));
  const explain = (v) => {
    term.hidden = until.disabled = v === "none";
    if (terms[v]) until.value = local(Date.now() + terms[v] * day);
    refill(after, follows("follow_level_" + v, "follow_replaces"));
  };
  term.hidden = until.disabled = true;
  const send = async (f) => {
    const level = chosen(f, "level");
    await call(path("buyers", b.buyer, "sanction"), {
      method: "PUT",
      body: { level, grounds: why.value(), ...(level !== "none" && { until: new Date(until.value).toISOString() }) },
    });
    announce(say("sanction_set"));
    done();
  };
  return form(
    send,
    say("set_sanction"),
    { class: "form card" },
    choice(
      say("level"),
      "level",
      levels.map((l) => [l, name("level", l)]),
      "",
      explain,
    ),
    term,
    after,
    ...why.nodes,
  );
}

const tile = (label, value, more) =>
  el("div", { class: "tile" }, el("span", { text: label }), el("strong", { text: value }), more && el("small", { text: more }));

function body(b, again) {
  const r = b.record,
    s = b.sanction,
    of = (n) => (r.orders ? percent(n / r.orders, 0) : "");
  return [
    heading(say("buyer") + " " + b.buyer, tag("level", s.level)),
    el(
      "div",
      { class: "tiles" },
      tile(say("orders"), count(r.orders), say("in_days", { n: r.days })),
      tile(say("shops"), count(r.shops)),
      tile(say("paid"), count(r.paid), of(r.paid)),
      tile(say("completed"), count(r.completed), of(r.completed)),
      tile(say("refunded"), count(r.refunded), of(r.refunded)),
      tile(say("disputed"), count(r.disputed), of(r.disputed)),
    ),
    el("h3", { text: say("sanction") }),
    el(
      "article",
      { class: "card slim" },
      facts(
        ["level", tag("level", s.level)],
        ["until", s.until && when(s.until)],
        ["orders_per_day", s.orders_per_day && String(s.orders_per_day)],
        [
          "points",
          (s.points_milli / 1000).toLocaleString(locale(), { maximumFractionDigits: 1 }) + " " + say("from_shops", { n: s.shops }),
        ],
        ["decision", s.decision && code(s.decision)],
      ),
    ),
    el("h3", { text: say("tab_alerts") }),
    b.alerts.length === 0
      ? empty("no_buyer_alerts")
      : tableOf(
          say("tab_alerts"),
          [say("order"), say("shop"), say("scenario"), say("severity"), say("score"), say("status"), say("flagged")],
          b.alerts.map((a) => [
            code(a.order),
            code(a.shop),
            name("scenario", a.scenario),
            tag("severity", a.severity, a.severity),
            meter(a.score),
            tag("status", a.status),
            when(a.flagged_at),
          ]),
        ),
    may("reviewer") && el("h3", { text: say("set_sanction") }),
    may("reviewer") && sanctionForm(b, again),
  ].filter(Boolean);
}

export async function showBuyers(root, [id], signal) {
  const place = el("div"),
    which = text({
      type: "search",
      required: true,
      maxlength: 128,
      value: id || "",
      "aria-label": say("buyer_id"),
      placeholder: say("buyer_id"),
    });
  const look = el(
    "form",
    {
      class: "find",
      role: "search",
      onsubmit: (e) => {
        e.preventDefault();
        location.hash = "#/buyers/" + encodeURIComponent(which.value.trim());
      },
    },
    which,
    el("button", { type: "submit", class: "main", text: say("look") }),
  );
  refill(root, heading(say("tab_buyers"), look), place);
  if (!id) return refill(place, empty("choose_buyer"));
  const read = () =>
    attempt(place, signal, async () => {
      refill(place, ...body(await call(path("buyers", id), { signal }), read));
    });
  return read();
}
