package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// cases lets the API do and read casework. What an act has to know is looked up
// here, before it is journalled: an act in the journal needs nothing else.
type cases struct {
	flow  *flow
	store *store.Store
	book  *casebook
	ready func() error
}

// maxBuyerAlerts is how many of a buyer's latest alerts an examination looks at.
const maxBuyerAlerts = 1000

// order returns what is known of an order of a shop, from its events in the
// journal, and from the ledger what those have lost by its age.
func (c *cases) order(shop, id string) (o casework.Order, err error) {
	lines, err := c.store.Order(id)
	if err != nil && !errors.Is(err, store.ErrMany) {
		return o, toAPI(err)
	}
	if o = orderIn(lines, shop, id); !o.Known {
		c.book.look(func(_ *casework.Desk, l *casework.Ledger) { o = l.Order(shop, id) })
	}
	return o, nil
}

// orderIn returns what lines of the journal say of an order of a shop.
func orderIn(lines [][]byte, shop, id string) casework.Order {
	p := casework.DefaultPolicy()
	p.Indicators.Keep = orderguard.Millis((400 * 24 * time.Hour).Milliseconds())
	alone := casework.NewLedger(p)
	var d ingest.Decoder
	buyer := ""
	for _, line := range lines {
		var e orderguard.Event
		d.Reset()
		if d.Decode(line, &e) != nil || e.Order != id || e.Shop != shop {
			continue
		}
		alone.Events([]orderguard.Event{e}, 0, nil) // no order is taken out of it
		if buyer == "" {
			buyer = strings.Clone(e.Buyer) // the event's is good until Reset
		}
	}
	o := alone.Order(shop, id)
	o.Buyer = buyer
	return o
}

// examination returns the look at a report of an order: its alerts, and the
// buyer's conduct over the whole site.
func (c *cases) examination(report string, o casework.Order) (x casework.Examine, err error) {
	x = casework.Examine{Report: report, Order: o, Alerts: []casework.Seen{}}
	for s := orderguard.Scenario(1); int(s) < orderguard.Scenarios; s++ {
		a, err := c.store.AlertNow(o.Shop, detect.AlertID(o.Order, s))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return x, err
		}
		x.Alerts = append(x.Alerts, casework.Seen{Scenario: s, Severity: a.Severity, Score: a.Score, Status: a.Status, Attack: a.Attack})
	}
	c.book.look(func(_ *casework.Desk, l *casework.Ledger) {
		conduct := l.Conduct(o.Buyer)
		x.Buyer = casework.BuyerRecord{Orders: conduct.Orders, Completed: conduct.Completed, Refunded: conduct.Refunded, Disputed: conduct.Disputed}
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
		if a.Shop == o.Shop || a.Status == orderguard.Normal {
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
		return fmt.Errorf("%w: %w", api.ErrBusy, err)
	}
	return nil
}
