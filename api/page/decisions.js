// The feed of decisions, for those who see that they are carried out.
import { code, count, el, empty, heading, hint, link, picker, refill, tableOf, tag, when } from "./dom.js";
import { follow } from "./http.js";
import { may, path, say, wording } from "./state.js";

const kinds = ["close_order", "free_seller", "warn", "restrict", "freeze", "lift", "reopen_order", "bind_seller"],
  most = 20_000,
  shown = 200;
const wanted = new Set();

const about = (d) => [
  d.order && [say("order") + " ", code(d.order), " "],
  d.shop && [say("shop") + " ", code(d.shop), " "],
  d.buyer && [say("buyer") + " ", may("reviewer", "engineer") ? link(d.buyer, "buyers", d.buyer) : code(d.buyer)],
];

const terms = (d) => [
  d.until && [say("until") + " ", when(d.until)],
  d.orders_per_day && " · " + say("per_day_n", { n: d.orders_per_day }),
  d.grounds && el("div", { class: "soft", text: wording(d.grounds) }),
];

export function showDecisions(root, _arg, signal, state) {
  const place = el("div"),
    summary = el("p", { class: "summary" });
  let list = [],
    loading = true,
    taken = new Set();
  const draw = () => {
    const mine = list.filter((d) => wanted.size === 0 || wanted.has(d.kind));
    summary.textContent = loading ? say("loading") : say("decisions_n", { n: mine.length });
    refill(
      place,
      mine.length === 0
        ? loading
          ? el("div")
          : empty("no_decisions")
        : tableOf(
            say("tab_decisions"),
            [{ text: "№", number: true }, say("decision"), say("of_what"), say("terms"), say("cause"), say("at"), say("decision_id")],
            mine
              .slice(-shown)
              .reverse()
              .map((d) => [
                count(d.seq),
                [
                  tag("kind", d.kind),
                  d.reverses && [" ", tag("mark", "reversal")],
                  taken.has(d.decision) && [" ", tag("mark", "reversed")],
                ],
                about(d),
                terms(d),
                [code(d.cause), d.reverses && el("div", { class: "soft" }, say("reverses") + " ", code(d.reverses))],
                when(d.at),
                code(d.decision),
              ]),
          ),
      mine.length > shown && hint(say("latest_n", { n: shown })),
    );
  };
  const tools = picker(say("by_kind"), say("every_kind"), "kind", kinds, wanted, draw);
  refill(root, heading(say("tab_decisions")), hint(say("decisions_help")), tools, summary, place);
  draw();
  return follow(path("decisions"), signal, {
    take: (page) => {
      list.push(...page.decisions);
      for (const d of page.decisions) if (d.reverses) taken.add(d.reverses);
      if (list.length > most) list = list.slice(-most);
      loading = page.more;
      draw();
    },
    restart: () => {
      list = [];
      taken = new Set();
    },
    state,
  });
}
