package detect

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// TestMemoryNamesEachTableOnce holds that tables which keep different values, or
// which a reload has parted, do not share a name: a metric of two would be none.
func TestMemoryNamesEachTableOnce(t *testing.T) {
	two := surpriseRules(t, [][2]string{
		{"order.created", "{distinct: buyer, of: order.created, by: [shop], within: 10m, at_least: 3}"},
		{"order.created", "{distinct: sku, of: order.created, by: [shop], within: 10m, at_least: 3}"},
	})
	longer := surpriseRules(t, [][2]string{
		{"order.created", "{distinct: buyer, of: order.created, by: [shop], within: 10m, at_least: 3}"},
		{"order.created", "{count: order.created, by: [shop], within: 3h, at_least: 30}"},
		{"order.created", "{surprise: order.created, by: [shop], within: 10m, at_least: 30}"},
		{"order.created", "{surprise: order.created, by: [shop], within: 20m, at_least: 30}"},
	})
	rng := rand.New(rand.NewPCG(1, 47))
	_, e := runReloading(t, []*RuleSet{two, longer}, randomEvents(rng, 600), 1, rng)
	names := map[string]bool{}
	for _, s := range e.Memory() {
		require.False(t, names[s.Table], s.Table)
		names[s.Table] = true
	}
	require.Contains(t, names, "surprise of order.created{} by shop within 20 minutes")
}

// TestStatsNameTheVersionThatJudges holds that the counters of a rule go on under a
// new version of it, which is the one that is named.
func TestStatsNameTheVersionThatJudges(t *testing.T) {
	was, now := parse(t, listRules), parse(t, strings.Replace(listRules, "at_least: 5", "at_least: 4", 1))
	require.NotEqual(t, was.Rules[0].Version, now.Rules[0].Version)
	e, err := New(was, Options{})
	require.NoError(t, err)
	r := NewRunner(e, 1)
	defer r.Close()
	for n := range 5 {
		r.Process(&orderguard.Batch{Events: []orderguard.Event{*orderOf(n, "b")}})
	}
	want := RuleStats{ID: "order-burst", Version: was.Rules[0].Version, Scenario: orderguard.MaliciousOrder, Fired: 1, Orders: 5}
	require.Equal(t, want, e.Stats().Rules[0])
	require.NoError(t, e.Reload(now))
	want.Version = now.Rules[0].Version
	require.Equal(t, want, e.Stats().Rules[0])
}
