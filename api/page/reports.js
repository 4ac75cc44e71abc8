// A shop's reports: the list, and one by one.
import { announce, button, code, deadline, el, empty, heading, link, refill, tableOf, tag, when } from "./dom.js";
import { attempt, trouble } from "./forms.js";
import { again, all, call, download } from "./http.js";
import { reportBody } from "./report.js";
import { appealForm, showReportForm } from "./report_form.js";
import { name, say, session, shopPath } from "./state.js";

// outcome says how a report was decided so far.
const outcome = (r) => {
  const last = r.rulings?.at(-1);
  return last ? tag("ruling", last.upheld ? "upheld" : "rejected") : el("span", { class: "soft", text: "–" });
};

function showList(root, signal) {
  const place = el("div"),
    save = () => download(shopPath("reports"), session.shop + "-reports.csv").catch((e) => place.prepend(trouble(e)));
  refill(
    root,
    heading(
      say("tab_reports"),
      el("a", { class: "main", href: "#/reports/new", text: say("report_order") }),
      button(say("csv"), { class: "quiet", onclick: save }),
    ),
    place,
  );
  let had = "";
  return again(20, signal, () =>
    attempt(place, signal, async () => {
      const { entries, cut } = await all(shopPath("reports"), "reports", signal);
      const now = JSON.stringify(entries);
      if (now === had) return;
      had = now;
      entries.reverse();
      refill(
        place,
        entries.length === 0
          ? empty("no_reports")
          : tableOf(
              say("tab_reports"),
              [say("report"), say("order"), say("scenario"), say("state"), say("decided"), say("due"), say("filed")],
              entries.map((r) => [
                link(r.report, "reports", r.report),
                code(r.order),
                name("scenario", r.scenario),
                tag("state", r.state),
                outcome(r),
                deadline(r),
                when(r.filed_at),
              ]),
            ),
        cut && el("p", { class: "hint", text: say("cut", { n: entries.length }) }),
      );
    }),
  );
}

async function showOne(root, id, signal) {
  const place = el("div");
  refill(root, el("p", { class: "back" }, link("← " + say("tab_reports"), "reports")), place);
  let seen = 0;
  const read = () =>
    attempt(place, signal, async () => {
      const r = await call(shopPath("reports", id), { signal });
      if (r.revision === seen) return; // what is being written stays
      seen = r.revision;
      const open = r.state === "rejected" && !r.appeal && Date.parse(r.appeal_by) > Date.now();
      refill(
        place,
        ...reportBody(r),
        ...(open
          ? [
              appealForm(r, () => {
                announce(say("appealed"));
                read();
              }),
            ]
          : []),
      );
    });
  return again(15, signal, read);
}

export function showReports(root, [id, order, scenario], signal) {
  if (id === "new") return showReportForm(root, order, scenario);
  return id ? showOne(root, id, signal) : showList(root, signal);
}
