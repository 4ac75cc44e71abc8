// A report as sellers and reviewers read it.
import { code, count, deadline, el, facts, heading, hint, link, tag, tableOf, when } from "./dom.js";
import { matching } from "./evidence.js";
import { may, name, say, wording } from "./state.js";

const examined = (r) =>
  !r.examined?.length
    ? hint(say("not_examined"))
    : tableOf(
        say("findings"),
        [say("scenario"), say("finding"), { text: say("score"), number: true }, say("why")],
        r.examined.map((x) => [name("scenario", x.scenario), tag("finding", x.finding), x.score ? String(x.score) : "–", wording(x)]),
      );

// sellerRecord says how a shop has used reports.
export const sellerRecord = (s) => [
  say("seller_record", { upheld: count(s.upheld), rejected: count(s.rejected), weight: count(s.weight) }),
  s.doubted && [" ", tag("mark", "doubted")],
];

const ruling = (x) =>
  el(
    "article",
    { class: "card slim" },
    el(
      "div",
      { class: "top" },
      tag("ruling", x.upheld ? "upheld" : "rejected"),
      x.scenario && x.upheld && el("span", { text: name("scenario", x.scenario) }),
      when(x.at, { class: "when" }),
    ),
    el("p", { text: wording(x.grounds) }),
    el("p", { class: "soft" }, say("by") + " ", x.by === "engine" ? say("by_engine") : code(x.by)),
  );

export function reportBody(r) {
  const staff = may("reviewer");
  return [
    heading(say("report") + " " + r.report, tag("state", r.state)),
    el(
      "article",
      { class: "card" },
      el("h3", { text: name("scenario", r.scenario) }),
      facts(
        ["order", code(r.order)],
        ["shop", code(r.shop)],
        ["seller_uses", r.seller && sellerRecord(r.seller)],
        ["buyer", staff ? link(r.buyer, "buyers", r.buyer) : code(r.buyer)],
        ["buyer_record", r.buyer_record && say("buyer_counts", r.buyer_record)],
        ["filed", when(r.filed_at)],
        ["due", r.due && deadline(r)],
        ["appeal_until", r.state === "rejected" && r.appeal_by && when(r.appeal_by)],
        ["kept_until", when(r.forget)],
      ),
      el("h4", { text: say("statement") }),
      el("blockquote", { text: r.statement }),
      el("h4", { text: say("evidence") }),
      matching(r.evidence),
    ),
    el("h3", { text: say("findings") }),
    hint(say("findings_help")),
    examined(r),
    r.rulings?.length ? el("h3", { text: say("decided") }) : null,
    ...(r.rulings || []).map(ruling),
    r.appeal ? el("h3", { text: say("appeal") }) : null,
    r.appeal
      ? el(
          "article",
          { class: "card slim" },
          el("p", { class: "soft" }, when(r.appeal.at)),
          el("blockquote", { text: r.appeal.statement || "–" }),
          matching(r.appeal.evidence),
        )
      : null,
  ].filter(Boolean);
}
