package detect

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// TestCredible holds what a cautious rate says of few and of many events.
func TestCredible(t *testing.T) {
	p := population{at: [][2]int64{{50, 1000}, {0, 0}, {900, 1000}}}
	require.Zero(t, p.credible(0, 40, 0))
	require.Less(t, p.credible(1, 1, 0), int64(3), "one of one proves nothing")
	require.Less(t, p.credible(3, 3, 0), int64(15), "nor do three of three")
	require.Greater(t, p.credible(30, 40, 0), int64(45))
	require.Equal(t, p.credible(40, 40, 0), p.credible(60, 40, 0), "more than all is all")
	for all := int64(1); all < 50; all++ {
		for hits := int64(1); hits <= all; hits++ {
			require.LessOrEqual(t, p.credible(hits, all, 0), hits*100/all, "cautious")
			require.GreaterOrEqual(t, p.credible(hits, all, 0), p.credible(hits-1, all, 0), "rising with the hits")
			require.LessOrEqual(t, p.credible(hits, all+1, 0), p.credible(hits, all, 0), "falling with all")
		}
	}
	require.Greater(t, p.credible(3, 3, 2), int64(60), "where everybody does it, it is likely")
}

// TestRateAgainstTwin compares a rate at every order with counts made by hand.
func TestRateAgainstTwin(t *testing.T) {
	rules := parse(t, `
rules:
  - id: rate
    scenario: malicious_refund
    on: order.refunded
    all:
      - {rate: order.refunded, of: order.created, by: [buyer], within: 10m, at_least: 10}
`)
	flagged := 0
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 18))
		events := randomEvents(rng, 1500)
		want := map[string]int64{}
		ids := map[string]bool{}
		var hits, all int64
		type key struct {
			buyer string
			kind  orderguard.Kind
		}
		seen := map[key][]orderguard.Millis{}
		for _, e := range events {
			if ids[e.ID] {
				continue
			}
			ids[e.ID] = true
			k := key{e.Buyer, e.Kind}
			seen[k] = append(seen[k], e.Time)
			switch e.Kind {
			case orderguard.OrderCreated:
				all++
			case orderguard.OrderRefunded:
				hits++
				within := func(kind orderguard.Kind) (n int64) {
					for _, at := range seen[key{e.Buyer, kind}] {
						if at > e.Time-600_000 && at <= e.Time {
							n++
						}
					}
					return n
				}
				p := population{at: [][2]int64{{hits, all}}}
				if v := p.credible(within(orderguard.OrderRefunded), within(orderguard.OrderCreated), 0); v >= 10 {
					if _, known := want[e.Order]; !known {
						want[e.Order] = v
					}
				}
			}
		}
		got := map[string]int64{}
		for _, a := range run(t, rules, events, 1+int(seed%3), rng) {
			got[a.Order] = a.Reasons[0].Value
		}
		for order, v := range want {
			require.Contains(t, got, order, fmt.Sprint("value ", v))
		}
		flagged += len(want)
	}
	require.Greater(t, flagged, fewer(200))
}
