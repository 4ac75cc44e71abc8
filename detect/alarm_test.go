package detect

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// TestPartsEndWhereSomethingMayFallDue holds that as many events are judged at
// once as may be, and no more.
func TestPartsEndWhereSomethingMayFallDue(t *testing.T) {
	rules := parse(t, `
rules:
  - id: custom
    scenario: malicious_order
    on: order.created
    where: {custom: true}
    after: 15m
    all:
      - {count: order.paid, by: [order], within: 1h, at_most: 0}
  - id: any
    scenario: malicious_refund
    on: order.created
    first:
      - {count: order.created, by: [shop], within: 10m, at_least: 90}
    after: 30m
    all:
      - {count: order.paid, by: [order], within: 1h, at_most: 0}
`)
	for _, c := range []struct {
		name   string
		custom int // which event is; -1 is none
		kind   orderguard.Kind
		ends   int
	}{
		{"only the rule that picks all", -1, orderguard.OrderCreated, 30},
		{"the first event", 0, orderguard.OrderCreated, 15},
		{"a later one", 3, orderguard.OrderCreated, 18},
		{"one that falls due no earlier", 20, orderguard.OrderCreated, 30},
		{"events of which no rule is", 3, orderguard.OrderPaid, 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := New(rules, Options{})
			require.NoError(t, err)
			events := make([]orderguard.Event, 60)
			for i := range events {
				at := orderguard.Millis(1_000_000_000 + i*60_000)
				events[i] = orderguard.Event{Kind: c.kind, Time: at, Clock: at, Custom: i == c.custom}
			}
			n, part := e.timers.part(events)
			require.Equal(t, c.ends, n)
			require.Len(t, part, n)
		})
	}
}
