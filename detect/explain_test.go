package detect

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// explain puts events through a watched engine.
func explain(t testing.TB, rules *RuleSet, order string, events []orderguard.Event) (map[string]RuleExplanation, Explanation, bool) {
	t.Helper()
	e, err := New(rules, Options{})
	require.NoError(t, err)
	w := e.Watch(order)
	r := NewRunner(e, 1)
	defer r.Close()
	for i := 0; i < len(events); i += 3 {
		r.Process(&orderguard.Batch{Events: events[i:min(i+3, len(events))]})
	}
	x, ok := w.Explanation()
	byID := map[string]RuleExplanation{}
	for _, r := range x.Rules {
		byID[r.Rule] = r
	}
	return byID, x, ok
}

const explainRules = `rules:
  - id: burst
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [buyer, shop], within: 10m, at_least: 10}
  - id: unpaid
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [buyer, shop], within: 1h, at_least: 3, as: orders}
      - {count: order.paid, by: [buyer, shop], within: 1h, as: paid}
    expr: paid * 2 < orders
  - id: one-device
    scenario: malicious_order
    shadow: true
    on: order.created
    where: {note: {contains: [gift]}, device: {present: true}}
    all:
      - {distinct: buyer, of: order.created, by: [device], within: 1h, at_least: 2}
  - id: disputes
    scenario: malicious_dispute
    on: dispute.opened
    all:
      - {count: dispute.opened, by: [buyer], within: 30d, at_least: 2}
  - id: spent
    scenario: malicious_refund
    on: order.created
    all:
      - {sum: amount, of: order.created, by: [buyer], within: 1h, above: 1000}
`

// eightOrders are eight orders of one buyer, of which the first four are paid.
func eightOrders() []orderguard.Event {
	var events []orderguard.Event
	for i := range 8 {
		o := orderAt(i, orderguard.Millis(i)*10_000)
		o.Amount = 100
		events = append(events, o)
		if i < 4 {
			paid := orderAt(i, orderguard.Millis(i)*10_000+1)
			paid.Kind, paid.ID = orderguard.OrderPaid, "p-"+paid.ID
			events = append(events, paid)
		}
	}
	return events
}

func TestExplainWhyNot(t *testing.T) {
	byID, x, ok := explain(t, parse(t, explainRules), "o-7", eightOrders())
	require.True(t, ok)
	require.Empty(t, x.Flagged)
	require.Equal(t, "s-1", x.Shop)

	burst := byID["burst"]
	require.Equal(t, VerdictPassed, burst.Verdict)
	c := burst.Judged[0].Conditions[0]
	require.Equal(t, int64(8), c.Value, "a value below the limit is told")
	require.Equal(t, int64(10), c.Limit)
	require.Equal(t, "10m", c.Within)
	require.Equal(t, "orders by this buyer at this shop", c.Text)
	require.False(t, c.Holds)
	require.Len(t, c.Counted, 8)
	require.Equal(t, "o-7", c.Counted[0].Order)
	require.Equal(t, "o-0", c.Counted[7].Order)
	require.Equal(t, "with 2 more orders by this buyer at this shop within 10 minutes it would have fired", burst.Judged[0].Nearest)

	unpaid := byID["unpaid"].Judged[0]
	require.True(t, unpaid.Conditions[0].Holds)
	require.False(t, unpaid.Expr.Holds)
	require.Equal(t, int64(4), unpaid.Conditions[1].Value)
	require.Equal(t, "with 1 more order by this buyer at this shop within 1 hour it would have fired", unpaid.Nearest)

	device := byID["one-device"]
	require.ElementsMatch(t, []string{"note is missing, where asks for a text with one of gift", "device is missing, where asks for a value"}, device.Judged[0].Where)
	require.Equal(t, VerdictUnseen, byID["disputes"].Verdict)
	require.Zero(t, byID["disputes"].Looked)
	require.Equal(t, "201 more as the total amount over orders by this buyer within 1 hour, and it would have fired", byID["spent"].Judged[0].Nearest)
	_, err := json.Marshal(x)
	require.NoError(t, err)

	_, _, ok = explain(t, parse(t, explainRules), "o-77", eightOrders())
	require.False(t, ok, "an order that is not in the history")
}

func TestExplainWhy(t *testing.T) {
	events := eightOrders()
	for i := range 3 {
		o := orderAt(8+i, 80_000+orderguard.Millis(i)*1000)
		o.Device, o.Note = "d-1", "a gift"
		events = append(events, o)
	}
	other := orderAt(20, 90_000)
	other.Buyer, other.Device, other.Note = "b-2", "d-1", "gift"
	events = append(events, other)
	byID, x, _ := explain(t, parse(t, explainRules), "o-2", events)
	require.Equal(t, []orderguard.Scenario{orderguard.MaliciousOrder}, x.Flagged)

	burst := byID["burst"]
	require.Equal(t, VerdictFlagged, burst.Verdict)
	require.False(t, burst.Judged[0].Fired, "its own event did not fire")
	require.False(t, burst.Finding.Own)
	require.Equal(t, "o-9", burst.Finding.By)
	require.Equal(t, "e-9", burst.Finding.Event.ID)
	require.Equal(t, int64(10), burst.Finding.Reason.Value)

	byID, _, _ = explain(t, parse(t, explainRules), "o-9", events)
	burst = byID["burst"]
	require.True(t, burst.Finding.Own)
	require.True(t, burst.Judged[0].Fired)
	require.Equal(t, "with 1 fewer order by this buyer at this shop within 10 minutes it would not have fired", burst.Judged[0].Nearest)
	device := byID["one-device"]
	require.Equal(t, VerdictShadow, device.Verdict)
	require.Equal(t, "o-20", device.Finding.By)

	spared := explainRules + "lists:\n  - {allow: buyer, values: [b-1], until: 2030-01-01, reason: wholesale}"
	byID, x, _ = explain(t, parse(t, spared), "o-9", events)
	require.Equal(t, VerdictSpared, byID["burst"].Verdict)
	require.Equal(t, "allow buyer: wholesale", byID["burst"].Finding.Spared)
	require.Empty(t, x.Flagged)
}

// TestExplainAgrees holds the explanations of random orders under random rules
// against what an engine that nobody watches flags.
func TestExplainAgrees(t *testing.T) {
	flagged, passed, counts := 0, 0, 0
	for seed := range seeds(45) {
		rng := rand.New(rand.NewPCG(seed, 31))
		rules, err := ParseRules("random.yaml", []byte(randomRules(rng)))
		if err != nil {
			continue // two random conditions contradict each other
		}
		events := randomEvents(rng, 600)
		found := map[string]map[string]orderguard.Reason{}
		for _, a := range run(t, rules, events, 1, nil) {
			for _, r := range a.Reasons {
				if found[a.Order] == nil {
					found[a.Order] = map[string]orderguard.Reason{}
				}
				found[a.Order][r.Rule] = r
			}
		}
		for range 12 {
			order := events[rng.IntN(len(events))].Order
			byID, _, ok := explain(t, rules, order, events)
			require.True(t, ok)
			for id, r := range byID {
				counts += requireCounted(t, rules, &r)
				want, fired := found[order][id]
				require.Equal(t, fired, r.Verdict == VerdictFlagged, "seed %d, %s, %s", seed, order, id)
				if !fired {
					passed++
					continue
				}
				flagged++
				require.Equal(t, want, r.Finding.Reason)
			}
		}
	}
	require.Greater(t, flagged, fewer(100))
	require.Greater(t, passed, fewer(100))
	require.Greater(t, counts, fewer(100))
}

// requireCounted holds that conditions which count list as many events as they
// say, and that judgements agree with themselves. It returns how many it saw.
func requireCounted(t testing.TB, rules *RuleSet, r *RuleExplanation) (seen int) {
	t.Helper()
	i := slices.IndexFunc(rules.Rules, func(o Rule) bool { return o.ID == r.Rule })
	rule := &rules.Rules[i]
	for _, j := range r.Judged {
		if r.Finding != nil && r.Finding.Own && j.Event == r.Finding.Event {
			require.True(t, j.Fired)
		}
		for n, c := range j.Conditions {
			require.Equal(t, c.Known && rule.Condition(n).Holds(c.Value), c.Holds)
			switch {
			case rule.Condition(n).Measure != Count || !c.Known:
			case c.Value > maxCounted:
				require.Len(t, c.Counted, maxCounted)
				require.True(t, c.More)
			default:
				seen++
				require.Len(t, c.Counted, int(c.Value))
				require.False(t, c.More)
			}
		}
	}
	return seen
}
