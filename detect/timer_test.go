package detect

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// TestTimersAgainstTwin compares rules that look again with the slow twin.
func TestTimersAgainstTwin(t *testing.T) {
	total := 0
	for seed := range seeds(12) {
		rng := rand.New(rand.NewPCG(seed, 15))
		after := []string{"1s", "45s", "5m", "20m"}[rng.IntN(4)]
		text := fmt.Sprintf(`
rules:
  - id: unpaid
    scenario: malicious_order
    on: order.created
    where: {custom: true}
    after: %s
    all:
      - {count: order.paid, by: [order], within: 30m, at_most: 0}
  - id: many
    scenario: malicious_refund
    on: [order.created, order.cancelled]
    first:
      - {count: order, by: [buyer], within: 10m, at_least: 3}
    after: 30s
    all:
      - {count: order, by: [buyer, shop], within: 10m, at_least: 4}
      - {count: order.created, by: [shop], state: unpaid, within: 10m, aged: 20s, at_least: 3}
  - id: now
    scenario: harassment
    on: order.created
    all:
      - {count: order.created, by: [buyer], within: 10m, at_least: 5}
`, after)
		total += equalsTwin(t, parse(t, text), randomEvents(rng, 800), 1+int(seed%3), rng, text)
	}
	require.Greater(t, total, fewer(500))
}

// TestTimersAndWrongClocks holds that a single event far ahead makes nothing
// fall due, that a pause of the stream does, and that what is due then sees what
// the windows held before it.
func TestTimersAndWrongClocks(t *testing.T) {
	rules := parse(t, `
rules:
  - id: unpaid
    scenario: malicious_order
    on: order.created
    after: 15m
    all:
      - {count: order.paid, by: [order], within: 1h, at_most: 0}
`)
	const minute = 60_000
	at := orderguard.Millis(1_700_000_000_000)
	n := 0
	event := func(kind orderguard.Kind, order string, minutes int) orderguard.Event {
		n++
		when := at + orderguard.Millis(minutes)*minute
		return orderguard.Event{ID: fmt.Sprint(n), Kind: kind, Time: when, Clock: at, Shop: "s", Buyer: "b", Order: order}
	}
	flagged := func(finish bool, events ...orderguard.Event) []string {
		e, err := New(rules, Options{})
		require.NoError(t, err)
		r := NewRunner(e, 1)
		defer r.Close()
		orders := []string{}
		alerts := r.Process(&orderguard.Batch{Events: events})
		if finish {
			alerts = append(alerts, r.Finish()...)
		}
		for _, a := range alerts {
			orders = append(orders, a.Order)
			require.Equal(t, at+15*minute, a.FlaggedAt)
		}
		return orders
	}
	open := event(orderguard.OrderCreated, "open", 0)
	wrong := event(orderguard.OrderShipped, "x", 5_000_000)
	require.Empty(t, flagged(false, open, event(orderguard.OrderPaid, "open", 14), event(orderguard.OrderShipped, "y", 16)))
	require.Empty(t, flagged(false, open, wrong, event(orderguard.OrderPaid, "open", 14), event(orderguard.OrderShipped, "y", 16)))
	require.Equal(t, []string{"open"}, flagged(false, open, event(orderguard.OrderShipped, "y", 15)))
	require.Empty(t, flagged(false, open, event(orderguard.OrderShipped, "y", 14)))
	require.Empty(t, flagged(false, open, wrong))
	require.Equal(t, []string{"open"}, flagged(true, open, event(orderguard.OrderShipped, "y", 600)))
	require.Empty(t, flagged(true, open, event(orderguard.OrderPaid, "open", 5), event(orderguard.OrderShipped, "y", 600)))
	days := []orderguard.Event{open}
	for range jumpEvents {
		days = append(days, event(orderguard.OrderShipped, "y", 5000))
	}
	require.Empty(t, flagged(false, days[:jumpEvents]...))
	require.Equal(t, []string{"open"}, flagged(false, days...))

	again := open
	again.Clock = at + 20*minute
	require.Equal(t, []string{"open"}, flagged(false, open, event(orderguard.OrderShipped, "y", 16), again, event(orderguard.OrderShipped, "y", 40)))
	late := []orderguard.Event{
		open, event(orderguard.OrderPaid, "open", 10), event(orderguard.OrderShipped, "y", 30), again, event(orderguard.OrderShipped, "y", 90),
	}
	require.Empty(t, flagged(true, late...), "a repeated event sets no timer")
}
