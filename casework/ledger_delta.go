package casework

import "github.com/orderguard/orderguard"

// dateBy lets deltas have the date of what brings them: of an event the wall clock of its
// record, where that is not known the stream's, and of an act that of the act. A delta is never
// dated before one that was told earlier, nor before its cause, though a clock steps back.
func (l *Ledger) dateBy(at orderguard.Millis) { l.wall = max(l.wall, at) }

// exclude takes an order out of the indicators, back in, or lets another cause
// keep it out: then the deltas of the one are taken back, and those of the
// other made, so that each delta names a cause that stood.
func (l *Ledger) exclude(x orderguard.Exclusion) {
	l.dateBy(x.At)
	key := keyOf(x.Shop, x.Order)
	o := l.orders.get(key)
	t := l.taken[key]
	if t != nil && t.Cause == x.Cause {
		return
	}
	if t != nil {
		l.give(t, &counts{})
		delete(l.taken, key)
	}
	if x.Cause == "" {
		return
	}
	t = &taken{Exclusion: x}
	l.taken[key] = t
	if o != nil {
		now := l.amounts(o)
		l.cleanse(t, o, &now)
	}
}

// cleanse makes the deltas of an order that is taken out the reverse of what it
// amounts to, but for its reviews.
func (l *Ledger) cleanse(t *taken, o *order, now *counts) {
	want := *now
	want[reviews], want[negative] = 0, 0
	if t.counts != (counts{}) && (o.day() != t.day || o.sku != t.sku) {
		l.give(t, &counts{})
	}
	t.day, t.sku = o.day(), o.sku
	l.give(t, &want)
}

// give changes what is taken of an order into what is wanted, by deltas.
func (l *Ledger) give(t *taken, want *counts) {
	diff := t.counts
	diff.add(want, -1)
	if diff == (counts{}) {
		return
	}
	t.counts = *want
	f := l.figures(l.number(t.Shop), t.day)
	f.deltas.add(&diff, 1)
	if n := diff.disputes(); n != 0 {
		f.sku(t.sku)[1] += n
	}
	tell := func(d orderguard.Delta) {
		d.Shop, d.Order, d.Day, d.Cause, d.At = t.Shop, t.Order, t.day, t.Cause, l.wall
		l.out = append(l.out, Change{Delta: &d})
	}
	for i, r := range rates {
		if n, d := diff[r[0]], diff[r[1]]; i != 0 && (n != 0 || d != 0) {
			tell(orderguard.Delta{Indicator: orderguard.Indicator(i), Numerator: int(n), Denominator: int(d)})
		}
	}
	for r, n := range diff[reasons:] {
		if n != 0 {
			tell(orderguard.Delta{Indicator: orderguard.Disputes, Numerator: int(n), Reason: orderguard.DisputeReason(r), SKU: l.names[t.sku]})
		}
	}
}
