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
	if testing.Short() {
		t.Skip("takes a second or two, and many under the race detector")
	}
	cost := func(n int, attack string) time.Duration {
		x := newTable(t, "")
		begin := time.Now()
		for i := range n {
			x.must("ann", verdict(orderguard.AnswerAbnormal, flagOf(placed(fmt.Sprint("o-", i)), attack)))
			x.d.Buyer("b-1", x.now)
		}
		return time.Since(begin)
	}
	for _, c := range []struct {
		attack string
		many   int
		most   time.Duration // times as long as 500
	}{
		{"at_1", 8000, 128}, // 16 times as many; with the square it would be 256
		{"", 4000, 200},     // 8 times as many; with the cube it would be 512
	} {
		few, many := time.Hour, time.Hour
		for range 3 {
			few, many = min(few, cost(500, c.attack)), min(many, cost(c.many, c.attack))
		}
		t.Logf("attack %q: 500 verdicts %v, %d %v", c.attack, few, c.many, many)
		require.Less(t, many, c.most*few)
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
