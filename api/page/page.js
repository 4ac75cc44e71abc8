"use strict";
// The sellers' page. All that comes from the server is shown as text, never as
// markup. The token stays in this tab.
(() => {
  const words = {
    en: {
      title: "Flagged orders", intro: "See the orders that look like attacks on your shop.", shop: "Shop", token: "Token",
      enter: "Show orders", hint: "The token stays in this browser tab and is forgotten when you close it.", leave: "Leave",
      language: "中文", live: "Live", lost: "Reconnecting…", loading: "Loading…", status: "All statuses", scenario: "All scenarios", empty: "Nothing here. New flagged orders appear by themselves.",
      buyer: "Buyer", attack: "Attack", orders: "Orders of this attack", buyers: "Buyers of this attack", score: "Score", revised: "revised",
      shown: (n, cut) => cut ? `The latest ${n} flagged orders` : n === 1 ? "1 flagged order" : `${n} flagged orders`,
      more: "and others",
      open: "Open", normal: "Normal", abnormal: "Abnormal", ignored: "Ignored",
      low: "Low", medium: "Medium", high: "High", critical: "Critical",
      malicious_order: "Malicious orders", malicious_refund: "Malicious refunds", malicious_dispute: "Malicious disputes",
      malicious_review: "Malicious reviews", harassment: "Harassment", unfulfillable: "Cannot be fulfilled",
      unreachable: "The server cannot be reached.",
    },
    zh: {
      title: "预警订单", intro: "查看疑似恶意攻击您店铺的订单。", shop: "店铺", token: "访问令牌",
      enter: "查看订单", hint: "令牌只保存在此浏览器标签页中，关闭后即清除。", leave: "退出",
      language: "English", live: "实时", lost: "正在重新连接…", loading: "加载中…", status: "全部状态", scenario: "全部类型", empty: "暂无预警订单。新的预警会自动显示。",
      buyer: "买家", attack: "攻击", orders: "同一攻击的订单", buyers: "同一攻击的买家", score: "风险分", revised: "已更新",
      shown: (n, cut) => cut ? `最近 ${n} 个预警订单` : `${n} 个预警订单`,
      more: "等",
      open: "待核实", normal: "核实正常", abnormal: "确认异常", ignored: "已忽略",
      low: "低", medium: "中", high: "高", critical: "严重",
      malicious_order: "恶拍下单", malicious_refund: "恶意退款", malicious_dispute: "恶意纠纷",
      malicious_review: "恶意评价", harassment: "恶意骚扰", unfulfillable: "无法成交",
      unreachable: "无法连接服务器。",
    },
  };
  const statuses = ["open", "normal", "abnormal", "ignored"];
  const scenarios = ["malicious_order", "malicious_refund", "malicious_dispute", "malicious_review", "harassment", "unfulfillable"];
  const mostShown = 1000, mostNamed = 12;

  const $ = (id) => document.getElementById(id);
  const make = (tag, className, text) => {
    const e = document.createElement(tag);
    if (className) e.className = className;
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const keep = (key, value) => { try { sessionStorage.setItem(key, value); } catch { /* a private window may refuse */ } };
  const kept = (key) => { try { return sessionStorage.getItem(key) || ""; } catch { return ""; } };

  let language = kept("language") || (/^zh/i.test(navigator.language) ? "zh" : "en");
  const say = (key) => words[language][key] ?? key;
  const chosen = { status: new Set(), scenario: new Set() };
  let shop = "", token = "", run = null, state = "", alerts = new Map(), cut = false;

  function setState(s) {
    state = s;
    $("state").textContent = s ? say(s) : "";
    $("state").className = "state " + s;
  }
  function showProblem(text) {
    $("problem").textContent = text;
    $("problem").hidden = !text;
  }

  function translate() {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    document.title = say("title") + " · Orderguard";
    for (const e of document.querySelectorAll("[data-text]")) e.textContent = say(e.dataset.text);
    $("language").textContent = say("language");
    setState(state);
    chips("status", statuses);
    chips("scenario", scenarios);
    render(new Set());
  }

  function chips(kind, names) {
    const set = chosen[kind];
    const chip = (label, on, click) => {
      const b = make("button", "", label);
      b.type = "button";
      b.setAttribute("aria-pressed", String(on));
      b.addEventListener("click", () => { click(); chips(kind, names); start(); });
      return b;
    };
    $(kind).replaceChildren(chip(say(kind), set.size === 0, () => set.clear()), ...names.map((n) =>
      chip(say(n), set.has(n), () => { if (!set.delete(n)) set.add(n); })));
  }

  function facts(list, name, values) {
    if (!values || values.length === 0) return;
    let text = values.slice(0, mostNamed).join("  ");
    if (values.length > mostNamed) text += "  " + say("more"); // the list itself is cut
    list.append(make("dt", "", say(name)), make("dd", "", text));
  }

  function card(a, fresh) {
    const li = make("li", "alert" + (fresh ? " fresh" : ""));
    if (["low", "medium", "high", "critical"].includes(a.severity)) li.classList.add(a.severity);
    const top = make("div", "top");
    const when = make("time", "when", new Date(a.flagged_at).toLocaleString(language === "zh" ? "zh-CN" : "en"));
    when.dateTime = a.flagged_at;
    top.append(make("span", "order", a.order), make("span", "tag severity", say(a.severity)),
      make("span", "tag", say(a.scenario)), make("span", "tag", say(a.status)));
    if (a.revision > 1) top.append(make("span", "tag", say("revised")));
    top.append(when);
    const score = make("div", "score", say("score") + " ");
    const meter = make("i"), fill = make("b");
    fill.style.width = Math.max(0, Math.min(100, Number(a.score) || 0)) + "%";
    meter.append(fill);
    score.append(meter, make("span", "", a.score));
    const reasons = make("ul", "reasons");
    for (const r of a.reasons || []) {
      const item = make("li", "", (language === "zh" && r.text_zh) || r.text);
      item.append(make("small", "", r.rule));
      reasons.append(item);
    }
    const list = make("dl", "facts");
    facts(list, "buyer", a.buyer ? [a.buyer] : []);
    facts(list, "attack", a.attack ? [a.attack] : []);
    const evidence = a.evidence || {};
    facts(list, "orders", (evidence.orders || []).filter((o) => o !== a.order));
    facts(list, "buyers", (evidence.buyers || []).filter((b) => b !== a.buyer));
    li.append(top, score, reasons, list);
    return li;
  }

  function render(fresh) {
    const list = [...alerts.values()].sort((a, b) => b.seq - a.seq);
    $("alerts").replaceChildren(...list.map((a) => card(a, fresh.has(a.alert))));
    $("summary").textContent = list.length ? say("shown")(list.length, cut) : "";
    $("empty").hidden = list.length > 0 || state === "loading" || state === "";
  }

  // take adds a page, and lets go of the oldest beyond what a page can show.
  function take(page) {
    for (const a of page.alerts) {
      alerts.delete(a.alert); // a Map keeps the order in which keys came
      if (chosen.status.size === 0 || chosen.status.has(a.status)) alerts.set(a.alert, a);
    }
    for (const id of alerts.keys()) {
      if (alerts.size <= mostShown) break;
      alerts.delete(id);
      cut = true;
    }
  }

  async function ask(after, wait, signal) {
    const q = new URLSearchParams({ limit: "500" });
    if (after) q.set("after", after);
    if (wait) q.set("wait", "25s");
    // Statuses are chosen in take: an alert whose status has changed must leave
    // the list, so the page has to hear of it.
    if (chosen.scenario.size) q.set("scenario", [...chosen.scenario].join(","));
    const answer = await fetch("v1/shops/" + encodeURIComponent(shop) + "/alerts?" + q, {
      headers: { Authorization: "Bearer " + token }, signal, cache: "no-store",
    });
    if (answer.ok) return answer.json();
    const p = await answer.json().catch(() => ({}));
    throw Object.assign(new Error([p.detail || answer.statusText, p.cure].filter(Boolean).join(" ")), { status: answer.status });
  }

  // follow loads what there is and then waits for more, until its run ends.
  async function follow(signal) {
    let after = "", loaded = false, pause = 1000;
    while (!signal.aborted) {
      try {
        const page = await ask(after, loaded, signal);
        if (signal.aborted) return;
        after = page.next;
        take(page);
        showProblem("");
        if (!page.more || loaded) {
          const fresh = new Set(loaded ? page.alerts.map((a) => a.alert) : []);
          const first = !loaded || state !== "live";
          loaded = loaded || !page.more;
          setState("live");
          if (first || fresh.size) render(fresh);
        }
        pause = 1000;
      } catch (e) {
        if (signal.aborted) return;
        if (e.status === 401 || e.status === 403) return leave(e.message);
        if (e.status === 400 && after) { // the server was set back: begin again
          after = ""; loaded = false; alerts.clear(); cut = false;
        }
        setState("lost");
        showProblem(e.status ? e.message : say("unreachable"));
        await new Promise((r) => setTimeout(r, pause));
        pause = Math.min(30000, pause * 2);
      }
    }
  }

  function start() {
    if (run) run.abort();
    run = new AbortController();
    alerts = new Map();
    cut = false;
    setState("loading");
    $("enter").hidden = true;
    $("desk").hidden = false;
    $("leave").hidden = false;
    $("shop").textContent = shop;
    render(new Set());
    follow(run.signal);
  }

  function leave(why) {
    if (run) run.abort();
    run = null;
    token = "";
    keep("token", "");
    alerts = new Map();
    setState("");
    showProblem(why || "");
    $("shop").textContent = "";
    $("enter").hidden = false;
    $("desk").hidden = true;
    $("leave").hidden = true;
    $("enter-shop").value = shop;
    $("enter-token").value = "";
  }

  function enter(s, t) {
    shop = s;
    token = t.trim();
    keep("shop", shop);
    keep("token", token);
    showProblem("");
    start();
  }

  // fromFragment reads #shop=…&token=… and takes it out of the address, so that
  // the token stays in no history.
  function fromFragment() {
    const f = new URLSearchParams(location.hash.slice(1));
    if (!f.get("shop") || !f.get("token")) return false;
    history.replaceState(null, "", location.pathname + location.search);
    enter(f.get("shop"), f.get("token"));
    return true;
  }

  $("language").addEventListener("click", () => {
    language = language === "zh" ? "en" : "zh";
    keep("language", language);
    translate();
  });
  $("leave").addEventListener("click", () => leave(""));
  $("enter").addEventListener("submit", (e) => {
    e.preventDefault();
    enter($("enter-shop").value, $("enter-token").value);
  });
  addEventListener("hashchange", fromFragment);

  translate();
  if (!fromFragment()) {
    shop = kept("shop");
    const t = kept("token");
    if (shop && t) enter(shop, t);
    else leave("");
  }
})();
