// The dialog in which a verdict is given, for one order or a whole attack.
import { $, announce, button, code, el, refill } from "./dom.js";
import { feed, put } from "./feed.js";
import { choice, chosen, follows, form, longText } from "./forms.js";
import { call } from "./http.js";
import { name, say, shopPath } from "./state.js";

const answers = ["normal", "abnormal", "ignore"];
const consequences = {
  abnormal: ["follow_close", "follow_cleanse", "follow_points", "follow_change"],
  normal: ["follow_quiet", "follow_teach", "follow_change"],
  ignore: ["follow_nothing", "follow_change"],
};

// askVerdict opens the dialog. Attack is set for all orders of an attack.
export function askVerdict({ alerts, attack, verdict }) {
  const [first] = alerts,
    undoes = alerts.some((a) => a.status === "abnormal");
  const dialog = el("dialog", { class: "dialog", "aria-labelledby": "verdict-title" });
  const comment = longText(say("comment"), 4000, { rows: 3, placeholder: say("comment_help") });
  const after = el("div", { "aria-live": "polite" });
  const explain = (v) =>
    refill(after, follows(attack && "follow_attack", undoes && v !== "abnormal" && "follow_undo", ...consequences[v]));
  explain(verdict);
  const give = async (f) => {
    const body = { verdict: chosen(f, "verdict"), comment: comment.area.value.trim(), ...(!attack && { revision: first.revision }) };
    const where = attack ? shopPath("attacks", attack, "verdict") : shopPath("alerts", first.alert, "verdict");
    const answer = await call(where, { method: "PUT", body });
    dialog.close();
    put(answer.alerts); // of a large attack the first; the others come with the feed
    announce(say("verdict_given", { n: answer.total }));
  };
  // The server answers all orders of the attack, also those that are not here.
  const whole = feed.state !== "loading" && !feed.cut;
  const title = attack ? say(whole ? "judge_attack" : "judge_attack_least", { n: alerts.length }) : say("judge_order");
  const what = attack
    ? [say("attack") + " ", code(attack)]
    : [say("order") + " ", code(first.order), " · " + say("buyer") + " ", code(first.buyer)];
  const body = form(
    give,
    say("give_verdict"),
    {},
    el("h2", { id: "verdict-title", text: title }),
    el("p", { class: "soft" }, what),
    attack &&
      alerts.some((a) => a.status !== "open") &&
      el("p", { class: "caution", text: say("attack_answered", { n: alerts.filter((a) => a.status !== "open").length }) }),
    choice(
      say("verdict"),
      "verdict",
      answers.map((v) => [v, name("answer", v)]),
      verdict,
      explain,
    ),
    after,
    comment.node,
  );
  body.querySelector(".row:last-child").append(button(say("cancel"), { class: "quiet", onclick: () => dialog.close() }));
  dialog.append(body);
  // A list that is drawn anew may have lost the button that the keyboard was at.
  const opener = document.activeElement?.dataset?.key;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (document.activeElement && document.activeElement !== document.body) return;
    const again = opener && document.querySelector(`[data-key="${CSS.escape(opener)}"]`);
    (again || document.querySelector(".cards .order") || $("view")).focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("input:checked").focus();
}
