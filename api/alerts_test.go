package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/orderguard/orderguard"
)

const list = "/v1/shops/s-1/alerts"

func TestListAlerts(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	empty := pageOf(t, call(a, "seller", "GET", list, nil))
	require.Empty(t, empty.Alerts)
	require.NotEmpty(t, empty.Next)
	for i := range 5 {
		f.put("s-1", fmt.Sprintf("al_%d", i), orderguard.MaliciousOrder)
		f.put("s-2", fmt.Sprintf("al_%d", i), orderguard.MaliciousOrder)
	}
	one := pageOf(t, call(a, "seller", "GET", list+"?limit=3&after="+empty.Next, nil))
	require.Equal(t, []string{"al_0", "al_1", "al_2"}, ids(one))
	require.True(t, one.More)
	f.put("s-1", "al_0", orderguard.MaliciousOrder)
	two := pageOf(t, call(a, "seller", "GET", list+"?limit=3&after="+one.Next, nil))
	require.Equal(t, []string{"al_3", "al_4", "al_0"}, ids(two))
	require.False(t, two.More)
	three := pageOf(t, call(a, "admin", "GET", list+"?after="+two.Next, nil))
	require.Empty(t, three.Alerts)
	require.Equal(t, two.Next, three.Next)
}

func TestListDefaultAndLargestPage(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	for i := range 600 {
		f.put("s-1", fmt.Sprintf("al_%d", i), orderguard.MaliciousOrder)
	}
	require.Len(t, pageOf(t, call(a, "seller", "GET", list, nil)).Alerts, 50)
	p := pageOf(t, call(a, "seller", "GET", list+"?limit=100000", nil))
	require.Len(t, p.Alerts, 500)
	require.True(t, p.More)
}

func TestFilters(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	for i := range 12 {
		f.put("s-1", fmt.Sprintf("al_%d", i), orderguard.Scenario(1+i%6))
	}
	for _, query := range []string{"scenario=harassment,malicious_refund", "scenario=harassment&scenario=malicious_refund&status=open,normal"} {
		p := pageOf(t, call(a, "seller", "GET", list+"?"+query, nil))
		require.Equal(t, []string{"al_1", "al_4", "al_7", "al_10"}, ids(p))
		p = pageOf(t, call(a, "seller", "GET", list+"?after="+p.Next, nil))
		require.Empty(t, p.Alerts, "the cursor passes what does not match")
	}
	require.Empty(t, pageOf(t, call(a, "seller", "GET", list+"?status=abnormal", nil)).Alerts)
}

func TestListRefusals(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	f.put("s-1", "al_1", orderguard.MaliciousOrder)
	f.put("s-2", "al_1", orderguard.MaliciousOrder)
	good := cursor("s-1", 1)
	for query, detail := range map[string]string{
		"after=x":                            "not one that this list",
		"after=" + good[1:]:                  "not one that this list",
		"after=" + good + "A":                "not one that this list",
		"after=" + cursor("s-2", 1):          "not one that this list",
		"after=" + cursor("s-1", 99):         "ahead of this list",
		"limit=":                             `limit ""`,
		"limit=0":                            `limit "0"`,
		"limit=-3":                           `limit "-3"`,
		"limit=ten":                          `limit "ten"`,
		"limit=1&limit=2":                    "more than once",
		"wait=soon":                          `wait "soon"`,
		"wait=-1s":                           `wait "-1s"`,
		"status=bad":                         `no status "bad"`,
		"scenario=open":                      `no scenario "open"`,
		"scenario=,":                         `no scenario ""`,
		"stauts=open":                        `no parameter "stauts"`,
		"status=%zz":                         "malformed",
		"after=" + url.QueryEscape("' or 1"): "not one that this list",
	} {
		p := refused(t, call(a, "seller", "GET", list+"?"+query, nil), http.StatusBadRequest, detail)
		require.NotEmpty(t, p.Cure)
	}
	f.fail = errors.New("the disk said no at /secret/place")
	w := call(a, "seller", "GET", list, nil)
	refused(t, w, http.StatusInternalServerError, "inside the server")
	require.NotContains(t, w.Body.String(), "secret")
}

func TestShopNamesInPaths(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	f.put("a/b 店", "al_1", orderguard.MaliciousOrder)
	p := pageOf(t, call(a, "seller", "GET", "/v1/shops/"+url.PathEscape("a/b 店")+"/alerts", nil))
	require.Equal(t, []string{"al_1"}, ids(p))
	require.Empty(t, pageOf(t, call(a, "admin", "GET", "/v1/shops/none/alerts", nil)).Alerts)
	f.put(".", "al_2", orderguard.MaliciousOrder)
	f.put("..", "al_3", orderguard.MaliciousOrder)
	for path, want := range map[string]string{"/v1/shops/%2e/alerts": "al_2", "/v1/shops/./alerts": "al_2",
		"/v1/shops/%2E./alerts": "al_3", "/v1/shops/../alerts": "al_3"} {
		require.Equal(t, []string{want}, ids(pageOf(t, call(a, "admin", "GET", path, nil))), path)
		require.Equal(t, http.StatusForbidden, call(a, "seller", "GET", path, nil).Code, "they are shops like any others")
	}
	require.Equal(t, http.StatusOK, call(a, "admin", "GET", "/v1/shops/../alerts/al_3", nil).Code)
	require.Equal(t, http.StatusNotFound, call(a, "admin", "GET", "/v1/shops/none/../../alerts", nil).Code)
}

func TestETag(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	f.put("s-1", "al_1", orderguard.MaliciousOrder)
	w := call(a, "seller", "GET", list, nil)
	tag := w.Header().Get("Etag")
	require.NotEmpty(t, tag)
	for _, have := range []string{tag, `"x", W/` + tag, "*"} {
		w = call(a, "seller", "GET", list, nil, "If-None-Match", have)
		require.Equal(t, http.StatusNotModified, w.Code)
		require.Empty(t, w.Body.String())
		require.Equal(t, tag, w.Header().Get("Etag"))
	}
	f.put("s-2", "al_1", orderguard.MaliciousOrder)
	require.Equal(t, http.StatusNotModified, call(a, "seller", "GET", list, nil, "If-None-Match", tag).Code)
	f.put("s-1", "al_1", orderguard.MaliciousOrder)
	w = call(a, "seller", "GET", list, nil, "If-None-Match", tag)
	require.Len(t, pageOf(t, w).Alerts, 1)
	require.NotEqual(t, tag, w.Header().Get("Etag"))
}

func TestOneAlert(t *testing.T) {
	f := newFake()
	a := newAPI(t, f, Options{})
	f.put("s-1", "al_1", orderguard.MaliciousOrder)
	w := call(a, "seller", "GET", list+"/al_1", nil)
	require.Equal(t, http.StatusOK, w.Code)
	require.JSONEq(t, `{"alert":"al_1","seq":1,"scenario":"malicious_order","order":"o-al_1","shop":"s-1","buyer":"b-1","attack":"at_1",
		"score":80,"severity":"high","flagged_at":"2023-11-14T22:13:20.000Z","status":"open","revision":1,"reasons":[],
		"evidence":{"orders":[],"buyers":[]},
		"timeline":[{"at":"1970-01-01T00:00:00.000Z","kind":"flagged","revision":1,"seq":1,"score":0,"rules":[]}]}`, w.Body.String())
	require.Equal(t, http.StatusNotModified, call(a, "seller", "GET", list+"/al_1", nil, "If-None-Match", w.Header().Get("Etag")).Code)
	refused(t, call(a, "seller", "GET", list+"/al_2", nil), http.StatusNotFound, `There is no alert "al_2" at shop "s-1"`)
	refused(t, call(a, "seller", "GET", "/v1/shops/s-2/alerts/al_1", nil), http.StatusForbidden, "not for this shop")
}

// inBackground makes a call and gives its answer when it ends.
func inBackground(a *API, target string, headers ...string) chan *httptest.ResponseRecorder {
	done := make(chan *httptest.ResponseRecorder, 1)
	go func() { done <- call(a, "seller", "GET", target, nil, headers...) }()
	return done
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		a := newAPI(t, f, Options{})
		a.Publish([]orderguard.Alert{f.put("s-1", "al_0", orderguard.MaliciousOrder)})
		start := time.Now()
		p := pageOf(t, call(a, "seller", "GET", list+"?wait=20s", nil))
		require.Equal(t, []string{"al_0"}, ids(p))
		require.Zero(t, time.Since(start), "there is one: no waiting")

		done := inBackground(a, list+"?wait=20s&scenario=harassment&after="+p.Next)
		synctest.Wait()
		a.Publish([]orderguard.Alert{f.put("s-2", "al_1", orderguard.Harassment)})
		a.Publish([]orderguard.Alert{f.put("s-1", "al_2", orderguard.MaliciousOrder)})
		synctest.Wait()
		require.Empty(t, done, "neither another shop nor another scenario wakes it")
		time.Sleep(3 * time.Second)
		a.Publish([]orderguard.Alert{f.put("s-1", "al_3", orderguard.Harassment)})
		p = pageOf(t, <-done)
		require.Equal(t, []string{"al_3"}, ids(p))
		require.Equal(t, 3*time.Second, time.Since(start), "woken at once")

		for wait, want := range map[string]time.Duration{"2": 2 * time.Second, "250ms": 250 * time.Millisecond, "9h": time.Minute, "99999999999": time.Minute} {
			start = time.Now()
			p = pageOf(t, call(a, "seller", "GET", list+"?wait="+wait+"&after="+p.Next, nil))
			require.Empty(t, p.Alerts)
			require.Equal(t, want, time.Since(start))
		}
		require.Empty(t, a.hub.byShop)
		require.Empty(t, a.waits)
	})
}

func TestWaitWithETag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		a := newAPI(t, f, Options{})
		f.put("s-1", "al_0", orderguard.MaliciousOrder)
		tag := call(a, "seller", "GET", list, nil).Header().Get("Etag")
		require.Equal(t, http.StatusNotModified, call(a, "seller", "GET", list+"?wait=5s", nil, "If-None-Match", tag).Code)

		done := inBackground(a, list+"?wait=5s", "If-None-Match", tag)
		synctest.Wait()
		a.Publish([]orderguard.Alert{f.put("s-1", "al_1", orderguard.MaliciousOrder)})
		require.Equal(t, []string{"al_0", "al_1"}, ids(pageOf(t, <-done)))
	})
}

func TestWaitsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		a := newAPI(t, f, Options{MaxWaits: 3, MaxHeld: 2})
		first, second := inBackground(a, list+"?wait=20s"), inBackground(a, list+"?wait=20s")
		synctest.Wait()
		w := call(a, "seller", "GET", list+"?wait=20s", nil)
		refused(t, w, http.StatusServiceUnavailable, "This token holds too many")
		require.NotEmpty(t, w.Header().Get("Retry-After"))
		other := make(chan *httptest.ResponseRecorder, 1)
		go func() { other <- call(a, "admin", "GET", list+"?wait=20s", nil) }()
		synctest.Wait()
		refused(t, call(a, "admin", "GET", list+"?wait=20s", nil), http.StatusServiceUnavailable, "Too many waiting calls")
		pageOf(t, call(a, "seller", "GET", list, nil))
		a.Close()
		for _, done := range []chan *httptest.ResponseRecorder{first, second, other} {
			require.Empty(t, pageOf(t, <-done).Alerts, "the end of the server ends the wait")
		}
		require.Empty(t, a.waits)
	})
}

// TestCursorsNeverMiss polls with random pages and filters while alerts change,
// and compares what was gathered with how things stand.
func TestCursorsNeverMiss(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := newFake()
		a := newAPI(t, f, Options{})
		filter := rapid.SampledFrom([]string{"", "&scenario=malicious_order", "&scenario=malicious_refund,harassment", "&status=open", "&status=normal"}).Draw(rt, "filter")
		seen, next := map[string]int{}, ""
		poll := func() (more bool) {
			w := call(a, "seller", "GET", fmt.Sprintf("%s?limit=%d&after=%s%s", list, rapid.IntRange(1, 4).Draw(rt, "limit"), next, filter), nil)
			p := pageOf(rt, w)
			for _, al := range p.Alerts {
				require.Greater(rt, al.Revision, seen[al.ID], "repeated without a change")
				seen[al.ID] = al.Revision
			}
			next = p.Next
			return p.More
		}
		rt.Repeat(map[string]func(*rapid.T){
			"change": func(rt *rapid.T) {
				n := rapid.IntRange(0, 9).Draw(rt, "alert")
				f.put(rapid.SampledFrom([]string{"s-1", "s-2"}).Draw(rt, "shop"), fmt.Sprint(n), orderguard.Scenario(1+n%6))
			},
			"poll": func(*rapid.T) { poll() },
		})
		for poll() {
		}
		want := map[string]int{}
		for _, al := range pageOf(rt, call(a, "seller", "GET", list+"?limit=500"+filter, nil)).Alerts {
			want[al.ID] = al.Revision
		}
		require.Equal(rt, want, seen)
	})
}
