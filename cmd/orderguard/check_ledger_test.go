package main

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/store"
)

// TestCheckHoldsDeltas checks the deltas of a store that has no snapshot, while its daemon runs and after it was
// killed: those that are right, and one too many.
func TestCheckHoldsDeltas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rules := writeRules(t, burstRule)
	begin := time.Now().UTC().Add(-2 * time.Hour)
	line := func(n, order int, status, more string) []byte {
		return fmt.Appendf(nil, `{"type":%q,"id":"e-%d","ts":%q,"shop":"s-1","buyer":"b-1","order":"o-%d","sku":"k-1",%s}`+"\n",
			status, n, begin.Add(time.Duration(n)*10*time.Second).Format(time.RFC3339), order, more)
	}
	var lines [][]byte
	for i := range 12 {
		lines = append(lines, line(i, i, "order", `"status":"created"`))
	}
	for i := range 6 {
		lines = append(lines, line(100+i, i, "order", `"status":"paid"`), line(110+i, i, "order", `"status":"refunded"`),
			line(120+i, i, "dispute", `"dispute":"d-`+fmt.Sprint(i)+`","status":"opened","reason":"not_received"`))
	}
	d := startDaemon(t, dir, "--rules", rules)
	admin := newToken(t, dir, "admin")
	d.post(admin, lines...)
	alerts, _ := d.alerts(admin, []string{"s-1"})
	require.NotEmpty(t, alerts)
	a := d.call(http.MethodPut, "/v1/shops/s-1/attacks/"+alerts[0].Attack+"/verdict", admin, strings.NewReader(`{"verdict":"abnormal"}`))
	require.Equal(t, http.StatusOK, a.status, a.body)
	a = d.call(http.MethodGet, "/v1/shops/s-1/indicators?days=7", admin, nil)
	require.Contains(t, a.body, `"sku":"k-1"`)
	check := func(want int) string {
		var out, errs bytes.Buffer
		root := newRootCommand()
		root.SetOut(&out)
		root.SetErr(&errs)
		require.Equal(t, want, execute(t.Context(), root, []string{"check", "--data", dir}), "%s%s", &out, &errs)
		return out.String()
	}
	check(exitDone)
	require.Error(t, d.end(os.Kill))
	check(exitDone)

	s, err := store.Open(dir, storeOptions(newLogger()))
	require.NoError(t, err)
	first := store.Place(1, store.MaxPlaces-1)
	_, err = s.Commit(nil, s.Position(), store.Paper{Place: first, Delta: &orderguard.Delta{
		Shop: "s-1", Order: "o-1", Day: orderguard.Millis(begin.UnixMilli()).Day(), Indicator: orderguard.Disputes,
		Numerator: -1, Reason: orderguard.NotReceived, SKU: "k-2", Cause: "verdict/x", At: 1,
	}})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.Contains(t, check(exitFailed), `of sku "k-2": its deltas add up to -1, the orders that are taken out to 0`)
	d = startDaemon(t, dir, "--rules", rules)
	require.Contains(t, check(exitFailed), `of sku "k-2": its deltas add up to -1, the orders that are taken out to 0`)
	d.stop()
}

// Deltas that a check may not find in the store yet are those that wait for a commit, and those of the one under way.
func TestCheckKnowsWhatIsBeingCommitted(t *testing.T) {
	t.Parallel()
	disk := newSimDisk(rand.New(rand.NewPCG(1, 2)))
	disk.calm = true
	p := pipelineOver(t, disk)
	p.papers = []store.Paper{{Place: 1, Delta: &orderguard.Delta{}}}
	under := p.beginSettle()
	p.papers = append(p.papers, store.Paper{Place: 2, Delta: &orderguard.Delta{}})
	require.ElementsMatch(t, []uint64{1, 2}, slices.Collect(maps.Keys(p.countedSoFar().waiting)))
	under.run(t.Context())
	require.NoError(t, p.endSettle())
	require.ElementsMatch(t, []uint64{2}, slices.Collect(maps.Keys(p.countedSoFar().waiting)))
}
