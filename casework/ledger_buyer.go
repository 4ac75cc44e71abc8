package casework

import (
	"cmp"

	"github.com/cespare/xxhash/v2"

	"github.com/orderguard/orderguard"
)

// A buyer's orders are a list through their records, so that what a buyer did
// over the whole site is counted without a look at anybody else's.

// buyerOf names a buyer in 8 bytes, as keyOf does an order.
func buyerOf(buyer string) uint64 { return xxhash.Sum64String(buyer) }

// begin adds an order, to its buyer's too.
func (l *Ledger) begin(o order) *order {
	o.next = l.buyers[o.buyer]
	slot, added := l.orders.add(o)
	l.buyers[o.buyer] = slot + 1
	return added
}

// end lets an order go, also from its buyer's.
func (l *Ledger) end(o *order) {
	n := l.buyers[o.buyer]
	if first := l.orders.at(n - 1); first == o {
		if o.next == 0 {
			delete(l.buyers, o.buyer)
		} else {
			l.buyers[o.buyer] = o.next
		}
	} else {
		before := first
		for l.orders.at(before.next-1) != o {
			before = l.orders.at(before.next - 1)
		}
		before.next = o.next
	}
	l.orders.remove(o.key)
}

// ordersOf gives a buyer's orders, the one that came last first.
func (l *Ledger) ordersOf(buyer string) func(yield func(*order) bool) {
	return func(yield func(*order) bool) {
		for n := l.buyers[buyerOf(buyer)]; n != 0; {
			o := l.orders.at(n - 1)
			if !yield(o) {
				return
			}
			n = o.next
		}
	}
}

// Conduct counts a buyer's orders over the days that the ledger keeps.
type Conduct struct {
	Orders, Shops, Paid, Completed, Refunded, Disputed int
}

// Conduct returns what a buyer did over the whole site.
func (l *Ledger) Conduct(buyer string) (c Conduct) {
	shops := map[uint32]bool{}
	for o := range l.ordersOf(buyer) {
		amounts := l.amounts(o)
		shops[o.shop] = true
		c.Orders++
		c.Paid += int(amounts[paid])
		c.Refunded += int(amounts[refunded])
		c.Disputed += int(amounts[disputed])
		if o.marks&isCompleted != 0 {
			c.Completed++
		}
	}
	c.Shops = len(shops)
	return c
}

// OrdersOn returns how many orders a buyer placed on a day.
func (l *Ledger) OrdersOn(buyer string, d orderguard.Day) (n int) {
	for o := range l.ordersOf(buyer) {
		if orderguard.Day(cmp.Or(o.created, o.seen)/(24*3600)) == d {
			n++
		}
	}
	return n
}

// Days returns how many days of orders the ledger keeps.
func (l *Ledger) Days() int { return int(l.keep) }
