package casework

import (
	"math"

	"github.com/cespare/xxhash/v2"

	"github.com/orderguard/orderguard"
)

// order is what a ledger keeps of an order: 56 bytes without a pointer, so that
// the collector passes over millions of them. Times are seconds since 1970, 0
// for never. Each field is the least or the union of what events said, so that
// neither their order nor a repetition matters.
type order struct {
	key       uint64 // keyOf; 0 is a free place
	buyer     uint64 // hash of the name
	next      uint32 // slot+1 of another order of the buyer, 0 for none
	shop, sku uint32 // numbers of names
	created   uint32
	seen      uint32 // the earliest event, while created is unknown
	paid      uint32
	shipped   uint32 // or delivered, or completed
	ended     uint32 // cancelled by buyer or platform, or refunded
	facts     uint32 // the first of its list of facts, 0 for none
	marks     uint8
}

// The marks of an order.
const (
	isCompleted uint8 = 1 << iota
	isCancelled
	isRefunded
	isUnsold // cancelled by the seller
	isLate   // not shipped by the deadline

	isGone     // is being let go of
	isUnlinked // is in its buyer's list no more
)

// fact is a dispute or a review of an order: 24 bytes. Few orders have one.
type fact struct {
	next   uint32
	id     uint32 // hash of the dispute's or review's id
	at     uint32 // of the event that said the outcome or the rating
	turned uint32 // of a dispute, when it was last opened or withdrawn
	named  uint32 // of a dispute, when its reason was said; 0 if that is not known
	kind   uint8
	bits   uint8 // of a dispute, what it went through
	what   uint8 // the dispute's reason, or the rating
	from   uint8 // the outcome
}

const (
	dispute uint8 = iota + 1
	review
)

// The bits of a dispute.
const (
	namedOpening uint8 = 1 << iota // its opening gave the reason
	wasEscalated
	isWithdrawn // since it turned last

	// The other five are the part of its second at which it turned last, in 32nds: none in what former programs saved.
	turnedPart = 3
)

// instantOf returns the 32nds of a second until a time.
func instantOf(at orderguard.Millis) int64 { return int64(at)/second<<5 | int64(at)%second>>5 }

// turnedAt returns when a dispute was last opened or withdrawn, as instantOf does.
func (f *fact) turnedAt() int64 { return int64(f.turned)<<5 | int64(f.bits>>turnedPart) }

// turn notes that a dispute was opened or withdrawn. The time fits, see seconds.
func (f *fact) turn(at orderguard.Millis) {
	now := instantOf(at)
	f.turned, f.bits = uint32(now>>5), f.bits&(1<<turnedPart-1)|uint8(now&31)<<turnedPart
}

// What is counted of an order, for its day.
const (
	based = iota // completed or disputed
	disputed
	escalated
	faults // disputes closed for the buyer
	shipped
	paid
	unsold
	refunded
	reviews
	negative
	reasons // disputes by reason, a count for each

	counters = reasons + int(orderguard.OtherReason) + 1
)

// counts is what orders amount to.
type counts [counters]int32

// rates are the numerators and denominators of the indicators.
var rates = [orderguard.Disputes][2]int{
	orderguard.DisputeRate:        {disputed, based},
	orderguard.EscalationRate:     {escalated, based},
	orderguard.SellerFaultRate:    {faults, shipped},
	orderguard.UnsoldRate:         {unsold, paid},
	orderguard.RefundRate:         {refunded, paid},
	orderguard.NegativeReviewRate: {negative, reviews},
}

// add adds other, times.
func (c *counts) add(other *counts, times int32) {
	for i := range c {
		c[i] += other[i] * times
	}
}

// disputes returns how many disputes count.
func (c *counts) disputes() (n int32) {
	for _, r := range c[reasons:] {
		n += r
	}
	return n
}

// isPaid says whether an order was paid, as one was that is refunded.
func (o *order) isPaid() bool { return o.paid != 0 || o.marks&isRefunded != 0 }

// amounts returns what an order amounts to. One whose creation was not seen has
// no day, and amounts to nothing.
func (l *Ledger) amounts(o *order) (c counts) {
	if o.created == 0 {
		return c
	}
	one := func(i int, is bool) {
		if is {
			c[i] = 1
		}
	}
	isPaid := o.isPaid()
	one(shipped, o.shipped != 0)
	one(paid, isPaid)
	one(refunded, o.marks&isRefunded != 0)
	one(unsold, isPaid && o.marks&(isUnsold|isLate) != 0)
	for n := o.facts; n != 0; n = l.facts[n].next {
		f := &l.facts[n]
		switch {
		case f.kind == review:
			c[reviews]++
			if f.what <= 2 {
				c[negative]++
			}
		case f.bits&isWithdrawn == 0:
			c[disputed] = 1
			one(escalated, f.bits&wasEscalated != 0)
			if f.from == uint8(orderguard.ForBuyer) {
				c[faults]++
			}
			c[reasons+int(f.what)]++
		}
	}
	one(based, o.marks&isCompleted != 0 || c[disputed] == 1)
	return c
}

// overdue says whether a paid order has not been shipped by the deadline, and
// did not end before it. The deadline counts from the next full hour on.
func (l *Ledger) overdue(o *order) bool {
	now := int64(l.hour) * 3600
	if o.paid == 0 || now < int64(o.paid)+l.shipWithin {
		return false // as most, which need no look at who was freed
	}
	deadline := l.deadline(o)
	before := func(t uint32) bool { return t != 0 && int64(t) <= deadline }
	return now >= deadline && !before(o.shipped) && !before(o.ended)
}

// seconds turns an event's time into that of a record; ok is false for one
// that does not fit, before 1970 has passed a second or after 2106.
func seconds(m orderguard.Millis) (s uint32, ok bool) {
	v := int64(m) / second
	return uint32(v), v > 0 && v <= math.MaxUint32
}

// earliest lowers a time to another one.
func earliest(t *uint32, at uint32) {
	if *t == 0 || at < *t {
		*t = at
	}
}

// keyOf names an order of a shop in 8 bytes. Of a hundred million orders two
// share a name with a chance of 1 in 3,700.
func keyOf(shop, id string) uint64 {
	// Multiplied by an odd number, so that shop and id do not change places.
	return max(xxhash.Sum64String(shop)*0x9e3779b97f4a7c15^xxhash.Sum64String(id), 1)
}
