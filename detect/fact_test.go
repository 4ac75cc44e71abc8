package detect

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

const factRules = `facts:
  # More than one of ten orders was sent before it was paid.
  sends_on_trust:
    all:
      - {count: order.created, by: [shop], within: 7d, aged: 12h, newest: 200, as: past}
      - {count: order.created, by: [shop], within: 7d, aged: 12h, newest: 200, state: trusted, as: trusted}
    expr: trusted * 10 > past
  # Of its category, too.
  market_on_trust:
    optional:
      - {count: order.created, by: [category], within: 7d, newest: 200, as: past}
      - {count: order.created, by: [category], within: 7d, newest: 200, state: trusted, as: trusted}
    expr: past >= 3 && trusted * 10 > past
  no_town:
    expr: city == "" || postcode == "" // or nobody finds it
rules:
  - id: unpaid
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [buyer, shop], within: 1h, state: unpaid, at_least: 3, as: unpaid}
      - {count: order.created, by: [buyer, shop], within: 1h, newest: 20, state: paid, as: paid}
    expr: paid * 2 < unpaid && !sends_on_trust && (!market_on_trust || unpaid >= 8) && no_town
  - id: no-town
    scenario: unfulfillable
    on: order.created
    where: {country: {present: true}}
    expr: no_town && size(line1) < 3
`

// randomFacts writes one and the same rules twice: with facts, and with what these say written out.
func randomFacts(rng *rand.Rand) (named, out string) {
	pick := func(s ...string) string { return s[rng.IntN(len(s))] }
	condition := func() string {
		c := pick("count: order.created, by: [shop]", "count: order.created, by: [device]", "count: order.cancelled, by: [buyer]",
			"distinct: buyer, of: order.created, by: [shop]", "count: order.created, by: [order], newest: 1", "count: order.created, by: [sku, shop], newest: 30",
			"distinct: buyer, of: order.created, by: [shop, cluster]")
		if !strings.Contains(c, "distinct") && strings.Contains(c, "created") {
			c += pick("", ", state: unpaid", ", state: paid")
		}
		return c + ", within: " + pick("90s", "10m", "1h")
	}
	var facts, with, without strings.Builder
	said, all, optional := map[string]string{}, map[string]string{}, map[string]string{}
	names := []string{"slow", "young", "known"}
	for _, name := range names {
		a, b, c := condition(), condition(), pick("count: order.created, by: [category]", "count: order.created, by: [device], newest: 20")+", within: "+pick("90s", "1h")
		expr := pick("X_a * 2 >= X_b + X_c", "X_a > 3 || X_b + X_c > qty", "X_c == 0 && X_a <= X_b", "X_a * 4611686018427387904 > X_b * X_c")
		fmt.Fprintf(&facts, "  %s:\n    all:\n      - {%s, as: a}\n      - {%s, as: b}\n    optional: [{%s, as: c}]\n    expr: %s\n",
			name, a, b, c, strings.ReplaceAll(expr, "X_", ""))
		said[name] = "(" + strings.ReplaceAll(expr, "X_", name+"_") + ")"
		all[name] = fmt.Sprintf("      - {%s, as: %s_a}\n      - {%s, as: %s_b}\n", a, name, b, name)
		optional[name] = fmt.Sprintf("      - {%s, at_least: 1, context: true, as: %s_c}\n", c, name)
	}
	for i := range 1 + rng.IntN(4) {
		own := fmt.Sprintf("{%s, %s, at_least: %d", pick("count: order.created, by: [buyer, shop]", "count: order.created, by: [shop], state: unpaid"), "within: "+pick("90s", "10m"), 2+rng.IntN(3))
		expr := pick("F", "!F && G", "F || n > 4 && G", "!F && buyer.contains('b')")
		f, g := names[rng.IntN(3)], names[rng.IntN(3)]
		head := fmt.Sprintf("  - id: r%d\n    scenario: malicious_order\n    on: order.created\n    all:\n      - %s, as: n}\n", i, own)
		with.WriteString(head + "    expr: " + fmt.Sprintf("%q", strings.NewReplacer("F", f, "G", g).Replace(expr)) + "\n")
		without.WriteString(head)
		some := fmt.Sprintf("    any:\n      - %s, context: true}\n", own)
		for _, name := range names {
			if name == f || name == g && strings.Contains(expr, "G") {
				without.WriteString(all[name])
				some += optional[name]
			}
		}
		without.WriteString(some + "    expr: " + fmt.Sprintf("%q", strings.NewReplacer("F", said[f], "G", said[g]).Replace(expr)) + "\n")
	}
	for _, name := range names {
		fmt.Fprintf(&with, "  - {id: uses-%s, scenario: harassment, shadow: true, on: order.created, expr: %s}\n", name, name)
	}
	return "facts:\n" + facts.String() + "rules:\n" + with.String(), "rules:\n" + without.String()
}

// TestFactsAreWhatTheySay holds that a rule with facts finds what it finds with their conditions and
// expressions written out, in whatever batches and by whatever number of workers.
func TestFactsAreWhatTheySay(t *testing.T) {
	total := 0
	for seed := range seeds(40) {
		rng := rand.New(rand.NewPCG(seed, 19))
		named, out := randomFacts(rng)
		events := randomEvents(rng, 1500)
		want, got := run(t, parse(t, out), events, 1, nil), run(t, parse(t, named), events, 1+int(seed%3), rng)
		for _, list := range [][]orderguard.Alert{want, got} {
			for i := range list {
				for j := range list[i].Reasons {
					list[i].Reasons[j].Version = ""
				}
			}
		}
		require.Equal(t, want, got, "seed %d\n%s\n%s", seed, named, out)
		total += len(want)
	}
	require.Greater(t, total, fewer(2000), "the streams must make the rules fire")
}

// TestFactsOfAnOrderWithoutTheField holds that a rule does not fire at an order that lacks a field of a
// fact's condition, unless that is optional.
func TestFactsOfAnOrderWithoutTheField(t *testing.T) {
	for key, fires := range map[string]bool{"all": false, "optional": true} {
		rules := parse(t, "facts: {market: {"+key+`: [{count: order.created, by: [category], within: 1h, as: n}], expr: n > 5}}
rules: [{id: x, scenario: harassment, on: order.created, expr: "!market"}]`)
		e := orderAt(1, 1000)
		e.Category = ""
		require.Equal(t, fires, len(run(t, rules, []orderguard.Event{e}, 1, nil)) == 1, key)
		e.Category = "toys"
		require.Len(t, run(t, rules, []orderguard.Event{e}, 1, nil), 1, key)
	}
}

// TestFactsAreNoReasons holds that a condition of a fact is neither why an order is flagged nor who took part.
func TestFactsAreNoReasons(t *testing.T) {
	rules := parse(t, `facts: {busy: {all: [{count: order.created, by: [shop], within: 1h, as: n}], expr: n >= 3}}
rules: [{id: x, scenario: malicious_order, title: Busy, on: order.created, expr: busy}]`)
	var events []orderguard.Event
	for i := range 4 {
		events = append(events, orderAt(i, orderguard.Millis(i)*1000))
	}
	alerts := run(t, rules, events, 1, nil)
	require.Len(t, alerts, 2)
	require.Equal(t, "o-2", alerts[0].Order)
	require.Equal(t, "Busy", alerts[0].Reasons[0].Text)
	require.Zero(t, alerts[0].Reasons[0].Limit)
}

// TestVersionIsOfTheFactsUsed holds that a rule's version changes with the facts that it names, and only with these.
func TestVersionIsOfTheFactsUsed(t *testing.T) {
	first := parse(t, factRules)
	for from, to := range map[string]string{
		"trusted * 10 > past\n  # Of": "trusted * 8 > past\n  # Of",
		"past >= 3":                   "past >= 4",
		"aged: 12h, newest: 200, as":  "aged: 6h, newest: 200, as",
		"optional":                    "all",
	} {
		require.Contains(t, factRules, from)
		other := parse(t, strings.Replace(factRules, from, to, 1))
		require.NotEqual(t, first.Rules[0].Version, other.Rules[0].Version, from)
		require.Equal(t, first.Rules[1].Version, other.Rules[1].Version, from)
		require.NotEqual(t, first.Version, other.Version)
	}
	same := parse(t, strings.Replace(factRules, "# More than", "# Rather more than", 1))
	require.Equal(t, first.Version, same.Version)
	town := parse(t, strings.Replace(factRules, `city == "" ||`, `region == "" ||`, 1))
	require.NotEqual(t, first.Rules[0].Version, town.Rules[0].Version)
	require.NotEqual(t, first.Rules[1].Version, town.Rules[1].Version)
}

// TestExplainFacts holds how a fact is explained.
func TestExplainFacts(t *testing.T) {
	events := eightOrders()
	for i := range events {
		events[i].ShipTo.City = "Leeds"
	}
	_, x, ok := explain(t, parse(t, factRules), "o-7", events)
	require.True(t, ok)
	var b strings.Builder
	require.NoError(t, x.WriteText(&b, true))
	golden(t, "../testdata/rules/facts-explained.golden", b.String())
}

// TestReloadOfFacts holds that windows outlast a reload that changes a fact alone.
func TestReloadOfFacts(t *testing.T) {
	text := `facts: {paid_up: {all: [{count: order.paid, by: [buyer], within: 1h, as: n}], expr: n >= LIMIT}}
rules: [{id: x, scenario: malicious_order, on: order.created, all: [{count: order.created, by: [buyer, shop], within: 1h, at_least: 8}], expr: "!paid_up"}]`
	e, err := New(parse(t, strings.Replace(text, "LIMIT", "3", 1)), Options{})
	require.NoError(t, err)
	r := NewRunner(e, 1)
	defer r.Close()
	events := eightOrders()
	require.Empty(t, r.Process(&orderguard.Batch{Events: events}), "four are paid")
	require.NoError(t, e.Reload(parse(t, strings.Replace(text, "LIMIT", "5", 1))))
	require.Len(t, r.Process(&orderguard.Batch{Events: []orderguard.Event{orderAt(8, 80_000)}}), 9)
}
