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

// end lets orders go, also from their buyers'. A buyer's list is walked once, however many of
// them are in it: a shop may let all its guests order as one buyer.
func (l *Ledger) end(slots []uint32) {
	for _, slot := range slots {
		l.orders.at(slot).marks |= isGone
	}
	for _, slot := range slots {
		if o := l.orders.at(slot); o.marks&isUnlinked == 0 {
			l.unlinkGone(o.buyer)
		}
	}
	for _, slot := range slots {
		l.orders.remove(l.orders.at(slot).key)
	}
}

// unlinkGone takes the orders that go out of a buyer's list.
func (l *Ledger) unlinkGone(buyer uint64) {
	first := l.buyers[buyer]
	link := &first
	for *link != 0 {
		o := l.orders.at(*link - 1)
		if o.marks&isGone != 0 {
			o.marks |= isUnlinked
			*link = o.next
		} else {
			link = &o.next
		}
	}
	if first == 0 {
		delete(l.buyers, buyer)
	} else {
		l.buyers[buyer] = first
	}
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
	Orders, Shops, Paid int
	// Completed are those that were kept, neither refunded nor disputed.
	Completed, Refunded, Disputed int
	// Contested are those that were refunded or disputed, once each. A refund is left out
	// where the shop cancelled the order or did not ship it in time: that is its own fault.
	Contested int
}

// Conduct returns what a buyer did over the whole site.
func (l *Ledger) Conduct(buyer string) (c Conduct) {
	shops := map[uint32]bool{}
	for o := range l.ordersOf(buyer) {
		shops[o.shop] = true
		refunded, disputed := o.marks&isRefunded != 0, l.isDisputed(o)
		count := func(n *int, is bool) {
			if is {
				*n++
			}
		}
		c.Orders++
		count(&c.Paid, o.isPaid())
		count(&c.Completed, o.marks&isCompleted != 0 && !refunded && !disputed)
		count(&c.Refunded, refunded)
		count(&c.Disputed, disputed)
		count(&c.Contested, disputed || refunded && o.marks&(isUnsold|isLate) == 0)
	}
	c.Shops = len(shops)
	return c
}

// isDisputed says whether an order has a dispute that was not withdrawn.
func (l *Ledger) isDisputed(o *order) bool {
	for n := o.facts; n != 0; n = l.facts[n].next {
		if f := &l.facts[n]; f.kind == dispute && f.bits&isWithdrawn == 0 {
			return true
		}
	}
	return false
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
