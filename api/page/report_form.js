// Reporting an order, and appealing.
import { announce, el, heading, hint, link, refill } from "./dom.js";
import { evidence } from "./evidence.js";
import { choice, chosen, field, follows, form, longText, text } from "./forms.js";
import { call } from "./http.js";
import { name, say, scenarios, session, shopPath } from "./state.js";

const mostText = 4000,
  mostHashes = 20;

// What was written stays when the language is changed or another tab is looked
// at; it is gone once it is filed.
let draft = { shop: "", order: "", scenario: "", statement: "", evidence: [] };

export function showReportForm(root, order, scenario) {
  if (draft.shop !== session.shop || (order && order !== draft.order))
    draft = { shop: session.shop, order: order || "", scenario: scenario || "", statement: "", evidence: [] };
  const mine = draft;
  const which = text({
    required: true,
    maxlength: 128,
    value: mine.order,
    oninput: (e) => {
      mine.order = e.target.value;
    },
  });
  const statement = longText(say("statement"), mostText, {
    required: true,
    rows: 7,
    value: mine.statement,
    placeholder: say("statement_help"),
  });
  statement.area.addEventListener("input", () => {
    mine.statement = statement.area.value;
  });
  const files = evidence(mostHashes, mine.evidence);
  const file = async (f) => {
    const body = {
      order: which.value.trim(),
      scenario: chosen(f, "scenario"),
      statement: statement.area.value.trim(),
      evidence: files.hashes(),
    };
    const r = await call(shopPath("reports"), { method: "POST", body });
    draft = { shop: "", order: "", scenario: "", statement: "", evidence: [] };
    announce(say("report_filed"));
    location.hash = "#/reports/" + encodeURIComponent(r.report);
  };
  refill(
    root,
    el("p", { class: "back" }, link("← " + say("tab_reports"), "reports")),
    heading(say("report_order")),
    form(
      file,
      say("file_report"),
      { class: "form card" },
      field(say("order"), which, say("order_help")),
      choice(
        say("scenario"),
        "scenario",
        scenarios.map((s) => [s, say("named", { name: name("scenario", s), about: say("about_" + s) })]),
        mine.scenario,
        (s) => {
          mine.scenario = s;
        },
      ),
      statement.node,
      files.node,
      follows("follow_examined", "follow_deadline", "follow_upheld", "follow_once"),
    ),
  );
}

export function appealForm(r, done) {
  const statement = longText(say("appeal_statement"), mostText, { rows: 5 }),
    files = evidence(mostHashes);
  const send = async () => {
    await call(shopPath("reports", r.report, "appeal"), {
      method: "POST",
      body: { statement: statement.area.value.trim(), evidence: files.hashes() },
    });
    done();
  };
  return el(
    "section",
    {},
    el("h3", { text: say("appeal") }),
    hint(say("appeal_help")),
    form(send, say("send_appeal"), { class: "form card" }, statement.node, files.node, follows("follow_appeal", "follow_appeal_once")),
  );
}
