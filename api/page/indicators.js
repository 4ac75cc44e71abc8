// A shop's service indicators: raw, excluded, cleansed, and what lies behind.
import { button, chips, code, count, el, empty, heading, hint, keepFocus, link, percent, refill, tableOf, when } from "./dom.js";
import { attempt } from "./forms.js";
import { all, call, download } from "./http.js";
import { name, say, session, shopPath } from "./state.js";

const spans = ["7", "30", "90"],
  someSKUs = 10,
  someDeltas = 100;
let days = "30",
  chosen = "",
  allSKUs = false;

const rate = (r, kind) =>
  el(
    "td",
    { class: "number " + kind, "data-label": say(kind) },
    el("strong", { text: r.denominator || kind !== "excluded" ? percent(r.rate) : "–" }),
    el("small", { text: `${count(r.numerator)} / ${count(r.denominator)}` }),
  );
const share = (n, of) => {
  const b = el("b");
  b.style.width = (of ? (100 * n) / of : 0) + "%";
  return el("i", { class: "bar-of", "aria-hidden": "true" }, b);
};

// cause leads to the verdict or the report that a delta comes from.
function cause(of) {
  const [kind, id] = of.split("/");
  if (kind === "verdict" && id) return link(say("cause_verdict") + " " + id, "alerts", id);
  if (kind === "report" && id) return link(say("cause_report") + " " + id, "reports", id);
  return code(of);
}

const signed = (n) => (n > 0 ? "+" : n < 0 ? "−" : "") + count(Math.abs(n));

function deltaTable(list, cut) {
  const mine = list.filter((d) => d.indicator === chosen);
  if (mine.length === 0) return [empty("no_deltas")];
  const counts = chosen === "disputes";
  return [
    tableOf(
      say("deltas"),
      [
        say("order"),
        say("day"),
        { text: counts ? say("disputes") : say("numerator"), number: true },
        ...(counts ? [say("reason"), say("sku")] : [{ text: say("denominator"), number: true }]),
        say("cause"),
        say("at"),
      ],
      mine
        .slice(-someDeltas)
        .reverse()
        .map((d) => [
          code(d.order),
          d.day,
          signed(d.numerator),
          ...(counts ? [name("reason", d.reason), code(d.sku || "–")] : [signed(d.denominator)]),
          cause(d.cause),
          when(d.at),
        ]),
    ),
    (cut || mine.length > someDeltas) && hint(say("deltas_cut", { n: Math.min(mine.length, someDeltas) })),
  ].filter(Boolean);
}

function rates(data, open) {
  const head = el(
    "thead",
    {},
    el(
      "tr",
      {},
      [say("indicator"), say("raw"), say("excluded"), say("cleansed")].map((h, i) =>
        el("th", { scope: "col", class: i ? "number" : "", text: h }),
      ),
    ),
  );
  return el(
    "table",
    { class: "rates" },
    head,
    el(
      "tbody",
      {},
      data.rates.map((f) => {
        const better = f.raw.rate - f.cleansed.rate;
        return el(
          "tr",
          {},
          el(
            "th",
            { scope: "row" },
            el("span", { text: name("indicator", f.indicator) }),
            el("small", { text: say("means_" + f.indicator) + " " }),
            f.indicator !== "negative_review_rate" &&
              button(say("behind"), {
                class: "quiet",
                "aria-expanded": String(chosen === f.indicator),
                "aria-controls": "deltas",
                data: { key: "d-" + f.indicator },
                onclick: () => open(f.indicator),
              }),
          ),
          rate(f.raw, "raw"),
          rate(f.excluded, "excluded"),
          el(
            "td",
            { class: "number cleansed", "data-label": say("cleansed") },
            el("strong", { text: percent(f.cleansed.rate) }),
            el("small", { text: `${count(f.cleansed.numerator)} / ${count(f.cleansed.denominator)}` }),
            Math.abs(better) >= 0.00005 &&
              el("small", { class: better > 0 ? "good" : "bad", text: (better > 0 ? "▼ " : "▲ ") + percent(Math.abs(better)) }),
          ),
        );
      }),
    ),
  );
}

function parts(title, list, label, key, more) {
  if (list.length === 0) return [el("h3", { text: title }), empty("no_disputes")];
  const most = Math.max(...list.map((p) => p.raw));
  return [
    el("h3", { text: title }),
    tableOf(
      title,
      [
        label,
        { text: say("raw"), number: true },
        { text: say("excluded"), number: true },
        { text: say("cleansed"), number: true },
        say("share"),
      ],
      list.map((p) => [key(p), count(p.raw), count(p.excluded), count(p.cleansed), share(p.cleansed, most)]),
    ),
    more,
  ].filter(Boolean);
}

const file = (what) => `${session.shop}-${what}-${days}d.csv`;
const query = () => "?days=" + days;

// showFigures shows what was read, and what lies behind the figure that is chosen.
function showFigures(place, data, signal) {
  const behind = el("section", { id: "deltas", tabindex: -1 });
  let deltas = null; // read once somebody asks
  const fill = async () => {
    if (!chosen) return refill(behind);
    deltas ??= await all(shopPath("indicators", "deltas") + query(), "deltas", signal);
    const save = () => attempt(place, signal, () => download(shopPath("indicators", "deltas") + query(), file("deltas")));
    refill(
      behind,
      heading(say("deltas_of", { indicator: name("indicator", chosen) }), button(say("csv_deltas"), { class: "quiet", onclick: save })),
      hint(say("deltas_help")),
      ...deltaTable(deltas.entries, deltas.cut),
    );
  };
  const open = async (indicator) => {
    chosen = chosen === indicator ? "" : indicator;
    await draw();
    if (chosen) behind.scrollIntoView({ block: "nearest" });
  };
  const draw = () => {
    keepFocus(place, () => refill(place, ...figures(data, behind, open, draw)));
    return attempt(behind, signal, fill);
  };
  return draw();
}

function figures(data, behind, open, draw) {
  const skus = allSKUs ? data.by_sku : data.by_sku.slice(0, someSKUs);
  const taken = button(say("behind_disputes"), {
    class: "quiet",
    "aria-expanded": String(chosen === "disputes"),
    "aria-controls": "deltas",
    data: { key: "d-disputes" },
    onclick: () => open("disputes"),
  });
  const every = button(say("show_all", { n: data.by_sku.length }), {
    class: "quiet",
    onclick: () => {
      allSKUs = true;
      draw();
    },
  });
  return [
    el("p", { class: "summary", text: say("from_to", { from: data.from, to: data.to }) }),
    rates(data, open),
    behind,
    ...parts(say("by_reason"), data.by_reason, say("reason"), (p) => name("reason", p.reason), taken),
    ...parts(say("by_sku"), skus, say("sku"), (p) => code(p.sku || "–"), data.by_sku.length > skus.length && every),
  ];
}

export function showIndicators(root, _args, signal) {
  const place = el("div");
  const save = () => attempt(place, signal, () => download(shopPath("indicators") + query(), file("indicators")));
  const choose = (d) => {
    days = d;
    keepFocus(root, () => showIndicators(root, _args, signal));
  };
  const spanNames = spans.map((d) => [d, say("days_n", { n: Number(d) })]);
  refill(
    root,
    heading(
      say("tab_indicators"),
      chips(say("days"), spanNames, (d) => d === days, choose),
      button(say("csv"), { class: "quiet", onclick: save }),
    ),
    hint(say("indicators_help")),
    place,
  );
  return attempt(place, signal, async () => {
    const data = await call(shopPath("indicators") + query(), { signal });
    await showFigures(place, data, signal);
  });
}
