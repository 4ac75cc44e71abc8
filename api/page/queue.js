// The reviewers' queue of reports, the first due first, and the decision.
import { announce, code, deadline, el, empty, heading, hint, link, refill, tableOf, tag } from "./dom.js";
import { attempt, choice, chosen, field, follows, form, longText, select } from "./forms.js";
import { again, call } from "./http.js";
import { reportBody, sellerRecord } from "./report.js";
import { name, path, say, scenarios, session, severities } from "./state.js";

const worst = (r) => {
  const found = (r.examined || []).filter((x) => x.finding !== "nothing").sort((a, b) => b.score - a.score);
  return found.length
    ? found.map((x) => [tag("finding", x.finding), " ", name("scenario", x.scenario), x.score ? ` (${x.score}) ` : " "])
    : el("span", { class: "soft", text: say("finding_nothing") });
};

function showList(root, signal) {
  const place = el("div"),
    summary = el("p", { class: "summary", role: "status" });
  refill(root, heading(say("tab_queue")), summary, place);
  let had = "";
  return again(10, signal, () =>
    attempt(place, signal, async () => {
      const { reports } = await call(path("reports") + "?queue=due", { signal });
      const now = JSON.stringify(reports) + Math.floor(Date.now() / 60_000); // what is left of time changes by the minute
      if (now === had) return;
      had = now;
      const late = reports.filter((r) => r.overdue).length,
        focused = document.activeElement?.getAttribute("href");
      summary.textContent = reports.length
        ? say("queue_n", { n: reports.length }) + (late ? " · " + say("overdue_n", { n: late }) : "")
        : "";
      refill(
        place,
        reports.length === 0
          ? empty("queue_empty")
          : tableOf(
              say("tab_queue"),
              [say("report"), say("due"), say("scenario"), say("findings"), say("buyer"), say("seller")],
              reports.map((r) => [
                [link(r.report, "queue", r.report), el("br"), tag("state", r.state)],
                deadline(r),
                name("scenario", r.scenario),
                worst(r),
                link(r.buyer, "buyers", r.buyer),
                [code(r.shop), el("br"), el("small", {}, sellerRecord(r.seller))],
              ]),
            ),
      );
      if (focused) place.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
    }),
  );
}

const effects = {
  upheld: ["follow_upheld_close", "follow_upheld_cleanse", "follow_upheld_points", "follow_overturn"],
  rejected: ["follow_rejected", "follow_rejected_weight"],
};

// grounds are two texts, of which one will do.
export function grounds(help = "grounds_help") {
  const en = longText(say("grounds_en"), 4000, { rows: 3, lang: "en" }),
    zh = longText(say("grounds_zh"), 4000, { rows: 3, lang: "zh" });
  const look = () =>
    en.area.setCustomValidity(
      [...en.area.value].length > 4000
        ? say("too_long", { n: [...en.area.value].length - 4000, most: 4000 })
        : en.area.value.trim() || zh.area.value.trim()
          ? ""
          : say("grounds_missing"),
    );
  for (const t of [en, zh]) t.area.addEventListener("input", look);
  look();
  const pair = session.language === "zh" ? [zh.node, en.node] : [en.node, zh.node];
  return { nodes: [hint(say(help)), ...pair], value: () => ({ text: en.area.value.trim(), text_zh: zh.area.value.trim() }) };
}

function decisionForm(r, done) {
  const why = grounds(),
    after = el("div", { "aria-live": "polite" });
  const scenario = select(
      scenarios.map((s) => [s, name("scenario", s)]),
      r.scenario,
    ),
    severity = select([["", say("severity_default")], ...severities.map((s) => [s, name("severity", s)])], "");
  const finer = el("div", { class: "pair" }, field(say("upheld_for"), scenario), field(say("severity"), severity));
  const explain = (v) => {
    finer.hidden = v !== "upheld";
    refill(after, follows(...effects[v]));
  };
  const send = async (f) => {
    const upheld = chosen(f, "ruling") === "upheld";
    await call(path("reports", r.report, "decision"), {
      method: "PUT",
      body: {
        upheld,
        revision: r.revision,
        grounds: why.value(),
        ...(upheld && { scenario: scenario.value }),
        ...(upheld && severity.value && { severity: severity.value }),
      },
    });
    announce(say("decision_made"));
    done();
  };
  finer.hidden = true;
  const only = r.state === "upheld" ? ["rejected"] : ["upheld", "rejected"];
  return form(
    send,
    say("decide"),
    { class: "form card" },
    choice(
      say("decision"),
      "ruling",
      only.map((v) => [v, name("ruling", v)]),
      "",
      explain,
    ),
    finer,
    after,
    ...why.nodes,
  );
}

// barred says what keeps this reviewer from deciding, "" if nothing does.
function barred(r) {
  if (r.state === "rejected") return "may_appeal";
  if (!["submitted", "reviewing", "appealed", "upheld"].includes(r.state)) return "decided_for_good";
  return r.rulings?.[0]?.by === session.me.id ? "other_reviewer" : "";
}

async function showOne(root, id, signal) {
  const place = el("div");
  refill(root, el("p", { class: "back" }, link("← " + say("tab_queue"), "queue")), place);
  let seen = 0;
  const read = () =>
    attempt(place, signal, async () => {
      const r = await call(path("reports", id), { signal }),
        why = barred(r);
      if (r.revision === seen) return; // what is being written stays
      seen = r.revision;
      refill(
        place,
        ...reportBody(r),
        el("h3", { text: say(r.state === "upheld" ? "overturn" : "decision") }),
        why ? hint(say(why)) : decisionForm(r, read),
      );
    });
  return again(15, signal, read);
}

export const showQueue = (root, [id], signal) => (id ? showOne(root, id, signal) : showList(root, signal));
