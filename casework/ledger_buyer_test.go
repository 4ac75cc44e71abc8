package casework

import (
	"cmp"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/orderguard/orderguard"
)

// What a buyer did is what a count over all of the buyer's events says, also
// after orders were let go of, and after a restart.
func TestConductTwin(t *testing.T) {
	kinds := []orderguard.Kind{
		orderguard.OrderCreated, orderguard.OrderPaid, orderguard.OrderCompleted, orderguard.OrderCancelled, orderguard.OrderRefunded,
		orderguard.DisputeOpened, orderguard.DisputeWithdrawn,
	}
	rapid.Check(t, func(t *rapid.T) {
		p := DefaultPolicy()
		l, at := NewLedger(p), start
		var events []orderguard.Event
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			if rapid.IntRange(0, 15).Draw(t, "passes") == 0 {
				at += rapid.SampledFrom([]orderguard.Millis{day, 8 * day, 60 * day}).Draw(t, "time")
				l.Advance(at)
			}
			if rapid.IntRange(0, 20).Draw(t, "restart") == 0 {
				l = restarted(t, l, p)
			}
			n := rapid.IntRange(1, 9).Draw(t, "order")
			e := event(rapid.SampledFrom(kinds).Draw(t, "kind"), fmt.Sprint("s-", n%3), fmt.Sprint("o-", n), at)
			e.Buyer = fmt.Sprint("b-", n%4)
			e.Dispute, e.Actor = "q-1", orderguard.BySeller
			take(l, e)
			events = append(events, *e)
			for b := range 4 {
				buyer := fmt.Sprint("b-", b)
				require.Equal(t, conductBy(events, buyer, l, &p, at), l.Conduct(buyer))
			}
		}
	})
}

// conductBy counts over all events of the orders that the ledger has. They came
// in the order of their times.
func conductBy(events []orderguard.Event, buyer string, l *Ledger, p *Policy, now orderguard.Millis) (c Conduct) {
	type seen struct {
		created, completed, refunded, disputed, unsold bool
		paid, shipped, ended, withdrawn                orderguard.Millis
	}
	orders, shops := map[orderKey]*seen{}, map[string]bool{}
	first := map[orderKey]orderguard.Day{}
	for _, e := range events {
		k := orderKey{e.Shop, e.Order}
		if e.Buyer != buyer {
			continue
		}
		created, known := first[k]
		if known && created < e.Time.Day()-orderguard.Day(l.Days()) {
			delete(orders, k) // let go of, and begun anew
			known = false
		}
		if orders[k] == nil {
			orders[k] = &seen{}
		}
		o := orders[k]
		if !known || e.Kind == orderguard.OrderCreated && !o.created {
			first[k] = e.Time.Day()
		}
		o.created = o.created || e.Kind == orderguard.OrderCreated
		switch e.Kind {
		case orderguard.OrderPaid:
			o.paid = cmp.Or(o.paid, e.Time)
		case orderguard.OrderCompleted:
			o.completed, o.shipped = true, cmp.Or(o.shipped, e.Time)
		case orderguard.OrderCancelled:
			o.unsold = true // by the seller
		case orderguard.OrderRefunded:
			o.refunded, o.ended = true, cmp.Or(o.ended, e.Time)
		case orderguard.DisputeOpened:
			o.disputed = o.disputed || e.Time > o.withdrawn
		case orderguard.DisputeWithdrawn:
			o.disputed, o.withdrawn = false, e.Time
		}
	}
	for k, o := range orders {
		if first[k] < now.Day()-orderguard.Day(l.Days()) {
			continue
		}
		c.Orders++
		shops[k.shop] = true
		count := func(n *int, is bool) {
			if is {
				*n++
			}
		}
		in := func(at orderguard.Millis) bool { return at != 0 && at <= o.paid+p.Indicators.ShipWithin }
		late := o.paid != 0 && now/hour*hour >= o.paid+p.Indicators.ShipWithin && !in(o.shipped) && !in(o.ended)
		count(&c.Completed, o.completed && !o.refunded && !o.disputed)
		count(&c.Paid, o.paid != 0 || o.refunded)
		count(&c.Refunded, o.refunded)
		count(&c.Disputed, o.disputed)
		count(&c.Contested, o.disputed || o.refunded && !o.unsold && !late)
	}
	c.Shops = len(shops)
	return c
}

// Orders of a day are those that were placed on it.
func TestOrdersOn(t *testing.T) {
	l := NewLedger(DefaultPolicy())
	for i := range 3 {
		take(l, event(orderguard.OrderCreated, "s-1", fmt.Sprint("o-", i), start+orderguard.Millis(i/2)*day))
	}
	require.Equal(t, 2, l.OrdersOn("b-1", start.Day()))
	require.Equal(t, 1, l.OrdersOn("b-1", start.Day()+1))
	require.Zero(t, l.OrdersOn("b-2", start.Day()))
}
