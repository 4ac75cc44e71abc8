// Calls to the server, and what goes wrong with them.
import { knows, say, session } from "./state.js";

// Trouble is a refusal or a failure of a call.
export class Trouble extends Error {
  constructor(status, problem = {}, retryAfter = 0) {
    super(problem.detail || "HTTP " + status);
    Object.assign(this, { status, problem, retryAfter });
    this.kind =
      String(problem.type || "")
        .split(":")
        .pop() || (status ? "internal" : "unreachable");
  }
}

// told says a trouble in the page's language. What is wrong is in the server's
// words; what to do in the page's, since the server's are for programs.
export function told(error) {
  if (!(error instanceof Trouble)) return { title: say("trouble_page"), detail: String(error), cure: say("cure_page") };
  const { problem, kind } = error,
    own = (what) => (knows(what + kind) ? say(what + kind) : "");
  return {
    title: own("trouble_") || problem.title || say("trouble_internal"),
    detail: problem.detail || "",
    cure: own("cure_") || problem.cure || say("cure_internal"),
    report: problem.report,
    call: problem.instance,
  };
}

let ended = () => {};

// onEnded says what to do once a call is told that the token is good no more.
export function onEnded(fn) {
  ended = fn;
}

async function send(path, { method = "GET", body, signal, accept } = {}) {
  const headers = { Authorization: "Bearer " + session.token, "Accept-Language": session.language };
  if (accept) headers.Accept = accept;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers, signal, cache: "no-store", body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (e) {
    if (e.name === "AbortError") throw e;
    throw new Trouble(0);
  }
  if (answer.ok) return answer;
  if (answer.status === 401) ended();
  const problem = await answer.json().catch(() => ({}));
  throw new Trouble(answer.status, problem, Number(answer.headers.get("Retry-After")) || 0);
}

// call returns the JSON of an answer, or throws a Trouble.
export async function call(path, options) {
  const answer = await send(path, options);
  return answer.json().catch((e) => {
    throw e.name === "AbortError" ? e : new Trouble(0);
  });
}

// all reads a list to its end, at most so many entries, and says if it was cut.
export async function all(path, list, signal, most = 20_000) {
  const entries = [],
    glue = path.includes("?") ? "&" : "?";
  for (let after = ""; ;) {
    const page = await call(path + glue + "limit=500" + (after && "&after=" + encodeURIComponent(after)), { signal });
    entries.push(...page[list]);
    if (!page.more || entries.length >= most) return { entries, cut: page.more };
    after = page.next;
  }
}

// pause ends after some seconds, or when the signal says so.
const pause = (seconds, signal) =>
  new Promise((done) => {
    const timer = setTimeout(done, seconds * 1000);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        done();
      },
      { once: true },
    );
  });

// again does something now and every some seconds while the view is open and
// looked at: reports have no call that waits.
export function again(seconds, signal, fn) {
  const timer = setInterval(() => {
    if (!document.hidden) fn();
  }, seconds * 1000);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  return fn();
}

// follow reads a list by its cursor until the signal ends it: what there is,
// then by long poll what comes. A break is waited out and nothing is missed. It
// throws what waiting does not cure.
export async function follow(path, signal, { take, state, restart }) {
  let after = "",
    live = false,
    delay = 1;
  while (!signal.aborted) {
    const query = new URLSearchParams({ limit: "500" });
    if (after) query.set("after", after);
    if (live) query.set("wait", "25s");
    try {
      const page = await call(path + "?" + query, { signal });
      after = page.next || after;
      live = !page.more;
      delay = 1;
      take(page);
      state(live ? "live" : "loading");
    } catch (e) {
      if (signal.aborted) return;
      if (!(e instanceof Trouble) || [401, 403, 404].includes(e.status)) throw e;
      if (e.kind === "invalid-cursor") {
        // the server's data was put back: begin anew
        after = "";
        restart();
      }
      live = false; // the next call does not wait, so that it tells at once when all is well again
      state("lost");
      await pause(e.retryAfter || delay, signal);
      delay = Math.min(15, delay * 2);
    }
  }
}

// download saves a list as one table for spreadsheets, all of its pages.
export async function download(path, file) {
  const lines = [];
  for (let next = path; next;) {
    const answer = await send(next, { accept: "text/csv" });
    const text = await answer.text();
    lines.push(lines.length ? text.slice(text.indexOf("\n") + 1) : text);
    const after = /[?&]after=([^&>]*)/.exec(answer.headers.get("Link") || "");
    next = after && path + (path.includes("?") ? "&" : "?") + "after=" + after[1];
  }
  // The mark at the beginning tells spreadsheets that this is UTF-8.
  const url = URL.createObjectURL(new Blob(["\ufeff", ...lines], { type: "text/csv" }));
  const a = document.createElement("a");
  a.href = url;
  a.download = file.replace(/[^\w.-]+/g, "_");
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
