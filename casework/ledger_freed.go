package casework

import (
	"cmp"
	"slices"

	"github.com/orderguard/orderguard"
)

// freedom is when the seller of an order was told not to ship it (支持不发货). While that stands, the
// finding behind it keeps the order out of the indicators, whose raw figures go on as ever. When he is
// bound again, what he did not do is not held against him: the deadline is later by as long, and a
// cancellation that came meanwhile is none of his. An order that was late when he was freed stays late.
type freedom struct {
	since     orderguard.Millis // when he was freed, by the wall clock; 0 while he has to ship
	more      int64             // seconds that earlier freedoms of the order have lasted
	cancelled uint32            // when he cancelled it in this one, 0 for never
}

// savedFreedom is a freedom in the head of what Save writes.
type savedFreedom struct {
	Key       uint64
	Since     orderguard.Millis
	More      int64
	Cancelled uint32
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
		if f.cancelled != 0 {
			o.marks = o.marks&^isUnsold | isCancelled
			earliest(&o.ended, f.cancelled)
		}
		*f = freedom{more: f.more + int64(d.At-f.since+second-1)/second}
		l.dateBy(d.At)
		l.recount(key, &before, o, &was)
		if o.paid != 0 {
			l.expect(key, o)
		}
	}
}

// unsell lets an order take in that its seller cancelled it.
func (l *Ledger) unsell(o *order, at uint32) {
	if f := l.freed[o.key]; f != nil && f.since != 0 && (o.marks&isUnsold == 0 || f.cancelled != 0) {
		earliest(&f.cancelled, at)
	}
	o.marks |= isUnsold
}

// deadline returns until when a paid order has to be shipped, in seconds since 1970.
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
		list = append(list, savedFreedom{key, f.since, f.more, f.cancelled})
	}
	slices.SortFunc(list, func(a, b savedFreedom) int { return cmp.Compare(a.Key, b.Key) })
	return list
}
