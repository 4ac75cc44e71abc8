package detect

import (
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

const (
	// maxEvidence bounds the orders, and the buyers, that an alert names.
	maxEvidence = 20
	// flagsKept is for how long it is remembered that an order was flagged, so
	// that it is not flagged again: as long as records can be read.
	flagsKept = 184 * millisPerDay
	// flagBytes is about how much memory that takes, per flag.
	flagBytes = 150
	// maxByState is how many orders of a window, newest first, are looked through
	// for those in the state that a condition asks for.
	maxByState = 10_000
)

// flagger makes alerts of firings.
type flagger struct {
	*Engine
	out []orderguard.Alert
	// batch counts how often alerts were made.
	batch uint64
	// flaggedRefs are, by the slots of rules, the references that each has flagged.
	flaggedRefs []*roaring.Bitmap
	// flags are the flagged orders by the hash of order and scenario.
	flags map[uint64]*flagged
	// attacks are the attacks that go on, by the hash of rule, condition and key.
	attacks map[uint64]*attack
	refs    []uint32
	parties []participant
	// found is, by condition of the rule at hand, what a search has measured when it told who took part.
	found []searched
	// kin is an attack in which one of the orders behind a lazy condition was
	// flagged before; nil if there is none.
	kin *attack
}

// participant is an order that took part in a firing, and the number of the
// condition whose window held it; -1 is none.
type participant struct {
	party
	condition int
}

// searched is what a lazy condition measured.
type searched struct {
	value int64
	known bool
}

// flagged is what is known of an order that was flagged under a scenario.
type flagged struct {
	attack *attack
	rules  []uint64 // bit r is set once the rule of slot r has given a reason
	score  int
	at     orderguard.Millis // when, by the clock
	event  uint64            // during which event the alert last went out
	out    int               // and its place in out
}

func newFlagger(e *Engine) flagger {
	return flagger{Engine: e, flags: map[uint64]*flagged{}, attacks: map[uint64]*attack{}}
}

// fire makes alerts of the firing of a rule, by its number in the plan, at
// event i of the batch.
func (f *flagger) fire(i, number int) {
	rule, e := &f.plan.rules[number], f.columns.events[i]
	r := rule.slot
	f.gather(rule, r, i)
	if f.watch != nil {
		f.watch.fired(rule, i)
	}
	f.spare(rule, e)
	if len(f.parties) == 0 {
		return
	}
	f.stats.Rules[r].Fired++
	if rule.Shadow {
		f.shadow(r, e)
		return
	}
	a := f.attackOf(rule, r, i, e)
	for _, p := range f.parties {
		a.see(p.party)
	}
	var reason orderguard.Reason
	for n, p := range f.parties {
		if n == 0 || p.condition != f.parties[n-1].condition {
			reason = f.reason(rule, p.condition, i)
		}
		if !f.hasFlagged(rule, r, p.order, e.Clock) {
			f.alert(rule, r, i, p.party, a, &reason)
		}
	}
}

// reason is reasonAt for the rule at hand: what it takes long to measure is not measured again.
func (f *flagger) reason(rule *compiled, condition, i int) orderguard.Reason {
	if condition >= 0 && f.found[condition].known {
		return rule.reason(condition, f.found[condition].value, 0)
	}
	return f.reasonAt(rule, condition, i)
}

// reasonAt says what a rule found at event i by one of its conditions; -1 is
// none.
func (e *Engine) reasonAt(rule *compiled, condition, i int) orderguard.Reason {
	value, count := int64(0), int64(0)
	if condition >= 0 {
		t := &rule.conditions[condition]
		if value, _ = e.value(t, i); t.Measure == Surprise && t.table != ownOrder {
			count, _ = e.read(t.table, t.view, i)
		}
	}
	return rule.reason(condition, value, count)
}

// shadow counts the orders that a shadow rule would have flagged.
func (f *flagger) shadow(r int, e *orderguard.Event) {
	for _, p := range f.parties {
		if k := shadowKey(p.order, r); f.flagOf(k, e.Clock) == nil {
			f.flags[k] = &flagged{at: e.Clock}
			f.stats.Rules[r].Orders++
		}
	}
}

// flagOf returns the flag under a key, nil if there is none. One older than flagsKept
// counts as none, so that nothing depends on when forgetOld removes it.
func (f *flagger) flagOf(k uint64, clock orderguard.Millis) *flagged {
	if fl := f.flags[k]; fl != nil && fl.at >= clock-flagsKept {
		return fl
	}
	return nil
}

// hasFlagged says whether a rule has flagged an order already.
func (f *flagger) hasFlagged(rule *compiled, r int, order string, clock orderguard.Millis) bool {
	if rule.Shadow {
		return f.flagOf(shadowKey(order, r), clock) != nil
	}
	fl := f.flagOf(flagKey(order, rule.Scenario), clock)
	return fl != nil && fl.rules[r/64]>>(r%64)&1 == 1
}

// gather fills parties with the orders that took part in a firing and that the rule
// has not flagged yet: condition by condition, the earliest first, and last the order
// of the event itself, unless a window held it.
func (f *flagger) gather(rule *compiled, r, i int) {
	c, e := f.columns, f.columns.events[i]
	f.parties, f.kin = f.parties[:0], nil
	upto, lead := c.ref[i], -1
	if !c.taken[i] {
		upto-- // the event itself has no reference
	}
	grow(&f.found, len(rule.conditions))
	clear(f.found)
	for j := range rule.own() {
		t := &rule.conditions[j]
		if t.Context && lead >= 0 || !f.collect(rule, j, i, upto) {
			continue
		}
		if lead < 0 || rule.conditions[lead].Context {
			lead = j
		}
		f.resolve(rule, r, j, upto, e.Clock)
	}
	if e.Order != "" && !f.hasFlagged(rule, r, e.Order, e.Clock) &&
		!slices.ContainsFunc(f.parties, func(p participant) bool { return p.order == e.Order }) {
		// The event's strings do not outlive its batch.
		p := party{order: strings.Clone(e.Order), shop: strings.Clone(e.Shop), buyer: strings.Clone(e.Buyer)}
		f.parties = append(f.parties, participant{p, lead})
	}
}

// satisfied says whether condition j of the rule at hand, which fired at event i, holds there. Those of
// All do, or the rule had not fired.
func (f *flagger) satisfied(rule *compiled, j, i int) bool {
	t := &rule.conditions[j]
	if j < len(rule.All) {
		return true
	}
	if f.found[j].known {
		return t.Holds(f.found[j].value)
	}
	return f.holds(t, i)
}

// collect is satisfied, and fills refs with the events behind the condition that were added no later
// than upto; with none for a context.
func (f *flagger) collect(rule *compiled, j, i int, upto uint32) bool {
	t := &rule.conditions[j]
	f.refs = f.refs[:0]
	if t.lazy && !t.Context {
		v, ok := f.lazyValue(t, i, &f.refs)
		f.found[j] = searched{v, ok}
		return ok && t.Holds(v)
	}
	if !f.satisfied(rule, j, i) {
		return false
	}
	if !t.Context {
		f.collectRefs(t, i, upto)
	}
	return true
}

// collectRefs fills refs with the events that stood in the window of a condition, which is not
// lazy, at event i and were added no later than upto.
func (f *flagger) collectRefs(t *threshold, i int, upto uint32) {
	row, _ := f.row(t.table, t.view, i)
	c, table := f.columns, &f.plan.tables[t.table]
	q := window.Question{
		Key: c.tables[t.table].Key[row], Time: c.time[i], Clock: c.clock[i], Within: int64(t.Within), Aged: int64(t.Aged),
		Upto: upto, Asker: t.asker, Valued: t.Measure == Distinct,
	}
	if table.state != 0 {
		// Participants reports an event once, but its state may change after that.
		mask, want := t.State.bits()
		table.Each(q, maxByState, func(_ int64, ref uint32, _ uint64) bool {
			if n := f.ledger.record(ref); n != 0 && f.stateOf(n, i)&mask == want {
				f.refs = append(f.refs, ref)
			}
			return true
		})
		return
	}
	if clock, ok := c.lateClock(i, t.table); ok {
		q.Clock, q.Late = clock, true
	}
	f.refs = table.Participants(q, f.refs)
}

// resolve turns the references that a condition's window held into parties.
func (f *flagger) resolve(rule *compiled, r, condition int, upto uint32, clock orderguard.Millis) {
	slices.SortFunc(f.refs, func(a, b uint32) int { return int(int32((a - upto) - (b - upto))) })
	for _, ref := range slices.Compact(f.refs) {
		if !f.flaggedRefs[r].CheckedAdd(ref) {
			if rule.conditions[condition].lazy && f.kin == nil {
				if p, ok := f.ledger.find(ref); ok {
					f.kin = f.attackWith(p.order, rule.Scenario, clock)
				}
			}
			continue
		}
		if p, ok := f.ledger.find(ref); ok && p.order != "" {
			f.parties = append(f.parties, participant{p, condition})
		}
	}
}

// alert makes an alert for an order that rule r has not flagged yet, or adds
// the reason to the one it has.
func (f *flagger) alert(rule *compiled, r, i int, p party, a *attack, reason *orderguard.Reason) {
	e, k := f.columns.events[i], flagKey(p.order, rule.Scenario)
	fl := f.flagOf(k, e.Clock)
	event := f.batch<<20 + uint64(i)
	score := scoreOf(rule.Score, reason)
	f.stats.Rules[r].Orders++
	if fl == nil {
		fl = &flagged{attack: a, rules: make([]uint64, words(len(f.flaggedRefs)))}
		f.flags[k] = fl
		f.stats.Alerts++
		f.stats.Scenarios[rule.Scenario]++
		fl.score = score
		f.emit(fl, rule, e, p, 1, reason)
	} else {
		fl.score = joinedScore(fl.score, score)
		if fl.event == event {
			al := &f.out[fl.out]
			al.Reasons = append(al.Reasons, *reason)
			al.Score, al.Severity = fl.score, max(al.Severity, rule.Severity)
		} else {
			f.emit(fl, rule, e, p, 0, reason)
		}
	}
	fl.at, fl.event = e.Clock, event
	fl.rules[r/64] |= 1 << (r % 64)
}

// emit puts an alert out.
func (f *flagger) emit(
	fl *flagged, rule *compiled, e *orderguard.Event, p party, revision int, reason *orderguard.Reason,
) {
	fl.out = len(f.out)
	var seen orderguard.Evidence
	if ev := fl.attack.shops[p.shop]; ev != nil {
		seen = orderguard.Evidence{Orders: slices.Clip(ev.Orders), Buyers: slices.Clip(ev.Buyers)}
	}
	f.out = append(f.out, orderguard.Alert{
		ID: AlertID(p.order, rule.Scenario), Scenario: rule.Scenario, Order: p.order, Shop: p.shop, Buyer: p.buyer,
		Attack: fl.attack.id, Score: fl.score, Severity: rule.Severity, FlaggedAt: e.Time,
		Status: orderguard.Open, Revision: revision, Reasons: []orderguard.Reason{*reason}, Evidence: seen,
	})
}

// scoreOf returns a rule's base score and up to 15 points for how far the value is
// beyond the limit, all 15 from twice the limit on; at most 100.
func scoreOf(base int, r *orderguard.Reason) int {
	if r.Limit > 0 && r.Value > r.Limit {
		over := min(r.Value-r.Limit, r.Limit)
		base += int(15 * float64(over) / float64(r.Limit))
	}
	return min(base, 100)
}

// joinedScore is the score of an alert that gets one more reason: the higher of the
// two and 5 points, at most 100.
func joinedScore(had, more int) int { return min(100, max(had, more)+5) }

// forgetBefore drops the references outside [oldest, next).
func (f *flagger) forgetBefore(oldest, next uint32) {
	for _, b := range f.flaggedRefs {
		removeOutside(b, oldest, next)
	}
}

// removeOutside removes what is not in [from, to) from a bitmap of references,
// which wrap.
func removeOutside(b *roaring.Bitmap, from, to uint32) {
	if from <= to {
		b.RemoveRange(0, uint64(from))
		b.RemoveRange(uint64(to), 1<<32)
		return
	}
	b.RemoveRange(uint64(to), uint64(from))
}

// forgetOld drops flags and attacks that nothing can come back to.
func (f *flagger) forgetOld(clock orderguard.Millis) {
	for k, fl := range f.flags {
		if fl.at < clock-flagsKept {
			delete(f.flags, k)
		}
	}
	for k, a := range f.attacks {
		if !f.goesOn(a, clock) {
			delete(f.attacks, k)
		}
	}
}
