package casework

import (
	"cmp"
	"fmt"
	"iter"
	"slices"

	"github.com/orderguard/orderguard"
)

// engine is who decides clear cases.
const engine = "engine"

// report is a report with what only the desk has to know.
type report struct {
	orderguard.Report
	alerts  []Seen // on the order, when it was last looked at
	finding *finding
	counted int // what it is in the seller's record: +1 upheld, -1 rejected
}

// undecided says whether someone has to decide the report.
func (r *report) undecided() bool { return r.Due != 0 }

// file takes a report.
func (d *Desk) file(by string, f *File) *Refusal {
	o := &f.Order
	if o.Order == "" || o.Shop != f.Shop || !o.Known {
		return NoOrder(f.Shop, o.Order)
	}
	id := d.ReportID(o.Shop, o.Order, f.Scenario)
	if d.reports[id] != nil {
		return ReportedBefore(id, f.Scenario)
	}
	if d.now > o.Created+d.p.Reports.OrderAge {
		within := lasting(d.p.Reports.OrderAge)
		return refuse(TooOld, o.Order, fmt.Sprintf("the order is from %s; orders can be reported for %s", o.Created, within.En), "该订单已超过可举报期限（"+within.Zh+"）")
	}
	s := d.seller(f.Shop)
	if limit := d.openLimit(s); int64(s.Open) >= limit {
		return refuse(TooMany, "", fmt.Sprintf("the shop has %s, and may have at most %d; wait for a decision", some(int64(s.Open), "open report"), limit), fmt.Sprintf("本店待处理的举报已达上限（%d 个），请等待处理结果", limit))
	}
	r := &report{Report: orderguard.Report{
		ID: id, Order: o.Order, Shop: o.Shop, Buyer: o.Buyer, Scenario: f.Scenario, State: orderguard.Submitted,
		Statement: f.Statement, Evidence: append([]string{}, f.Evidence...), By: by, FiledAt: d.now,
		Forget: d.now + d.p.Records.Keep,
	}}
	d.reports[id] = r
	d.awaits(r, d.now+d.p.Reports.DecideWithin)
	d.schedule(entry{at: r.Forget, do: lookAtReport, key: id})
	d.show(r)
	d.recount(f.Shop, 1, 0, 0)
	return nil
}

// NoOrder refuses a report of an order that the shop has not.
func NoOrder(shop, order string) *Refusal {
	return refuse(NotFound, order, fmt.Sprintf("shop %q has no order %q", shop, order), "本店没有该订单")
}

// ReportedBefore refuses a second report of an order under a scenario.
func ReportedBefore(first string, s orderguard.Scenario) *Refusal {
	return refuse(Exists, first, fmt.Sprintf("the order was reported under %s before: see report %s", s, first), "该订单已按此场景举报过，请查看举报 "+first)
}

// show tells the report as it stands. What was told before is never changed.
func (d *Desk) show(r *report) {
	r.Revision++
	c := r.Report
	c.Rulings = slices.Clone(r.Rulings)
	d.emit(Change{Report: &c})
}

// rule gives a report its decision, and lets what follows from it stand. That on an appeal
// is final; one that was overturned may be appealed like one that was rejected at once.
func (d *Desk) rule(r *report, o Order, ruling orderguard.Ruling) {
	ruling.At = d.now
	open := r.undecided()
	r.Rulings = append(r.Rulings, ruling)
	d.awaits(r, 0)
	switch {
	case r.Appeal != nil:
		r.State, r.AppealBy = orderguard.Final, 0
	case ruling.Upheld:
		r.State = orderguard.Upheld
	default:
		r.State = orderguard.Rejected
	}
	if r.Appeal == nil {
		r.AppealBy = d.now + d.p.Reports.AppealWithin
		d.schedule(entry{at: r.AppealBy + 1, do: lookAtReport, key: r.ID})
	}
	if r.finding != nil {
		d.withdraw(r.finding)
		r.finding = nil
	}
	if ruling.Upheld {
		o.Order, o.Shop, o.Buyer = r.Order, r.Shop, r.Buyer
		f := d.found(o, "report/"+r.ID, ruling.Scenario, attackOf(r.alerts, ruling.Scenario), d.weigh(ruling.Severity, ruling.Scenario, 100, true))
		f.report, f.cleanse = true, d.now+d.p.Reports.CleanseAfter
		r.finding = f
		d.stand(f)
	}
	d.show(r)
	d.countDecision(r, open, ruling.Upheld)
	d.settle()
}

// countDecision moves the seller's record by a decision.
func (d *Desk) countDecision(r *report, open, upheld bool) {
	was := d.counts(r)
	if r.counted = -1; upheld {
		r.counted = 1
	}
	is, nOpen := d.counts(r), 0
	if open {
		nOpen = -1
	}
	d.recount(r.Shop, nOpen, is.upheld-was.upheld, is.rejected-was.rejected)
}

// decidedOrder is what an order is in its seller's record.
type decidedOrder struct{ upheld, rejected int }

// counts returns what the order of a report counts as: once, whatever the number of
// scenarios under which it was reported, and as upheld if any of these was.
func (d *Desk) counts(of *report) (c decidedOrder) {
	for s := orderguard.Scenario(1); int(s) < orderguard.Scenarios; s++ {
		r := d.reports[d.ReportID(of.Shop, of.Order, s)]
		if r == nil || r.Shop != of.Shop {
			continue
		}
		switch r.counted {
		case 1:
			return decidedOrder{upheld: 1}
		case -1:
			c.rejected = 1
		}
	}
	return c
}

// decide takes a reviewer's decision.
func (d *Desk) decide(by string, c *Decide) *Refusal {
	r := d.reports[c.Report]
	if r == nil {
		return noReport(c.Report)
	}
	scenario := cmp.Or(c.Scenario, r.Scenario)
	alerts := r.alerts
	if len(c.Alerts) > 0 { // it may have been flagged since
		alerts = c.Alerts
	}
	ruling := orderguard.Ruling{Upheld: c.Upheld, By: by, Grounds: c.Grounds}
	if c.Upheld {
		ruling.Scenario, ruling.Severity = scenario, cmp.Or(c.Severity, severityOf(alerts, scenario), orderguard.High)
	}
	if n := len(r.Rulings); n > 0 && !r.undecided() {
		if last := r.Rulings[n-1]; ruling == (orderguard.Ruling{
			Upheld: last.Upheld, Scenario: last.Scenario, Severity: last.Severity, By: last.By, Grounds: last.Grounds,
		}) {
			return nil // sent again
		}
	}
	if c.Revision != 0 && c.Revision != r.Revision {
		return refuse(Conflict, r.ID, fmt.Sprintf("report %s has changed: the decision was made on revision %d, and it is revision %d now; read it again", r.ID, c.Revision, r.Revision),
			"该举报已有变化，请重新查看后再处理")
	}
	if slices.ContainsFunc(r.Rulings, func(before orderguard.Ruling) bool { return before.By == by }) {
		return refuse(Forbidden, r.ID, "you decided this report before; another reviewer has to decide it now", "您已处理过该举报，须由另一位审核员处理")
	}
	switch {
	case r.undecided():
	case r.State == orderguard.Upheld && !c.Upheld:
		if c.Revision == 0 {
			return refuse(Conflict, r.ID, fmt.Sprintf("report %s was upheld by %s; to overturn that, send the revision of the report that you have read", r.ID, r.Rulings[len(r.Rulings)-1].By),
				"该举报已被认定；如需推翻，请重新查看后提交其版本号")
		}
	default:
		return refuse(Conflict, r.ID, fmt.Sprintf("report %s is %s; only one that is submitted, reviewing, appealed, or upheld and to be overturned can be decided", r.ID, r.State), "该举报当前状态不能处理")
	}
	r.alerts = alerts
	d.rule(r, c.Order, ruling)
	return nil
}

// appeal takes a seller's appeal.
func (d *Desk) appeal(by string, a *Appeal) *Refusal {
	r := d.reports[a.Report]
	if r == nil || r.Shop != a.Shop {
		return noReport(a.Report)
	}
	if r.Appeal != nil && r.Appeal.Statement == a.Statement && slices.Equal(r.Appeal.Evidence, a.Evidence) {
		return nil // sent again
	}
	switch {
	case r.Appeal != nil:
		return refuse(Conflict, r.ID, "the report was appealed before; there is one appeal", "该举报已申诉过，只能申诉一次")
	case r.State == orderguard.Final && !r.Upheld():
		return refuse(TooOld, r.ID, "the decision is final, the time for an appeal is over", "申诉期已过")
	case r.State != orderguard.Rejected:
		return refuse(Conflict, r.ID, fmt.Sprintf("the report is %s; only a rejected one can be appealed", r.State), "只有被驳回的举报可以申诉")
	}
	r.Appeal = &orderguard.Appeal{By: by, At: d.now, Statement: a.Statement, Evidence: append([]string{}, a.Evidence...)}
	r.State, r.AppealBy = orderguard.Appealed, 0
	d.awaits(r, d.now+d.p.Reports.DecideWithin)
	d.show(r)
	d.recount(r.Shop, 1, 0, 0)
	return nil
}

func noReport(id string) *Refusal {
	return refuse(NotFound, id, fmt.Sprintf("there is no report %q", id), "没有该举报")
}

// reportDue looks at a report whose time has come. A report that nobody has
// decided stays, however old.
func (d *Desk) reportDue(id string) {
	r := d.reports[id]
	if r == nil {
		return
	}
	if r.AppealBy != 0 && d.now > r.AppealBy {
		r.State, r.AppealBy = orderguard.Final, 0
		d.show(r)
	}
	if d.now < r.Forget {
		return
	}
	if r.State != orderguard.Final {
		d.schedule(entry{at: d.now + day, do: lookAtReport, key: id})
		return
	}
	was := d.counts(r)
	delete(d.reports, id)
	d.emit(Change{Gone: &Gone{Report: id, Shop: r.Shop, At: d.now}})
	is := d.counts(r)
	d.recount(r.Shop, 0, is.upheld-was.upheld, is.rejected-was.rejected)
}

// Report returns a report as it stands, nil if there is none.
func (d *Desk) Report(id string) *orderguard.Report {
	if r := d.reports[id]; r != nil {
		c := r.Report
		c.Rulings = slices.Clone(r.Rulings)
		return &c
	}
	return nil
}

// Turn is where a report stands in the queue: what is due, then the id.
type Turn struct {
	Due orderguard.Millis
	ID  string
}

// Compare orders turns.
func (t Turn) Compare(o Turn) int { return cmp.Or(cmp.Compare(t.Due, o.Due), cmp.Compare(t.ID, o.ID)) }

func (r *report) turn() Turn { return Turn{r.Due, r.ID} }

// Queue gives the reports that are to be decided behind a turn, the first due first. Those that are
// submitted wait for their examination, the others for a reviewer. None may be kept.
func (d *Desk) Queue(after Turn) iter.Seq[*orderguard.Report] {
	at, found := d.place(after)
	if found {
		at++
	}
	return func(yield func(*orderguard.Report) bool) {
		for _, r := range d.queue[at:] {
			if !yield(&r.Report) {
				return
			}
		}
	}
}

// place returns where a turn is in the queue, or would be.
func (d *Desk) place(t Turn) (at int, found bool) {
	return slices.BinarySearchFunc(d.queue, t, func(r *report, t Turn) int { return r.turn().Compare(t) })
}

// awaits has a report decided by a time, 0 for that it is decided.
func (d *Desk) awaits(r *report, due orderguard.Millis) {
	if at, found := d.place(r.turn()); found {
		d.queue = slices.Delete(d.queue, at, at+1)
	}
	if r.Due = due; due != 0 {
		at, _ := d.place(r.turn())
		d.queue = slices.Insert(d.queue, at, r)
	}
}
