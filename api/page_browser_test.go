package api

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// pageInBrowser serves the page to a browser. Text waits until an element has a text.
func pageInBrowser(t *testing.T, f *fake) (a *API, b *browser, url string, text func(selector, part string)) {
	t.Helper()
	a = newAPI(t, f, Options{})
	server := httptest.NewServer(a.handler)
	b = newBrowser(t)
	t.Cleanup(server.Close) // after the browser has gone, which holds a call
	t.Cleanup(a.Close)
	return a, b, server.URL, func(selector, part string) {
		t.Helper()
		b.run("document.querySelector(" + quoted(selector) + ").textContent.includes(" + quoted(part) + ")")
	}
}

// TestPageInBrowser goes through a seller's and a reviewer's work in a browser.
func TestPageInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes some seconds")
	}
	f := newFake()
	for _, id := range []string{"1", "2"} {
		f.put("s-1", "al_"+id, orderguard.MaliciousOrder)
		f.trade("s-1", "b-1", "o-al_"+id)
	}
	a, b, url, text := pageInBrowser(t, f)
	b.open(url + "/#shop=s-1&token=og_seller")
	text("#tabs", "Indicators")
	text("#state", "Live")
	require.Equal(t, "/", b.run("location.pathname + location.hash"), "the token stays in no history")
	require.Equal(t, "Flagged orders2 Reports Indicators", b.run(`[...document.querySelectorAll("#tabs a")].map((a) => a.textContent).join(" ")`))

	// A verdict by keyboard, with what will follow said before.
	b.run(`{ const o = document.querySelector(".order"); o.focus(); return document.activeElement === o; }`)
	b.press("a")
	text("dialog .follows", "leaves your service indicators")
	b.click("dialog button[type=submit]")
	b.run(`!document.querySelector("dialog")`)
	text("#tabs .badge", "1")
	f.mu.Lock()
	require.Equal(t, orderguard.Abnormal, f.alerts[len(f.alerts)-1].Status)
	f.mu.Unlock()

	// What comes appears by itself.
	a.Publish([]orderguard.Alert{f.put("s-1", "al_3", orderguard.Harassment)})
	text("#tabs .badge", "2")
	text(".cards", "Harassment")

	// The other language, everywhere.
	b.click("#language")
	text("#tabs", "预警订单")
	require.Equal(t, "zh-CN", b.run("document.documentElement.lang"))
	b.run(`location.hash = "#/indicators"`)
	text(".rates", "纠纷提起率")

	// A report, by hash; and a second one, which the server refuses.
	report := func() {
		b.run(`{ location.hash = "#/alerts"; return !document.querySelector("form"); }`)
		b.run(`{ location.hash = "#/reports/new/o-al_1/harassment"; return document.querySelector("textarea"); }`)
		b.run(`document.querySelector("textarea").value = "骚扰"`)
		b.run(`{ const d = new DataTransfer(); d.items.add(new File(["x"], "x.txt")); const i = document.querySelector("input[type=file]");
			i.files = d.files; return i.dispatchEvent(new Event("change")); }`)
		text(".hashes", "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881")
		b.click("form button[type=submit]")
	}
	report()
	text("#view", "统一排查")
	report()
	text("form .problem", "请查看已有的举报")
	b.run(`location.hash = "#/reports"`)
	text("#view table", "恶意骚扰")
	require.NotContains(t, b.run(`document.querySelector("#view").textContent`), "false", "what a condition leaves out")

	b.open(url + "/#token=og_reviewer")
	text("#view table", "Harassment")
	require.Equal(t, "Review queue Buyers Rules", b.run(`[...document.querySelectorAll("#tabs a")].map((a) => a.textContent).join(" ")`))
	b.click("#view table a")
	text(".facts", "Reports of the shop0 upheld, 0 rejected, weight 100%")
	text(".facts", "completed and kept 0, refunded 0, disputed ")
	b.open(url + "/#token=og_wrong")
	text("#problem", "Check that it was copied whole")

	// The refusals of the second report and of the bad token, and nothing else.
	for _, trouble := range b.trouble {
		require.True(t, strings.Contains(trouble, "409") || strings.Contains(trouble, "401"), trouble)
	}
}

// TestAttackInBrowser answers an attack of which the list shows a part.
func TestAttackInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes some seconds")
	}
	f := newFake()
	for _, id := range []string{"1", "2", "3"} {
		f.put("s-1", "al_"+id, orderguard.MaliciousOrder)
		f.trade("s-1", "b-1", "o-al_"+id)
	}
	a, b, url, text := pageInBrowser(t, f)
	send(a, "seller", "PUT", list+"/al_1/verdict", `{"verdict":"ignore"}`)
	b.open(url + "/#shop=s-1&token=og_seller")
	text(".summary", "2 orders")
	text(".whole", "All 3 orders")
	b.click(".whole .answer.abnormal")
	text("dialog h2", "all 3 orders")
	text("dialog .caution", "1 of them has an answer already")
	text("dialog .follows", "also those that the list does not show")
	b.click("dialog button[type=submit]")
	text("#said", "on 3 orders")
	text(".empty", "All is answered")
}

// TestStrangeIDsInBrowser looks where the text beside an id stands that turns the
// direction of writing, and ends what it is isolated by.
func TestStrangeIDsInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes some seconds")
	}
	f := newFake()
	f.put("s-1", "1\u2069\u202e2", orderguard.MaliciousOrder)
	_, b, url, text := pageInBrowser(t, f)
	b.open(url + "/#shop=s-1&token=og_seller")
	text(".order", "\u202e")
	b.click(".answer.abnormal")
	text("dialog code", "\u202e")
	require.Equal(t, "in order", b.run(`{
		const id = document.querySelector("dialog code"), beside = id.nextSibling, r = document.createRange();
		let at = id.getBoundingClientRect().right;
		for (let i = 0; i < beside.length; i++) {
			r.setStart(beside, i);
			r.setEnd(beside, i + 1);
			if (r.getBoundingClientRect().left < at - 0.5) return "the text beside the id stands at another place";
			at = r.getBoundingClientRect().left;
		}
		return [...document.querySelectorAll("body *")].every((e) => ["isolate", "plaintext"].includes(getComputedStyle(e).unicodeBidi)) && "in order";
	}`))
}

// TestRevokedInBrowser takes the token away of somebody who looks at the page.
func TestRevokedInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes some seconds")
	}
	f := newFake()
	a, b, url, text := pageInBrowser(t, f)
	for _, role := range []string{"seller", "enforcer"} {
		b.open(url + "/#shop=s-1&token=og_" + role)
		text("#state", "Live")
		require.Equal(t, 204, call(a, "admin", "DELETE", "/v1/tokens/tk_"+role, nil).Code)
		text("#problem", "The token is not good")
		require.Equal(t, "not live", b.run(`document.querySelector("#state").textContent === "" && "not live"`))
	}

	// Where nothing is followed, the next call tells.
	b.open(url + "/#token=og_engineer")
	text("#tabs", "Rules")
	require.Equal(t, 204, call(a, "admin", "DELETE", "/v1/tokens/tk_engineer", nil).Code)
	b.run(`location.hash = "#/buyers/b-1"`)
	text("#state", "No longer signed in")
}

// A seller's tabs fit into the window of a telephone, in either language, and no bar lies
// over what marks the one that is open.
func TestTabsOnATelephone(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes some seconds")
	}
	f := newFake()
	f.put("s-1", "al_1", orderguard.MaliciousOrder)
	_, b, url, text := pageInBrowser(t, f)
	b.open(url + "/#shop=s-1&token=og_seller")
	b.do("Emulation.setDeviceMetricsOverride", map[string]any{"width": 375, "height": 740, "deviceScaleFactor": 1, "mobile": true})
	text("#tabs .badge", "1")
	const fits = `{ const t = document.querySelector("#tabs"); return t.scrollWidth <= t.clientWidth; }`
	b.run(fits)
	b.click("#language")
	text("#tabs", "服务指标")
	b.run(fits)
}
