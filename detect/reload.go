package detect

import (
	"errors"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// slot is what a rule is known by from one set of rules to the next. One that
// changes its scenario, or steps out of the shadow, begins anew.
type slot struct {
	id       string
	scenario orderguard.Scenario
	shadow   bool
}

// Reload puts other rules in the place of the engine's. It belongs between two
// calls of Process: each event is judged by one set of rules.
//
// Windows that the new rules need too go on as they are: those with the same
// fields, events and values, and no longer than the table has remembered. Others
// begin empty. What is known of orders, what was learned for surprises, and what waits to be looked at again, goes
// on too, as far as the new rules ask for it. What a rule has flagged, its attacks and counters go on with the
// rule of the same id, so that nothing is flagged twice.
func (e *Engine) Reload(rules *RuleSet) error {
	if len(rules.Rules) == 0 {
		return errors.New("detect: no rules: add at least one to the rule file")
	}
	old, p := e.plan, compile(rules.withBlocks())
	p.inherit(old, int64(e.slack))
	p.build(e.slack)
	p.inheritOrders(old)
	p.inheritAccounts(old)
	p.inheritPopulations(old)
	p.inheritSurprises(old)
	serial := e.columns.serial
	e.plan, e.judges, e.columns = p, rules.versions(), newColumns(p)
	e.columns.serial = serial // which records and sweepers know
	e.allow.replace(rules.Lists)
	e.settle(p)
	e.timers.inherit(old, p)
	e.wire()
	e.renewFingerprints(old)
	return nil
}

// settle gives the rules of a plan their slots.
func (e *Engine) settle(p *plan) {
	f := &e.flagger
	for i := range p.rules {
		r := &p.rules[i]
		key := slot{r.ID, r.Scenario, r.Shadow}
		n, known := e.slots[key]
		if !known {
			n = len(e.slots)
			e.slots[key] = n
			f.flaggedRefs = append(f.flaggedRefs, roaring.New())
			e.stats.Rules = append(e.stats.Rules, RuleStats{ID: r.ID, Scenario: r.Scenario, Shadow: r.Shadow})
		}
		r.slot = n
	}
	for _, fl := range f.flags {
		if n := words(len(f.flaggedRefs)) - len(fl.rules); fl.attack != nil && n > 0 {
			fl.rules = append(fl.rules, make([]uint64, n)...)
		}
	}
}

// words returns how many words of 64 bits hold n bits.
func words(n int) int { return (n + 63) / 64 }

// inherit takes over the tables of a former plan that this one, whose tables
// are not built yet, has a use for.
func (p *plan) inherit(old *plan, slack int64) {
	for i := range p.counted {
		for j := range old.counted {
			if p.fields[p.counted[i].field] == old.fields[old.counted[j].field] {
				p.counted[i].numbers = old.counted[j].numbers
			}
		}
	}
	gone := make([]bool, len(old.tables))
	// What does not fit into a former table becomes a table of its own, and is
	// looked at in its turn.
	for n := 0; n < len(p.tables); n++ {
		best, most := -1, 0
		for o := range old.tables {
			fits := p.fitting(n, old, o)
			if whole := len(fits) == len(p.tables[n].views); !gone[o] && (len(fits) > most || whole && best < 0 && p.alike(n, old, o)) {
				best, most = o, len(fits)
			}
		}
		if best >= 0 {
			gone[best] = true
			p.adopt(n, old, best, slack)
		}
	}
}

// fitting lists the views of table n that table o of a former plan can answer
// from what it remembers.
func (p *plan) fitting(n int, old *plan, o int) (views []int) {
	t, was := &p.tables[n], &old.tables[o]
	if !p.alike(n, old, o) {
		return nil
	}
	longest := max(window.Longest(was.views), was.hold)
	for v, view := range t.views {
		same := view.Measure == window.Count || t.values == was.values && t.value == was.value
		if same && view.Within <= longest {
			views = append(views, v)
		}
	}
	if t.state != 0 && len(views) < len(t.views) {
		return nil // the records of orders know one table by states for a key
	}
	return views
}

// alike says whether table n keeps the same events under the same key as table
// o of a former plan.
func (p *plan) alike(n int, old *plan, o int) bool {
	t, was := &p.tables[n], &old.tables[o]
	return p.selectors[t.take].Key() == old.selectors[was.take].Key() && slices.Equal(p.byOf(t), old.byOf(was)) &&
		t.list == was.list && (t.state != 0) == (was.state != 0) && t.hold <= max(window.Longest(was.views), was.hold)
}

// inheritOrders takes over what a former plan knows of orders.
func (p *plan) inheritOrders(old *plan) {
	o, was := p.orders, old.orders
	if o == nil || was == nil {
		return
	}
	from := make([]int, o.words()) // of each word: where it stood; 0 is nowhere
	copy(from[createdAt:], []int{createdAt, orderSince})
	for i, f := range o.fields {
		if j := slices.IndexFunc(was.fields, func(g int) bool { return old.fields[g] == p.fields[f] }); j >= 0 {
			from[orderFields+i] = orderFields + j
		}
	}
	for i, f := range o.numbers {
		if j := slices.Index(was.numbers, f); j >= 0 {
			from[orderFields+len(o.fields)+i] = orderFields + len(was.fields) + j
		}
	}
	tables := make([]int, len(o.tables)) // of each: its place among those of the former plan, or less than 0
	for i, t := range o.tables {
		tables[i] = slices.IndexFunc(was.tables, func(u int) bool { return old.tables[u].Table == p.tables[t].Table })
	}
	o.Book = was.Book
	o.Recast(p.orderKeep(), o.words(), func(before, now []uint64) {
		now[0] = before[0] &^ heldMask
		for w, at := range from {
			if at > 0 {
				now[w] = before[at]
			}
		}
		for i, j := range tables {
			if j >= 0 && was.keyIn(before, j) != 0 {
				word, bit := o.heldAt(i)
				now[word] |= bit
			}
		}
	})
}

// inheritAccounts takes over what a former plan knows of accounts.
func (p *plan) inheritAccounts(old *plan) {
	a, was := p.accounts, old.accounts
	if a == nil || was == nil {
		return
	}
	a.Book = was.Book
	a.used.Store(was.used.Load())
	a.Recast(accountKeep+millisPerDay, a.words(), func(before, now []uint64) {
		for i, f := range a.fields {
			if j := slices.IndexFunc(was.fields, func(g int) bool { return old.fields[g] == p.fields[f] }); j >= 0 {
				copy(now[accountWords*i:accountWords*(i+1)], before[accountWords*j:])
			}
		}
	})
}

// inheritPopulations takes over what a former plan has counted over everybody.
func (p *plan) inheritPopulations(old *plan) {
	for _, pop := range p.populations {
		for _, was := range old.populations {
			if p.selectors[pop.hits].Key() == old.selectors[was.hits].Key() && p.selectors[pop.all].Key() == old.selectors[was.all].Key() {
				pop.n = was.n
			}
		}
	}
}

// inherit makes the timers those of the rules of another plan.
func (t *timers) inherit(old, p *plan) {
	kept := t.heap[:0]
	for _, tm := range t.heap {
		was := &old.rules[tm.rule]
		if r := slices.IndexFunc(p.rules, func(r compiled) bool { return r.slot == was.slot && r.After > 0 }); r >= 0 {
			tm.rule = r
			kept = append(kept, tm)
		}
	}
	clear(t.heap[len(kept):])
	t.heap = kept
	t.heap.order()
}

// byOf returns the fields under which a table keeps events.
func (p *plan) byOf(t *table) []Field { return p.named(p.keys[t.key].by) }

// adopt makes table n of the plan go on with table o of a former one.
func (p *plan) adopt(n int, old *plan, o int, slack int64) {
	was := &old.tables[o]
	t := p.recut(adoption{table: n, views: p.fitting(n, old, o), values: was.values, value: was.value})
	if t.values == window.DenseValues && t.state == 0 {
		if c := &p.counted[t.counted]; c.numbers == nil {
			c.numbers = old.counted[was.counted].numbers
		}
	}
	t.Table = was.Table
	t.Retune(t.views, t.slack(slack))
}

// adoption is what came of a table that goes on with one of a former plan: the
// views that it kept, and the values that it has from there.
type adoption struct {
	table  int
	views  []int
	values window.Values
	value  Field
}

// recut makes a table that which an adoption says, and returns it. The views
// that it does not keep move to a new one.
func (p *plan) recut(a adoption) *table {
	p.adoptions = append(p.adoptions, a)
	if len(a.views) < len(p.tables[a.table].views) {
		p.split(a.table, a.views)
	}
	t := &p.tables[a.table]
	if t.values, t.value = a.values, a.value; t.values == window.DenseValues && t.state == 0 {
		t.counted = p.countedOf(t.value)
	}
	return t
}

// split leaves table n the views that fit and moves the others to a new one.
func (p *plan) split(n int, fits []int) {
	rest := p.tables[n]
	rest.views, rest.askers, rest.asked = nil, 0, slices.Clone(rest.asked)
	m := len(p.tables)
	p.tables = append(p.tables, rest)
	t, from := &p.tables[n], &p.tables[m]
	all := t.views
	t.views, t.askers = nil, 0
	place := make([][2]int, len(all)) // of each view: its table and its number there
	for v, view := range all {
		to := from
		place[v] = [2]int{m, len(from.views)}
		if slices.Contains(fits, v) {
			to, place[v] = t, [2]int{n, len(t.views)}
		}
		to.views = append(to.views, view)
	}
	move := func(conditions []threshold) {
		for j := range conditions {
			c := &conditions[j]
			if c.Measure == Rate && c.over == n {
				c.over, c.overView = place[c.overView][0], place[c.overView][1]
			}
			if c.table == n && c.sweeps() && c.most != noView {
				if at := place[c.most]; at[0] == n {
					c.most = at[1]
				} else {
					c.most = noView // it counts under another table now
				}
			}
			if c.table == n && !c.lazy {
				at := place[c.view]
				c.table, c.view, c.asker = at[0], at[1], p.asker(at[0])
			}
		}
	}
	for i := range p.rules {
		move(p.rules[i].conditions)
	}
	for i := range p.starters {
		move(p.starters[i].first)
	}
	for _, s := range p.surprises {
		if s.table == n {
			s.table, s.view = place[s.view][0], place[s.view][1]
		}
	}
}
