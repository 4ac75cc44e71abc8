package casework

import (
	"cmp"
	"unsafe"

	"github.com/cespare/xxhash/v2"

	"github.com/orderguard/orderguard"
)

// Ledger counts the service indicators of all shops: what follows from the
// events and the exclusions so far, in whatever order they came, and from the
// event time that the stream has reached.
type Ledger struct {
	shipWithin int64 // seconds
	keep       orderguard.Day

	clock streamClock
	wall  orderguard.Millis // dates deltas; see dateBy
	hour  uint32            // full hours of the clock
	today orderguard.Day

	numbers map[string]uint32 // of shops and skus
	names   []string
	orders  records
	buyers  map[uint64]uint32 // slot+1 of the first of a buyer's orders, by the hash of the name
	facts   []fact            // the first is none
	free    uint32            // the first of a list of unused facts
	days    map[shopDay]*figures
	due     map[uint32][]uint64 // orders by the hour of their deadline
	taken   map[uint64]*taken
	freed   map[uint64]*freedom // of few orders
	stale   uint64

	out []Change // of the event in hand
}

// shopDay is a day of a shop, by its number.
type shopDay struct {
	shop uint32
	day  orderguard.Day
}

// figures are those of a shop's orders of one day.
type figures struct {
	raw, deltas counts
	skus        map[uint32]*[2]int32 // disputes by sku: raw and deltas
}

// taken is an order that is taken out of the indicators, and what its deltas
// come to.
type taken struct {
	orderguard.Exclusion
	day orderguard.Day
	sku uint32
	counts
}

// NewLedger returns a ledger without an order.
func NewLedger(p Policy) *Ledger {
	l := &Ledger{
		numbers: map[string]uint32{"": 0}, names: []string{""}, facts: make([]fact, 1),
		days: map[shopDay]*figures{}, due: map[uint32][]uint64{}, taken: map[uint64]*taken{}, buyers: map[uint64]uint32{},
		freed: map[uint64]*freedom{},
	}
	l.Adopt(p)
	return l
}

// Adopt puts another policy in force. Orders that it calls late, or no longer,
// are found with the next full hour of the stream.
func (l *Ledger) Adopt(p Policy) {
	l.keep = orderguard.Day((p.Indicators.Keep + day - 1) / day)
	within := int64(p.Indicators.ShipWithin) / second
	if within == l.shipWithin {
		return
	}
	l.shipWithin = within
	clear(l.due)
	for _, o := range l.orders.all {
		if o.paid != 0 {
			l.expect(o.key, o)
		}
	}
}

// Events takes events that came at wall, 0 if that is not known, and calls each with the
// deltas that follow of one for an order that is taken out. It keeps none of the events'
// strings as they are.
func (l *Ledger) Events(events []orderguard.Event, wall orderguard.Millis, each func([]Change)) {
	var keys [together]uint64
	for len(events) > 0 {
		some := events[:min(together, len(events))]
		for i := range some {
			keys[i] = 0
			if isCounted(&some[i]) {
				keys[i] = keyOf(some[i].Shop, some[i].Order)
			}
		}
		l.orders.touch(keys[:len(some)])
		for i := range some {
			if l.event(&some[i], wall, keys[i]); len(l.out) > 0 {
				each(l.out)
			}
		}
		events = events[len(some):]
	}
}

// isCounted says whether the ledger counts an event, if its time is right.
func isCounted(e *orderguard.Event) bool {
	return e.Kind >= orderguard.OrderCreated && e.Kind <= orderguard.ReviewGiven && e.Order != ""
}

// event takes an event of the order of this key, 0 for one that does not count.
func (l *Ledger) event(e *orderguard.Event, wall orderguard.Millis, key uint64) {
	l.out = nil
	l.clock.see(e, wall)
	l.dateBy(cmp.Or(wall, l.clock.now))
	l.advance()
	if key == 0 {
		return
	}
	at, ok := seconds(e.Time)
	if !ok || e.Time.Day() < l.today-l.keep {
		l.stale++
		return
	}
	o := l.orders.get(key)
	if o == nil {
		o = l.begin(order{key: key, buyer: buyerOf(e.Buyer), shop: l.number(e.Shop), seen: at})
	}
	before := *o
	was := l.amounts(o)
	l.note(o, e, at)
	if o.paid != before.paid {
		l.expect(key, o)
	}
	l.recount(key, &before, o, &was)
}

// Advance lets the time of the stream pass, and returns the deltas that follow.
func (l *Ledger) Advance(clock orderguard.Millis) []Change {
	l.out = nil
	l.clock.now = max(l.clock.now, clock)
	l.dateBy(l.clock.now)
	l.advance()
	return l.out
}

// Follow takes the exclusions among changes of a desk, and what it says of who has to
// ship, and returns the deltas that follow.
func (l *Ledger) Follow(changes []Change) []Change {
	l.out = nil
	for _, c := range changes {
		switch {
		case c.Exclude != nil:
			l.exclude(*c.Exclude)
		case c.Decision != nil:
			l.follow(c.Decision)
		}
	}
	return l.out
}

// note lets an order take in what an event says.
func (l *Ledger) note(o *order, e *orderguard.Event, at uint32) {
	earliest(&o.seen, at)
	switch e.Kind {
	case orderguard.OrderCreated:
		sku := l.number(e.SKU)
		// Of two creations at one instant the lesser sku stands, whichever came first.
		if o.created == 0 || at < o.created || at == o.created && l.names[sku] < l.names[o.sku] {
			o.sku = sku
		}
		earliest(&o.created, at)
	case orderguard.OrderPaid:
		earliest(&o.paid, at)
	case orderguard.OrderCompleted:
		o.marks |= isCompleted
		earliest(&o.shipped, at)
	case orderguard.OrderShipped, orderguard.OrderDelivered:
		earliest(&o.shipped, at)
	case orderguard.OrderCancelled:
		if e.Actor == orderguard.BySeller {
			l.unsell(o, at)
			break
		}
		o.marks |= isCancelled
		earliest(&o.ended, at)
	case orderguard.OrderRefunded:
		o.marks |= isRefunded
		earliest(&o.ended, at)
	case orderguard.ReviewGiven:
		f := l.fact(o, review, e.Review)
		// The last rating stands; of two at one instant the lower.
		if f.what == 0 || at > f.at || at == f.at && e.Rating < f.what {
			f.at, f.what = at, e.Rating
		}
	default:
		noteDispute(l.fact(o, dispute, e.Dispute), e, at)
	}
}

// noteDispute lets a dispute take in what an event says.
func noteDispute(f *fact, e *orderguard.Event, at uint32) {
	opens := e.Kind == orderguard.DisputeOpened
	// The reason is that of the first opening in time, also of a dispute that was opened again, or while
	// none has come of the first other event; of two at one instant the first of the list.
	if r := uint8(e.Reason); r != 0 {
		opened := f.bits&namedOpening != 0
		first := f.what == 0 || at < f.named || at == f.named && r < f.what
		if opens && !opened || opens == opened && first {
			f.what, f.named = r, at
		}
		if opens {
			f.bits |= namedOpening
		}
	}
	switch e.Kind {
	case orderguard.DisputeOpened:
		if f.turnedAt() < instantOf(e.Time) { // a withdrawn one is open again
			f.turn(e.Time)
			f.bits &^= isWithdrawn
		}
	case orderguard.DisputeEscalated:
		f.bits |= wasEscalated
	case orderguard.DisputeWithdrawn:
		if f.turnedAt() <= instantOf(e.Time) { // of two at one instant this stands, whichever came first
			f.turn(e.Time)
			f.bits |= isWithdrawn
		}
	case orderguard.DisputeClosed:
		// The last outcome stands; of two at one instant that for the buyer.
		if e.Outcome == 0 {
			return
		}
		if f.from == 0 || at > f.at || at == f.at && e.Outcome < orderguard.Outcome(f.from) {
			f.at, f.from = at, uint8(e.Outcome)
		}
	}
}

// fact returns the dispute or review of an order by its id.
func (l *Ledger) fact(o *order, kind uint8, id string) *fact {
	name := uint32(xxhash.Sum64String(id))
	for n := o.facts; n != 0; n = l.facts[n].next {
		if f := &l.facts[n]; f.kind == kind && f.id == name {
			return f
		}
	}
	n := l.free
	if n != 0 {
		l.free = l.facts[n].next
	} else {
		n = uint32(len(l.facts))
		l.facts = append(l.facts, fact{})
	}
	l.facts[n] = fact{next: o.facts, id: name, kind: kind}
	o.facts = n
	return &l.facts[n]
}

// number returns the number of a name, which it keeps.
func (l *Ledger) number(name string) uint32 {
	if n, known := l.numbers[name]; known {
		return n
	}
	n := uint32(len(l.names))
	name = string([]byte(name)) // an event's strings are views into its batch
	l.names = append(l.names, name)
	l.numbers[name] = n
	return n
}

// recount moves the figures from what an order amounted to before to what it
// does now.
func (l *Ledger) recount(key uint64, before, o *order, was *counts) {
	o.marks &^= isLate
	if l.overdue(o) {
		o.marks |= isLate
	}
	now := l.amounts(o)
	if now == *was && o.day() == before.day() && o.sku == before.sku {
		return
	}
	if o.day() == before.day() && o.sku == before.sku { // most often: one place in memory, not two
		diff := now
		diff.add(was, -1)
		l.move(o, &diff, 1)
	} else {
		l.move(before, was, -1)
		l.move(o, &now, 1)
	}
	if t := l.taken[key]; t != nil {
		l.cleanse(t, o, &now)
	}
}

// move adds what an order amounts to, times, to the figures of its day.
func (l *Ledger) move(o *order, c *counts, times int32) {
	if *c == (counts{}) {
		return
	}
	f := l.figures(o.shop, o.day())
	f.raw.add(c, times)
	if n := c.disputes() * times; n != 0 {
		f.sku(o.sku)[0] += n
	}
}

// day returns the day of an order.
func (o *order) day() orderguard.Day { return orderguard.Day(o.created / (24 * 3600)) }

func (l *Ledger) figures(shop uint32, d orderguard.Day) *figures {
	f := l.days[shopDay{shop, d}]
	if f == nil {
		f = &figures{}
		l.days[shopDay{shop, d}] = f
	}
	return f
}

func (f *figures) sku(n uint32) *[2]int32 {
	if f.skus == nil {
		f.skus = map[uint32]*[2]int32{}
	}
	if f.skus[n] == nil {
		f.skus[n] = new([2]int32)
	}
	return f.skus[n]
}

// Order returns what the ledger knows of an order, but its buyer.
func (l *Ledger) Order(shop, id string) Order {
	o := l.orders.get(keyOf(shop, id))
	if o == nil {
		return Order{Order: id, Shop: shop}
	}
	return Order{
		Order: id, Shop: shop, Created: orderguard.Millis(cmp.Or(o.created, o.seen)) * second, Known: true,
		Shipped: o.shipped != 0, Ended: o.marks&(isCancelled|isRefunded|isUnsold) != 0,
	}
}

// Stale returns how many events came too late to count.
func (l *Ledger) Stale() uint64 { return l.stale }

// Len returns how many orders are kept.
func (l *Ledger) Len() int { return l.orders.count() }

// Bytes returns how much memory the ledger holds, about.
func (l *Ledger) Bytes() int64 {
	const perBuyer, perName, perDay = 24, 64, 300
	return int64(len(l.orders.blocks))*block*int64(unsafe.Sizeof(order{})) + int64(len(l.orders.table))*8 +
		int64(cap(l.facts))*int64(unsafe.Sizeof(fact{})) + int64(len(l.buyers))*perBuyer + int64(len(l.names))*perName + int64(len(l.days))*perDay
}
