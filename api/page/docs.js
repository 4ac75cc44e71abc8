"use strict";
// A page to try the API: it reads openapi.json and makes a form of each call. All
// that comes from the server is shown as text, never as markup.
(() => {
  const mostShown = 200_000; // characters of an answer

  const $ = (id) => document.getElementById(id);
  const make = (tag, className, text) => {
    const e = document.createElement(tag);
    if (className) e.className = className;
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const put = (parent, ...children) => { parent.append(...children); return parent; };
  const keep = (key, value) => { try { sessionStorage.setItem(key, value); } catch { /* a private window may refuse */ } };
  const kept = (key) => { try { return sessionStorage.getItem(key) || ""; } catch { return ""; } };

  // prose makes a piece of text, in which `this` is code.
  const prose = (text, tag = "p") => put(make(tag), ...text.split("`").map((part, i) => make(i % 2 ? "code" : "span", "", part)));

  let schemas = {};
  const solve = (s) => (s && s.$ref ? schemas[s.$ref.split("/").pop()] ?? {} : s ?? {});
  const typeOf = (s) => (Array.isArray(s.type) ? s.type.find((t) => t !== "null") : s.type) ?? (s.properties ? "object" : "");

  // example makes a value as a schema describes it, of the fields that are needed.
  function example(schema, deep = 0) {
    const s = solve(schema);
    if (s.examples) return s.examples[0];
    if (s.enum) return s.enum[0];
    switch (deep > 5 ? "" : typeOf(s)) {
      case "object": {
        const o = {};
        for (const [name, p] of Object.entries(s.properties ?? {})) if ((s.required ?? []).includes(name) || solve(p).properties === undefined && deep > 0) o[name] = example(p, deep + 1);
        return o;
      }
      case "array": return [];
      case "integer": case "number": return s.minimum ?? 0;
      case "boolean": return false;
    }
    return s.format === "date-time" ? new Date(Date.now() + 7 * 86400e3).toISOString() : "…";
  }

  // shape writes what a schema is in a line: the fields of an object, by name.
  function shape(schema) {
    const s = solve(schema);
    if (s.enum) return s.enum.join(" | ");
    if (typeOf(s) === "array") return "list of " + shape(s.items);
    return s.format ?? (typeOf(s) || "anything");
  }

  function fieldTable(schema) {
    const s = solve(schema);
    const table = make("table");
    for (const [name, p] of Object.entries(s.properties ?? {})) {
      const needed = (s.required ?? []).includes(name) ? "" : " (may be absent)";
      put(table, put(make("tr"), put(make("td"), make("code", "", name)), make("td", "", shape(p) + needed), make("td", "", p.description ?? solve(p).description ?? "")));
    }
    return table;
  }

  // control makes the field in which a parameter is given.
  function control(p) {
    const s = solve(p.schema);
    const label = make("label", "", p.name + (p.required ? " *" : ""));
    const choices = s.enum ?? [];
    const input = make(choices.length ? "select" : "input");
    if (choices.length) {
      if (!p.required) input.append(new Option("", ""));
      for (const c of choices) input.append(new Option(c, c));
    } else {
      input.placeholder = String(p.example ?? s.default ?? (s.items ? shape(s.items).replaceAll(" | ", ",") : ""));
      input.autocomplete = "off";
    }
    if (p.name === "shop") { input.value = kept("docs-shop"); input.addEventListener("change", () => keep("docs-shop", input.value)); }
    put(label, input);
    const about = p.description ?? s.description;
    if (about) label.append(prose(about, "small"));
    return { param: p, input, label };
  }

  const quoted = (s) => "'" + s.replaceAll("'", "'\\''") + "'";

  // request gathers a call from its form.
  function request(op, controls, accept, body) {
    let path = op.path;
    const query = new URLSearchParams(), headers = {};
    for (const { param, input } of controls) {
      if (param.in === "path") {
        if (!input.value) throw new Error("Give the " + param.name + ": it is a part of the path.");
        path = path.replace("{" + param.name + "}", encodeURIComponent(input.value));
      } else if (input.value && param.in === "query") query.set(param.name, input.value);
      else if (input.value) headers[param.name] = input.value;
    }
    if ($("token").value) headers.Authorization = "Bearer " + $("token").value.trim();
    if ($("language").value) headers["Accept-Language"] = $("language").value;
    if (accept && accept.value) headers.Accept = accept.value;
    if (body) headers["Content-Type"] = body.dataset.type;
    const asked = query.toString();
    return { method: op.method.toUpperCase(), url: path + (asked ? "?" + asked : ""), headers, body: body ? body.value : undefined };
  }

  function curl(r) {
    const parts = ["curl"];
    if (r.method !== "GET") parts.push("-X " + r.method);
    for (const [name, value] of Object.entries(r.headers)) parts.push("-H " + (name === "Authorization" ? '"Authorization: Bearer $TOKEN"' : quoted(name + ": " + value)));
    if (r.body !== undefined) parts.push("--data-binary " + quoted(r.body));
    return parts.concat(quoted(location.origin + r.url)).join(" ");
  }

  // run makes a call and shows the answer as it comes, until it ends or is stopped.
  async function run(r, out, stop) {
    out.replaceChildren();
    const status = make("span", "status", "…"), pre = make("pre"), heads = make("pre");
    put(out, status, put(make("details", "more"), make("summary", "", "Headers of the answer"), heads), pre);
    const began = performance.now();
    try {
      const w = await fetch(r.url, { method: r.method, headers: r.headers, body: r.body, signal: stop.signal, cache: "no-store" });
      status.textContent = `${w.status} ${w.statusText} · ${Math.round(performance.now() - began)} ms`;
      status.classList.add(w.ok || w.status === 304 ? "good" : "bad");
      heads.textContent = [...w.headers].map(([k, v]) => k + ": " + v).join("\n");
      const kind = w.headers.get("Content-Type") ?? "";
      let text = "";
      const decoder = new TextDecoder(), reader = w.body?.getReader();
      for (let piece; reader && !(piece = await reader.read()).done;) {
        text += decoder.decode(piece.value, { stream: true });
        if (text.length > mostShown) { stop.abort(); text = text.slice(0, mostShown) + "\n… cut here"; break; }
        if (kind.startsWith("text/")) pre.textContent = text;
      }
      if (kind.includes("json")) {
        try { text = JSON.stringify(JSON.parse(text), null, 2); } catch { /* cut, and shown as it came */ }
        // What turns the direction of writing is shown as JSON may write it.
        text = text.replace(/\p{Bidi_Control}/gu, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
      }
      pre.textContent = text;
      pre.hidden = !text;
    } catch (err) {
      if (err.name !== "AbortError") { status.textContent = "No answer: " + err.message; status.classList.add("bad"); }
    }
  }

  // inside makes the form of a call, when it is first opened.
  function inside(op, call) {
    const box = make("div", "inside");
    if (op.description) box.append(prose(op.description));
    const controls = (op.parameters ?? []).map(control);
    if (controls.length) box.append(put(make("div", "fields"), ...controls.map((c) => c.label)));
    let body, accept;
    const [type, media] = Object.entries(op.requestBody?.content ?? {})[0] ?? [];
    if (type) {
      body = make("textarea");
      body.dataset.type = type;
      body.spellcheck = false;
      const value = example(media.schema);
      body.value = typeof value === "string" ? "" : JSON.stringify(value, null, 2);
      body.rows = Math.max(5, body.value.split("\n").length + 1);
      box.append(put(make("label", "", "Body, " + type), body));
      if (solve(media.schema).properties) box.append(put(make("details", "more"), make("summary", "", "Fields of the body"), fieldTable(media.schema)));
    }
    const forms = Object.keys(op.responses["200"]?.content ?? {});
    if (forms.length > 1) {
      accept = make("select");
      for (const f of forms) accept.append(new Option(f, f));
      accept.value = forms.includes("application/json") ? "application/json" : forms[0];
      box.append(put(make("div", "fields"), put(make("label", "", "Form of the answer"), accept)));
    }
    const send = make("button", "send", "Send"), end = make("button", "quiet", "Stop"), show = make("button", "quiet", "As a curl command");
    const line = make("pre"), out = make("div", "outcome");
    end.hidden = line.hidden = true;
    for (const b of [send, end, show]) b.type = "button";
    let stop;
    const gather = () => {
      try { return request(op, controls, accept, body); } catch (err) { out.replaceChildren(make("span", "status bad", err.message)); return undefined; }
    };
    send.addEventListener("click", async () => {
      const r = gather();
      if (!r) return;
      stop?.abort();
      const mine = stop = new AbortController();
      end.hidden = false;
      await run(r, out, mine);
      if (mine === stop) end.hidden = true;
    });
    end.addEventListener("click", () => stop?.abort());
    show.addEventListener("click", () => {
      const r = gather();
      if (r) { line.textContent = curl(r); line.hidden = false; }
    });
    box.append(put(make("div", "go"), send, end, show), line, out, answers(op));
    call.append(box);
  }

  // answers lists what a call may answer.
  function answers(op) {
    const more = put(make("details", "more"), make("summary", "", "What it may answer"));
    const table = make("table");
    for (const [status, r] of Object.entries(op.responses)) {
      put(table, put(make("tr"), make("td", "", status), make("td", "", r.description), make("td", "", Object.keys(r.content ?? {}).join(", "))));
    }
    more.append(table);
    const good = Object.values(op.responses).map((r) => r.content?.["application/json"]?.schema).find(Boolean);
    if (good) more.append(fieldTable(good));
    return more;
  }

  const rows = [];
  function list(spec) {
    const groups = new Map();
    for (const [path, item] of Object.entries(spec.paths)) {
      for (const method of ["get", "post", "put", "delete"]) {
        const op = item[method] && { ...item[method], path, method };
        if (op) groups.set(op.tags?.[0] ?? "", [...(groups.get(op.tags?.[0] ?? "") ?? []), op]);
      }
    }
    for (const [name, ops] of [...groups].sort(([a], [b]) => a.localeCompare(b))) {
      const group = put(make("section"), make("h2", "", name));
      for (const op of ops) {
        const call = make("details", "call");
        call.id = op.operationId;
        put(call, put(make("summary"), make("span", "verb " + op.method, op.method.toUpperCase()), make("span", "path", op.path), make("span", "about", op.summary)));
        call.addEventListener("toggle", () => { if (call.open && !call.querySelector(".inside")) inside(op, call); });
        group.append(call);
        rows.push({ call, group, words: [op.path, op.method, op.summary, op.description, op.operationId].join(" ").toLowerCase() });
      }
      $("calls").append(group);
    }
    const asked = document.getElementById(location.hash.slice(1));
    if (asked && asked.tagName === "DETAILS") { asked.open = true; asked.scrollIntoView(); }
  }

  function find() {
    const words = $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const r of rows) r.call.hidden = !words.every((w) => r.words.includes(w));
    for (const r of rows) r.group.hidden = rows.every((o) => o.group !== r.group || o.call.hidden);
    $("nothing").hidden = rows.some((r) => !r.call.hidden);
  }

  $("token").value = kept("docs-token");
  $("token").addEventListener("change", () => keep("docs-token", $("token").value.trim()));
  $("find").addEventListener("input", find);
  fetch("openapi.json").then((w) => w.json()).then((spec) => {
    schemas = spec.components.schemas;
    $("version").textContent = spec.info.version;
    list(spec);
  }).catch((err) => {
    $("problem").textContent = "The description of the API cannot be read: " + err.message;
    $("problem").hidden = false;
  });
})();
