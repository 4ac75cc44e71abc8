// Files as evidence: they are hashed here and never leave this device.
import { button, code, el, hint, refill } from "./dom.js";
import { field, text } from "./forms.js";
import { say } from "./state.js";

const largest = 512 << 20; // the browser hashes a file whole, in memory

async function hashOf(file) {
  if (file.size > largest) throw new Error(say("file_too_large", { name: file.name, n: largest >> 20 }));
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return "sha256:" + [...sum].map((b) => b.toString(16).padStart(2, "0")).join("");
}

// filesHere is an input for files, whose hashes go to take.
function filesHere(label, props, take, said) {
  const input = el("input", {
    type: "file",
    ...props,
    onchange: async () => {
      refill(said);
      for (const file of input.files) {
        try {
          refill(said, hint(say("hashing", { name: file.name })));
          take(await hashOf(file), file.name);
          refill(said);
        } catch (e) {
          refill(said, el("p", { class: "caution", text: e.message }));
        }
      }
      input.value = "";
    },
  });
  // Browsers hash only on pages that came over HTTPS or from this device.
  if (crypto.subtle) return field(label, input, say("file_stays"));
  input.disabled = true;
  return field(label, input, say("no_hashing"));
}

// evidence is a list of hashes that a seller makes, at most so many.
export function evidence(most, list = []) {
  const shown = el("ul", { class: "hashes" }),
    said = el("div", { role: "status" });
  const draw = () =>
    refill(
      shown,
      ...list.map((e) =>
        el(
          "li",
          {},
          el("span", { text: e.name }),
          code(e.hash),
          button(say("remove"), {
            class: "quiet",
            "aria-label": say("remove") + " " + e.name,
            onclick: () => {
              list.splice(list.indexOf(e), 1);
              draw();
            },
          }),
        ),
      ),
    );
  const take = (hash, of) => {
    if (list.some((e) => e.hash === hash)) return;
    if (list.length >= most) throw new Error(say("evidence_most", { n: most }));
    list.push({ hash, name: of });
    draw();
  };
  const typed = text({ maxlength: 160, placeholder: "sha256:…" });
  const add = () => {
    try {
      if (typed.value.trim()) take(typed.value.trim(), say("hash_given"));
      typed.value = "";
    } catch (e) {
      refill(said, el("p", { class: "caution", text: e.message }));
    }
  };
  typed.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && !e.ctrlKey) {
      e.preventDefault();
      add();
    }
  });
  draw();
  const node = el(
    "fieldset",
    { class: "evidence" },
    el("legend", { text: say("evidence") }),
    filesHere(say("evidence_files"), { multiple: true }, take, said),
    shown,
    said,
    el(
      "details",
      {},
      el("summary", { text: say("hash_known") }),
      field(say("hash"), typed),
      button(say("add"), { class: "quiet", onclick: add }),
    ),
  );
  return { node, hashes: () => list.map((e) => e.hash) };
}

// matching shows hashes, and lets one see which file belongs to which.
export function matching(hashes) {
  if (!hashes.length) return hint(say("no_evidence"));
  const said = el("div", { role: "status" }),
    items = new Map(hashes.map((h) => [h, el("li", {}, code(h))]));
  const look = (hash, file) => {
    const digest = (h) => h.toLowerCase().replace(/^sha-?256[:-]/, "");
    const hit = hashes.find((h) => digest(h) === digest(hash));
    if (!hit) throw new Error(say("file_unlike", { name: file }));
    items.get(hit).append(" ", el("span", { class: "tag good", text: say("file_alike", { name: file }) }));
  };
  return el(
    "div",
    {},
    el("ul", { class: "hashes" }, [...items.values()]),
    el("details", {}, el("summary", { text: say("file_check") }), filesHere(say("file"), {}, look, said), said),
  );
}
