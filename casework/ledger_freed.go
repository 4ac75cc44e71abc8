package casework

import (
	"cmp"
	"slices"

	"github.com/orderguard/orderguard"
)

// freedom is when the seller of an order was told not to ship it (支持不发货). While that stands, the
// finding behind it keeps the order out of the indicators, whose raw figures go on as ever. When he is
// bound again, what he did not do is not held against him: the deadline is later by as long as he was free of
// an order that was paid, and a cancellation that came meanwhile is none of his. An order that was late when
// he was freed stays late.
type freedom struct {
	since     orderguard.Millis // when he was freed, by the wall clock; 0 while he has to ship
	more      int64             // seconds that earlier freedoms have lasted which came after the payment
	cancelled uint32            // when he cancelled it in this one, 0 for never
	// unpaid are the earlier ones that began before the payment, as far as that is known: of these only what came
	// after it counts, and it may be told late, or by yet an earlier time.
	unpaid []freeTime
}

// freeTime is from when until when a seller was free.
type freeTime struct{ From, Until orderguard.Millis }

// after returns how many seconds of it came after an instant, full ones and the rest.
func (f freeTime) after(at orderguard.Millis) int64 {
	return int64(max(0, f.Until-max(f.From, at)+second-1) / second)
}

// savedFreedom is a freedom in the head of what Save writes.
type savedFreedom struct {
	Key       uint64
	Since     orderguard.Millis
	More      int64
	Cancelled uint32
	Unpaid    []freeTime `json:",omitempty"`
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
		f.end(d.At, o)
		l.dateBy(d.At)
		l.recount(key, &before, o, &was)
		if o.paid != 0 {
			l.expect(key, o)
		}
	}
}

// end ends a freedom of an order.
func (f *freedom) end(at orderguard.Millis, o *order) {
	was := freeTime{f.since, at}
	if paid := orderguard.Millis(o.paid) * second; paid != 0 && paid <= was.From {
		f.more += was.after(paid) // whatever else is told of the payment
	} else {
		f.unpaid = append(f.unpaid, was)
	}
	f.since, f.cancelled = 0, 0
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
		for _, was := range f.unpaid {
			at += was.after(orderguard.Millis(o.paid) * second)
		}
	}
	return at
}

// savedFreedoms lists the freedoms for a snapshot, in a fixed order.
func (l *Ledger) savedFreedoms() (list []savedFreedom) {
	for key, f := range l.freed {
		list = append(list, savedFreedom{key, f.since, f.more, f.cancelled, f.unpaid})
	}
	slices.SortFunc(list, func(a, b savedFreedom) int { return cmp.Compare(a.Key, b.Key) })
	return list
}
