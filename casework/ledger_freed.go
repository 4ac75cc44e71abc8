package casework

import (
	"cmp"
	"slices"

	"github.com/orderguard/orderguard"
)

// freedom is when the seller of an order was told not to ship it (支持不发货). What he did not
// do then is not held against him: the deadline waits, and when he is bound again it is later by
// as long. An order that was late when he was freed stays late.
type freedom struct {
	since orderguard.Millis // when he was freed, by the wall clock; 0 while he has to ship
	more  int64             // seconds that earlier freedoms of the order have lasted
}

// savedFreedom is a freedom in the head of what Save writes.
type savedFreedom struct {
	Key   uint64
	Since orderguard.Millis
	More  int64
}

// follow takes a decision that frees a seller from shipping or binds him again, and others as none.
func (l *Ledger) follow(d *orderguard.Decision) {
	if d.Kind != orderguard.FreeSeller && d.Kind != orderguard.BindSeller {
		return
	}
	key := keyOf(d.Shop, d.Order)
	o, f := l.orders.get(key), l.freed[key]
	switch {
	case o == nil:
	case d.Kind == orderguard.FreeSeller && !l.overdue(o):
		if f == nil {
			f = &freedom{}
			l.freed[key] = f
		}
		f.since = d.At
	case d.Kind == orderguard.BindSeller && f != nil && f.since != 0:
		before, was := *o, l.amounts(o)
		f.more += int64(d.At-f.since+second-1) / second
		f.since = 0
		l.dateBy(d.At)
		l.recount(key, &before, o, &was)
		if o.paid != 0 {
			l.expect(key, o)
		}
	}
}

// isFree says whether the seller of an order need not ship it now.
func (l *Ledger) isFree(o *order) bool {
	f := l.freed[o.key]
	return f != nil && f.since != 0
}

// deadline returns until when a paid order has to be shipped, in seconds since 1970, but for
// a freedom that lasts.
func (l *Ledger) deadline(o *order) int64 {
	at := int64(o.paid) + l.shipWithin
	if f := l.freed[o.key]; f != nil {
		at += f.more
	}
	return at
}

// savedFreedoms lists the freedoms for a snapshot, in a fixed order.
func (l *Ledger) savedFreedoms() (list []savedFreedom) {
	for key, f := range l.freed {
		list = append(list, savedFreedom{key, f.since, f.more})
	}
	slices.SortFunc(list, func(a, b savedFreedom) int { return cmp.Compare(a.Key, b.Key) })
	return list
}
