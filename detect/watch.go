package detect

import (
	"slices"
	"strings"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// Bounds of an explanation: what an engineer reads, and no more than fits a
// page or two.
const (
	maxJudged  = 20 // judgements of one rule
	maxCounted = 20 // counted events of one condition
)

// Watch notes, while an engine works, all that explains why an order was, or
// was not, flagged. It is made by Engine.Watch.
type Watch struct {
	engine *Engine
	x      Explanation
	order  string
	rules  []RuleExplanation // by slot
}

// Watch makes the engine note what happens to an order, from now on. It makes
// all conditions tell their values, also those below their limits, which costs
// time; it must be called before the first event, and without a Reload after.
func (e *Engine) Watch(order string) *Watch {
	for i := range e.plan.tables {
		t := &e.plan.tables[i]
		slack := t.Keep() - window.Longest(t.views)
		for v := range t.views {
			t.views[v].Floor, t.views[v].Few = 0, 0
		}
		t.Retune(t.views, slack)
	}
	w := &Watch{engine: e, order: order, x: Explanation{Order: order, Flagged: []orderguard.Scenario{}}}
	for i := range e.plan.rules {
		r := &e.plan.rules[i]
		w.rules = append(w.rules, RuleExplanation{
			Rule: r.ID, Version: r.Version, Scenario: r.Scenario, Shadow: r.Shadow, On: r.On.Key(),
			Note: r.Description,
		})
	}
	e.watch = w
	return w
}

// Explanation returns what was noted; not ok if no event of the order came.
func (w *Watch) Explanation() (x Explanation, ok bool) {
	x = w.x
	for i := range w.engine.plan.rules {
		r := w.rules[w.engine.plan.rules[i].slot]
		r.settle()
		x.Rules = append(x.Rules, r)
	}
	for i := range x.Rules {
		if r := &x.Rules[i]; r.Verdict == VerdictFlagged && !slices.Contains(x.Flagged, r.Scenario) {
			x.Flagged = append(x.Flagged, r.Scenario)
		}
	}
	return x, len(x.Events) > 0
}

// judged notes how the rules judged the events of the order in a batch. It is
// called when the batch has been measured, and nothing flagged yet.
func (w *Watch) judged() {
	c := w.engine.columns
	for i := range c.events {
		e := c.events[i]
		if e.Order != w.order || c.again[i] {
			continue
		}
		if w.x.Shop == "" {
			w.x.Shop, w.x.Buyer = strings.Clone(e.Shop), strings.Clone(e.Buyer)
		}
		at := eventOf(e)
		again := w.engine.timers.due(i)
		if again == noRule {
			w.x.Events = append(w.x.Events, at)
		}
		for r := range w.engine.plan.rules {
			rule := &w.engine.plan.rules[r]
			x := &w.rules[rule.slot]
			if !rule.On.Kinds.Has(e.Kind) || again != noRule && again != r {
				continue
			}
			x.Looked++
			if len(x.Judged) < maxJudged {
				x.Judged = append(x.Judged, w.engine.judgement(rule, i, at))
			}
		}
	}
}

// fired notes that the order takes part in a firing of a rule at event i, if
// the rule has not flagged it before. The flagger has gathered who takes part.
func (w *Watch) fired(rule *compiled, i int) {
	f := &w.engine.flagger
	x, e := &w.rules[rule.slot], f.columns.events[i]
	for _, p := range f.parties {
		if p.order != w.order || x.Finding != nil || f.hasFlagged(rule, rule.slot, p.order, e.Clock) {
			continue
		}
		found := &Finding{
			Event: eventOf(e), By: strings.Clone(e.Order), Own: e.Order == w.order,
			Reason: f.reasonAt(rule, p.condition, i),
		}
		if l := f.allow.entry(&p.party, rule.Scenario, e.Time); l != nil {
			found.Spared = l.String() + ": " + l.Reason
		}
		x.Finding = found
	}
}

// eventOf names an event; its strings outlive the batch.
func eventOf(e *orderguard.Event) ExplainedEvent {
	return ExplainedEvent{ID: strings.Clone(e.ID), Kind: e.Kind.String(), Time: e.Time}
}

// judgement says how a rule judges event i, of a kind that it looks at.
func (e *Engine) judgement(rule *compiled, i int, at ExplainedEvent) Judgement {
	ev := e.columns.events[i]
	j := Judgement{Event: at}
	for n := range rule.On.Where {
		if f := &rule.On.Where[n]; !f.Match(ev) {
			j.Where = append(j.Where, f.failure(ev))
		}
	}
	if rule.Until != 0 && ev.Time >= rule.Until {
		j.Where = append(j.Where, "the list entry ended at "+rule.Until.String())
	}
	if len(j.Where) > 0 {
		return j // the windows were not asked for an event that where leaves out
	}
	if rule.After > 0 && !e.timers.isCopy(i) {
		return e.timerJudgement(rule, i, j)
	}
	j.Conditions = e.results(rule.conditions, len(rule.All), i)
	j.Facts = rule.factResults(ev, j.Conditions)
	j.Fired = e.fires(rule, i, 0)
	if rule.Expr != nil {
		said := rule.Expr.result(ev, valuesOf(j.Conditions))
		j.Expr = &said
	}
	j.Nearest = e.nearest(rule, i, j.Conditions, j.Fired)
	return j
}

// result says what the expression says of an event and the values of conditions.
func (x *Expr) result(e *orderguard.Event, values []int64) ExprResult {
	ok, err := x.Eval(e, values)
	r := ExprResult{Source: strings.TrimSpace(x.Source), Holds: ok && err == nil}
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// factResults says what the facts that the rule names say of an event.
func (r *Rule) factResults(e *orderguard.Event, results []ConditionResult) (list []FactResult) {
	rest := valuesOf(results[r.own():])
	for _, f := range r.Facts {
		n := len(f.Conditions)
		list = append(list, FactResult{f.Name, f.Expr.result(e, rest[:n])})
		rest = rest[n:]
	}
	return list
}

// timerJudgement says whether a rule is to look again at event i.
func (e *Engine) timerJudgement(rule *compiled, i int, j Judgement) Judgement {
	for w := range e.plan.starters {
		if e.plan.starters[w].Rule == rule.Rule {
			first := e.plan.starters[w].first
			j.Conditions = e.results(first, len(first), i)
			j.Again = "not looked at again"
			if e.setsTimer(&e.plan.starters[w], i) {
				j.Again = "looked at again after " + english(rule.After)
			}
		}
	}
	for n := range j.Conditions {
		j.Conditions[n].Group = "first"
	}
	return j
}

// results measures conditions at event i; those from number all on are of any.
func (e *Engine) results(conditions []threshold, all, i int) []ConditionResult {
	list := make([]ConditionResult, 0, len(conditions))
	for n := range conditions {
		t := &conditions[n]
		v, known := e.value(t, i)
		r := ConditionResult{
			Group: t.group(n, all), Name: t.Name, Text: t.what(), one: t.one(), Value: v, Known: known, Op: t.Op, Limit: t.Limit,
			Within: t.WithinText, Holds: e.holds(t, i), Context: t.Context, Fact: t.Fact,
		}
		if t.Measure == Surprise && v >= leastTold {
			r.Chance = chance(v)
		}
		if !known {
			r.Missing = e.missing(t, i)
		}
		r.Counted, r.More = e.counted(t, i)
		list = append(list, r)
	}
	return list
}

// missing lists the fields of a condition's key that event i does not carry.
func (e *Engine) missing(t *threshold, i int) (names []string) {
	for _, f := range t.By {
		var values [listRows]uint64
		n := slices.Index(e.plan.fields, f)
		if n >= 0 && e.columns.fields[n][i] == 0 || f.isList() && listOf(f, e.columns.events[i], &values) == 0 {
			names = append(names, f.String())
		}
	}
	return names
}

// counted lists the events that a condition measured at event i, the newest
// first, and says whether there were more.
func (e *Engine) counted(t *threshold, i int) (list []CountedEvent, more bool) {
	c := e.columns
	switch {
	case t.lazy:
		return e.lazyValueList(t, i)
	case t.table == ownOrder:
		return nil, false
	}
	row, ok := e.row(t.table, t.view, i)
	if !ok {
		return nil, false
	}
	q := window.Question{
		Key: c.tables[t.table].Key[row], Time: c.time[i], Clock: c.clock[i], Within: int64(t.Within), Aged: int64(t.Aged),
		Upto: e.upto(i), Valued: t.Measure == Distinct,
	}
	mask, want := t.State.bits()
	if clock, ok := c.lateClock(i, t.table); ok {
		q.Clock, q.Late = clock, true
	}
	e.plan.tables[t.table].Each(q, maxCounted*100, func(at int64, ref uint32, _ uint64) bool {
		if mask != 0 && e.stateOf(e.ledger.record(ref), i)&mask != want {
			return true
		}
		if len(list) == maxCounted {
			more = true
			return false
		}
		p, _ := e.ledger.find(ref)
		list = append(list, CountedEvent{Time: orderguard.Millis(at), Order: p.order})
		return true
	})
	return list, more
}

// lazyValueList lists the events behind a lazy condition at event i.
func (e *Engine) lazyValueList(t *threshold, i int) (list []CountedEvent, more bool) {
	var refs []uint32
	e.lazyValue(t, i, &refs)
	s := &e.measurers[e.columns.owner(i)]
	times := s.tally.times
	if t.Measure == Lockstep {
		times = s.lockstepSearch.times
	}
	for n, ref := range refs {
		if len(list) == maxCounted {
			return list, true
		}
		p, _ := e.ledger.find(ref)
		list = append(list, CountedEvent{Time: orderguard.Millis(times[n]), Order: p.order})
	}
	return list, false
}

func valuesOf(results []ConditionResult) []int64 {
	var values []int64
	for i := range results {
		values = append(values, results[i].Value)
	}
	return values
}
