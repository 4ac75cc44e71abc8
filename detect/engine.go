package detect

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"time"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// Options set up an engine. Zero values mean the defaults.
type Options struct {
	// Slack is for how long, at most, tables remember events beyond their
	// longest window, so that late events are judged by what stood around
	// them. Default: 1 h.
	Slack time.Duration
}

// Validate reports every fault of the options.
func (o *Options) Validate() error {
	if o.Slack < 0 {
		return fmt.Errorf("slack %v: must not be negative", o.Slack)
	}
	return nil
}

// check validates the options and rules of an engine, and returns its slack.
func (o *Options) check(rules *RuleSet) (slack orderguard.Millis, err error) {
	if err := o.Validate(); err != nil {
		return 0, fmt.Errorf("detect: %w", err)
	}
	if len(rules.Rules) == 0 {
		return 0, errors.New("detect: no rules: add at least one to the rule file")
	}
	return orderguard.Millis(cmp.Or(o.Slack, time.Hour).Milliseconds()), nil
}

// Engine judges events by rules. It is not safe for concurrent use; Runner
// says how its stages run side by side.
type Engine struct {
	plan      *plan
	judges    string // the versions of the rules, see RuleSet.versions
	slack     orderguard.Millis
	slots     map[slot]int
	allow     allowList
	watch     *Watch // nil: nobody asks why
	columns   *columns
	seen      window.Seen
	ledger    ledger
	flagger   flagger
	timers    timers
	pace      pace              // of the stream, if a rule asks for surprises
	led       orderguard.Millis // the Clock of the last event that lead saw
	measurers []measurer        // by part of the events
	measured  []piece           // by part of the stage measure
	stats     Stats
	// repeated are the places of events that were dropped as repeated ones, among those
	// that were given to Runner.Process; taken is how many of these were before the part
	// in hand.
	repeated []int
	taken    int
	day      orderguard.Millis // of the last clean-up
	reached  orderguard.Millis // the lowest clock of the last batch
}

// New returns an engine for the rules.
func New(rules *RuleSet, o Options) (*Engine, error) {
	slack, err := o.check(rules)
	if err != nil {
		return nil, err
	}
	return begin(newPlan(rules.withBlocks(), slack), rules, slack), nil
}

// begin makes an engine of a plan for rules.
func begin(p *plan, rules *RuleSet, slack orderguard.Millis) *Engine {
	e := &Engine{
		plan: p, judges: rules.versions(), slack: slack, slots: map[slot]int{}, allow: newAllowList(rules.Lists), columns: newColumns(p),
	}
	e.flagger = newFlagger(e)
	e.settle(p)
	e.wire()
	return e
}

// wire joins the parts of the engine to its plan.
func (e *Engine) wire() {
	p := e.plan
	e.ledger.link(p.linked && p.orders != nil)
	e.ledger.hash(p.lone)
	e.timers.alarms = newAlarms(p.starters)
	if p.accounts != nil {
		p.accounts.tell = e.tellAccount
	}
	if p.orders != nil {
		p.orders.recall, p.orders.carryOver = e.recallOrder, e.carryBuyerSince
		for _, t := range p.orders.tables {
			e.lendValues(&p.tables[t])
		}
	}
}

// share returns which of n events, or other things, are in a part.
func share(n, part, parts int) (from, to int) { return n * part / parts, n * (part + 1) / parts }

// prepare is the first stage: it looks at a part of the events.
func (e *Engine) prepare(part, parts int) {
	from, to := share(len(e.columns.events), part, parts)
	e.columns.prepare(e.plan, &e.timers, from, to)
}

// identify is the second stage: it finds repeated ids and the numbers of
// values, for this worker's shards.
func (e *Engine) identify(worker, workers int) {
	c := e.columns
	e.seen.Run(c.id, c.time, c.clock, c.again, worker, workers)
	for i := range e.plan.counted {
		n := &e.plan.counted[i]
		n.numbers.Run(c.count[i], c.clock, c.number[i], worker, workers)
	}
}

// record is the third stage: it drops repeated events and gives references to
// those that tables take in. It runs alone.
func (e *Engine) record() {
	c := e.columns
	c.late = c.late[:0]
	for i := range e.plan.tables {
		e.plan.tables[i].BeginLate()
		if n := len(c.clock); e.plan.tables[i].stride > 1 && n > 0 {
			c.tables[i].Low = min(c.clock[0], c.clock[n-1])
		}
	}
	for i := range c.events {
		c.ref[i] = e.ledger.next
		if e.timers.isCopy(i) {
			continue
		}
		e.taken++
		if c.again[i] {
			c.skip(e.plan, i)
			e.stats.Duplicates++
			e.repeated = append(e.repeated, e.taken-1)
			continue
		}
		e.stats.Events++
		if c.events[i].Late {
			e.stats.Late++
		}
		if c.taken[i] {
			e.ledger.add(c.events[i])
		}
		if c.several[i] {
			e.recordRows(i)
		}
		for _, p := range e.plan.populations {
			p.observe(c, i)
		}
		if c.time[i] <= c.clock[i]-int64(e.plan.leastKeep) {
			e.recordLate(i)
		}
	}
	e.recordSurprises()
}

// recordLate measures an event that is older than what some tables remember:
// these judge it by the others of its kind.
func (e *Engine) recordLate(i int) {
	c := e.columns
	for t := range e.plan.tables {
		table := &e.plan.tables[t]
		if table.stride == 1 && c.tables[t].Do[i] != 0 && c.time[i] <= c.clock[i]-table.Keep() {
			c.late = append(c.late, lateness{i, t, table.RunLate(&c.tables[t], i)})
		}
	}
}

// measure is the fourth stage: it brings a table, or some of its shards, up to date and
// reads the views.
func (e *Engine) measure(part, _ int) {
	m := &e.measured[part]
	t := &e.plan.tables[m.table]
	if rows := t.Run(&e.columns.tables[m.table], m.worker, m.workers); m.worker == 0 {
		t.rows = rows
	}
}

// surprise is a stage of its own, since it asks what tables have counted.
func (e *Engine) surprise(worker, workers int) {
	for _, s := range e.plan.surprises {
		s.measure(e.columns, e.plan, worker, workers)
	}
}

// judge is the last stage in parts: it finds which rules fire for a part of the
// events.
func (e *Engine) judge(part, parts int) {
	c, p := e.columns, e.plan
	from, to := share(len(c.events), part, parts)
	fired, chosen := c.fired[part][:0], c.chosen[part]
	for i := from; i < to; i++ {
		if r := e.timers.due(i); r != noRule {
			if !c.shut(&p.rules[r].gate, i) && e.fires(&p.rules[r], i, part) {
				fired = append(fired, firing{int32(i), int32(r)})
			}
			continue
		}
		c.candidatesAt(&p.gated[c.kind[i]], i, chosen)
		for w, word := range chosen {
			for chosen[w] = 0; word != 0; word &= word - 1 {
				if n := w*64 + bits.TrailingZeros64(word); e.judgeOne(n, i, part) {
					fired = append(fired, firing{int32(i), int32(n)})
				}
			}
		}
	}
	c.fired[part] = fired
}

// judgeOne says whether a candidate, by its number, fires or sets a timer at event i.
func (e *Engine) judgeOne(number, i, part int) bool {
	if w := number - len(e.plan.rules); w >= 0 {
		return e.setsTimer(&e.plan.starters[w], i)
	}
	return e.fires(&e.plan.rules[number], i, part)
}

// setsTimer says whether a rule is to look again at event i.
func (e *Engine) setsTimer(w *starter, i int) bool {
	return e.allHold(w.first, false, i) && e.allHold(w.first, true, i)
}

// allHold says whether the lazy conditions of some, or the others, hold at event i.
func (e *Engine) allHold(conditions []threshold, lazy bool, i int) bool {
	for j := range conditions {
		if t := &conditions[j]; t.lazy == lazy && !e.holds(t, i) {
			return false
		}
	}
	return true
}

// anyHolds says whether one of some conditions holds at event i, the lazy ones
// asked last.
func (e *Engine) anyHolds(conditions []threshold, i int) bool {
	for _, lazy := range [...]bool{false, true} {
		for j := range conditions {
			if conditions[j].lazy == lazy && e.holds(&conditions[j], i) {
				return true
			}
		}
	}
	return false
}

// holds says whether a condition holds at event i. It does not if the event
// lacks a field of its key.
func (e *Engine) holds(t *threshold, i int) bool {
	_, ok := e.check(t, i)
	return ok
}

// check is holds, with what the condition measures if it does.
func (e *Engine) check(t *threshold, i int) (int64, bool) {
	if t.Measure == Distinct && t.byCluster() && int64(len(e.measurers[e.columns.owner(i)].clusterOf(i))) < t.Lo {
		return 0, false // a cluster has no more accounts than members
	}
	if t.lazy && e.tooFew(t, i) {
		return 0, false
	}
	v, ok := e.value(t, i)
	return v, ok && t.Holds(v)
}

// value returns what a condition measures at event i; not ok if the event
// lacks a field of its key.
func (e *Engine) value(t *threshold, i int) (int64, bool) {
	switch {
	case t.lazy:
		return e.lazyValue(t, i, nil)
	case t.Measure == Rate:
		return e.rateOf(t, i)
	case t.Measure == Surprise:
		return e.surpriseOf(t, i)
	}
	return e.read(t.table, t.view, i)
}

// flag is the last stage: it makes alerts of what fired. It runs alone. The
// alerts are good until the next batch.
func (e *Engine) flag() []orderguard.Alert {
	f := &e.flagger
	f.out = f.out[:0]
	f.batch++
	noted := 0
	if e.watch != nil {
		e.watch.judged()
	}
	for _, fired := range e.columns.fired[:e.columns.parts] {
		for _, at := range fired {
			if w := int(at.rule) - len(e.plan.rules); w >= 0 {
				e.timers.start(e.columns.events[at.event], e.plan.starters[w].rule, e.plan.starters[w].After)
				continue
			}
			if next := int(at.event) + 1; next > noted {
				e.allow.note(e.columns, noted, next)
				noted = next
			}
			f.fire(int(at.event), int(at.rule))
		}
	}
	e.allow.note(e.columns, noted, len(e.columns.events))
	e.cleanUp()
	return f.out
}

// cleanUp lets go of what no window can hold any more, once for every page of
// the ledger or so.
func (e *Engine) cleanUp() {
	c := e.columns
	if len(c.clock) == 0 {
		return
	}
	clock := orderguard.Millis(min(c.clock[0], c.clock[len(c.clock)-1]))
	e.reached = clock
	if p := e.ledger.pages; len(p) > 1 && p[0].newest <= clock-e.plan.keep {
		oldest := e.ledger.letGo(clock - e.plan.keep)
		e.flagger.forgetBefore(oldest, e.ledger.next)
	}
	if day := clock / millisPerDay; day != e.day {
		e.day = day
		e.flagger.forgetOld(clock)
		e.allow.forgetOld(clock, e.plan.keep)
	}
}
