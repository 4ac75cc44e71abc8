package detect

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// spreadNames are the fields that a spread can take.
var spreadNames = []string{FieldBuyerAge.String()}

// measure reads what the condition measures, and over what kinds of events.
func (p *parser) measure(c *condDraft) bool {
	var which []string
	for m := Count; int(m) < measures; m++ {
		if c.keys[m.String()] != nil {
			c.Measure = m
			which = append(which, m.String())
		}
	}
	if len(which) != 1 {
		if len(which) == 0 {
			p.at(c.node, "the condition measures nothing; add one of %s", strings.Join(measureNames[1:], ", "))
		} else {
			p.at(c.node, "the condition measures %s at once; make a condition of each", strings.Join(which, " and "))
		}
		return false
	}
	for _, key := range []string{"shops", "apart"} {
		if n := c.keys[key]; n != nil && c.Measure != Lockstep {
			p.at(n, "%s says how accounts go in lockstep, and this is a %s; remove it", key, c.Measure)
		}
	}
	n, of := c.keys[which[0]], c.keys["of"]
	if c.Measure == Count || c.Measure == Surprise {
		if of != nil {
			p.at(of, "a %s names its kind of event itself (%s: order.created); remove \"of:\"", c.Measure, c.Measure)
			return false
		}
		var ok bool
		c.Of.Kinds, ok = p.kinds(n, which[0])
		return ok
	}
	if of == nil {
		if c.Measure != Rate {
			p.fieldOf(c, n)
		}
		p.at(c.node, "%s needs \"of:\", the kind of event that is measured; add it, such as \"of: order.created\"", which[0])
		return false
	}
	kinds, ok := p.kinds(of, "of")
	if c.Measure == Rate {
		c.Over.Kinds = kinds
		var hitsOK bool
		c.Of.Kinds, hitsOK = p.kinds(n, "rate")
		return ok && hitsOK
	}
	c.Of.Kinds = kinds
	return p.fieldOf(c, n) && ok
}

// fieldOf reads the field that the condition measures.
func (p *parser) fieldOf(c *condDraft, n *yaml.Node) bool {
	names := map[Measure][]string{
		Distinct: distinctNames, Sum: sumNames, Spread: spreadNames, Lockstep: {FieldBuyer.String()},
	}[c.Measure]
	value, ok := p.field(n, c.Measure.String(), names)
	if c.Value = value; c.Measure == Lockstep {
		c.Value = 0
	}
	return ok
}

// lockstep reads at how many shops, and how far apart, accounts go in lockstep.
func (p *parser) lockstep(c *condDraft) {
	c.By = []Field{FieldBuyer}
	for _, key := range []string{"by", "aged"} {
		if n := c.keys[key]; n != nil {
			p.at(n, "lockstep compares the orders of accounts as they are; remove %q", key+":")
		}
	}
	if n := c.keys["where"]; n != nil && c.Of.Kinds == created {
		p.at(n, "lockstep compares the orders of accounts as they are; remove \"where:\"")
	}
	if of := c.keys["of"]; of != nil && c.Of.Kinds&^withOrder != 0 {
		p.at(of, "lockstep is seen in what buyers do at shops, such as order.created, and not in accounts; name another kind")
	}
	if n := c.keys["shops"]; n == nil {
		p.at(c.node, "lockstep needs \"shops:\", at how many of the same shops accounts order; add it, such as \"shops: 3\"")
	} else if v, ok := p.integer(n, "shops"); ok && (v < 2 || v > lockstepShops) {
		p.at(n, "shops %d: want 2 to %d", v, lockstepShops)
	} else {
		c.Shops = int(v)
	}
	if n := c.keys["apart"]; n == nil {
		p.at(c.node, "lockstep needs \"apart:\", how far apart the accounts order at a shop; add it, such as \"apart: 10m\"")
	} else {
		c.Apart, _ = p.window(n, "apart")
	}
}

// clusters refuses what cannot be measured over linked accounts.
func (p *parser) clusters(c *condDraft) {
	switch {
	case c.Measure == Spread && !c.byCluster():
		p.at(c.node, "a spread is that of a cluster's accounts; add cluster to by")
	case !c.byCluster():
	case c.Measure == Rate:
		p.at(c.keys["by"], "a rate cannot be measured by cluster; remove it from by")
	case c.Measure == Distinct && c.Value != FieldBuyer:
		p.at(c.keys["distinct"], "by cluster only different buyers are counted; write \"distinct: buyer\"")
	case slices.Contains(c.By, FieldBuyer) || slices.Contains(c.By, FieldOrder) || listIn(c.By) != 0:
		p.at(c.keys["by"], "a cluster is of several buyers and orders: by cannot name buyer, order or a list as well; remove them")
	}
}

// maxNewestOrders is how many orders of a window a condition may look at.
const maxNewestOrders = 10_000

// newest reads how many orders of the window are looked at.
func (p *parser) newest(c *condDraft) {
	n := c.keys["newest"]
	if n == nil {
		return
	}
	if v, ok := p.integer(n, "newest"); ok && (v < 1 || v > maxNewestOrders) {
		p.at(n, "newest %d: want 1 to %d orders", v, maxNewestOrders)
	} else {
		c.Newest = int(v)
	}
	switch {
	case c.keys["lone"] == nil && (c.Measure > Sum || c.Measure != 0 && c.Of.Kinds != created):
		p.at(n, "newest looks at the orders of a window; measure a count, distinct or sum of order.created, or remove it")
	case c.byCluster() || listIn(c.By) != 0:
		p.at(n, "newest cannot look at orders by a list or by cluster; remove one of them")
	}
}

// lone reads how long buyers must have paid for no other order, and since when they may have.
func (p *parser) lone(c *condDraft) {
	n := c.keys["lone"]
	if n == nil {
		if since := c.keys["since"]; since != nil {
			p.at(since, "since says from when on a buyer who paid for nothing before counts; add how long before, such as \"lone: 90d\"")
		}
		return
	}
	c.Lone, _ = p.window(n, "lone")
	c.LoneText = n.Value
	if since := c.keys["since"]; since != nil {
		c.Since, _ = p.window(since, "since")
		c.SinceText = since.Value
		if c.Since >= c.Lone && c.Lone > 0 && c.Since > 0 {
			p.at(since, "since %s is not shorter than lone %s: no time would be left in which the buyer is to have paid for nothing", since.Value, n.Value)
		}
	}
	switch {
	case c.keys["newest"] == nil:
		p.at(n, "lone looks at the buyers of a window one by one; add how many events of it, at most, such as \"newest: 50\"")
	case c.Measure != 0 && c.Measure != Count && (c.Measure != Distinct || c.Value != FieldBuyer):
		p.at(n, "lone tells of the buyers of events; measure a count or \"distinct: buyer\", or remove it")
	case c.Of.Kinds&^withOrder != 0:
		p.at(n, "lone tells of the buyers of events, and an account event may have none; remove it, or measure another kind")
	case c.keys["state"] != nil:
		p.at(n, "lone cannot be asked of orders in a state; remove one of them")
	}
}

// paidAfter reads how long after their creation orders must have been paid.
func (p *parser) paidAfter(c *condDraft) {
	n := c.keys["paid_after"]
	if n == nil {
		return
	}
	c.PaidAfter, _ = p.window(n, "paid_after")
	c.PaidAfterText = n.Value
	switch {
	case c.keys["newest"] == nil:
		p.at(n, "paid_after looks at the orders of a window one by one; add how many of them, at most, such as \"newest: 200\"")
	case c.Lone > 0:
		p.at(n, "paid_after cannot be asked together with lone; remove one of them")
	case c.State == Unpaid || c.State == Pending:
		p.at(n, "an order that is %s was not paid, so that this never counts one; remove paid_after or the state", c.State)
	}
}

// remembered refuses tests that orders are not remembered with.
func (p *parser) remembered(c *condDraft) {
	if c.Lone > 0 || c.Newest == 0 && (c.State == 0 || !c.byCluster()) {
		return
	}
	for i := range c.Of.Where {
		if f := &c.Of.Where[i]; f.Field != FieldBuyerAge || f.Test != Between {
			p.at(c.keys["where"], "the orders that this condition looks at are remembered with the age of the account alone; test only buyer_age, by bounds")
			return
		}
	}
}

// links reads which accounts belong together.
func (p *parser) links(n *yaml.Node) Links {
	l := defaultLinks()
	if n == nil {
		return l
	}
	keys := p.mapping(n, "links", []string{"through", "within", "later", "crowd"})
	if v := keys["through"]; v != nil {
		l.Through = nil
		for _, item := range items(v) {
			names := []string{FieldDevice.String(), FieldIP.String(), FieldAddress.String(), FieldPayment.String()}
			if f, ok := p.field(item, "through", names); ok && !slices.Contains(l.Through, f) {
				l.Through = append(l.Through, f)
			}
		}
		if len(l.Through) == 0 {
			p.at(v, "through names no field that links accounts; name one, such as device")
		}
	}
	if v := keys["within"]; v != nil {
		l.Within, _ = p.window(v, "within")
		l.WithinText = v.Value
	}
	if v := keys["later"]; v == nil {
		l.Later = max(l.Later, l.Within)
	} else if later, ok := p.window(v, "later"); ok && later < l.Within {
		p.at(v, "later %s is shorter than within %s, and links that an order had are not lost by what follows it; lengthen it", v.Value, l.WithinText)
	} else {
		l.Later = later
	}
	if v := keys["crowd"]; v != nil {
		if c, ok := p.integer(v, "crowd"); ok && (c < 2 || c > ordersOfID) {
			p.at(v, "crowd %d: want 2 to %d accounts", c, ordersOfID)
		} else {
			l.Crowd = int(c)
		}
	}
	return l
}
