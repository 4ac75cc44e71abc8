package detect

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// byStates have tables by states, of whose marks nobody asks anything.
const byStates = `
rules:
  - id: many
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [buyer], within: 2h, state: unpaid, at_least: 9}
      - {count: order.created, by: [shop], within: 2h, state: unpaid, at_least: 9}
`

// requireMarks holds that each order that a table by states keeps has the mark of
// its record there, and of its state what conditions ask about. It returns how
// many different marks there are.
func requireMarks(t testing.TB, e *Engine) int {
	t.Helper()
	marks := map[uint32]bool{}
	for j, n := range e.plan.orders.tables {
		table, asked := &e.plan.tables[n], ^uint64(stateBits)|uint64(e.plan.orders.heeded[j])
		table.Revalue(func(ref, val uint32) uint32 {
			if number := e.ledger.record(ref); number != 0 {
				require.Equal(t, table.valueOf(e.plan.orders.Record(number))&asked, uint64(val)&asked, table.name)
			}
			marks[fingerprintIn(uint64(val))] = true
			return val
		})
	}
	return len(marks)
}

// TestMarksAreThoseOfRecords holds that marks say what the rules of the day ask
// of them, also where these are others than when the orders came.
func TestMarksAreThoseOfRecords(t *testing.T) {
	for seed := range seeds(6) {
		rng := rand.New(rand.NewPCG(seed, 91))
		events := disturbed(rng, 1200)
		linked := byStates + `
  - id: step
    scenario: malicious_order
    on: order.created
    all:
      - {lockstep: buyer, of: order.created, shops: 2, apart: 90s, within: 1h, at_least: 3}
      - {distinct: buyer, of: order.created, by: [shop, cluster], within: 10m, at_least: 3}
`
		before, after := parse(t, byStates), parse(t, "links: {through: [device, payment], within: 30m}\n"+linked)
		_, e := runReloading(t, []*RuleSet{before, after}, events, 2, rng)
		require.Greater(t, requireMarks(t, e), 10)
		require.NoError(t, e.Reload(parse(t, "links: {through: [device], within: 30m}\n"+linked)))
		require.Greater(t, requireMarks(t, e), 10)
		require.NoError(t, e.Reload(before))
		require.Greater(t, requireMarks(t, e), 10)
		require.NoError(t, e.Reload(parse(t, strings.ReplaceAll(byStates, "unpaid", "cancelled"))))
		require.Equal(t, []uint32{bitCancelled, bitCancelled}, e.plan.orders.heeded)
		require.Greater(t, requireMarks(t, e), 10)
	}
}
