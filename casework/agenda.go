package casework

import (
	"container/heap"

	"github.com/orderguard/orderguard"
)

// duty is what to look at when a time has come.
type duty uint8

const (
	lookAtBuyer  duty = iota + 1 // a sanction ends, or a finding need not be known any more
	lookAtOrder                  // it leaves the indicators, or is forgotten
	lookAtQuiet                  // a quiet time ends
	lookAtReport                 // the time for an appeal is over, or the record goes
	lookAtCase                   // the record of an alert's verdicts goes
)

// entry is a duty with its time. One that is no longer due is found to be so
// when its time comes, which costs less than finding it before.
type entry struct {
	at    orderguard.Millis
	do    duty
	key   string
	order orderKey // of lookAtOrder
	quiet quietKey // of lookAtQuiet
	n     uint64   // the order in which they were scheduled
}

// agenda holds what is to be looked at, the earliest first.
type agenda struct {
	list []entry
	n    uint64
}

func (a *agenda) Len() int      { return len(a.list) }
func (a *agenda) Swap(i, j int) { a.list[i], a.list[j] = a.list[j], a.list[i] }
func (a *agenda) Push(x any)    { a.list = append(a.list, x.(entry)) }

func (a *agenda) Less(i, j int) bool {
	x, y := &a.list[i], &a.list[j]
	if x.at != y.at {
		return x.at < y.at
	}
	return x.n < y.n
}

func (a *agenda) Pop() any {
	last := len(a.list) - 1
	e := a.list[last]
	a.list[last] = entry{}
	a.list = a.list[:last]
	return e
}

// schedule puts an entry on the agenda.
func (d *Desk) schedule(e entry) {
	d.agenda.n++
	e.n = d.agenda.n
	heap.Push(&d.agenda, e)
}

// fallDue does all that is due by a time, each at its own.
func (d *Desk) fallDue(by orderguard.Millis) {
	for d.agenda.Len() > 0 && d.agenda.list[0].at <= by {
		e := heap.Pop(&d.agenda).(entry)
		d.now = max(d.now, e.at)
		switch e.do {
		case lookAtBuyer:
			d.settleBuyer(e.key, "term", orderguard.Wording{})
		case lookAtOrder:
			d.orderDue(e.order)
		case lookAtQuiet:
			d.settleQuiet(e.quiet)
		case lookAtReport:
			d.reportDue(e.key)
		case lookAtCase:
			d.caseDue(e.key)
		}
	}
}

// NextDue returns when something is due next, 0 for never: until then no act is
// needed to keep the desk up to date.
func (d *Desk) NextDue() orderguard.Millis {
	if d.agenda.Len() == 0 {
		return 0
	}
	return d.agenda.list[0].at
}
