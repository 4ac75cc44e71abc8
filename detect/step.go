package detect

import "slices"

// step is one of those in which a rule is judged at an event. The rule does not
// fire as soon as one of them says no.
//
// What costs nothing comes first: the conditions that stand in columns, and each
// term of the expression as soon as all that it reads is measured. A condition that
// has to be searched for is measured only if all before it, and those terms, leave
// the question open. So a rule whose expression is false by two counts does not walk
// over two hundred orders for a third one.
type step struct {
	does stepKind
	n    int // of a condition, or of a term of the expression
}

// stepKind is what a step does.
type stepKind uint8

const (
	checkOne   stepKind = iota // a condition must hold
	checkAny                   // one of those of Any must hold
	measureOne                 // a condition of Any, or an optional one, is measured, whether it holds or not
	testTerm                   // a term of the expression must not be false
	testWhole                  // the expression must be true, unless its terms have said so
)

// searchCost is about how much there is to look at for a condition that has to be searched for.
type searchCost uint8

const (
	ownRecord  searchCost = iota // the record of the event's own order
	fewOrders                    // the orders of one person, who has few
	manyOrders                   // those of a shop, or of accounts that have to be found first
)

// cost returns that of a lazy condition.
func (t *threshold) cost() searchCost {
	switch {
	case t.table == ownOrder:
		return ownRecord
	case t.sweeps() && slices.ContainsFunc(t.By, Field.seldom):
		return fewOrders
	}
	return manyOrders
}

// soon says whether a lazy condition that must hold is measured before the others: it may fail, or, of a
// fact, asks for no more than the event's own order.
func (t *threshold) soon() bool { return t.bounded() || t.Fact != "" && t.cost() == ownRecord }

// steps returns the order in which a rule is judged.
func (r *compiled) steps() []step {
	s := stepper{rule: r, measured: make([]bool, len(r.conditions))}
	if r.Expr != nil {
		s.tested = make([]bool, len(r.Expr.terms))
	}
	s.test()
	each := func(want func(*threshold) bool) {
		for j := range r.conditions {
			if r.needs(j) && want(&r.conditions[j]) {
				s.add(checkOne, j)
			}
		}
	}
	searched := slices.ContainsFunc(r.conditions[len(r.All):r.own()], func(t threshold) bool { return t.lazy })
	each(func(t *threshold) bool { return !t.lazy })
	s.optional(func(t *threshold) bool { return !t.lazy })
	s.some(!searched)
	for _, cost := range []searchCost{ownRecord, fewOrders, manyOrders} {
		each(func(t *threshold) bool { return t.lazy && t.soon() && t.cost() == cost })
	}
	s.some(searched)
	each(func(t *threshold) bool { return t.lazy && !t.soon() })
	if r.Expr == nil {
		return s.list
	}
	for j := len(r.All); j < r.own(); j++ {
		s.add(measureOne, j)
	}
	s.optional(func(t *threshold) bool { return t.lazy })
	s.list = append(s.list, step{does: testWhole})
	return s.list
}

// needs says whether condition j must hold, or, without a bound, be known.
func (r *compiled) needs(j int) bool {
	return j < len(r.All) || j >= r.own() && !r.conditions[j].Optional
}

// stepper makes the steps of a rule.
type stepper struct {
	rule     *compiled
	measured []bool // by condition
	tested   []bool // by term
	list     []step
}

// add adds a step that measures condition j, and the terms that wait for it.
func (s *stepper) add(does stepKind, j int) {
	s.list = append(s.list, step{does, j})
	s.measured[j] = true
	s.test()
}

// optional adds the steps for those of the optional conditions that are wanted.
func (s *stepper) optional(want func(*threshold) bool) {
	for j := range s.rule.conditions {
		if t := &s.rule.conditions[j]; t.Optional && want(t) {
			s.add(measureOne, j)
		}
	}
}

// some adds the step for the conditions of Any, if there are any and it is their turn.
func (s *stepper) some(turn bool) {
	if turn && len(s.rule.Any) > 0 {
		s.list = append(s.list, step{does: checkAny})
	}
}

// test adds the terms that can be tested by now.
func (s *stepper) test() {
	for n, done := range s.tested {
		unread := func(c int) bool { return !s.measured[c] }
		if !done && !slices.ContainsFunc(s.rule.Expr.terms[n].reads, unread) {
			s.list = append(s.list, step{testTerm, n})
			s.tested[n] = true
		}
	}
}

// fires says whether a rule, whose selector picks event i, fires.
func (e *Engine) fires(r *compiled, i, part int) bool {
	ev := e.columns.events[i]
	if r.Until != 0 && ev.Time >= r.Until {
		return false
	}
	grow(&e.columns.values[part], len(r.conditions))
	values, open := e.columns.values[part], false
	for _, s := range r.course {
		switch s.does {
		case checkOne:
			v, ok := e.check(&r.conditions[s.n], i)
			if !ok {
				return false
			}
			values[s.n] = v
		case checkAny:
			if !e.anyHolds(r.conditions[len(r.All):r.own()], i) {
				return false
			}
		case measureOne:
			values[s.n], _ = e.value(&r.conditions[s.n], i)
		case testTerm:
			holds, ok := r.Expr.terms[s.n].native(ev, values)
			if ok && !holds {
				return false
			}
			open = open || !ok
		case testWhole:
			if !open && r.Expr.split {
				return true
			}
			// An expression that cannot be evaluated for an event does not hold.
			ok, err := r.Expr.Eval(ev, values)
			return ok && err == nil
		}
	}
	return true
}
