package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/api"
	"github.com/orderguard/orderguard/casework"
	"github.com/orderguard/orderguard/detect"
	"github.com/orderguard/orderguard/ingest"
	"github.com/orderguard/orderguard/store"
)

// saidOrder is what lines of the journal say of an order at one shop.
type saidOrder struct {
	shop, buyer    string
	created        orderguard.Millis // 0: no line says it
	first          orderguard.Millis // the earliest event
	shipped, ended bool
}

// saidOf returns what lines say of an order, by the shop that they name, the shop of
// the first line first. A stray line may name another shop than the order's.
func saidOf(lines [][]byte, id string) (list []saidOrder) {
	var d ingest.Decoder
	for _, line := range lines {
		var e orderguard.Event
		d.Reset()
		if d.Decode(line, &e) != nil || e.Order != id || e.Kind < orderguard.OrderCreated || e.Kind > orderguard.ReviewGiven {
			continue
		}
		i := slices.IndexFunc(list, func(o saidOrder) bool { return o.shop == e.Shop })
		if i < 0 {
			i = len(list)
			list = append(list, saidOrder{shop: strings.Clone(e.Shop), first: e.Time}) // the event's are good until Reset
		}
		list[i].hear(&e)
	}
	return list
}

// hear takes in what an event says.
func (o *saidOrder) hear(e *orderguard.Event) {
	o.first = min(o.first, e.Time)
	if o.buyer == "" || e.Kind == orderguard.OrderCreated && o.created == 0 {
		o.buyer = strings.Clone(e.Buyer)
	}
	switch e.Kind {
	case orderguard.OrderCreated:
		o.created = earlier(o.created, e.Time)
	case orderguard.OrderShipped, orderguard.OrderDelivered, orderguard.OrderCompleted:
		o.shipped = true
	case orderguard.OrderCancelled, orderguard.OrderRefunded:
		o.ended = true
	}
}

// earlier returns the earlier of two times, of which 0 is not known.
func earlier(a, b orderguard.Millis) orderguard.Millis {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// order returns the alerts on an order of a shop, and what is known of it: the union of what the journal's
// lines say and of what the ledger has counted, which is whole for the days that it
// keeps, and of an order that is flagged, what its alerts say. Where lines may be gone
// that said that it was shipped, it counts as shipped: nothing is closed on a guess.
//
// It is not known if it is another shop's, or never was: attempts that were
// blocked are no orders. If it is known and has no buyer, what said it is gone. With api.ErrLost
// either may be otherwise, and records that are lost have said so.
func (c *cases) order(shop, id string) (o casework.Order, alerts []orderguard.Alert, err error) {
	o = casework.Order{Order: id, Shop: shop}
	lines, all, err := c.linesOf(id, screenFeed)
	lost := lostOnly(err)
	if err != nil && lost == nil {
		return o, nil, err
	}
	if alerts, err = c.alertsOn(shop, id); err != nil {
		return o, nil, err
	}
	said := saidOf(lines, id)
	counted := c.countedAt(shop, id, said)
	if !owns(shop, said, counted, len(alerts) > 0) {
		return o, alerts, lost
	}
	own, known := counted[shop], saidOrder{}
	if i := slices.IndexFunc(said, func(o saidOrder) bool { return o.shop == shop }); i >= 0 {
		known = said[i]
	}
	if known.first == 0 && !own.Known {
		if attempts, _, err := c.linesOf(id); err != nil || len(attempts) > 0 {
			return o, alerts, err // it was only asked for
		}
	}
	if lost != nil && known.created == 0 && !own.Known && len(alerts) == 0 {
		return o, alerts, lost // its creation may be another shop's
	}
	o.Known, o.Buyer = true, known.buyer
	o.Created = earlier(cmp.Or(known.created, known.first), own.Created)
	exact := sawBeginning(&own, &known)
	for _, a := range alerts {
		o.Buyer = cmp.Or(o.Buyer, a.Buyer)
		o.Created = cmp.Or(o.Created, a.FlaggedAt)
		exact = exact && !beganLate(&own, a.Scenario, a.FlaggedAt)
	}
	first, _, _ := c.store.Journal()
	exact = exact || all && (first <= 1 || known.created != 0)
	o.Shipped, o.Ended = known.shipped || own.Shipped || !exact, known.ended || own.Ended
	if o.Buyer == "" {
		if o.Buyer, err = c.reportedBuyer(shop, id); err == nil && o.Buyer == "" {
			err = lost
		}
	}
	return o, alerts, err
}

// lostOnly returns an api.ErrLost, and nil for any other error.
func lostOnly(err error) error {
	if errors.Is(err, api.ErrLost) {
		return err
	}
	return nil
}

// butLost leaves an api.ErrLost out: what may be lost is as good as not known.
func butLost(err error) error {
	if errors.Is(err, api.ErrLost) {
		return nil
	}
	return err
}

// linesOf returns the lines of an order in the journal, and whether they are all that
// it has of it. With api.ErrLost there may have been others.
func (c *cases) linesOf(id string, except ...string) (lines [][]byte, all bool, err error) {
	lines, err = c.store.Order(id, except...)
	if errors.Is(err, store.ErrIncomplete) {
		return lines, false, toAPI(err)
	}
	if errors.Is(err, store.ErrMany) {
		return lines, false, nil
	}
	return lines, true, toAPI(err)
}

// sawBeginning says whether the ledger has counted an order from its beginning: not
// only from an event on that came when it had let it go. Its times are full seconds.
func sawBeginning(counted *casework.Order, said *saidOrder) bool {
	return counted.Known && (said.first == 0 || counted.Created+1000 <= said.first || said.created != 0 && counted.Created <= said.created)
}

// beganLate says whether the ledger knows nothing of an order from before it was flagged,
// where that was not for its creation: it had let the order go, and began anew.
func beganLate(counted *casework.Order, s orderguard.Scenario, flaggedAt orderguard.Millis) bool {
	switch s {
	case orderguard.MaliciousRefund, orderguard.MaliciousDispute, orderguard.MaliciousReview:
		flaggedAt -= 1000 // the ledger's times are full seconds
	}
	return counted.Created > flaggedAt
}

// countedAt returns what the ledger has counted of an order, at a shop and at those
// that lines name.
func (c *cases) countedAt(shop, id string, said []saidOrder) map[string]casework.Order {
	counted := map[string]casework.Order{}
	c.book.look(func(_ *casework.Desk, l *casework.Ledger) {
		counted[shop] = l.Order(shop, id)
		for _, o := range said {
			counted[o.shop] = l.Order(o.shop, id)
		}
	})
	return counted
}

// owns says whether an order is a shop's: that of its creation, or if that is not
// known, of its alert, or else of its earliest event.
func owns(shop string, said []saidOrder, counted map[string]casework.Order, flagged bool) bool {
	var creator *saidOrder
	for i := range said {
		if o := &said[i]; o.created != 0 && (creator == nil || o.created < creator.created) {
			creator = o
		}
	}
	if creator != nil {
		return creator.shop == shop
	}
	if flagged {
		return true
	}
	began := func(shop string) orderguard.Millis {
		at := counted[shop].Created
		for _, o := range said {
			if o.shop == shop {
				at = earlier(at, o.first)
			}
		}
		return at
	}
	own := began(shop)
	for _, o := range said {
		if o.shop != shop && began(o.shop) < own {
			return false
		}
	}
	return own != 0
}

// alertsOn returns the alerts on an order of a shop, by scenario.
func (c *cases) alertsOn(shop, order string) (list []orderguard.Alert, err error) {
	for s := orderguard.Scenario(1); int(s) < orderguard.Scenarios; s++ {
		a, err := c.store.AlertNow(shop, detect.AlertID(order, s))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, nil
}

// reportedBuyer returns the buyer of an order that a shop has reported before, "" if
// it has not.
func (c *cases) reportedBuyer(shop, order string) (string, error) {
	for s := orderguard.Scenario(1); int(s) < orderguard.Scenarios; s++ {
		for _, id := range casework.ReportIDs(shop, order, s) {
			r, err := c.store.Report(id)
			switch {
			case err == nil && r.Shop == shop:
				return r.Buyer, nil
			case err != nil && !errors.Is(err, store.ErrNotFound):
				return "", err
			}
		}
	}
	return "", nil
}

// requireOwn refuses what another shop has reported, as lines say that came after that.
func (c *cases) requireOwn(shop, order string) error {
	lines, _, err := c.linesOf(order, screenFeed)
	if err = butLost(err); err != nil {
		return err
	}
	for _, said := range saidOf(lines, order) {
		if said.created != 0 && said.shop != shop {
			return &casework.Refusal{Problem: casework.Conflict, Ref: order, Wording: orderguard.Wording{
				En: fmt.Sprintf("order %q is another shop's than that which reported it: its creation came later than the report", order),
				Zh: fmt.Sprintf("订单 %q 不属于举报的店铺", order),
			}}
		}
	}
	return nil
}

// goneLines refuses a report on an order of which is not known who bought it.
func goneLines(order string) error {
	return &casework.Refusal{Problem: casework.NotFound, Ref: order, Wording: orderguard.Wording{
		En: fmt.Sprintf("the lines of order %q are gone: they are older than what the journal keeps, so its buyer is not known", order),
		Zh: fmt.Sprintf("订单 %q 的记录已超出保存期限，无法确定买家", order),
	}}
}
