package detect

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// measureNewest measures the newest orders of a window, one by one.
func (w *twin) measureNewest(c *Condition, e *orderguard.Event) (value int64, orders []string, ok bool) {
	for _, f := range c.By {
		if f.Text(e) == "" {
			return 0, nil, false
		}
	}
	values := map[string]bool{}
	for _, x := range w.newestOrders(e, e.Time-c.Aged, c.Within-c.Aged, c.Newest, func(x *orderguard.Event) bool {
		for _, f := range c.By {
			if f.Text(x) != f.Text(e) {
				return false
			}
		}
		return true
	}) {
		v := c.Value.Text(x)
		switch {
		case !c.Of.Match(x), c.State != 0 && !w.in(x.Order, c.State), c.Measure == Distinct && v == "":
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
