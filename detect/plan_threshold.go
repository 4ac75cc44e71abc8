package detect

import (
	"math"
	"slices"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// lazy says whether a condition is measured only where all else of its rule
// holds.
func (c *Condition) lazy() bool { return c.Measure == Lockstep || c.byCluster() || c.Newest > 0 }

// thresholds fills in what answers conditions, the lazy ones or the others, at
// the events that the selector on picks. The first of them, all in number, must
// hold together.
func (p *plan) thresholds(to []threshold, condition func(int) *Condition, all, on int, l Links, lazy bool) {
	for j := range to {
		c := condition(j)
		switch {
		case c.lazy() != lazy:
		case c.Measure == Lockstep:
			to[j] = p.lockstep(c)
		case c.byCluster():
			p.linksFor(l, p.selectors[on].Kinds)
			to[j] = p.cluster(c)
		case c.Newest > 0:
			to[j] = p.newest(c)
		case c.Measure == Rate:
			to[j] = p.rate(c, on)
		case c.Measure == Surprise:
			to[j] = p.surprise(c, on)
		default:
			to[j] = threshold{Condition: c}
			to[j].table, to[j].view = p.view(c, on, c.Lo, fewest(c, condition, all))
			to[j].asker = p.asker(to[j].table)
		}
	}
}

// fewest returns how many events must stand in the window of a condition for it
// to matter: as many as another condition, which must hold too, asks for of the
// same events.
func fewest(c *Condition, condition func(int) *Condition, all int) int64 {
	few := int64(0)
	for j := range all {
		o := condition(j)
		if (o.Measure == Count || o.Measure == Distinct) && o.Within == c.Within && o.Aged == c.Aged && slices.Equal(o.By, c.By) && o.Of.Key() == c.Of.Key() {
			few = max(few, o.Lo)
		}
	}
	return few
}

// asker returns a number by which a condition asks a table who took part.
func (p *plan) asker(table int) int {
	p.tables[table].askers++
	return p.tables[table].askers - 1
}

// view finds, or makes, the table and the view that answer a condition at the
// events that the selector on picks, where answers below floor do not matter, nor
// any if fewer than few events stand in the window.
func (p *plan) view(c *Condition, on int, floor, few int64) (table, view int) {
	table = p.table(c)
	p.ask(table, on)
	v := window.View{Measure: window.Count, Within: int64(c.Within), Aged: int64(c.Aged), Floor: floor, Few: few}
	v.Mask, v.Want = c.State.bits()
	switch c.Measure {
	case Sum:
		v.Measure = window.Sum
	case Distinct:
		v.Measure = window.Distinct
	}
	tb := &p.tables[table]
	view = slices.IndexFunc(tb.views, func(old window.View) bool {
		old.Floor, old.Few = floor, few
		return old == v
	})
	if view < 0 {
		tb.views = append(tb.views, v)
		return table, len(tb.views) - 1
	}
	tb.views[view].Floor, tb.views[view].Few = min(tb.views[view].Floor, floor), min(tb.views[view].Few, few)
	return table, view
}

// rate makes what answers a Rate: counts of what happened and of all it might
// have happened to, and the same over everybody.
func (p *plan) rate(c *Condition, on int) threshold {
	t := threshold{Condition: c}
	hits := Condition{Measure: Count, Of: c.Of, By: c.By, Within: c.Within, Aged: c.Aged}
	all := hits
	all.Of = c.Over
	t.table, t.view = p.view(&hits, on, 1, 0)
	t.over, t.overView = p.view(&all, on, 1, 0)
	t.asker = p.asker(t.table)
	pop := population{hits: p.selector(&c.Of), all: p.selector(&c.Over)}
	t.population = slices.IndexFunc(p.populations, func(old *population) bool { return old.hits == pop.hits && old.all == pop.all })
	if t.population < 0 {
		t.population = len(p.populations)
		p.populations = append(p.populations, &pop)
	}
	return t
}

// cluster makes what answers a condition by cluster: a table by buyer and the
// other fields. Orders are asked of their records.
func (p *plan) cluster(c *Condition) threshold {
	by := append([]Field{FieldBuyer}, slices.DeleteFunc(slices.Clone(c.By), func(f Field) bool { return f == FieldCluster })...)
	t := threshold{Condition: c, lazy: true, by: p.fieldsOf(by)}
	if c.Of.Kinds == created && c.Measure != Sum && onlyAge(&c.Of) {
		p.fromRecords(&t, by)
		return t
	}
	one := *c
	if one.By = by; c.Measure != Sum {
		one.Measure, one.Value = Count, 0
	}
	t.table = p.table(&one)
	p.tables[t.table].hold = max(p.tables[t.table].hold, int64(c.Within))
	return t
}

// newest makes what answers a condition on the newest orders of a window.
func (p *plan) newest(c *Condition) threshold {
	t := threshold{Condition: c, lazy: true, by: p.fieldsOf(c.By)}
	if c.Lone > 0 {
		p.linked, p.lone = true, true // it asks measurers
		t.table = p.held(&Condition{Measure: Count, Of: c.Of, By: c.By}, c.Within)
		t.payers = p.held(&Condition{Measure: Count, Of: Selector{Kinds: kindSet(orderguard.OrderPaid)}, By: []Field{FieldBuyer}}, c.Lone)
		return t
	}
	p.fromRecords(&t, c.By)
	return t
}

// held returns a table that can answer a condition, kept for at least so long.
func (p *plan) held(c *Condition, within orderguard.Millis) int {
	t := p.table(c)
	p.tables[t].hold = max(p.tables[t].hold, int64(within))
	return t
}

// fromRecords makes a lazy condition measure the orders under a key by their
// records.
func (p *plan) fromRecords(t *threshold, by []Field) {
	p.linked = true
	o := p.ordersFor(int64(t.Within))
	t.records, t.ageLo, t.ageHi = true, math.MinInt64, math.MaxInt64
	for i := range t.Of.Where {
		t.ageLo, t.ageHi = max(t.ageLo, t.Of.Where[i].Lo, 0), min(t.ageHi, t.Of.Where[i].Hi)
	}
	if t.State != 0 || t.PaidAfter > 0 {
		o.kinds |= stateEvents
	}
	if t.PaidAfter > 0 {
		o.addNumber(waited)
	}
	switch {
	case t.Measure == Distinct && !t.byCluster():
		o.addField(p, t.Value)
	case t.Measure == Sum:
		o.addNumber(t.Value)
	}
	if len(by) == 1 && by[0] == FieldOrder {
		t.table = ownOrder
		return
	}
	t.table = p.ordersBy(by, t.Within)
}

// ownOrder stands for a table where none is asked, such as where the order's own
// record is all that is.
const ownOrder = -1

// words finds the words of the records that conditions measure, once it is known
// what these hold, and with them the sweeps that measure them.
func (p *plan) words() {
	each := func(list []threshold) {
		for j := range list {
			switch t := &list[j]; {
			case !t.records || t.byCluster():
			case t.Measure == Distinct:
				t.word = p.orders.addField(p, t.Value)
			case t.Measure == Sum:
				t.word = orderFields + len(p.orders.fields) + p.orders.addNumber(t.Value)
			}
			if list[j].records && list[j].PaidAfter > 0 {
				list[j].wait = orderFields + len(p.orders.fields) + p.orders.addNumber(waited)
			}
			if list[j].sweeps() {
				p.joinSweep(&list[j])
			}
		}
	}
	for i := range p.rules {
		each(p.rules[i].conditions)
	}
	for i := range p.starters {
		each(p.starters[i].first)
	}
	p.layOutStates()
}

// onlyAge says whether a selector tests nothing but the age of the account.
func onlyAge(s *Selector) bool {
	return !slices.ContainsFunc(s.Where, func(f Filter) bool { return f.Field != FieldBuyerAge || f.Test != Between })
}

// fieldsOf returns the numbers of fields.
func (p *plan) fieldsOf(list []Field) []int {
	numbers := make([]int, len(list))
	for i, f := range list {
		numbers[i] = p.field(f)
	}
	return numbers
}

// lockstep makes what answers a Lockstep.
func (p *plan) lockstep(c *Condition) threshold {
	p.linked = true
	if c.Of.Kinds != created {
		return p.lockstepOf(c)
	}
	o := p.ordersFor(int64(c.Within + c.Apart))
	if c.State != 0 {
		o.kinds |= stateEvents
	}
	t := threshold{Condition: c, lazy: true, by: p.fieldsOf([]Field{FieldBuyer})}
	for f, at := range map[Field]*linkField{FieldBuyer: &t.buyer, FieldShop: &t.shop} {
		*at = linkField{field: p.field(f), table: p.ordersBy([]Field{f}, c.Within+c.Apart), word: o.addField(p, f)}
	}
	t.table = t.buyer.table
	return t
}

// lockstepOf makes what answers a Lockstep of other events than orders.
func (p *plan) lockstepOf(c *Condition) threshold {
	p.lone = true // it asks who is behind them
	t := threshold{Condition: c, lazy: true, by: p.fieldsOf([]Field{FieldBuyer})}
	for f, at := range map[Field]*linkField{FieldBuyer: &t.buyer, FieldShop: &t.shop} {
		*at = linkField{field: p.field(f), table: p.held(&Condition{Measure: Count, Of: c.Of, By: []Field{f}}, c.Within+c.Apart)}
	}
	t.table = t.buyer.table
	return t
}
