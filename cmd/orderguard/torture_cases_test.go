package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/orderguard/orderguard"
)

// TestTortureOfCasework kills a daemon over and over while clerks give and change verdicts and file reports, and a
// reviewer decides on those, each again and again until it is answered. No answer with 2xx may be lost, and nothing
// may count twice.
func TestTortureOfCasework(t *testing.T) {
	t.Parallel()
	const alerts, clerks = 60, 4
	rules, dir := writeRules(t, burstRule), t.TempDir()
	admin, reviewer := newToken(t, dir, "admin"), newToken(t, dir, "reviewer")
	d := startDaemon(t, dir, "--rules", rules)
	var lines [][]byte
	for i := range alerts {
		lines = append(lines, fmt.Appendf(nil, `{"type":"order","status":"created","id":"e-%d","ts":%d,"shop":"s-1","buyer":"b-1","order":"o-%d"}`+"\n",
			i, time.Now().Add(-time.Hour).UnixMilli()+int64(i), i))
	}
	d.post(admin, lines...)
	page := d.page(admin, "s-1", "", "limit=500").Alerts
	require.Len(t, page, alerts)

	var at atomic.Pointer[string]
	at.Store(&d.HTTP)
	work, stop := context.WithCancel(t.Context())
	var parts errgroup.Group
	verdicts, changes := make([]string, alerts), make([]int, alerts)
	reports := make([]map[string]string, clerks) // by order and scenario: the id
	var filed [clerks]atomic.Pointer[string]
	for n := range clerks {
		c := &clerk{at: &at, token: admin, rng: rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), uint64(n)))}
		reports[n] = map[string]string{}
		parts.Go(func() error {
			for work.Err() == nil {
				i := c.rng.IntN(alerts/clerks)*clerks + n
				next := []string{"normal", "abnormal", "ignore"}[c.rng.IntN(3)]
				if next == verdicts[i] {
					continue
				}
				status, text := c.insist(http.MethodPut, "/v1/shops/s-1/alerts/"+page[i].ID+"/verdict", `{"verdict":"`+next+`"}`)
				if status != http.StatusOK {
					return fmt.Errorf("verdict %s: %d %s", next, status, text)
				}
				verdicts[i], changes[i] = next, changes[i]+1
				if c.rng.IntN(4) > 0 {
					continue
				}
				order, scenario := page[i].Order, []string{"harassment", "malicious_refund", "malicious_dispute"}[c.rng.IntN(3)]
				status, text = c.insist(http.MethodPost, "/v1/shops/s-1/reports", `{"order":"`+order+`","scenario":"`+scenario+`","statement":"insults by telephone"}`)
				var r struct{ Report string }
				if err := json.Unmarshal([]byte(text), &r); err != nil || status != http.StatusCreated && status != http.StatusConflict {
					return fmt.Errorf("report: %d %s", status, text)
				}
				if key := order + " " + scenario; r.Report != "" { // else too many are open
					if was := reports[n][key]; was != "" && was != r.Report {
						return fmt.Errorf("%s was reported as %s and as %s", key, was, r.Report)
					}
					reports[n][key] = r.Report
					filed[n].Store(&r.Report)
				}
			}
			return nil
		})
	}
	decided := map[string]string{}
	parts.Go(func() error {
		c := &clerk{at: &at, token: reviewer, rng: rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), clerks))}
		for work.Err() == nil {
			id := filed[c.rng.IntN(clerks)].Load()
			if id == nil || decided[*id] != "" {
				time.Sleep(time.Millisecond)
				continue
			}
			word := []string{`"upheld":false`, `"upheld":true,"scenario":"harassment","severity":"low"`}[c.rng.IntN(2)]
			status, text := c.insist(http.MethodPut, "/v1/reports/"+*id+"/decision", `{`+word+`,"grounds":{"text":"looked at"}}`)
			if status == http.StatusConflict { // the engine has decided
				status, text = c.insist(http.MethodGet, "/v1/reports/"+*id, "")
			}
			var r struct{ State string }
			if err := json.Unmarshal([]byte(text), &r); err != nil || status != http.StatusOK || r.State == "" {
				return fmt.Errorf("decision: %d %s", status, text)
			}
			decided[*id] = r.State
		}
		return nil
	})
	for range max(2, rounds(t)/4) {
		time.Sleep(time.Duration(50+rand.IntN(400)) * time.Millisecond)
		checkStore(t, dir) // beside the daemon
		_ = d.end(syscall.SIGKILL)
		checkStore(t, dir)
		d = startDaemon(t, dir, "--rules", rules, "--snapshot-every", fmt.Sprint(1000+rand.IntN(100_000)))
		at.Store(&d.HTTP)
	}
	stop()
	require.NoError(t, parts.Wait())
	d.holds(t, admin, page, verdicts, changes)
	d.reported(t, admin, reports, decided)
	t.Logf("%d reports were decided", len(decided))
	require.NotEmpty(t, decided)
	d.stop()
	checkStore(t, dir)
}

// holds says whether alerts have the verdicts that were answered last, each of which counted once, and whether the
// orders are closed that are abnormal.
func (d *testDaemon) holds(t *testing.T, token string, page []orderguard.Alert, verdicts []string, changes []int) {
	closed := map[string]bool{}
	for after, more := "", true; more; {
		var p struct {
			Decisions []orderguard.Decision
			Next      string
			More      bool
		}
		require.NoError(t, json.Unmarshal([]byte(d.call("GET", "/v1/decisions?limit=500&after="+after, token, nil).body), &p))
		for _, x := range p.Decisions {
			switch x.Kind {
			case orderguard.CloseOrder:
				require.False(t, closed[x.Order], "order %s is closed twice", x.Order)
				closed[x.Order] = true
			case orderguard.ReopenOrder:
				require.True(t, closed[x.Order], "order %s is not closed", x.Order)
				closed[x.Order] = false
			}
		}
		after, more = p.Next, p.More
	}
	for i, a := range page {
		w := d.call("GET", "/v1/shops/s-1/alerts/"+a.ID, token, nil)
		var is struct {
			Status   string
			Timeline []struct{ Kind string }
		}
		require.NoError(t, json.Unmarshal([]byte(w.body), &is))
		given := 0
		for _, e := range is.Timeline {
			if e.Kind == "verdict" {
				given++
			}
		}
		require.Equal(t, changes[i], given, "alert %s: %s", a.ID, w.body)
		if changes[i] > 0 {
			require.Equal(t, map[string]string{"normal": "normal", "abnormal": "abnormal", "ignore": "ignored"}[verdicts[i]], is.Status)
		}
		if verdicts[i] == "abnormal" {
			require.True(t, closed[a.Order], "order %s", a.Order)
		}
	}
}

// reported says whether the shop's reports are those that were answered, with what was decided.
func (d *testDaemon) reported(t *testing.T, token string, reports []map[string]string, decided map[string]string) {
	want := map[string]string{}
	for _, of := range reports {
		for key, id := range of {
			want[id] = key
		}
	}
	got := map[string]string{}
	for after, more := "", true; more; {
		var p struct {
			Reports []struct{ Report, Order, Scenario, State string }
			Next    string
			More    bool
		}
		w := d.call("GET", "/v1/shops/s-1/reports?limit=100&after="+after, token, nil)
		require.NoError(t, json.Unmarshal([]byte(w.body), &p), w.body)
		for _, r := range p.Reports {
			got[r.Report] = r.Order + " " + r.Scenario
			if word := decided[r.Report]; word != "" {
				require.Equal(t, word, r.State)
			}
		}
		after, more = p.Next, p.More
	}
	require.Equal(t, want, got)
}

// clerk makes calls of a daemon that dies now and then.
type clerk struct {
	at    *atomic.Pointer[string] // where it is
	token string
	rng   *rand.Rand
}

// insist makes a call until it is answered by something else than 5xx.
func (c *clerk) insist(method, path, body string) (status int, text string) {
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		r, _ := http.NewRequest(method, "http://"+*c.at.Load()+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+c.token)
		w, err := client.Do(r)
		if err == nil {
			var answer []byte
			answer, err = io.ReadAll(w.Body)
			_ = w.Body.Close()
			if err == nil && w.StatusCode < 500 && w.StatusCode != http.StatusUnauthorized {
				return w.StatusCode, string(answer)
			}
		}
		time.Sleep(time.Duration(1+c.rng.IntN(20)) * time.Millisecond)
	}
}
