// One flagged order: reasons, evidence, verdict, and all that happened to it.
import { code, el, facts, heading, keepFocus, link, meter, refill, tag, when } from "./dom.js";
import { ofAttack, reasonList, verdictButtons } from "./alerts.js";
import { feed, onFeed } from "./feed.js";
import { attempt } from "./forms.js";
import { call } from "./http.js";
import { name, say, shopPath } from "./state.js";

const timeline = (steps) =>
  el(
    "ol",
    { class: "timeline" },
    [...steps].reverse().map((s) =>
      el(
        "li",
        { class: s.verdict || s.kind },
        el(
          "div",
          { class: "top" },
          el("strong", {
            text: s.kind === "verdict" ? say("step_verdict", { verdict: name("answer", s.verdict) }) : name("step", s.kind),
          }),
          when(s.at, { class: "when" }),
        ),
        s.rules.length > 0 && el("p", { class: "soft", text: say("step_rules", { rules: s.rules.join(", "), score: s.score }) }),
        s.comment && el("blockquote", { text: s.comment }),
        s.by && el("p", { class: "soft" }, say("by") + " ", code(s.by)),
      ),
    ),
  );

function body(a) {
  const evidence = a.evidence || {},
    others = (evidence.orders || []).filter((o) => o !== a.order),
    buyers = (evidence.buyers || []).filter((b) => b !== a.buyer);
  const judged = { alerts: [a] };
  const kin = ofAttack(a.attack);
  return [
    heading(say("order") + " " + a.order, tag("status", a.status)),
    el(
      "article",
      { class: "card " + a.severity },
      el(
        "div",
        { class: "top" },
        el("h3", { text: name("scenario", a.scenario) }),
        tag("severity", a.severity),
        meter(a.score),
        when(a.flagged_at, { class: "when" }),
      ),
      el("p", { class: "hint", text: say("score_means") }),
      reasonList(a.reasons || []),
      facts(
        ["buyer", code(a.buyer)],
        ["attack", code(a.attack)],
        ["alert", code(a.alert)],
        ["evidence_orders", others.map(code)],
        ["evidence_buyers", buyers.map(code)],
      ),
      el("div", { class: "row whole" }, el("span", { text: say("this_order") }), verdictButtons(judged, "v")),
      kin.length > 1 &&
        el(
          "div",
          { class: "row whole" },
          el("span", { text: say("whole_attack", { n: kin.length }) }),
          verdictButtons({ alerts: kin, attack: a.attack }, "g"),
        ),
      el("p", {}, link(say("report_this"), "reports", "new", a.order, a.scenario)),
    ),
    el("h3", { text: say("timeline") }),
    timeline(a.timeline || []),
  ];
}

export function showAlert(root, id, signal) {
  const place = el("div"),
    back = el("p", { class: "back" }, link("← " + say("tab_alerts"), "alerts"));
  refill(root, back, place);
  let seq = -1;
  const read = () =>
    attempt(place, signal, async () => {
      const a = await call(shopPath("alerts", id), { signal });
      seq = a.seq;
      keepFocus(place, () => refill(place, ...body(a)));
    });
  onFeed(() => {
    if (seq >= 0 && (feed.alerts.get(id)?.seq ?? -1) > seq) read();
  }, signal);
  return read();
}
