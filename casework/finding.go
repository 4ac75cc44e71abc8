package casework

import (
	"slices"

	"github.com/orderguard/orderguard"
)

// finding is that an order was found abnormal, by a verdict or by a report. All
// that follows for the order and the buyer is worked out from the findings that
// stand, so that taking one back undoes exactly what it brought.
type finding struct {
	cause    string // "verdict/al_…" or "report/rp_…"
	order    orderKey
	buyer    string
	scenario orderguard.Scenario
	attack   string
	at       orderguard.Millis
	cleanse  orderguard.Millis // when the order leaves the indicators
	points   int64             // thousandths
	report   bool
	// pardonedFrom is the number of the first override that came after it, whichever account that is on:
	// that one and later ones pardon it.
	pardonedFrom uint64
	// closes and frees are what it asks for the order, as the order stood then.
	closes, frees bool

	// Of its buyer's account:
	of         *misdeed         // nil if it weighs nothing
	outweighed *finding         // by a later one of the misdeed
	reached    orderguard.Level // at its instant, with all others
}

// found returns the finding on an order, as of now. An order that ended after we had it
// closed ended by that: the next finding asks for the same.
func (d *Desk) found(o Order, cause string, s orderguard.Scenario, attack string, points int64) *finding {
	k := orderKey{o.Shop, o.Order}
	ended := o.Ended
	if c := d.orders[k]; c != nil && c.ordered != 0 {
		ended = false
	}
	return &finding{
		cause: cause, order: k, buyer: o.Buyer, scenario: s, attack: attack,
		at: d.now, cleanse: d.now, points: points, pardonedFrom: d.overrides + 1,
		closes: o.Known && !o.Shipped && !ended, frees: o.Known && !o.Shipped,
	}
}

// weigh returns the thousandths of points of a finding.
func (d *Desk) weigh(sev orderguard.Severity, s orderguard.Scenario, weight int64, report bool) int64 {
	p := d.p.Points.BySeverity[sev] * 1000 * d.p.Points.ByScenario[s] / 100
	if report {
		return p * d.p.Points.Report / 100
	}
	return p * weight / 100
}

// journalKept is how long the lines of an order are kept unless the daemon is told
// otherwise: afterwards no finding asks anything for it.
const journalKept = 184 * day

// orderKnown returns for how long it is known what findings have led to for an order:
// for as long as others can come, which may be longer than their records are kept.
func (p *Policy) orderKnown() orderguard.Millis {
	return max(p.Records.Keep, p.Indicators.Keep, journalKept)
}

// orderCase is what findings have led to for an order.
type orderCase struct {
	findings []*finding        // that stand, the earliest first
	ordered  orderguard.Millis // when it was last decided that it be closed, 0 for never
	closed   string            // the decision that closes it
	freed    string
	excluded string // the cause that keeps it out of the indicators
}

// stand adds a finding to those that stand.
func (d *Desk) stand(f *finding) {
	c := d.orders[f.order]
	if c == nil {
		c = &orderCase{}
		d.orders[f.order] = c
	}
	if i := slices.IndexFunc(c.findings, func(o *finding) bool { return o.cause == f.cause }); i >= 0 {
		d.withdraw(c.findings[i]) // its record had gone, and it is found again
	}
	c.findings = append(c.findings, f)
	b := d.buyers[f.buyer]
	if b == nil {
		b = &account{}
		d.buyers[f.buyer] = b
	}
	b.add(f)
	if f.cleanse > d.now {
		d.schedule(entry{at: f.cleanse, do: lookAtOrder, order: f.order})
	}
	d.schedule(entry{at: f.at + d.p.orderKnown(), do: lookAtOrder, order: f.order})
	d.schedule(entry{at: f.at + d.p.needed(), do: lookAtBuyer, key: f.buyer})
	d.touch(f)
}

// withdraw takes a finding back.
func (d *Desk) withdraw(f *finding) {
	same := func(o *finding) bool { return o == f }
	if c := d.orders[f.order]; c != nil {
		c.findings = slices.DeleteFunc(c.findings, same)
	}
	if b := d.buyers[f.buyer]; b != nil {
		b.remove(f)
	}
	d.touch(f)
}

func (d *Desk) touch(f *finding) {
	d.dirty.orders.mark(f.order, f.cause)
	d.dirty.buyers.mark(f.buyer, f.cause)
}

// orderDue looks at an order whose time has come: to leave the indicators, or
// to be forgotten, whereby nothing is undone.
func (d *Desk) orderDue(k orderKey) {
	c := d.orders[k]
	if c == nil {
		return
	}
	recent := func(f *finding) bool { return d.now < f.at+d.p.orderKnown() }
	if !slices.ContainsFunc(c.findings, recent) && d.now >= c.ordered+d.p.orderKnown() {
		delete(d.orders, k)
		return
	}
	d.settleOrder(k, "")
}

// settleOrder makes what stands for an order what its findings ask for. Where
// that is less than before, undone is the cause that was taken back.
func (d *Desk) settleOrder(k orderKey, undone string) {
	c := d.orders[k]
	if c == nil {
		return
	}
	var closes, frees, excludes string
	for _, f := range c.findings {
		if f.closes && closes == "" {
			closes = f.cause
		}
		if f.frees && frees == "" {
			frees = f.cause
		}
		if f.cleanse <= d.now && excludes == "" {
			excludes = f.cause
		}
	}
	was := c.closed
	c.closed = d.settleDecision(k, orderguard.CloseOrder, c.closed, closes, undone)
	if was == "" && c.closed != "" {
		c.ordered = d.now
	}
	c.freed = d.settleDecision(k, orderguard.FreeSeller, c.freed, frees, undone)
	if excludes != c.excluded {
		c.excluded = excludes
		d.emit(Change{Exclude: &orderguard.Exclusion{Shop: k.shop, Order: k.order, Cause: excludes, At: d.now}})
	}
	if len(c.findings) == 0 && c.ordered == 0 {
		delete(d.orders, k) // else when its last finding is forgotten, see orderDue
	}
}

// settleDecision makes or reverses a decision on an order, and returns the one
// that stands.
func (d *Desk) settleDecision(k orderKey, kind orderguard.DecisionKind, standing, wanted, undone string) string {
	switch {
	case standing == "" && wanted != "":
		return d.decided(orderguard.Decision{Kind: kind, Order: k.order, Shop: k.shop, Cause: wanted})
	case standing != "" && wanted == "":
		// A kind of its own, so that whoever looks at kinds alone closes nothing twice.
		reversal := orderguard.ReopenOrder
		if kind == orderguard.FreeSeller {
			reversal = orderguard.BindSeller
		}
		d.decided(orderguard.Decision{Kind: reversal, Order: k.order, Shop: k.shop, Cause: undone, Reverses: standing})
		return ""
	}
	return standing
}

// settle makes decisions follow the findings, once for each order and buyer
// that an act has touched, however often it did.
func (d *Desk) settle() {
	for _, k := range d.dirty.orders.list {
		d.settleOrder(k, d.dirty.orders.cause[k])
	}
	for _, b := range d.dirty.buyers.list {
		d.settleBuyer(b, d.dirty.buyers.cause[b], orderguard.Wording{})
	}
	for _, k := range d.dirty.quiet.list {
		d.settleQuiet(k)
	}
	for _, r := range d.dirty.rules.list {
		d.emit(Change{Rule: new(*d.rules[r])})
	}
	d.dirty = dirty{}
}

// dirty is what an act has touched.
type dirty struct {
	orders marks[orderKey]
	buyers marks[string]
	quiet  marks[quietKey]
	rules  marks[RuleRef]
}

// marks holds keys in the order in which they were first marked, each with the
// cause of that.
type marks[K comparable] struct {
	list  []K
	cause map[K]string
}

func (m *marks[K]) mark(k K, cause string) {
	if _, marked := m.cause[k]; marked {
		return
	}
	if m.cause == nil {
		m.cause = map[K]string{}
	}
	m.list, m.cause[k] = append(m.list, k), cause
}
