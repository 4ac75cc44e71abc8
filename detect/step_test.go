package detect

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// steppedRules writes rules in which all that a step can do is done: conditions in columns and
// some that are searched for, with and without bounds, in all: and in any:, and
// expressions whose terms need CEL, or outgrow 64 bits, or neither.
func steppedRules(rng *rand.Rand) string {
	var b strings.Builder
	b.WriteString("rules:\n")
	pick := func(s ...string) string { return s[rng.IntN(len(s))] }
	condition := func(name string, bounded bool) string {
		form := [][2]string{
			{"count: order.created, state: " + pick("unpaid", "paid", "kept"), pick("[buyer]", "[shop]", "[buyer, shop]", "[shop, cluster]", "[cluster]")},
			{"distinct: device, of: order.created", pick("[buyer]", "[shop]")},
			{"distinct: buyer, of: order.created, newest: 7", pick("[shop]", "[device]")},
			{"count: order.created, newest: 5", pick("[buyer]", "[device, shop]")},
			{"sum: qty, of: order.created, newest: 9", pick("[buyer]", "[shop]")},
		}[rng.IntN(5)]
		bound := ", as: " + name
		if bounded || rng.IntN(2) == 0 {
			bound += fmt.Sprintf(", at_least: %d", 2+rng.IntN(2))
		}
		return fmt.Sprintf("{%s, by: %s, within: %s%s}", form[0], form[1], pick("20s", "10m", "1h"), bound)
	}
	for i := range 4 {
		fmt.Fprintf(&b, "  - id: r%d\n    scenario: malicious_order\n    on: order.created\n    all:\n", i)
		names := []string{"c0", "c1", "c2", "c3"}
		for n, name := range names {
			if n == 3 {
				b.WriteString("    any:\n")
			}
			fmt.Fprintf(&b, "      - %s\n", condition(name, n == 0 || n == 3))
		}
		b.WriteString("    expr: ")
		for n := range 1 + rng.IntN(3) {
			if n > 0 {
				b.WriteString(" && ")
			}
			x, y := pick(names...), pick(names...)
			b.WriteString(pick(x+" * 2 >= "+y, x+" <= "+y+" + 3", "("+x+" < 4 || qty > 1)", "("+x+" * 4611686018427387904 > 0 || qty > 0)", x+" * 4611686018427387904 >= "+y, "buyer.contains(string("+x+"))", "qty < 4"))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestStepsAreTheRule holds that a rule fires where all of its conditions hold, one of any: and
// the expression, all of them measured and by CEL, however it is cut into steps.
func TestStepsAreTheRule(t *testing.T) {
	fired, not, refused := 0, 0, 0
	for seed := range seeds(40) {
		rng := rand.New(rand.NewPCG(seed, 17))
		source := steppedRules(rng)
		rules, err := ParseRules("rules.yaml", []byte(source))
		if err != nil {
			refused++ // such as an expression that is always true
			continue
		}
		events := randomEvents(rng, 400)
		for range 12 {
			byID, _, _ := explain(t, rules, events[rng.IntN(len(events))].Order, events)
			for i := range rules.Rules {
				rule := &rules.Rules[i]
				for _, j := range byID[rule.ID].Judged {
					want, some := true, false
					for n, c := range j.Conditions {
						holds := c.Known && rule.Condition(n).Holds(c.Value)
						want, some = want && (holds || n >= len(rule.All)), some || holds && n >= len(rule.All)
					}
					at := slices.IndexFunc(events, func(e orderguard.Event) bool { return e.ID == j.Event.ID })
					ok, err := rule.Expr.interpret(&events[at], valuesOf(j.Conditions))
					want = want && some && ok && err == nil
					require.Equal(t, want, j.Fired, "seed %d, rule %s at %s\n%s\n%+v", seed, rule.ID, j.Event.ID, source, j)
					fired, not = fired+count(want), not+count(!want)
				}
			}
		}
	}
	require.Greater(t, fired, int(seeds(40)))
	require.Greater(t, not, 100)
	require.Less(t, refused, int(seeds(40))/2)
}
