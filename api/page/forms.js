// Parts of forms.
import { button, el, link, refill } from "./dom.js";
import { told } from "./http.js";
import { say } from "./state.js";

let made = 0;

// field puts a label, and what helps to fill it in, to an input.
export function field(label, input, help) {
  const id = input.id || (input.id = "field-" + ++made);
  const more = help && el("p", { class: "hint", id: id + "-hint" }, help);
  if (more) input.setAttribute("aria-describedby", more.id);
  return el("div", { class: "field" }, el("label", { for: id, text: label }), input, more);
}

export const text = (props) => el("input", { type: "text", autocomplete: "off", spellcheck: "false", ...props });

export const select = (options, value, props) =>
  el(
    "select",
    props,
    options.map(([v, t]) => el("option", { value: v, text: t, selected: v === value })),
  );

// longText is a text of at most max characters, with how many it has.
export function longText(label, max, props) {
  const area = el("textarea", { rows: 4, ...props }),
    counter = el("span", { class: "counter" });
  const length = () => [...area.value].length; // characters, as the server counts them
  const look = () => {
    const n = length();
    counter.textContent = say("of_most", { n, most: max });
    counter.classList.toggle("over", n > max);
    area.setCustomValidity(n > max ? say("too_long", { n: n - max, most: max }) : "");
  };
  area.addEventListener("input", look);
  look();
  const node = field(label, area);
  node.append(counter);
  return { node, area };
}

// choice is a group of radio buttons, each with what it means.
export function choice(legend, group, options, value, change) {
  return el(
    "fieldset",
    { class: "choice" },
    el("legend", { text: legend }),
    options.map(([v, t, props]) =>
      el(
        "label",
        { class: "option " + v },
        el("input", {
          type: "radio",
          name: group,
          value: v,
          required: true,
          checked: v === value,
          onchange: () => change && change(v),
          ...props,
        }),
        el("span", { text: t }),
      ),
    ),
  );
}

// chosen returns what a group of radio buttons stands at.
export const chosen = (form, group) => new FormData(form).get(group) || "";

// trouble shows what went wrong, and what to do.
export function trouble(error) {
  const t = told(error);
  return el(
    "div",
    { class: "problem", role: "alert" },
    el("strong", { text: t.title }),
    t.detail && t.detail.replace(/[.。]$/, "") !== t.title && el("p", { text: t.detail }),
    t.cure && el("p", { class: "cure", text: t.cure }),
    t.report && el("p", {}, link(say("first_report"), "reports", t.report)),
    t.call && el("p", { class: "hint", text: say("call_id", { id: t.call }) }),
  );
}

// form is a form whose answer is waited for: no second click, and what goes
// wrong stands beside the button, with all that was filled in kept.
export function form(send, label, props, ...children) {
  const said = el("div"),
    go = button(label, { type: "submit", class: "main" });
  const f = el("form", { class: "form", ...props }, ...children, said, el("div", { class: "row" }, go));
  f.addEventListener("submit", async (e) => {
    e.preventDefault();
    if (go.disabled) return;
    go.disabled = true;
    refill(said);
    try {
      await send(f);
    } catch (error) {
      refill(said, trouble(error));
    } finally {
      go.disabled = false;
    }
  });
  f.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) f.requestSubmit();
  });
  return f;
}

// follows lists what will come of an act, before it is done.
export const follows = (...keys) =>
  el(
    "div",
    { class: "follows" },
    el("strong", { text: say("will_follow") }),
    el(
      "ul",
      {},
      keys.filter(Boolean).map((k) => el("li", { text: say(k) })),
    ),
  );

// attempt does what fills a place. What goes wrong is shown above what the place
// has, which may be half written, until it goes well.
export async function attempt(place, signal, fill) {
  const shown = () => place.querySelector(":scope > .problem");
  try {
    await fill();
    shown()?.remove();
  } catch (e) {
    if (!signal.aborted && !shown()) place.prepend(trouble(e));
  }
}
