package casework

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// TestManyFindings judges the orders of one account one by one, those of an attack, and
// others, each of which is a part of the sum of points.
func TestManyFindings(t *testing.T) {
	cost := func(n int, attack string) time.Duration {
		x := newTable(t, "")
		begin := time.Now()
		for i := range n {
			x.must("ann", verdict(orderguard.AnswerAbnormal, flagOf(placed(fmt.Sprint("o-", i)), attack)))
			x.d.Buyer("b-1", x.now)
		}
		return time.Since(begin)
	}
	for attack, most := range map[string]time.Duration{
		"at_1": 30,  // 8 times as many; with the square it would be 64 times as long
		"":     150, // with the cube it would be 512
	} {
		few, many := time.Hour, time.Hour
		for range 3 {
			few, many = min(few, cost(500, attack)), min(many, cost(4000, attack))
		}
		t.Logf("attack %q: 500 verdicts %v, 4,000 %v", attack, few, many)
		require.Less(t, many, most*few)
	}
}

// TestGuestsAreLetGo lets the orders of a buyer go who has most of all.
func TestGuestsAreLetGo(t *testing.T) {
	cost := func(n int) time.Duration {
		l := NewLedger(DefaultPolicy())
		for i := range n {
			take(l, event(orderguard.OrderCreated, "s-1", fmt.Sprint("o-", i), start))
			if i%7 == 0 {
				take(l, event(orderguard.OrderCreated, "s-1", fmt.Sprint("kept-", i), start+10*day))
			}
		}
		begin := time.Now()
		l.Advance(start + 101*day)
		took := time.Since(begin)
		require.Equal(t, (n+6)/7, l.Len())
		require.Equal(t, (n+6)/7, l.Conduct("b-1").Orders)
		l.Advance(start + 120*day)
		require.Zero(t, l.Len())
		require.Empty(t, l.buyers)
		return took
	}
	few, many := time.Hour, time.Hour
	for range 3 {
		few, many = min(few, cost(2000)), min(many, cost(32_000))
	}
	t.Logf("2,000 orders: %v, 32,000: %v", few, many)
	require.Less(t, many, 100*few, "16 times as many: with the square it would be 256 times as long")
}
