package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/store"
)

// File files a report and examines it, in one record of the journal.
func (c *cases) File(ctx context.Context, by, shop string, f api.Filing) (orderguard.Report, error) {
	if err := c.open(); err != nil {
		return orderguard.Report{}, err
	}
	o, alerts, err := c.order(shop, f.Order)
	if err != nil {
		return orderguard.Report{}, err
	}
	if o.Known && o.Buyer == "" {
		return orderguard.Report{}, goneLines(f.Order)
	}
	if !o.Known {
		return orderguard.Report{}, casework.NoOrder(shop, f.Order)
	}
	var id string
	c.book.look(func(d *casework.Desk, _ *casework.Ledger) { id = d.ReportID(shop, f.Order, f.Scenario) })
	switch first, err := c.store.Report(id); {
	case err == nil && first.Shop == shop:
		return first, casework.ReportedBefore(id, f.Scenario)
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return orderguard.Report{}, toAPI(err)
	}
	file, examine := c.flow.actOf(by), c.flow.actOf("")
	file.File = &casework.File{Shop: shop, Scenario: f.Scenario, Statement: f.Statement.Statement, Evidence: orEmpty(f.Evidence), Order: o}
	x, err := c.examination(id, o, alerts)
	if err != nil {
		return orderguard.Report{}, err
	}
	examine.Examine = &x
	if err := c.flow.do(ctx, file, examine); err != nil {
		return orderguard.Report{}, err
	}
	return c.Report(id)
}

// Appeal appeals a report.
func (c *cases) Appeal(ctx context.Context, by, shop, report string, s api.Statement) (orderguard.Report, error) {
	act := c.flow.actOf(by)
	act.Appeal = &casework.Appeal{Report: report, Shop: shop, Statement: s.Statement, Evidence: orEmpty(s.Evidence)}
	return c.onReport(ctx, act, report)
}

// Decide decides a report.
func (c *cases) Decide(ctx context.Context, by, report string, r api.ReportRuling) (orderguard.Report, error) {
	is, err := c.Report(report)
	if err != nil {
		return is, err
	}
	o, alerts, err := c.order(is.Shop, is.Order)
	if err = butLost(err); err == nil && r.Upheld && !o.Known {
		err = c.requireOwn(is.Shop, is.Order)
	}
	if err != nil {
		return is, err
	}
	act := c.flow.actOf(by)
	act.Decide = &casework.Decide{Report: report, Upheld: r.Upheld, Scenario: r.Scenario, Severity: r.Severity, Grounds: r.Grounds, Revision: r.Revision, Order: o, Alerts: seenOf(alerts)}
	return c.onReport(ctx, act, report)
}

// onReport does an act on a report, and returns that as it stands then.
func (c *cases) onReport(ctx context.Context, act casework.Act, report string) (orderguard.Report, error) {
	if err := c.open(); err != nil {
		return orderguard.Report{}, err
	}
	if err := c.flow.do(ctx, act); err != nil {
		return orderguard.Report{}, err
	}
	return c.Report(report)
}

// Sanction is a reviewer's override of what stands on an account.
func (c *cases) Sanction(ctx context.Context, by string, s casework.Sanction) (orderguard.Sanction, error) {
	if err := c.open(); err != nil {
		return orderguard.Sanction{}, err
	}
	act := c.flow.actOf(by)
	act.Sanction = &s
	if err := c.flow.do(ctx, act); err != nil {
		return orderguard.Sanction{}, err
	}
	return c.sanction(s.Buyer), nil
}

// sanction returns what stands on an account now.
func (c *cases) sanction(buyer string) (s orderguard.Sanction) {
	c.book.look(func(d *casework.Desk, _ *casework.Ledger) {
		s = d.Buyer(buyer, max(orderguard.Millis(c.flow.now()), d.Last()))
	})
	return s
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// toCase turns what the store says of casework into the API's words.
func toCase(err error) error {
	if errors.Is(err, store.ErrBadPlace) {
		return fmt.Errorf("%w: %w", api.ErrInvalid, err)
	}
	return toAPI(err)
}
