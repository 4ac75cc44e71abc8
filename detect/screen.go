package detect

import (
	"cmp"
	"slices"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/window"
)

// Screening is what rules and lists say of an order that has not happened.
type Screening struct {
	// Findings are what would be flagged of the order, a scenario each, in the
	// order in which the rules stand.
	Findings []ScreenFinding
	// Allow and Block are the entries of the lists that the order matches, in
	// force at its time, in the order of the lists.
	Allow, Block []*ListEntry
}

// ScreenFinding is what the alert of an order under a scenario would say.
type ScreenFinding struct {
	Scenario orderguard.Scenario
	Score    int
	Severity orderguard.Severity
	Reasons  []orderguard.Reason
	// Spared is the entry of an allow list by which there would be no alert; nil
	// if there is none.
	Spared *ListEntry
}

// Screener says what an engine would find of an order if its creation came next,
// and counts nothing: an engine that is asked is, byte for byte, the one that it was.
//
// It judges by the engine's own stages and conditions. They are given a view of
// the engine in which the order stands in the windows: tables, numbers and
// sketches are asked by Peek, walks over a window by EachWith, and the ledger and
// the book of orders have one entry more. docs/0012-screen.md says why.
//
// It belongs to the goroutine of the engine, between two calls of Process. A
// Reload does not concern it.
type Screener struct {
	engine *Engine
	of     *plan   // of which the view was made
	view   *Engine // has a plan, columns and measurers of its own
	event  orderguard.Event
	batch  [1]*orderguard.Event // that event
	entry  ledger               // the record of the order alone
	pages  []*page              // those of the engine, and the one of that
	late   []bool               // by table: it takes the order in among its late events
}

// NewScreener returns a screener for an engine.
func NewScreener(e *Engine) *Screener { return &Screener{engine: e} }

// Screen says what would be found of the order of an event, which is its
// creation. Nothing is found of any other event.
//
// The order is taken for a new one: neither the event's id nor what was flagged of
// the order before matters. A Clock of 0 stands for the engine's. Rules that look
// again, which judge nothing before their time, and those in shadow are not asked.
func (s *Screener) Screen(e *orderguard.Event) Screening {
	var x Screening
	if e.Kind != orderguard.OrderCreated {
		return x
	}
	s.look()
	s.event = *e
	if own := &s.event; own.Clock == 0 {
		own.Clock = cmp.Or(s.engine.reached, own.Time)
	}
	s.measure()
	for r := range s.view.plan.rules {
		rule := &s.view.plan.rules[r]
		if !rule.Shadow && s.view.columns.picks(0, rule.on) && s.view.fires(rule, 0, 0) {
			x.add(rule, s.view.reasonAt(rule, s.grounds(rule), 0))
		}
	}
	own := &s.event
	for i := range x.Findings {
		x.Findings[i].Spared = s.engine.allow.entryFor(own, x.Findings[i].Scenario)
	}
	x.Allow, x.Block = s.engine.allow.matching(own)
	return x
}

// add puts the reason of a rule to the findings.
func (x *Screening) add(rule *compiled, reason orderguard.Reason) {
	score := scoreOf(rule.Score, &reason)
	i := slices.IndexFunc(x.Findings, func(f ScreenFinding) bool { return f.Scenario == rule.Scenario })
	if i < 0 {
		x.Findings = append(x.Findings, ScreenFinding{
			Scenario: rule.Scenario, Score: score, Severity: rule.Severity, Reasons: []orderguard.Reason{reason},
		})
		return
	}
	f := &x.Findings[i]
	f.Score, f.Severity = joinedScore(f.Score, score), max(f.Severity, rule.Severity)
	f.Reasons = append(f.Reasons, reason)
}

// look makes the view the engine's as it stands.
func (s *Screener) look() {
	e := s.engine
	if s.of != e.plan {
		s.begin(e.plan)
	}
	v := s.view
	v.pace, v.led = e.pace, e.led
	for i, pop := range e.plan.populations {
		v.plan.populations[i].n = pop.n
	}
}

// begin makes a view of the engine with a plan. What the stages write of a batch,
// the view has for itself.
func (s *Screener) begin(p *plan) {
	own := *p
	own.tables = slices.Clone(p.tables)
	own.populations, own.surprises = nil, nil
	for _, pop := range p.populations {
		own.populations = append(own.populations, &population{hits: pop.hits, all: pop.all})
	}
	for _, was := range p.surprises {
		own.surprises = append(own.surprises, was.again())
	}
	if p.orders != nil {
		orders := *p.orders
		orders.columns = window.BookColumns{}
		orders.pending = make([]uint64, p.orders.words())
		own.orders = &orders
	}
	if p.accounts != nil {
		own.accounts = &accountBook{Book: p.accounts.Book, fields: p.accounts.fields, standsFor: p.accounts.standsFor}
	}
	s.of, s.view = p, &Engine{plan: &own, columns: newColumns(&own)}
	s.view.measurers = newMeasurers(s.view, 1)
	for t := range own.tables {
		own.tables[t].pending = &s.view.columns.tables[t]
	}
	s.late = make([]bool, len(own.tables))
}

// measure takes the order through the stages of the engine up to judge.
func (s *Screener) measure() {
	v, c, p := s.view, s.view.columns, s.view.plan
	s.batch[0] = &s.event
	c.reset(p, "", s.batch[:], 1)
	if p.orders != nil || p.accounts != nil {
		v.find(0, 1)
	}
	if p.accounts != nil {
		v.askAccount()
	}
	if p.orders != nil {
		s.inherit()
	}
	c.prepare(p, &v.timers, 0, 1)
	for i := range p.counted {
		c.number[i][0] = p.counted[i].numbers.Peek(c.count[i][0])
	}
	s.record()
	if o := p.orders; o != nil && o.columns.Record[0] != 0 {
		v.recallOrder(0, o.pending)
	}
	for t := range c.tables {
		for r, do := range c.tables[t].Do {
			if do != 0 {
				p.tables[t].Peek(&c.tables[t], r)
			}
		}
	}
	for _, sur := range p.surprises {
		sur.peek(c, p)
	}
}

// inherit gives the order a copy of its record, or a new one if the book would
// begin it.
func (s *Screener) inherit() {
	o := s.view.plan.orders
	number, begun := o.Peek(&o.columns, 0)
	switch {
	case number != 0:
		o.number = number
		copy(o.pending, o.Book.Record(number))
	case begun:
		o.number = window.NoRecord
		clear(o.pending)
	default:
		o.number = 0
		return
	}
	o.columns.Record[0] = o.number
	if o.carriedTo != 0 {
		s.view.carryBuyerSince(0, o.pending)
	}
}

// record gives the order the next reference, and measures it where it comes too
// late for a table.
func (s *Screener) record() {
	v, c, p := s.view, s.view.columns, s.view.plan
	from := &s.engine.ledger
	c.ref[0], c.late = from.next, c.late[:0]
	v.ledger = ledger{pages: from.pages, next: from.next}
	if c.taken[0] {
		s.entry.spare, s.entry.pages = append(s.entry.spare[:0], s.entry.pages...), s.entry.pages[:0]
		s.entry.next, s.entry.linked, s.entry.hashed = from.next, from.linked, from.hashed
		s.entry.add(&s.event)
		s.pages = append(append(s.pages[:0], from.pages...), s.entry.pages...)
		v.ledger = ledger{pages: s.pages, next: s.entry.next}
	}
	if c.several[0] {
		v.recordRows(0)
	}
	for _, pop := range p.populations {
		pop.observe(c, 0)
	}
	for t := range p.tables {
		table, rows := &p.tables[t], &c.tables[t]
		if s.late[t] = false; table.stride == 1 && rows.Do[0] != 0 && c.time[0] <= c.clock[0]-table.Keep() {
			c.late = append(c.late, lateness{0, t, table.PeekLate(rows, 0)})
			s.late[t], rows.Do[0] = rows.Do[0]&window.Add != 0, 0
		}
	}
	v.recordSurprises()
}

// grounds returns the condition by which the alert of the order would say why:
// the first whose window holds the order, else the leading one; -1 is none. See
// flagger.gather. The rule fires, so that all of All hold.
func (s *Screener) grounds(rule *compiled) int {
	lead := -1
	for j := range rule.own() {
		t := &rule.conditions[j]
		if j >= len(rule.All) && !s.view.holds(t, 0) {
			continue
		}
		if lead < 0 || rule.conditions[lead].Context && !t.Context {
			lead = j
		}
		if !t.Context && s.stands(t) {
			return j
		}
	}
	return lead
}

// stands says whether the order itself stands in the window of a condition.
func (s *Screener) stands(t *threshold) bool {
	v, c := s.view, s.view.columns
	if t.lazy {
		var refs []uint32
		v.lazyValue(t, 0, &refs)
		return c.taken[0] && slices.Contains(refs, c.ref[0])
	}
	row, _ := v.row(t.table, t.view, 0)
	rows, clock := &c.tables[t.table], c.clock[0]
	if at, late := c.lateClock(0, t.table); late {
		clock = at
	}
	added := s.late[t.table] || rows.Do[row]&window.Add != 0
	mask, want := t.State.bits()
	return added && t.Aged == 0 && c.time[0] > clock-v.plan.tables[t.table].Keep() &&
		(mask == 0 || uint32(rows.Val[row])&mask == want) && (t.Measure != Distinct || rows.Val[row] != 0)
}

// Each goes over the events that stood in a window, like that of window.Table;
// in the view of a screener, over the order that it asks for too.
func (t *table) Each(q window.Question, newest int, fn func(at int64, ref uint32, val uint64) bool) {
	if rows := t.pending; rows != nil {
		for r, do := range rows.Do {
			if do&window.Add == 0 || rows.Key[r] != q.Key {
				continue
			}
			with := window.Pending{At: rows.Time[r], Ref: rows.Ref[r]}
			if rows.Val != nil {
				with.Val = rows.Val[r]
			}
			t.EachWith(q, with, newest, fn)
			return
		}
	}
	t.Table.Each(q, newest, fn)
}

// Newest is Each for one who asks for many events, like that of window.Table.
func (t *table) Newest(q window.Question, newest int, found []window.Found) []window.Found {
	if t.pending == nil {
		return t.Table.Newest(q, newest, found)
	}
	t.Each(q, newest, func(_ int64, ref uint32, val uint64) bool {
		found = append(found, window.Found{Ref: ref, Val: uint32(val)})
		return true
	})
	return found
}

// Record returns the record of an order, like that of window.Book; in the view of
// a screener, that of the order that it asks for as it would become.
func (o *orderBook) Record(number uint32) []uint64 {
	if number == o.number && o.pending != nil {
		return o.pending
	}
	return o.Book.Record(number)
}
