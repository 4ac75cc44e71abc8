package detect

import (
	"slices"

	"github.com/orderguard/orderguard"
)

// starter is what sets the timers of a rule that looks again.
type starter struct {
	*Rule
	rule  int // its number
	on    int
	first []threshold
	gate  gate // of first
}

// alarms are what rules that look again say of when an event may fall due, before
// it is judged: the later the next one may be, the more events are judged at
// once, which costs less.
type alarms struct {
	kinds KindSet // that such a rule judges
	// after is the shortest After, by kind, of the rules that may pick any event of
	// it; never where there is none.
	after [orderguard.Kinds]orderguard.Millis
	// picky are the rules that test more than the kind. To ask them takes time, so
	// they are asked only when it matters; least is their shortest After.
	picky      []*Rule
	pickyKinds KindSet
	least      orderguard.Millis
}

// never is later than any time.
const never = orderguard.MaxTime

// newAlarms makes those of some starters.
func newAlarms(starters []starter) alarms {
	a := alarms{least: never}
	for kind := range a.after {
		a.after[kind] = never
	}
	for i := range starters {
		r := starters[i].Rule
		a.kinds |= r.On.Kinds
		// How old an account is may be known only later, see inherit.
		if len(r.On.Where) > 0 && !slices.ContainsFunc(r.On.Where, func(f Filter) bool { return f.Field == FieldBuyerAge }) {
			a.picky, a.pickyKinds, a.least = append(a.picky, r), a.pickyKinds|r.On.Kinds, min(a.least, r.After)
			continue
		}
		for kind := range a.after {
			if r.On.Kinds.Has(orderguard.Kind(kind)) {
				a.after[kind] = min(a.after[kind], r.After)
			}
		}
	}
	return a
}

// alarm is when an event of a part may fall due at the earliest.
type alarm struct {
	sure  orderguard.Millis // by rules that were asked, or pick any
	maybe orderguard.Millis // by picky rules, which were not asked about the events from asked on
	asked int
}

// set takes in an event.
func (a *alarms) set(next *alarm, e *orderguard.Event) {
	if a.kinds.Has(e.Kind) {
		next.sure = min(next.sure, e.Time+a.after[e.Kind])
	}
	if a.pickyKinds.Has(e.Kind) {
		next.maybe = min(next.maybe, e.Time+a.least)
	}
}

// ask asks the picky rules about the events of the part that they were not asked about.
func (t *timers) ask(next *alarm) {
	for i := next.asked; i < len(t.events); i++ {
		t.derived = append(t.derived, derived{})
		e, d := t.events[i], &t.derived[i]
		if t.isCopy(i) {
			continue
		}
		for _, r := range t.picky {
			if at := e.Time + r.After; at < next.sure && r.On.match(e, d) {
				next.sure = at
			}
		}
	}
	next.asked, next.maybe = len(t.events), never
}

// ends says whether a part ends before an event of some time, since one of its own
// may fall due by then.
func (t *timers) ends(next *alarm, at orderguard.Millis) bool {
	if !t.passes(at, min(next.sure, next.maybe)) {
		return false
	}
	if next.maybe < next.sure {
		t.ask(next)
	}
	return t.passes(at, next.sure)
}

// passes says whether the stream is at a time, or later, once an event has come.
// It seldom goes further than that event.
func (t *timers) passes(event, at orderguard.Millis) bool {
	return (max(t.now, event) >= at || t.ahead > 0) && t.reaches(event) >= at
}
