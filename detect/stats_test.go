package detect

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
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
