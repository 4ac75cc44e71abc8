package detect

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// runReloading puts events through an engine that begins with the first rules
// and takes each of the others at some batch of random size.
func runReloading(t testing.TB, sets []*RuleSet, events []orderguard.Event, workers int, rng *rand.Rand) (alerts []orderguard.Alert, e *Engine) {
	t.Helper()
	e, err := New(sets[0], Options{})
	require.NoError(t, err)
	r := NewRunner(e, workers)
	defer r.Close()
	for i, set := range sets {
		if i > 0 {
			require.NoError(t, e.Reload(set))
		}
		part := events[len(events)*i/len(sets) : len(events)*(i+1)/len(sets)]
		for len(part) > 0 {
			n := 1 + rng.IntN(min(len(part), []int{1, 7, 60, 900}[rng.IntN(4)]))
			alerts = append(alerts, r.Process(&orderguard.Batch{Events: part[:n]})...)
			part = part[n:]
		}
	}
	return alerts, e
}

// richRules have a condition of every kind that keeps more than windows.
const richRules = `
links: {through: [device, payment], within: 30m, crowd: 4}
rules:
  - id: states
    scenario: malicious_order
    on: [order.created, order.paid]
    all:
      - {count: order.created, by: [shop], within: 10m, aged: 5s, state: unpaid, at_least: 3}
  - id: later
    scenario: malicious_refund
    on: order.created
    where: {custom: true}
    first:
      - {count: order.created, by: [shop], within: 10m, at_least: 2}
    after: 2m
    all:
      - {count: order.created, by: [buyer, shop], within: 20m, state: unpaid, at_least: 1}
  - id: crew
    scenario: harassment
    on: order.created
    all:
      - {distinct: buyer, of: order.created, by: [shop, cluster], within: 10m, at_least: 3}
  - id: step
    scenario: malicious_dispute
    on: order.created
    all:
      - {lockstep: buyer, of: order.created, shops: 2, apart: 90s, within: 1h, at_least: 3}
  - id: rate
    scenario: malicious_review
    on: dispute.opened
    all:
      - {rate: dispute.opened, of: order.created, by: [buyer], within: 1h, at_least: 15}
  - id: tardy
    scenario: malicious_refund
    on: order.created
    all:
      - {count: order.created, by: [buyer], within: 9m, newest: 9, paid_after: 5s, at_least: 1}
      - {count: order.created, by: [buyer], within: 9m, at_least: 2}
`

// TestReloadKeepsWhatIsKnownOfOrders holds that the records of orders, clusters,
// timers and rates go on, and that a rule which asks for more of them changes
// nothing for the others.
func TestReloadKeepsWhatIsKnownOfOrders(t *testing.T) {
	more := `
  - id: more
    scenario: unfulfillable
    on: order.created
    all:
      - {count: order.created, by: [shop, device], within: 5m, state: pending, at_least: 2}
      - {spread: buyer_age, of: order.created, by: [shop, cluster], within: 5m, at_most: 9}
`
	total := 0
	for seed := range seeds(12) {
		rng := rand.New(rand.NewPCG(seed, 24))
		events := linkedEvents(rng, 1500)
		for i := range events {
			events[i].Buyer = fmt.Sprint("b", rng.IntN(25))
		}
		rules, longer := parse(t, richRules), parse(t, richRules+more)
		want := run(t, rules, events, 1, nil)
		total += len(want)
		got, _ := runReloading(t, []*RuleSet{rules, longer, rules, longer}, events, 1+int(seed%3), rng)
		wanted, found := byRule(want), byRule(got)
		for id := range wanted {
			require.NotEmpty(t, wanted[id])
			require.Subset(t, wanted[id], found[id], "%s: found what it does not find unreloaded", id)
			require.Subset(t, found[id], withoutLast(wanted[id], events), "%s: missed what it finds unreloaded", id)
		}
	}
	require.Greater(t, total, fewer(2000))
}

// withoutLast leaves out what falls due only at the very end, which runReloading
// does not wait for.
func withoutLast(found []string, events []orderguard.Event) []string {
	last := fmt.Sprint(events[len(events)-1].Time)
	return slices.DeleteFunc(slices.Clone(found), func(s string) bool { return s[strings.LastIndexByte(s, ' ')+1:] >= last })
}

// byRule lists what each rule found: order, value and time.
func byRule(alerts []orderguard.Alert) map[string][]string {
	found := map[string][]string{}
	for _, a := range alerts {
		for _, r := range a.Reasons {
			found[r.Rule] = append(found[r.Rule], fmt.Sprint(a.Order, " ", r.Value, " ", a.FlaggedAt))
		}
	}
	for _, list := range found {
		slices.Sort(list)
	}
	return found
}

// TestReloadOfTheSameRulesChangesNothing holds the alerts byte for byte.
func TestReloadOfTheSameRulesChangesNothing(t *testing.T) {
	total := 0
	for seed := range seeds(20) {
		rng := rand.New(rand.NewPCG(seed, 21))
		text := randomRules(rng)
		rules, err := ParseRules("random.yaml", []byte(text))
		if err != nil {
			continue // two random conditions contradict each other
		}
		again := parse(t, text)
		events := randomEvents(rng, 3000)
		alerts := run(t, rules, events, 1, nil)
		total += len(alerts)
		want, err := json.Marshal(alerts)
		require.NoError(t, err)
		reloaded, e := runReloading(t, []*RuleSet{rules, again, rules, again, rules}, events, 1+int(seed%3), rng)
		got, err := json.Marshal(reloaded)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "seed %d, rules:\n%s", seed, text)
		require.Equal(t, uint64(len(slices.DeleteFunc(alerts, func(a orderguard.Alert) bool { return a.Revision != 1 }))), e.Stats().Alerts)
	}
	require.Greater(t, total, fewer(3000), "the streams must make the rules fire")
}

// TestReloadKeepsTheOtherRules adds and removes rules, and moves the others,
// while attacks go on: those that are there all the time find the same.
func TestReloadKeepsTheOtherRules(t *testing.T) {
	total := 0
	for seed := range seeds(40) {
		rng := rand.New(rand.NewPCG(seed, 22))
		text := randomRules(rng)
		rules, err := ParseRules("random.yaml", []byte(text))
		if err != nil || len(rules.Rules) < 2 {
			continue
		}
		gone := rules.Rules[0].ID
		// Others of the same keys, with windows that fit and that do not, in
		// front, so that all numbers of rules, tables and views are others.
		more := strings.Replace(text, "rules:\n", `rules:
  - id: added-long
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [buyer, shop], within: 90d, at_least: 4}
      - {distinct: device, of: order.created, by: [shop], within: 2m, at_least: 2}
  - id: added-short
    scenario: malicious_review
    on: order
    all:
      - {count: order.created, by: [buyer, shop], within: 11s, at_least: 3}
      - {sum: qty, of: order.created, by: [shop], within: 11s, at_least: 2}
`, 1)
		with := parse(t, more)
		without := &RuleSet{Rules: slices.Clone(rules.Rules[1:])}
		events := randomEvents(rng, 3000)
		want := byRule(run(t, rules, events, 1, nil))
		alerts, e := runReloading(t, []*RuleSet{rules, with, without, with, rules}, events, 1+int(seed%3), rng)
		got := byRule(alerts)
		for _, r := range rules.Rules {
			if r.ID != gone {
				total += len(want[r.ID])
				require.Equal(t, want[r.ID], got[r.ID], "seed %d, rule %s of\n%s", seed, r.ID, more)
			}
		}
		once := map[string]bool{}
		for _, a := range alerts {
			require.False(t, a.Revision == 1 && once[a.ID], "seed %d: %s is flagged twice", seed, a.Order)
			once[a.ID] = true
		}
		for _, s := range e.Stats().Rules {
			if s.ID != gone && !s.Shadow {
				require.Equal(t, uint64(len(want[s.ID])), s.Orders, "the counters of %s go on", s.ID)
			}
		}
	}
	require.Greater(t, total, fewer(3000), "the streams must make the rules fire")
}

// burstAt is the shortest rule with another limit.
func burstAt(t testing.TB, limit int) *RuleSet {
	return parse(t, fmt.Sprintf(`rules:
  - id: order-burst
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [buyer, shop], within: 10m, at_least: %d}
`, limit))
}

// TestReloadOfALimit changes a limit in the middle of an attack.
func TestReloadOfALimit(t *testing.T) {
	events := make([]orderguard.Event, 0, 16)
	for i := range 16 {
		events = append(events, orderAt(i, orderguard.Millis(i)*10_000))
	}
	for _, c := range []struct {
		first, second, old, latter int
	}{
		{first: 10, second: 5, old: 0, latter: 16}, // the new limit finds those before it too
		{first: 5, second: 12, old: 8, latter: 8},  // what was flagged stays flagged, once
		{first: 10, second: 20, old: 0, latter: 0},
	} {
		sets := []*RuleSet{burstAt(t, c.first), burstAt(t, c.second)}
		alerts, _ := runReloading(t, sets, events, 1, rand.New(rand.NewPCG(1, 23)))
		counts := map[string]int{}
		orders, attacks := map[string]bool{}, map[string]bool{}
		for _, a := range alerts {
			require.Equal(t, 1, a.Revision)
			counts[a.Reasons[0].Version]++
			orders[a.Order], attacks[a.Attack] = true, true
		}
		require.Equal(t, c.old, counts[sets[0].Rules[0].Version], "%+v", c)
		require.Equal(t, c.latter, counts[sets[1].Rules[0].Version], "%+v", c)
		require.Len(t, orders, c.old+c.latter)
		require.LessOrEqual(t, len(attacks), 1, "it is one attack")
	}
}

// orderAt makes the n-th order of one buyer at one shop.
func orderAt(n int, at orderguard.Millis) orderguard.Event {
	const start = orderguard.Millis(1_700_000_000_000)
	return orderguard.Event{
		ID: fmt.Sprint("e-", n), Kind: orderguard.OrderCreated, Time: start + at, Clock: start + at, Shop: "s-1", Buyer: "b-1",
		Order: fmt.Sprint("o-", n),
	}
}

// TestReloadOutOfTheShadow lets a rule that only counted begin to flag, also
// what it had counted.
func TestReloadOutOfTheShadow(t *testing.T) {
	shadow, live := burstAt(t, 5), burstAt(t, 5)
	shadow.Rules[0].Shadow = true
	events := make([]orderguard.Event, 0, 12)
	for i := range 12 {
		events = append(events, orderAt(i, orderguard.Millis(i)*1000))
	}
	alerts, e := runReloading(t, []*RuleSet{shadow, live}, events, 1, rand.New(rand.NewPCG(1, 24)))
	require.Len(t, alerts, 12)
	require.Equal(t, uint64(12), e.Stats().Rules[0].Orders)
	require.Error(t, e.Reload(&RuleSet{}), "an engine without rules would be silent")
}

// TestReloadToRulesWithoutOrdersAndBack holds that references do not lead into
// a book of orders that is gone.
func TestReloadToRulesWithoutOrdersAndBack(t *testing.T) {
	const head = `
rules:
  - id: much
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [device], within: 30m, at_least: 4}
`
	linked := parse(t, "links: {through: [device], within: 30m, crowd: 4}"+head+`
  - id: crew
    scenario: harassment
    on: order.created
    all:
      - {distinct: buyer, of: order.created, by: [shop, cluster], within: 10m, at_least: 2}
`)
	e, err := New(linked, Options{})
	require.NoError(t, err)
	r := NewRunner(e, 1)
	defer r.Close()
	r.Process(&orderguard.Batch{Events: linkedEvents(rand.New(rand.NewPCG(1, 25)), 1000)})
	known := func() (n int) {
		for ref := range e.ledger.next {
			if e.ledger.record(ref) != 0 {
				n++
			}
		}
		return n
	}
	require.Positive(t, known())
	require.NoError(t, e.Reload(parse(t, head)))
	require.NoError(t, e.Reload(linked))
	require.Zero(t, known())
}
