// The rules in force, with what came of them.
import { code, count, el, empty, heading, hint, percent, refill, tableOf, tag } from "./dom.js";
import { attempt } from "./forms.js";
import { again, call } from "./http.js";
import { name, path, say } from "./state.js";

// precision says what share of the verdicts agree, and of how many: of three
// verdicts a share says little.
const precision = (r) =>
  r.precision === undefined
    ? el("span", { class: "soft", text: say("no_verdict") })
    : [percent(r.precision, 0), " ", el("small", { text: say("verdicts_n", { n: r.abnormal + r.normal }) })];

export function showRules(root, _arg, signal) {
  const place = el("div");
  refill(root, heading(say("tab_rules")), hint(say("rules_help")), place);
  return again(30, signal, () =>
    attempt(place, signal, async () => {
      const { rules } = await call(path("rules"), { signal });
      rules.sort((a, b) => b.fired - a.fired || (a.id < b.id ? -1 : 1));
      refill(
        place,
        rules.length === 0
          ? empty("no_rules")
          : tableOf(
              say("tab_rules"),
              [
                say("rule"),
                say("scenario"),
                { text: say("fired"), number: true },
                { text: say("status_abnormal"), number: true },
                { text: say("status_normal"), number: true },
                { text: say("precision"), number: true },
                say("version"),
              ],
              rules.map((r) => [
                [el("span", { text: r.id }), r.shadow && [" ", tag("mark", "shadow")]],
                name("scenario", r.scenario),
                count(r.fired),
                count(r.abnormal),
                count(r.normal),
                precision(r),
                code(r.version),
              ]),
            ),
      );
    }),
  );
}
