// The page: signing in, the shop, the language, and the tabs of the role.
import { showAlert } from "./alert.js";
import { showAlerts } from "./alerts.js";
import { showBuyers } from "./buyers.js";
import { showDecisions } from "./decisions.js";
import { $, el, empty, refill } from "./dom.js";
import { closeFeed, onFeed, openCount, openFeed } from "./feed.js";
import { field, form, select, text, trouble } from "./forms.js";
import { call, onEnded, Trouble } from "./http.js";
import { showIndicators } from "./indicators.js";
import { showQueue } from "./queue.js";
import { showReports } from "./reports.js";
import { showRules } from "./rules.js";
import { keep, kept, may, path, say, session } from "./state.js";

const views = [
  {
    id: "alerts",
    roles: ["seller"],
    shop: true,
    show: (root, args, signal) => (args[0] ? showAlert(root, args[0], signal) : showAlerts(root, args, signal)),
  },
  { id: "reports", roles: ["seller"], shop: true, show: showReports },
  { id: "indicators", roles: ["seller"], shop: true, show: showIndicators },
  { id: "queue", roles: ["reviewer"], show: showQueue },
  { id: "buyers", roles: ["reviewer", "engineer"], show: showBuyers },
  { id: "rules", roles: ["reviewer", "engineer"], show: showRules },
  { id: "decisions", roles: ["enforcer"], show: showDecisions },
];

let view = null; // ends what the view that is open does
let state = "",
  current = "";

function setState(s) {
  state = s;
  $("state").textContent = s ? say("net_" + s) : "";
  $("state").className = "net " + s;
}

const showProblem = (e) => refill($("problem"), ...(e ? [trouble(e)] : []));

// place reads where the address points: a view, and what of it.
function place() {
  const parts = location.hash
    .replace(/^#\/?/, "")
    .split("/")
    .filter(Boolean)
    .map((p) => {
      try {
        return decodeURIComponent(p);
      } catch {
        return p;
      }
    });
  return { id: parts[0] || "", args: parts.slice(1) };
}

const mine = () => views.filter((v) => may(...v.roles));

function drawTabs() {
  const open = openCount();
  $("tabs").hidden = mine().length < 1;
  $("tabs").setAttribute("aria-label", say("tabs"));
  refill(
    $("tabs"),
    ...mine().map((v) =>
      el(
        "a",
        { href: "#/" + v.id, "aria-current": v.id === current && "page" },
        say("tab_" + v.id),
        v.id === "alerts" &&
          open > 0 &&
          el("span", { class: "badge", "aria-label": say("open_n", { n: open }), text: open > 999 ? "999+" : String(open) }),
      ),
    ),
  );
  drawTitle();
}

function drawTitle() {
  const open = may("seller") && session.shop ? openCount() : 0;
  document.title = (open ? `(${open}) ` : "") + (current ? say("tab_" + current) + " · " : "") + "Orderguard";
}

// drawShop lets one choose among the shops of the token; an admin, who may see
// all, writes its id.
function drawShop() {
  const place = $("shop"),
    me = session.me;
  if (!me || !may("seller")) return refill(place, ...(me ? [el("span", { class: "soft", text: say("role_" + me.role) })] : []));
  if (me.role === "seller") {
    if (me.shops.length === 1) return refill(place, el("strong", { text: session.shop }));
    return refill(
      place,
      select(
        me.shops.map((s) => [s, s]),
        session.shop,
        { "aria-label": say("shop"), onchange: (e) => chooseShop(e.target.value) },
      ),
    );
  }
  const which = text({
    id: "shop-id",
    value: session.shop,
    maxlength: 128,
    required: true,
    placeholder: say("shop_id"),
    "aria-label": say("shop_id"),
  });
  refill(
    place,
    el(
      "form",
      {
        class: "find",
        onsubmit: (e) => {
          e.preventDefault();
          chooseShop(which.value.trim());
        },
      },
      which,
      el("button", { type: "submit", class: "quiet", text: say("look") }),
    ),
  );
}

function chooseShop(shop) {
  session.shop = shop;
  keep("shop", shop);
  closeFeed();
  if (may("seller") && shop) openFeed(setState, lost);
  drawShop();
  if (views.find((v) => v.id === current)?.shop && place().args.length) location.hash = "#/" + current;
  else open();
}

// lost is a trouble that waiting does not cure. A token that is no longer good
// ends the session.
function lost(e) {
  if (e instanceof Trouble && e.status === 401) leave(e);
  else {
    setState("");
    showProblem(e);
  }
}

// What is half written stays to be copied, but nothing is live any more.
onEnded(() => {
  if (session.me) setState("ended");
});

// open shows the view that the address points to.
function open(focus = false) {
  if (!session.me) return;
  const at = place(),
    of = mine().find((v) => v.id === at.id) || mine()[0];
  if (view) view.abort();
  view = new AbortController();
  const { signal } = view;
  showProblem(null);
  current = of ? of.id : "";
  if (!may("seller") || !session.shop) setState("");
  drawTabs();
  const root = $("view");
  refill(root);
  if (!of) return refill(root, empty("nothing_for_role", { role: say("role_" + session.me.role) }));
  if (of.shop && !session.shop) return refill(root, empty("choose_shop"));
  onFeed(drawTabs, signal);
  Promise.resolve(of.show(root, at.id === of.id ? at.args : [], signal, setState)).catch((e) => {
    if (!signal.aborted) lost(e);
  });
  if (focus) root.focus({ preventScroll: true });
  if (focus) scrollTo(0, 0);
}

function translate() {
  document.documentElement.lang = session.language === "zh" ? "zh-CN" : "en";
  $("language").textContent = say("other_language");
  $("language").lang = session.language === "zh" ? "en" : "zh-CN";
  $("leave").textContent = say("leave");
  $("skip").textContent = say("skip");
  setState(state);
  drawShop();
  if (session.me) open();
  else {
    document.title = "Orderguard";
    welcome();
  }
}

// welcome asks for the token.
function welcome(shop = "") {
  const token = el("input", { type: "password", autocomplete: "off", required: true });
  refill(
    $("view"),
    form(
      () => enter(token.value, shop),
      say("enter"),
      { class: "form enter" },
      el("h2", { text: say("welcome") }),
      el("p", { class: "soft", text: say("intro") }),
      field(say("token"), token, say("token_help")),
    ),
  );
  token.focus();
}

async function enter(token, shop) {
  session.token = token.trim();
  let me;
  try {
    me = await call(path("me"));
  } catch (e) {
    session.token = "";
    throw e;
  }
  session.me = me;
  keep("token", session.token);
  $("leave").hidden = false;
  showProblem(null);
  const shops = me.shops || [];
  chooseShop(me.role === "seller" ? (shops.includes(shop) ? shop : shops[0] || "") : may("seller") ? shop : "");
}

function leave(why) {
  if (view) view.abort();
  view = null;
  closeFeed();
  Object.assign(session, { token: "", me: null });
  keep("token", "");
  current = "";
  setState("");
  $("tabs").hidden = true;
  $("leave").hidden = true;
  history.replaceState(null, "", location.pathname + location.search);
  translate();
  showProblem(why);
}

// fromFragment reads #shop=…&token=…, by which another page can sign somebody
// in, and takes it out of the address, so that the token stays in no history.
function fromFragment() {
  const f = new URLSearchParams(location.hash.slice(1));
  if (!f.get("token")) return false;
  history.replaceState(null, "", location.pathname + location.search);
  enter(f.get("token"), f.get("shop") || "").catch(leave);
  return true;
}

$("language").addEventListener("click", () => {
  session.language = session.language === "zh" ? "en" : "zh";
  keep("language", session.language);
  translate();
});
$("leave").addEventListener("click", () => leave(null));
$("skip").addEventListener("click", (e) => {
  e.preventDefault();
  $("view").focus();
});
addEventListener("hashchange", () => {
  if (!fromFragment()) open(true);
});

if (!fromFragment()) {
  const token = kept("token");
  translate();
  if (token) enter(token, kept("shop")).catch((e) => (e.status === 401 ? leave(e) : showProblem(e)));
} else {
  translate();
}
