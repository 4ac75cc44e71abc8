package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"slices"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/store"
)

// Report returns a report.
func (c *cases) Report(id string) (orderguard.Report, error) {
	r, err := c.store.Report(id)
	return r, toAPI(err)
}

// ShopReports returns reports of a shop.
func (c *cases) ShopReports(shop string, after uint64, limit int) ([]orderguard.Report, uint64, bool, error) {
	return c.store.ShopReports(shop, after, limit)
}

// Queue returns the reports that wait for a decision, as they are committed: the desk is ahead
// of that for as long as it takes.
func (c *cases) Queue(after casework.Turn, limit int) (list []api.QueuedReport, more bool, err error) {
	now := orderguard.Millis(c.flow.now())
	c.book.look(func(d *casework.Desk, _ *casework.Ledger) {
		for r := range d.Queue(after) {
			if more = len(list) == limit; more {
				return
			}
			list = append(list, api.QueuedReport{Report: orderguard.Report{ID: r.ID}, Seller: d.Seller(r.Shop)})
		}
	})
	for i := range list {
		r := &list[i]
		kept, err := c.store.Report(r.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, false, toAPI(err)
		}
		r.Report, r.Overdue = kept, kept.Overdue(now)
	}
	list = slices.DeleteFunc(list, func(r api.QueuedReport) bool { return r.Due == 0 })
	return list, more && len(list) > 0, nil
}

// Reviewed returns a report with the records of its shop and of its buyer.
func (c *cases) Reviewed(id string) (r api.ReviewedReport, err error) {
	if r.Report, err = c.Report(id); err != nil {
		return r, err
	}
	r.Overdue = r.Report.Overdue(orderguard.Millis(c.flow.now()))
	c.book.look(func(d *casework.Desk, l *casework.Ledger) {
		r.Seller, r.Record = d.Seller(r.Shop), recordOf(l, r.Buyer)
	})
	return r, nil
}

// Seller returns how a shop has used reports.
func (c *cases) Seller(shop string) (s casework.SellerRecord, err error) {
	c.book.look(func(d *casework.Desk, _ *casework.Ledger) { s = d.Seller(shop) })
	return s, nil
}

// Decisions returns decisions after a seq.
func (c *cases) Decisions(after uint64, limit int) ([]orderguard.Decision, bool, error) {
	return c.store.Decisions(after, limit)
}

// LastDecision returns the seq of the last decision.
func (c *cases) LastDecision() (uint64, error) { return c.store.LastDecision() }

// Indicators returns the figures of a shop.
func (c *cases) Indicators(shop string, days int) (in casework.Indicators, err error) {
	c.book.look(func(_ *casework.Desk, l *casework.Ledger) { in = l.Indicators(shop, days) })
	return in, nil
}

// Deltas returns what was added to a shop's raw figures.
func (c *cases) Deltas(shop string, from orderguard.Day, after string, limit int) ([]orderguard.Delta, string, bool, error) {
	list, next, more, err := c.store.Deltas(shop, from, after, limit)
	return list, next, more, toCase(err)
}

// DeltasTold returns them as they came.
func (c *cases) DeltasTold(shop string, from orderguard.Day, after uint64, limit int) ([]orderguard.Delta, uint64, bool, error) {
	list, next, more, err := c.store.DeltasTold(shop, from, after, limit)
	return list, next, more, toCase(err)
}

// shownAlerts is how many alerts of a buyer are shown.
const shownAlerts = 100

// Buyer returns a buyer's conduct and what stands on the account.
func (c *cases) Buyer(id string) (api.Buyer, error) {
	b := api.Buyer{Buyer: id, Sanction: c.sanction(id), Alerts: []api.BuyerAlert{}}
	c.book.look(func(_ *casework.Desk, l *casework.Ledger) {
		b.Record = recordOf(l, id)
	})
	alerts, err := c.store.BuyerAlerts(id, shownAlerts)
	if err != nil {
		return b, err
	}
	for _, a := range alerts {
		b.Alerts = append(b.Alerts, api.BuyerAlert{
			Alert: a.ID, Shop: a.Shop, Order: a.Order, Scenario: a.Scenario, Severity: a.Severity, Score: a.Score, Status: a.Status, FlaggedAt: a.FlaggedAt,
		})
	}
	if b.Record.Orders == 0 && len(alerts) == 0 && b.Sanction.Level == orderguard.Unrestricted {
		return b, api.ErrNotFound
	}
	return b, nil
}

// recordOf counts what a buyer did over the whole site.
func recordOf(l *casework.Ledger, buyer string) api.BuyerRecord {
	conduct := l.Conduct(buyer)
	return api.BuyerRecord{
		Days: l.Days(), Orders: conduct.Orders, Shops: conduct.Shops, Paid: conduct.Paid,
		Completed: conduct.Completed, Refunded: conduct.Refunded, Disputed: conduct.Disputed, Contested: conduct.Contested,
	}
}

// rulesIn lets the API read the rules that judge.
type rulesIn struct {
	pipeline *pipeline
	book     *casebook
}

// Rules returns the rules with what came of them.
func (r rulesIn) Rules() ([]api.Rule, error) {
	rules, stats := r.pipeline.rules()
	fired := map[string]uint64{}
	for _, s := range stats.Rules {
		fired[s.ID] = s.Orders
	}
	list := make([]api.Rule, 0, len(rules.Rules))
	r.book.look(func(d *casework.Desk, _ *casework.Ledger) {
		for i := range rules.Rules {
			rule := &rules.Rules[i]
			rec := d.Rule(casework.RuleRef{Rule: rule.ID, Version: rule.Version})
			shown := api.Rule{
				ID: rule.ID, Version: rule.Version, Scenario: rule.Scenario, Shadow: rule.Shadow,
				Fired: int64(min(fired[rule.ID], math.MaxInt64)), Abnormal: rec.Abnormal, Normal: rec.Normal,
			}
			if share, ok := rec.Precision(); ok {
				shown.Precision = &share
			}
			list = append(list, shown)
		}
	})
	return list, nil
}

// errEnough ends a walk over acts.
var errEnough = errors.New("enough")

// Audit returns what people did, and the engine decided.
func (c *cases) Audit(after uint64, limit int) (list []api.AuditEntry, more bool, err error) {
	err = c.store.Acts(after+1, math.MaxUint64, func(place uint64, text []byte) error {
		if more = len(list) == limit; more {
			return errEnough
		}
		var a keptAct
		if err := json.Unmarshal(text, &a); err != nil {
			return err
		}
		if kind := a.kind(); kind != "" {
			list = append(list, api.AuditEntry{
				Entry: place, At: a.At, By: cmp.Or(a.By, "engine"), Kind: kind, Act: append(json.RawMessage{}, text...), Refused: a.Refused,
			})
		}
		return nil
	})
	if more {
		err = nil
	}
	return list, more, err
}
