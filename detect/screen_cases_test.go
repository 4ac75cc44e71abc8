package detect

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// TestScreenOfASurprise asks, in the middle of a burst, at the shop to which it is
// one and at the one to which it is nothing; also where the stream's clock has stood
// still for a day, so that only the events say how far it is.
func TestScreenOfASurprise(t *testing.T) {
	for _, still := range []int{0, 4000} {
		events, last := twoShops()
		for i := len(events) - still; i < len(events); i++ {
			events[i].Clock = events[len(events)-still].Clock
		}
		rules := parse(t, fmt.Sprintf(surpriseOfShop, ""))
		e, err := New(rules, Options{})
		require.NoError(t, err)
		r := NewRunner(e, 2)
		r.Process(&orderguard.Batch{Events: events[:last+40]})
		s := NewScreener(e)
		found := map[string]int{}
		for _, order := range events[last+40 : last+44] {
			found[order.Shop] += len(asksAsProcessed(t, s, rules, "", &order)[0].Findings)
		}
		require.Equal(t, map[string]int{"big": 0, "small": 2}, found)
		r.Close()
	}
}

// TestScreenNamesTheConditionThatHoldsTheOrder holds which of two conditions the
// reason names: the first in whose window the order itself stands.
func TestScreenNamesTheConditionThatHoldsTheOrder(t *testing.T) {
	const second = "{count: order.created, by: [buyer], within: 9m, at_least: 3}"
	for first, named := range map[string]int{
		"{count: order.created, by: [shop], within: 10m, aged: 1s, at_least: 2}":                  1, // too young for it
		"{count: order.created, by: [shop], within: 10m, at_least: 2}":                            0,
		"{count: order.created, by: [shop], within: 10m, at_least: 2, context: true}":             1,
		"{distinct: device, of: order.created, by: [shop], within: 10m, at_least: 2}":             1, // it comes from none
		"{distinct: order, of: order.created, by: [shop], within: 10m, at_least: 2}":              0,
		"{count: order.created, by: [shop], within: 10m, state: paid, at_least: 2}":               1, // it is not
		"{count: order.created, by: [shop], within: 10m, state: unpaid, at_least: 2}":             0,
		"{count: order.created, by: [shop], within: 10m, newest: 9, state: paid, at_least: 2}":    1,
		"{count: order.created, by: [shop], within: 10m, newest: 9, state: pending, at_least: 2}": 0,
		"{count: order.paid, by: [shop], within: 10m, at_least: 2}":                               1, // an order of another kind
		"{count: order.created, by: [shop, cluster], within: 10m, aged: 1s, at_least: 1}":         1,
		"{count: order.created, by: [shop, cluster], within: 10m, at_least: 2}":                   0,
	} {
		text := "rules:\n  - id: two\n    scenario: malicious_order\n    on: order.created\n    all:\n      - " + first + "\n      - " + second + "\n"
		rules := parse(t, text)
		for _, late := range []orderguard.Millis{0, 5 * 3_600_000} {
			e, err := New(rules, Options{})
			require.NoError(t, err)
			r := NewRunner(e, 1)
			clock := orderOf(50, "b").Time
			// Later than every table remembers, all of them stand in its lane.
			for n := range 6 {
				order := orderOf(n, "b")
				order.Device = fmt.Sprint("d", n)
				order.Time, order.Clock = order.Time-late, clock
				paid := *order
				paid.Kind, paid.ID = orderguard.OrderPaid, "paid "+order.ID
				r.Process(&orderguard.Batch{Events: []orderguard.Event{*order, paid}[:1+n%2]})
			}
			asked := orderOf(7, "b")
			asked.Order, asked.Device, asked.Time, asked.Clock = "asked-", "", asked.Time-late, clock
			got := asksAsProcessed(t, NewScreener(e), rules, text, asked)[0]
			if late == 0 || len(got.Findings) > 0 {
				require.Len(t, got.Findings, 1, text)
				require.Equal(t, []int64{rules.Rules[0].All[0].Limit, 3}[named], got.Findings[0].Reasons[0].Limit, text)
			}
			r.Close()
		}
	}
}

// orderOf is the n-th order of a buyer at a shop, a second after the one before.
func orderOf(n int, buyer string) *orderguard.Event {
	at := orderguard.Millis(1_700_000_000_000 + n*1000)
	return &orderguard.Event{
		ID: fmt.Sprint("e", n), Kind: orderguard.OrderCreated, Time: at, Clock: at, Order: fmt.Sprint("o", n),
		Shop: "s", Buyer: buyer, Device: "d", Address: "a",
	}
}

// TestScreenOfTheTenth holds that a limit of ten is met by the tenth attempt, in
// the words of the alert, however often it is asked about.
func TestScreenOfTheTenth(t *testing.T) {
	rules := parse(t, shortest)
	e, err := New(rules, Options{})
	require.NoError(t, err)
	r := NewRunner(e, 1)
	defer r.Close()
	s := NewScreener(e)
	require.Zero(t, s.Screen(orderOf(0, "b")), "an engine that knows nothing")
	for n := range 9 {
		require.Zero(t, s.Screen(orderOf(n, "b")))
		require.Empty(t, r.Process(&orderguard.Batch{Events: []orderguard.Event{*orderOf(n, "b")}}))
	}
	tenth := orderOf(9, "b")
	tenth.Clock = 0 // as it comes from outside
	want := Screening{Findings: []ScreenFinding{{
		Scenario: orderguard.MaliciousOrder, Score: rules.Rules[0].Score, Severity: rules.Rules[0].Severity,
		Reasons: []orderguard.Reason{{
			Rule: "order-burst", Version: rules.Rules[0].Version, Value: 10, Limit: 10, Within: "10m",
			Text:   "10 orders by this buyer at this shop within 10 minutes (limit 10)",
			TextZh: rules.Rules[0].Reason(tenth, 0, 10).TextZh,
		}},
	}}}
	for range 3 {
		require.Equal(t, want, s.Screen(tenth))
	}
	require.Zero(t, s.Screen(orderOf(9, "another")))
	paid := *tenth
	paid.Kind = orderguard.OrderPaid
	require.Zero(t, s.Screen(&paid), "no creation of an order")
	require.Equal(t, want.Findings[0].Reasons, r.Process(&orderguard.Batch{Events: []orderguard.Event{*orderOf(9, "b")}})[9].Reasons)
}

// TestScreenSaysWhichListsMatch holds what is said of entries that allow, that
// block, that have ended, and of scenarios that they do not cover.
func TestScreenSaysWhichListsMatch(t *testing.T) {
	rules := parse(t, `rules:
  - id: pair
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [buyer, shop], within: 10m, at_least: 2}
  - id: flood
    scenario: harassment
    on: order.created
    all:
      - {count: order.created, by: [shop], within: 10m, at_least: 2}
lists:
  - {allow: device, values: [x, d], until: 2030-01-01, reason: kiosk, scenarios: [malicious_order]}
  - {allow: buyer, values: [b], until: 2020-01-01, reason: ended}
  - {block: address, values: [a], until: 2030-01-01, reason: fence, scenarios: [unfulfillable]}
  - {block: shop, values: [other], until: 2030-01-01, reason: closed, scenarios: [unfulfillable]}
`)
	e, err := New(rules, Options{})
	require.NoError(t, err)
	r := NewRunner(e, 1)
	defer r.Close()
	r.Process(&orderguard.Batch{Events: []orderguard.Event{*orderOf(0, "b")}})
	order := orderOf(1, "b")
	order.Order = "asked-1"
	got := asksAsProcessed(t, NewScreener(e), rules, "", order)[0]
	require.Equal(t, []*ListEntry{&rules.Lists[0]}, got.Allow)
	require.Equal(t, []*ListEntry{&rules.Lists[2]}, got.Block)
	require.Len(t, got.Findings, 3)
	require.Equal(t, orderguard.MaliciousOrder, got.Findings[0].Scenario)
	require.Equal(t, &rules.Lists[0], got.Findings[0].Spared)
	require.Equal(t, orderguard.Harassment, got.Findings[1].Scenario)
	require.Nil(t, got.Findings[1].Spared)
	require.Equal(t, got.Block[0].Rule(), got.Findings[2].Reasons[0].Rule)
	require.Equal(t, got.Block[0].Wording().En, got.Findings[2].Reasons[0].Text)
	require.Nil(t, got.Findings[2].Spared)
	again := orderOf(1, "b") // created already, and then from an allowed device
	again.Order, again.Device = orderOf(0, "b").Order, "z"
	require.Equal(t, &rules.Lists[0], NewScreener(e).Screen(again).Findings[0].Spared)
	require.Equal(t, "allow-device-"+rules.Lists[0].Version, got.Allow[0].Rule())
}
