package detect

import (
	"slices"

	"github.com/orderguard/orderguard"
)

const (
	// attackBytes is about what an attack with its evidence takes.
	attackBytes = 600
	// loneWithin is the window in which the firings of a rule that asks about
	// nothing but the order, for one buyer, are one attack.
	loneWithin = millisPerDay
)

// attack is a group of orders that were flagged together.
type attack struct {
	id    string
	last  orderguard.Millis // time of its newest firing
	clock orderguard.Millis
	shops map[string]*orderguard.Evidence // what each shop may see of it
}

// attackOf returns the attack that a firing belongs to: the one that a
// condition of the rule, under the same key, goes on with; else the one that an
// order that took part was flagged in already; else a new one.
func (f *flagger) attackOf(rule *compiled, r, i int, e *orderguard.Event) *attack {
	var a *attack
	f.eachKey(rule, r, i, func(k uint64, within orderguard.Millis) {
		if old := f.attacks[k]; a == nil && old != nil && old.last > e.Time-within && f.goesOn(old, e.Clock) {
			a = old
		}
	})
	if a == nil {
		a = f.kin
	}
	for _, p := range f.parties {
		if a != nil {
			break
		}
		a = f.attackWith(p.order, rule.Scenario, e.Clock)
	}
	if a == nil {
		a = &attack{
			id:    "at_" + shortID(rule.Scenario.String(), rule.ID, f.parties[0].order, e.Time.String()),
			shops: map[string]*orderguard.Evidence{},
		}
	}
	a.last, a.clock = max(a.last, e.Time), e.Clock
	f.eachKey(rule, r, i, func(k uint64, _ orderguard.Millis) { f.attacks[k] = a })
	return a
}

// attackWith returns the attack in which an order was flagged, if it can go on; nil
// if there is none.
func (f *flagger) attackWith(order string, s orderguard.Scenario, clock orderguard.Millis) *attack {
	if fl := f.flagOf(flagKey(order, s), clock); fl != nil && f.goesOn(fl.attack, clock) {
		return fl.attack
	}
	return nil
}

// goesOn says whether an attack fired recently enough to go on. An older one never
// does, so that nothing depends on when forgetOld removes it.
func (f *flagger) goesOn(a *attack, clock orderguard.Millis) bool {
	return a.clock >= clock-max(f.plan.keep, loneWithin)
}

// eachKey calls fn with the hash of the rule, the condition and the key for
// each condition that made the rule fire at event i. Where all are context, the
// first of them says what the orders that it flags one by one have in common; a
// condition on the order itself says nothing of that, and then it is the buyer.
func (f *flagger) eachKey(rule *compiled, r, i int, fn func(k uint64, within orderguard.Millis)) {
	found, first := false, -1
	for j := range rule.own() {
		t := &rule.conditions[j]
		if t.onOrder() || t.ofEdge() || !f.satisfied(rule, j, i) {
			continue
		}
		if first < 0 {
			first = j
		}
		if !t.Context {
			fn(f.attackKey(rule, r, i, j), t.Within)
			found = true
		}
	}
	switch {
	case found:
	case first >= 0:
		fn(f.attackKey(rule, r, i, first), rule.conditions[first].Within)
	default:
		fn(mix(hashOf(f.columns.events[i].Buyer), uint64(r)<<16|1<<15), loneWithin)
	}
}

// attackKey hashes a rule's slot, its condition j and the key of that at event i.
func (f *flagger) attackKey(rule *compiled, r, i, j int) uint64 {
	return mix(f.keyAt(&rule.conditions[j], i), uint64(r)<<16|uint64(j))
}

// keyAt returns the key of a condition at event i.
func (f *flagger) keyAt(t *threshold, i int) uint64 {
	if t.lazy {
		return f.columns.keyHash(t.by, i)
	}
	row, _ := f.row(t.table, t.view, i)
	return f.columns.tables[t.table].Key[row]
}

// see adds an order to what its shop may see of an attack.
func (a *attack) see(p party) {
	ev := a.shops[p.shop]
	if ev == nil {
		ev = &orderguard.Evidence{Orders: []string{}, Buyers: []string{}}
		a.shops[p.shop] = ev
	}
	add := func(list *[]string, s string) {
		if s != "" && len(*list) < maxEvidence && !slices.Contains(*list, s) {
			*list = append(*list, s)
		}
	}
	add(&ev.Orders, p.order)
	add(&ev.Buyers, p.buyer)
}
