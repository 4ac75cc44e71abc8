package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
)

const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// hookServer is where webhooks go: a server with a path for each endpoint.
type hookServer struct {
	*httptest.Server
	mu    sync.Mutex
	shut  bool                // it answers 503
	tried int                 // while shut
	taken map[string][]string // by path: type and id
	data  map[string]string   // by id
	store string              // whose ids those are
}

// cutLast cuts a text at its last hyphen.
func cutLast(s string) (before, after string) {
	i := strings.LastIndexByte(s, '-')
	return s[:max(i, 0)], s[i+1:]
}

func startHookServer(t *testing.T) *hookServer {
	s := &hookServer{taken: map[string][]string{}, data: map[string]string{}}
	hook, err := standardwebhooks.NewWebhook(hookSecret)
	require.NoError(t, err)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = hook.Verify(body, r.Header)
		}
		var got struct {
			Type string
			Data json.RawMessage
		}
		if err == nil {
			err = json.Unmarshal(body, &got)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case err != nil:
			w.WriteHeader(http.StatusBadRequest)
		case s.shut:
			s.tried++
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			id, store := cutLast(r.Header.Get("webhook-id"))
			if len(store) != 8 || s.store != "" && s.store != store {
				t.Errorf("webhook-id %s does not end with the store's name", r.Header.Get("webhook-id"))
			}
			s.store = store
			s.taken[r.URL.Path] = append(s.taken[r.URL.Path], got.Type+" "+id)
			s.data[id] = string(got.Data)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// of returns what a path has got, without what came again.
func (s *hookServer) of(path, kind string) (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, got := range s.taken[path] {
		if id, ok := strings.CutPrefix(got, kind+" "); ok && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

// body returns the record that came under an id.
func (s *hookServer) body(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data[id]
}

// close says whether it answers 503 from now on, and returns how often it did.
func (s *hookServer) close(shut bool) (tried int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shut = shut
	return s.tried
}

// A daemon tells endpoints of alerts, reports and decisions, and after kill -9 goes on
// where it was; a seller's endpoint sees its shop alone.
func TestWebhooks(t *testing.T) {
	s := startHookServer(t)
	file := filepath.Join(t.TempDir(), "hooks.yaml")
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(file), "key"), []byte(hookSecret+"\n"), 0o600))
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, `endpoints:
  - {name: site, url: "%s/site", shops: "*", secrets_file: key}
  - {name: seller, url: "%s/seller", shops: [s-1], secrets: [%s]}
`, s.URL, s.URL, hookSecret), 0o600))
	dir, rules := t.TempDir(), writeRules(t, burstRule)
	start := func() *testDaemon { return startDaemon(t, dir, "--rules", rules, "--webhooks", file) }
	d := start()
	seller, reviewer, feeder := newToken(t, dir, "seller", "--shop", "s-0", "--shop", "s-1"), newToken(t, dir, "reviewer"), newToken(t, dir, "feeder")
	for _, lines := range bursts(8) {
		d.send(lines...)
	}
	await(t, "alerts", func() bool {
		return len(s.of("/site", "alert.changed")) == 24 && len(s.of("/seller", "alert.changed")) == 12
	})
	alerts := d.page(seller, "s-0", "", "limit=100").Alerts
	require.Len(t, alerts, 12)
	for _, a := range alerts {
		want := d.call("GET", "/v1/shops/s-0/alerts/"+a.ID, seller, nil).body
		want, _, _ = strings.Cut(want, `,"timeline"`)
		require.JSONEq(t, want+"}", s.body(a.ID+"-1"))
		require.NotContains(t, s.of("/seller", "alert.changed"), a.ID+"-1")
	}

	require.Zero(t, s.close(true))
	path := "/v1/shops/s-0/alerts/" + alerts[0].ID + "/verdict"
	require.Equal(t, http.StatusOK, d.call("PUT", path, seller, strings.NewReader(`{"verdict":"abnormal"}`), "Content-Type", "application/json").status)
	await(t, "a delivery that fails", func() bool { return s.close(true) > 0 })
	// The shop's alert waits, and what was decided about the buyer.
	await(t, "the metric", func() bool { return d.metric(`orderguard_webhook_waiting_shops{endpoint="site"}`) == "2" })
	require.Error(t, d.end(os.Kill))
	require.Empty(t, s.of("/site", "decision.made"))

	s.close(false)
	d = start()
	await(t, "the verdict and the decisions", func() bool {
		return len(s.of("/site", "alert.changed")) == 25 && len(s.of("/site", "decision.made")) == 3
	})
	require.Contains(t, s.body(alerts[0].ID+"-2"), `"verdict":"abnormal"`)
	var kinds []string
	for _, id := range s.of("/site", "decision.made") {
		kinds = append(kinds, regexp.MustCompile(`"kind":"\w+"`).FindString(s.body(id)))
	}
	require.ElementsMatch(t, []string{`"kind":"close_order"`, `"kind":"free_seller"`, `"kind":"warn"`}, kinds)

	w := d.call("PUT", "/v1/buyers/b-3/sanction", reviewer, strings.NewReader(`{"level":"freeze","until":"2036-01-01T00:00:00Z","grounds":{"text":"seen"}}`), "Content-Type", "application/json")
	require.Equal(t, http.StatusOK, w.status, w.body)
	d.post(feeder, fmt.Appendf(nil, `{"type":"order","status":"created","id":"e-new","ts":%d,"shop":"s-1","buyer":"b-7","order":"o-new"}`+"\n", time.Now().UnixMilli()))
	w = d.call("POST", "/v1/shops/s-1/reports", seller, strings.NewReader(`{"order":"o-new","scenario":"malicious_order","statement":"again"}`), "Content-Type", "application/json")
	require.Equal(t, http.StatusCreated, w.status, w.body)
	await(t, "the freeze and the report", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return strings.Contains(fmt.Sprint(s.data), `"kind":"freeze"`) && strings.Contains(fmt.Sprint(s.taken["/seller"]), "report.changed")
	})
	d.stop()
	for _, id := range s.of("/seller", "decision.made") {
		require.Contains(t, s.body(id), `"shop":"s-1"`)
	}
	told := len(s.of("/site", "alert.changed"))
	d = start()
	require.Equal(t, "0", d.metric(`orderguard_webhook_waiting_shops{endpoint="seller"}`))
	d.stop()
	require.Len(t, s.of("/site", "alert.changed"), told)
	require.NoError(t, exec.Command("orderguard", "check", "--data", dir).Run())
}

// The page for operators names every metric of webhooks.
func TestWebhookMetricsPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	descs := make(chan *prometheus.Desc, 10)
	hookMeter{}.Describe(descs)
	close(descs)
	for d := range descs {
		require.Contains(t, string(text), "`"+metricName.FindStringSubmatch(d.String())[1]+"`")
	}
}
