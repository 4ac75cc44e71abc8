package casework

import (
	"math"
	"slices"

	"github.com/orderguard/orderguard"
)

// expect notes when to look whether an order was shipped: when its deadline is
// over, and, if it is marked by another deadline than that of now, soon.
func (l *Ledger) expect(key uint64, o *order) {
	at := uint32((l.deadline(o) + 3599) / 3600)
	if (o.marks&isLate != 0) != l.overdue(o) {
		at = l.hour + 1
	}
	if at > l.hour {
		l.due[at] = append(l.due[at], key)
	}
}

// advance follows the clock of the stream. Work is done when an hour is full,
// and more when a day is.
func (l *Ledger) advance() {
	hour := hoursOf(l.clock.now)
	if hour == l.hour {
		return
	}
	l.hour = hour
	var passed []uint32
	for h := range l.due {
		if h <= hour {
			passed = append(passed, h)
		}
	}
	slices.Sort(passed)
	for _, h := range passed {
		for _, key := range l.due[h] {
			if o := l.orders.get(key); o != nil && (o.marks&isLate != 0) != l.overdue(o) {
				before, was := *o, l.amounts(o)
				l.recount(key, &before, o, &was)
				l.expect(key, o) // a later deadline, if the policy has changed
			}
		}
		delete(l.due, h)
	}
	if d := l.clock.now.Day(); d != l.today {
		l.today = d
		l.sweep()
	}
}

// hoursOf returns how many full hours there are before an instant.
func hoursOf(m orderguard.Millis) uint32 { return uint32(min(int64(m)/hour, math.MaxUint32)) }

// sweep lets go of the orders and days that nothing can change or show any
// more. What was taken of such an order stays taken.
func (l *Ledger) sweep() {
	first := l.today - l.keep
	var gone []uint32
	for slot, o := range l.orders.all {
		d := o.day()
		if o.created == 0 {
			d = orderguard.Day(o.seen / (24 * 3600))
		}
		if d >= first {
			continue
		}
		for n := o.facts; n != 0; {
			next := l.facts[n].next
			l.facts[n] = fact{next: l.free}
			l.free, n = n, next
		}
		delete(l.taken, o.key)
		delete(l.freed, o.key)
		gone = append(gone, slot)
	}
	l.end(gone)
	for key, t := range l.taken {
		if l.orders.get(key) == nil && t.At.Day() < first {
			delete(l.taken, key) // its order never came
		}
	}
	for at := range l.days {
		if at.day < first {
			delete(l.days, at)
		}
	}
}
