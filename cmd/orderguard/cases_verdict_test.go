package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/casework"
)

// attackOf posts n orders of one buyer at s-1, and returns the attack that they are.
func attackOf(d *testDaemon, token string, n int) string {
	d.t.Helper()
	var lines [][]byte
	for i := range n {
		lines = append(lines, fmt.Appendf(nil,
			`{"type":"order","status":"created","id":"e-%d","ts":%d,"shop":"s-1","buyer":"b-1","order":"o-%d"}`+"\n", i, 1_770_000_000_000+i, i))
	}
	d.post(token, lines...)
	attack := d.page(token, "s-1", "", "limit=1").Alerts[0].Attack
	require.NotEmpty(d.t, attack)
	return attack
}

// statuses counts the alerts of s-1 by status.
func (d *testDaemon) statuses(token string) map[orderguard.Status]int {
	d.t.Helper()
	n := map[orderguard.Status]int{}
	for after := ""; ; {
		p := d.page(token, "s-1", after, "limit=500")
		for _, a := range p.Alerts {
			n[a.Status]++
		}
		if after = p.Next; !p.More {
			return n
		}
	}
}

// lastDecision returns how many decisions there are.
func (d *testDaemon) lastDecision(token string) (last uint64) {
	d.t.Helper()
	for after, more := "", true; more; {
		w := d.call("GET", "/v1/decisions?limit=500&after="+after, token, nil)
		require.Equal(d.t, http.StatusOK, w.status, w.body)
		var p api.DecisionPage
		require.NoError(d.t, json.Unmarshal([]byte(w.body), &p))
		if len(p.Decisions) > 0 {
			last = p.Decisions[len(p.Decisions)-1].Seq
		}
		after, more = p.Next, p.More
	}
	return last
}

// A verdict on an attack reaches every order, however many there are; killed in the
// middle, the same verdict again does what is missing, and nothing twice.
func TestServeVerdictOnAttack(t *testing.T) {
	t.Parallel()
	const orders = 3000
	rules, dir := writeRules(t, burstRule), t.TempDir()
	admin := newToken(t, dir, "admin")
	d := startDaemon(t, dir, "--rules", rules)
	attack := attackOf(d, admin, orders)
	put := func(d *testDaemon, verdict string) api.Judged {
		w := d.call("PUT", "/v1/shops/s-1/attacks/"+attack+"/verdict", admin, strings.NewReader(`{"verdict":"`+verdict+`"}`))
		require.Equal(t, http.StatusOK, w.status, w.body)
		var j api.Judged
		require.NoError(t, json.Unmarshal([]byte(w.body), &j))
		return j
	}

	ended := make(chan struct{})
	go func() { // its answer is lost with the daemon
		defer close(ended)
		r, _ := http.NewRequest("PUT", "http://"+d.HTTP+"/v1/shops/s-1/attacks/"+attack+"/verdict", strings.NewReader(`{"verdict":"abnormal"}`))
		r.Header.Set("Authorization", "Bearer "+admin)
		if w, err := http.DefaultClient.Do(r); err == nil {
			_, _ = io.Copy(io.Discard, w.Body)
			_ = w.Body.Close()
		}
	}()
	await(t, "the first part", func() bool { return d.metric(`orderguard_acts_total{result="done"}`) != "0" })
	_ = d.end(syscall.SIGKILL)
	<-ended

	d = startDaemon(t, dir, "--rules", rules)
	j := put(d, "abnormal")
	require.Equal(t, orders, j.Total)
	require.Len(t, j.Alerts, 1000)
	require.Equal(t, map[orderguard.Status]int{orderguard.Abnormal: orders}, d.statuses(admin))
	decided := d.lastDecision(admin)
	require.GreaterOrEqual(t, decided, uint64(2*orders), "each is closed, and its seller freed")
	put(d, "abnormal")
	require.Equal(t, decided, d.lastDecision(admin))
	put(d, "normal")
	require.Equal(t, map[orderguard.Status]int{orderguard.Normal: orders}, d.statuses(admin))
	var both sync.WaitGroup
	for _, verdict := range []string{"abnormal", "ignore"} {
		both.Go(func() { put(d, verdict) })
	}
	both.Wait()
	require.Len(t, d.statuses(admin), 1, "of two at once one came last, for all orders")
	for i, patience := range []time.Duration{40, 80, 160} { // who asks hangs up meanwhile
		r, err := http.NewRequest("PUT", "http://"+d.HTTP+"/v1/shops/s-1/attacks/"+attack+"/verdict", strings.NewReader(`{"verdict":"`+[]string{"normal", "abnormal", "ignore"}[i]+`"}`))
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+admin)
		if w, err := (&http.Client{Timeout: patience * time.Millisecond}).Do(r); err == nil {
			_ = w.Body.Close()
		}
		time.Sleep(100 * time.Millisecond)
		await(t, "the whole attack", func() bool { return len(d.statuses(admin)) == 1 })
	}
	d.stop()
	out, err := exec.Command("orderguard", "check", "--data", dir).CombinedOutput()
	require.NoError(t, err, string(out))
}

// A verdict on a revision that is over is refused, and changes nothing, unless it is the same sent again.
func TestServeVerdictOnARevision(t *testing.T) {
	t.Parallel()
	rules, dir := writeRules(t, burstRule), t.TempDir()
	admin := newToken(t, dir, "admin")
	d := startDaemon(t, dir, "--rules", rules)
	attackOf(d, admin, 12)
	a := d.page(admin, "s-1", "", "limit=1").Alerts[0]
	put := func(verdict string, revision int) int {
		body := fmt.Sprintf(`{"verdict":%q,"revision":%d}`, verdict, revision)
		return d.call("PUT", "/v1/shops/s-1/alerts/"+a.ID+"/verdict", admin, strings.NewReader(body)).status
	}
	require.Equal(t, http.StatusConflict, put("normal", a.Revision+1))
	require.Equal(t, http.StatusOK, put("abnormal", a.Revision))
	require.Equal(t, http.StatusOK, put("abnormal", a.Revision), "sent again")
	require.Equal(t, http.StatusConflict, put("normal", a.Revision))
	require.Equal(t, 1, d.statuses(admin)[orderguard.Abnormal])
	require.Equal(t, http.StatusOK, put("normal", a.Revision+1))
	w := d.call("PUT", "/v1/shops/s-1/attacks/"+a.Attack+"/verdict", admin, strings.NewReader(`{"verdict":"normal","revision":1}`))
	require.Equal(t, http.StatusBadRequest, w.status, "an attack has no revision")
}

// Flags are cut between two, and none is lost.
func TestCutFlags(t *testing.T) {
	var flags []flagged
	for i := range 4000 {
		flags = append(flags, flagged{Flag: casework.Flag{
			Alert: fmt.Sprint("al_", i), Scenario: orderguard.MaliciousOrder, Severity: orderguard.High,
			Order: casework.Order{Shop: strings.Repeat("\x01", 128), Order: fmt.Sprint("o-", i), Buyer: "b-1"},
		}})
	}
	var all []flagged
	parts := 0
	for part, rest := cutFlags(flags); len(part) > 0; part, rest = cutFlags(rest) {
		judge := casework.Judge{}
		for _, f := range part {
			judge.Flags = append(judge.Flags, f.Flag)
		}
		text, err := json.Marshal(judge.Flags)
		require.NoError(t, err)
		require.LessOrEqual(t, len(text), maxJudged+1)
		all, parts = append(all, part...), parts+1
	}
	require.Equal(t, flags, all)
	require.Greater(t, parts, 1)

	flags[0].Order.Buyer = strings.Repeat("b", maxJudged)
	part, rest := cutFlags(flags)
	require.Len(t, part, 1, "one that is too large goes alone")
	require.Len(t, rest, len(flags)-1)
}

// TestAVerdictHearsHeldEvents ships an order, whose event still waits for others under
// --lateness, and calls it abnormal.
func TestAVerdictHearsHeldEvents(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := startDaemon(t, dir, "--lateness", "2m")
	token := newToken(t, dir, "admin")
	lines := attackLines(0, 40)
	d.post(token, lines...)
	await(t, "alerts", func() bool { return len(d.page(token, "s-0", "", "").Alerts) >= 12 })
	alert := d.page(token, "s-0", "", "").Alerts[0]
	shipped := fmt.Appendf(nil, `{"type":"order","status":"shipped","id":"x-1","ts":%d,"shop":"s-0","buyer":"b-1","order":%q}`+"\n",
		1_770_000_000_000+39*10_000, alert.Order)
	d.post(token, shipped)
	require.NotEqual(t, "0", d.metric("orderguard_held_events"))
	a := d.call(http.MethodPut, "/v1/shops/s-0/alerts/"+alert.ID+"/verdict", token, strings.NewReader(`{"verdict":"abnormal"}`), "Content-Type", "application/json")
	require.Equal(t, http.StatusOK, a.status, a.body)
	decisions := d.call(http.MethodGet, "/v1/decisions", token, nil).body
	require.NotContains(t, decisions, "close_order")
	d.stop()
}
