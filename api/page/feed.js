// The flagged orders of the chosen shop, kept up to date for as long as it is
// chosen, whatever view is open.
import { follow } from "./http.js";
import { shopPath } from "./state.js";

const most = 20_000; // more than a person looks through, less than a browser minds

export const feed = { alerts: new Map(), state: "loading", cut: false, fresh: new Set() };
const listeners = new Set();
let run = null;

// onFeed calls fn after each change, until the signal ends it.
export function onFeed(fn, signal) {
  listeners.add(fn);
  signal.addEventListener("abort", () => listeners.delete(fn), { once: true });
}

const tell = () => {
  for (const fn of listeners) fn();
};

// put takes alerts as the server tells of them; an older state never replaces a
// newer one. The Map has them in order of change.
export function put(alerts) {
  const first = feed.alerts.size === 0;
  for (const a of alerts) {
    const had = feed.alerts.get(a.alert);
    if (had && had.seq >= a.seq) continue;
    feed.alerts.delete(a.alert);
    feed.alerts.set(a.alert, a);
    if (feed.state !== "loading") feed.fresh.add(a.alert);
  }
  for (const id of feed.alerts.keys()) {
    if (feed.alerts.size <= most) break;
    feed.alerts.delete(id);
    feed.cut = true;
  }
  // While a long list is read, its first page and then all of it are enough.
  if (feed.state !== "loading" || first) tell();
  feed.fresh.clear();
}

export const openCount = () => {
  let n = 0;
  for (const a of feed.alerts.values()) if (a.status === "open") n++;
  return n;
};

export function closeFeed() {
  if (run) run.abort();
  run = null;
  Object.assign(feed, { alerts: new Map(), state: "loading", cut: false });
}

// openFeed follows the chosen shop. State hears of the connection, lost of what
// ends it.
export function openFeed(state, lost) {
  closeFeed();
  const mine = (run = new AbortController());
  follow(shopPath("alerts"), mine.signal, {
    take: (page) => {
      if (run === mine) put(page.alerts);
    },
    restart: () => {
      feed.alerts.clear();
    },
    state: (s) => {
      if (run !== mine) return;
      const was = feed.state;
      feed.state = s;
      state(s);
      if (was === "loading" && s !== was) tell();
    },
  }).catch((e) => {
    if (run === mine) lost(e);
  });
}
