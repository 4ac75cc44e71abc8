package main

import (
	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/store"
)

// cases lets the API do and read casework. What an act has to know is looked up
// here, before it is journalled: an act in the journal needs nothing else.
type cases struct {
	flow  *flow
	store *store.Store
	book  *casebook
	ready func() error
	turns turns // of verdicts, by shop
}

// maxBuyerAlerts is how many of a buyer's latest alerts an examination looks at.
const maxBuyerAlerts = 1000

// seenOf returns what casework has to know of the alerts on an order.
func seenOf(alerts []orderguard.Alert) []casework.Seen {
	list := make([]casework.Seen, 0, len(alerts))
	for _, a := range alerts {
		list = append(list, casework.Seen{Scenario: a.Scenario, Severity: a.Severity, Score: a.Score, Status: a.Status, Attack: a.Attack})
	}
	return list
}

// examination returns the look at a report of an order: its alerts, and the
// buyer's conduct over the whole site.
func (c *cases) examination(report string, o casework.Order, on []orderguard.Alert) (x casework.Examine, err error) {
	x = casework.Examine{Report: report, Order: o, Alerts: seenOf(on)}
	c.book.look(func(_ *casework.Desk, l *casework.Ledger) {
		conduct := l.Conduct(o.Buyer)
		x.Buyer = casework.BuyerRecord{
			Orders: conduct.Orders, Completed: conduct.Completed, Refunded: conduct.Refunded, Disputed: conduct.Disputed, Contested: conduct.Contested,
		}
	})
	alerts, err := c.store.BuyerAlerts(o.Buyer, maxBuyerAlerts)
	if err != nil {
		return x, err
	}
	type at struct {
		shop     string
		scenario orderguard.Scenario
	}
	seen := map[at]bool{}
	for _, a := range alerts {
		if a.Status == orderguard.Normal {
			continue
		}
		if a.Shop == o.Shop {
			if a.Order != o.Order {
				x.Buyer.Here[a.Scenario]++
			}
			continue
		}
		x.Buyer.Alerts[a.Scenario]++
		if k := (at{a.Shop, a.Scenario}); !seen[k] {
			seen[k] = true
			x.Buyer.Shops[a.Scenario]++
		}
	}
	return x, nil
}

// open says whether acts are taken.
func (c *cases) open() error {
	if err := c.ready(); err != nil {
		return notTaken(err)
	}
	return nil
}
