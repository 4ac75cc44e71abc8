package detect

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// measureNewest measures the newest orders of a window, one by one.
func (w *twin) measureNewest(c *Condition, e *orderguard.Event) (value int64, orders []string, ok bool) {
	e = w.toldOf(c, e)
	for _, f := range c.By {
		if w.asked(f, e) == "" {
			return 0, nil, false
		}
	}
	if c.Lone > 0 {
		return w.measureLone(c, e)
	}
	values := map[string]bool{}
	for _, x := range w.newestOrders(e.Time-c.Aged, c.Within-c.Aged, c.Newest, w.alike(c, e)) {
		v := w.text(c.Value, x)
		switch {
		case !c.Of.Match(x), c.State != 0 && !w.in(x.Order, c.State), c.PaidAfter > 0 && w.waited(x.Order) < c.PaidAfter, c.Measure == Distinct && v == "":
			continue
		}
		orders = append(orders, x.Order)
		switch c.Measure {
		case Count:
			value++
		case Sum:
			value += c.Value.Number(x)
		case Distinct:
			if !values[v] {
				values[v] = true
				value++
			}
		}
	}
	return value, orders, true
}

// waited returns how long after its creation an order was paid; -1 if it was not, or was sent, or paid, before.
func (w *twin) waited(order string) orderguard.Millis {
	placed, known := orderguard.Millis(0), false
	for i := range w.events {
		switch x := &w.events[i]; {
		case x.Order != order:
		case x.Kind == orderguard.OrderCreated && !known:
			placed, known = x.Time, true
		case sent.Has(x.Kind) || x.Kind == orderguard.OrderPaid && !known:
			return -1
		case x.Kind == orderguard.OrderPaid:
			return x.Time - placed
		}
	}
	return -1
}

// toldOf returns an event with what the creation of its order says and it does not.
func (w *twin) toldOf(c *Condition, e *orderguard.Event) *orderguard.Event {
	own := *e
	for i := range w.events {
		x := &w.events[i]
		if x.Kind != orderguard.OrderCreated || x.Order != e.Order || e.Kind == orderguard.OrderCreated || c.Lone > 0 {
			continue
		}
		own.Device, own.IP, own.Address = w.text(FieldDevice, x), w.text(FieldIP, x), w.text(FieldAddress, x)
		own.Payment, own.Category = w.text(FieldPayment, x), x.Category
	}
	return &own
}

// TestInheritedAgainstTwin compares conditions that later events ask by the fields of their
// orders with a search over all events.
func TestInheritedAgainstTwin(t *testing.T) {
	total := 0
	for seed := range seeds(12) {
		rng := rand.New(rand.NewPCG(seed, 36))
		text := fmt.Sprintf(`
rules:
  - id: line
    scenario: malicious_dispute
    on: [dispute.opened, message, order.created]
    all:
      - {distinct: buyer, of: order.created, by: [shop, device], within: 20m, newest: %d, at_least: 2}
      - {count: order.created, by: [device], within: 20m, newest: 30, state: unpaid, at_most: 9}
    any:
      - {count: order.created, by: [category], within: 5m, newest: 9, at_least: 3, context: true}
      - {sum: qty, of: order.created, by: [payment, shop], within: 30m, newest: 9, at_least: 4}
  - id: later
    scenario: malicious_review
    on: order.paid
    first:
      - {count: order.created, by: [address], within: 20m, newest: 9, at_least: 2}
    after: 40s
    all:
      - {count: order.created, by: [address], within: 20m, newest: 9, state: paid, at_least: 2}
`, 2+rng.IntN(20))
		total += equalsTwin(t, parse(t, text), linkedEvents(rng, 700), 1+int(seed%3), rng, text)
	}
	require.Greater(t, total, fewer(400))
}

// TestDeclaredAgainstTwin compares conditions on what accounts declared, which later events ask by the fields of
// their orders, with a search over all events.
func TestDeclaredAgainstTwin(t *testing.T) {
	total := 0
	for seed := range seeds(12) {
		rng := rand.New(rand.NewPCG(seed, 37))
		text := `
rules:
  - id: rival
    scenario: malicious_dispute
    on: [dispute.opened, message, order.created]
    all:
      - {count: account, by: [device], within: 20m, at_least: 1, where: {role: seller}, context: true}
      - {distinct: buyer, of: order.created, by: [shop], within: 20m, newest: 9, at_least: 1}
    any:
      - {count: account, by: [category, payment], within: 20m, at_least: 1, context: true}
      - {distinct: shop, of: account, by: [address], within: 9m, aged: 1s, at_least: 1, context: true}
  - id: later
    scenario: malicious_review
    on: order.paid
    first:
      - {count: account, by: [address], within: 20m, at_least: 1}
    after: 40s
    all:
      - {count: account, by: [address], within: 20m, where: {role: seller}, at_least: 2, context: true}
`
		events := linkedEvents(rng, 700)
		for i := range events {
			if rng.IntN(12) > 0 {
				continue
			}
			e := &events[i]
			b := rng.IntN(60)
			*e = orderguard.Event{Kind: orderguard.AccountDeclared, ID: e.ID, Time: e.Time, Role: orderguard.SellerAccount, Shop: fmt.Sprint("s", b%5),
				Category: e.Category, Device: fmt.Sprint("d", b/2, rng.IntN(3)), Payment: fmt.Sprint("p", b), Address: fmt.Sprint("a", b/4)}
		}
		total += equalsTwin(t, parse(t, text), events, 1+int(seed%3), rng, text)
	}
	require.Greater(t, total, fewer(100))
}

// measureLone measures the newest events of a window whose buyers have paid for
// no other order, one by one.
func (w *twin) measureLone(c *Condition, e *orderguard.Event) (value int64, orders []string, ok bool) {
	var found []*orderguard.Event
	for i := range w.events {
		x := &w.events[i]
		same := c.Of.Match(x) && x.Time > e.Time-c.Within && x.Time <= e.Time-c.Aged
		for _, f := range c.By {
			same = same && f.Text(x) == f.Text(e)
		}
		if same {
			found = append(found, x)
		}
	}
	slices.SortStableFunc(found, func(a, b *orderguard.Event) int { return int(a.Time - b.Time) })
	slices.Reverse(found)
	buyers := map[string]bool{}
	for _, x := range found[:min(len(found), c.Newest)] {
		paid := 0
		for i := range w.events {
			if y := &w.events[i]; y.Kind == orderguard.OrderPaid && y.Buyer == x.Buyer && y.Time > e.Time-c.Lone && y.Time <= e.Time-c.Since {
				paid++
			}
		}
		if paid > count(c.Since == 0) {
			continue
		}
		orders = append(orders, x.Order)
		buyers[x.Buyer] = true
		value++
	}
	if c.Measure == Distinct {
		value = int64(len(buyers))
	}
	return value, orders, true
}

// TestLoneAgainstTwin compares conditions on buyers without another order with a
// search over all events.
func TestLoneAgainstTwin(t *testing.T) {
	total := 0
	for seed := range seeds(12) {
		rng := rand.New(rand.NewPCG(seed, 35))
		text := fmt.Sprintf(`
rules:
  - id: buyers
    scenario: malicious_review
    on: message
    all:
      - {distinct: buyer, of: message, by: [shop], within: 9m, newest: %d, lone: %ds, at_least: 2}
  - id: events
    scenario: malicious_refund
    on: [order.refunded, order.created]
    all:
      - {count: [order.refunded, order.created], by: [shop], within: 4m, aged: 3s, newest: %d, lone: 5m, at_least: 3}
      - {count: order.paid, by: [buyer], within: 5m, at_most: 3}
  - id: newcomers
    scenario: malicious_review
    on: message
    all:
      - {distinct: buyer, of: message, by: [shop], within: 9m, newest: %d, lone: 10m, since: %ds, at_least: 2}
`, 2+rng.IntN(9), 20+rng.IntN(500), 4+rng.IntN(20), 2+rng.IntN(9), 20+rng.IntN(500))
		total += equalsTwin(t, parse(t, text), linkedEvents(rng, 700), 1+int(seed%3), rng, text)
	}
	require.Greater(t, total, fewer(1500))
}

// TestNewestAgainstTwin compares conditions on the newest orders, and clusters
// by states, with a search over all events.
func TestNewestAgainstTwin(t *testing.T) {
	total, all := 0, 0
	for seed := range seeds(16) {
		rng := rand.New(rand.NewPCG(seed, 33))
		by := []string{"[shop]", "[buyer, shop]", "[device]", "[order]"}[rng.IntN(4)]
		state := []string{"", ", state: unpaid", ", state: pending", ", state: paid"}[rng.IntN(4)]
		least := 1
		if by == "[shop]" {
			least = 3
		}
		text := fmt.Sprintf(`
rules:
  - id: pieces
    scenario: malicious_order
    on: order.created
    all:
      - {sum: qty, of: order.created, by: %s, within: 5m, newest: %d, at_least: %d%s}
  - id: devices
    scenario: malicious_refund
    on: order.created
    all:
      - {distinct: device, of: order.created, by: [shop], within: 9m, aged: 3s, newest: 12, at_least: 5, where: {buyer_age: {below: 4}}}
  - id: crew
    scenario: harassment
    on: [order.created, order.paid]
    all:
      - {count: order.created, by: [shop, cluster], within: 9m, at_least: 3, state: unpaid}
  - id: orders
    scenario: malicious_dispute
    on: [order.paid, order.cancelled, dispute.opened]
    all:
      - {count: order.created, by: [buyer], within: 20m, newest: 9, at_least: 3%s}
  - id: plain
    scenario: malicious_review
    on: order.created
    all:
      - {count: order.created, by: [shop], within: 1m, state: unpaid, at_least: 9}
`, by, 1+rng.IntN(20), least, state, state)
		events := linkedEvents(rng, 700)
		total += equalsTwin(t, parse(t, text), events, 1+int(seed%3), rng, text)
		all += len(events)
	}
	require.Greater(t, total, fewer(1500))
}

// TestPaidAfterAgainstTwin compares counts of orders by how late they were paid with a search over all events.
func TestPaidAfterAgainstTwin(t *testing.T) {
	total := 0
	for seed := range seeds(16) {
		rng := rand.New(rand.NewPCG(seed, 41))
		after := []string{"1ms", "10s", "40s", "2m"}[rng.IntN(4)]
		state := []string{"", ", state: kept", ", state: paid", ", state: trusted"}[rng.IntN(4)]
		text := fmt.Sprintf(`
rules:
  - id: shop
    scenario: malicious_order
    on: [order.created, order.paid]
    all:
      - {count: order.created, by: [shop], within: 20m, newest: %d, paid_after: %s%s, at_least: 2}
  - id: pieces
    scenario: malicious_refund
    on: order.created
    all:
      - {sum: qty, of: order.created, by: [category], within: 9m, aged: 3s, newest: 30, paid_after: %s, at_least: 3, where: {buyer_age: {below: 9}}}
      - {distinct: buyer, of: order.created, by: [category], within: 9m, aged: 3s, newest: 30, at_least: 2}
  - id: own
    scenario: malicious_review
    on: order
    all:
      - {count: order.created, by: [order], within: 1h, newest: 1, paid_after: %s, at_least: 1}
  - id: later
    scenario: malicious_dispute
    on: order.created
    after: 50s
    all:
      - {count: order.created, by: [buyer], within: 9m, newest: 9, paid_after: %s, at_least: 1}
      - {count: order.created, by: [buyer], within: 9m, newest: 9, state: kept, at_least: 1}
`, 3+rng.IntN(30), after, state, after, after, after)
		total += equalsTwin(t, parse(t, text), linkedEvents(rng, 700), 1+int(seed%3), rng, text)
	}
	require.Greater(t, total, fewer(1000))
}
