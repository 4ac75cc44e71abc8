package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
)

// fakeCases is casework kept in memory: a real desk and a real ledger, and what
// they said, in lists.
type fakeCases struct {
	now       orderguard.Millis
	desk      *casework.Desk
	ledger    *casework.Ledger
	placed    map[string]orderguard.Event // created, by order
	filed     []string                    // reports, in order
	decisions []orderguard.Decision
	deltas    []orderguard.Delta
	trail     []AuditEntry
	rules     []Rule
	screening casework.Screening
	screened  []string
}

func newFakeCases() fakeCases {
	p := casework.DefaultPolicy()
	return fakeCases{now: 1_700_000_000_000, desk: casework.NewDesk(p), ledger: casework.NewLedger(p), placed: map[string]orderguard.Event{},
		screening: casework.Screening{Action: casework.AllowOrder}}
}

// trade brings an order and a dispute of it.
func (f *fake) trade(shop, buyer, order string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := orderguard.Event{Kind: orderguard.OrderCreated, ID: "e-" + order, Time: f.now, Shop: shop, Buyer: buyer, Order: order, SKU: "=k-1"}
	f.placed[order] = e
	f.ledger.Events([]orderguard.Event{e}, 0, f.follow)
	e.Kind, e.ID, e.Dispute, e.Reason = orderguard.DisputeOpened, "d-"+order, "d-"+order, orderguard.Quality
	f.ledger.Events([]orderguard.Event{e}, 0, f.follow)
}

// follow keeps what followed. The caller holds the lock.
func (f *fake) follow(changes []casework.Change) {
	for _, c := range changes {
		switch {
		case c.Decision != nil:
			f.decisions = append(f.decisions, *c.Decision)
		case c.Delta != nil:
			f.deltas = append(f.deltas, *c.Delta)
		case c.Verdict != nil:
			f.answer(c.Verdict)
		case c.Report != nil && !slices.Contains(f.filed, c.Report.ID):
			f.filed = append(f.filed, c.Report.ID)
		}
	}
}

// act does something at the desk, a second after what was done before. The
// caller holds the lock.
func (f *fake) act(by, kind string, a casework.Act) error {
	if f.fail != nil {
		return f.fail
	}
	f.now += 1000
	a.By, a.At = by, f.now
	changes, err := f.desk.Apply(a)
	f.follow(changes)
	f.follow(f.ledger.Follow(changes))
	raw, _ := json.Marshal(a)
	entry := AuditEntry{Entry: uint64(len(f.trail) + 1), At: f.now, By: by, Kind: kind, Act: raw}
	if err != nil {
		entry.Refused = err.Error()
	}
	f.trail = append(f.trail, entry)
	return err
}

// known says what is known of an order.
func (f *fake) known(shop, order string) casework.Order {
	e, ok := f.placed[order]
	return casework.Order{Order: order, Shop: cmp.Or(e.Shop, shop), Buyer: e.Buyer, Created: e.Time, Known: ok}
}

// answer changes the alert that a verdict is on.
func (f *fake) answer(v *orderguard.Verdict) {
	for i, a := range f.alerts {
		if a.ID == v.Alert && a.Shop == v.Shop {
			f.seq++
			a.Status, a.Verdict, a.Seq, a.Revision = v.Answer.Status(), v, f.seq, a.Revision+1
			f.alerts = append(slices.Delete(f.alerts, i, i+1), a)
			f.heads[a.Shop] = f.seq
			return
		}
	}
}

func (f *fake) Judge(_ context.Context, by, shop string, v Verdict) (list []json.RawMessage, total int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	j := casework.Judge{Shop: shop, Answer: v.Answer, Comment: v.Comment}
	is := func(a *orderguard.Alert) bool {
		return a.Shop == shop && (a.ID == v.Alert || v.Attack != "" && a.Attack == v.Attack)
	}
	for _, a := range f.alerts {
		if is(&a) {
			j.Flags = append(j.Flags, casework.Flag{Alert: a.ID, Attack: a.Attack, Scenario: a.Scenario, Severity: a.Severity, Order: f.known(shop, a.Order)})
		}
	}
	if len(j.Flags) == 0 {
		return nil, 0, cmp.Or(f.fail, fmt.Errorf("fake: %w", ErrNotFound))
	}
	if err := f.act(by, "verdict", casework.Act{Judge: &j}); err != nil {
		return nil, 0, err
	}
	for _, a := range f.alerts {
		if is(&a) {
			b, err := json.Marshal(a)
			if err != nil {
				return nil, 0, err
			}
			list = append(list, b)
		}
	}
	return list, len(j.Flags), nil
}

func (f *fake) File(_ context.Context, by, shop string, n Filing) (orderguard.Report, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.act(by, "report", casework.Act{File: &casework.File{Shop: shop, Scenario: n.Scenario, Statement: n.Statement.Statement, Evidence: n.Evidence, Order: f.known(shop, n.Order)}})
	return f.report(casework.ReportID(n.Order, n.Scenario), err)
}

func (f *fake) Appeal(_ context.Context, by, shop, report string, s Statement) (orderguard.Report, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.act(by, "appeal", casework.Act{Appeal: &casework.Appeal{Report: report, Shop: shop, Statement: s.Statement, Evidence: s.Evidence}})
	return f.report(report, err)
}

func (f *fake) Decide(_ context.Context, by, report string, r ReportRuling) (orderguard.Report, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := casework.Decide{Report: report, Upheld: r.Upheld, Scenario: r.Scenario, Severity: r.Severity, Grounds: r.Grounds, Revision: r.Revision}
	if of := f.desk.Report(report); of != nil {
		d.Order = f.known(of.Shop, of.Order)
	}
	return f.report(report, f.act(by, "decision", casework.Act{Decide: &d}))
}

func (f *fake) report(id string, err error) (orderguard.Report, error) {
	if err = cmp.Or(err, f.fail); err != nil {
		return orderguard.Report{}, fmt.Errorf("fake: %w", err)
	}
	r := f.desk.Report(id)
	if r == nil {
		return orderguard.Report{}, fmt.Errorf("fake: %w", ErrNotFound)
	}
	return *r, nil
}

func (f *fake) Report(id string) (orderguard.Report, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.report(id, nil)
}

func (f *fake) ShopReports(shop string, after uint64, limit int) (list []orderguard.Report, next uint64, more bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next = after
	for i, id := range f.filed {
		r := f.desk.Report(id)
		if uint64(i) < after || r.Shop != shop {
			continue
		}
		if len(list) == limit {
			return list, next, true, f.fail
		}
		list, next = append(list, *r), uint64(i+1)
	}
	if len(list) == 0 {
		next = 0 // which is nobody's business
	}
	return list, next, false, f.fail
}

func (f *fake) Queue(after casework.Turn, limit int) (list []QueuedReport, more bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for r := range f.desk.Queue(after) {
		if more = len(list) == limit; more {
			break
		}
		list = append(list, QueuedReport{Report: *r, Overdue: r.Overdue(f.now), Seller: f.desk.Seller(r.Shop)})
	}
	return list, more, f.fail
}

func (f *fake) Reviewed(id string) (r ReviewedReport, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r.Report, err = f.report(id, nil)
	c := f.ledger.Conduct(r.Buyer)
	r.Overdue, r.Seller = r.Report.Overdue(f.now), f.desk.Seller(r.Shop)
	r.Record = BuyerRecord{f.ledger.Days(), c.Orders, c.Shops, c.Paid, c.Completed, c.Refunded, c.Disputed, c.Contested}
	return r, err
}

func (f *fake) Seller(shop string) (casework.SellerRecord, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.desk.Seller(shop), f.fail
}

func (f *fake) Decisions(after uint64, limit int) ([]orderguard.Decision, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := f.decisions[min(after, uint64(len(f.decisions))):]
	n := min(limit, len(list))
	return slices.Clone(list[:n]), n < len(list), f.fail
}

func (f *fake) LastDecision() (uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return uint64(len(f.decisions)), f.fail
}

func (f *fake) Indicators(shop string, days int) (casework.Indicators, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ledger.Indicators(shop, days), f.fail
}

func (f *fake) Deltas(shop string, from orderguard.Day, after string, limit int) (list []orderguard.Delta, next string, more bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next = after
	for i, d := range f.deltas {
		place := strconv.Itoa(100000 + i)
		if d.Shop != shop || d.Day < from || place <= after {
			continue
		}
		if len(list) == limit {
			return list, next, true, f.fail
		}
		list, next = append(list, d), place
	}
	if len(list) == 0 {
		next = ""
	}
	return list, next, false, f.fail
}

func (f *fake) DeltasTold(shop string, from orderguard.Day, after uint64, limit int) (list []orderguard.Delta, next uint64, more bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next = after
	for i, d := range f.deltas {
		place := uint64(i + 1)
		if d.Shop != shop || d.Day < from || place <= after {
			continue
		}
		if len(list) == limit {
			return list, next, true, f.fail
		}
		list, next = append(list, d), place
	}
	return list, next, false, f.fail
}

func (f *fake) Buyer(id string) (b Buyer, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b = Buyer{Buyer: id, Sanction: f.desk.Buyer(id, f.now), Record: BuyerRecord{Days: 90}}
	for _, e := range f.placed {
		if e.Buyer == id {
			b.Record.Orders++
		}
	}
	if b.Record.Orders == 0 {
		return b, cmp.Or(f.fail, fmt.Errorf("fake: %w", ErrNotFound))
	}
	for _, a := range f.alerts {
		if a.Buyer == id {
			b.Alerts = append(b.Alerts, BuyerAlert{a.ID, a.Shop, a.Order, a.Scenario, a.Severity, a.Score, a.Status, a.FlaggedAt})
		}
	}
	return b, f.fail
}

func (f *fake) Sanction(_ context.Context, by string, s casework.Sanction) (orderguard.Sanction, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.act(by, "sanction", casework.Act{Sanction: &s})
	return f.desk.Buyer(s.Buyer, f.now), err
}

func (f *fake) Rules() ([]Rule, error) { return f.rules, f.fail }

func (f *fake) Screen(_ context.Context, line []byte) (casework.Screening, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var e struct {
		Status, Type, ID, Shop, Buyer, Order string
		TS                                   any
	}
	if err := json.Unmarshal(line, &e); err != nil || e.Status != "created" || e.Type != "order" || e.ID == "" || e.Shop == "" || e.Buyer == "" || e.Order == "" || !aTime(e.TS) {
		return casework.Screening{}, cmp.Or(f.fail, fmt.Errorf("%w: the event is no new order", ErrInvalid))
	}
	f.screened = append(f.screened, string(line))
	return f.screening, f.fail
}

// aTime says whether a value can be the time of an event.
func aTime(v any) bool {
	switch v := v.(type) {
	case string:
		_, err := time.Parse(time.RFC3339, v)
		return err == nil
	case float64:
		return v == math.Trunc(v)
	}
	return false
}

func (f *fake) Audit(after uint64, limit int) ([]AuditEntry, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := f.trail[min(after, uint64(len(f.trail))):]
	n := min(limit, len(list))
	return list[:n], n < len(list), f.fail
}
