package detect

import (
	"math"
	"testing"

	"github.com/orderguard/orderguard"
	"github.com/stretchr/testify/require"
)

// parse reads rules that must be without a fault.
func parse(t testing.TB, yaml string) *RuleSet {
	t.Helper()
	set, err := ParseRules("test.yaml", []byte(yaml))
	require.NoError(t, err)
	return set
}

const shortest = `rules:
  - id: order-burst
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [buyer, shop], within: 10m, at_least: 10}
  - id: shop-flood
    scenario: malicious_order
    on: order.created
    all:
      - {distinct: buyer, of: order.created, by: [shop], within: 5m, at_least: 100}
`

func TestShortestForm(t *testing.T) {
	set := parse(t, shortest)
	require.Len(t, set.Rules, 2)
	burst, flood := set.Rules[0], set.Rules[1]
	require.Equal(t, "order-burst", burst.ID)
	require.Equal(t, orderguard.MaliciousOrder, burst.Scenario)
	require.Equal(t, orderguard.Medium, burst.Severity)
	require.Equal(t, 50, burst.Score)
	require.Equal(t, Condition{
		Measure: Count, Of: Selector{Kinds: created}, By: []Field{FieldBuyer, FieldShop},
		Within: 600_000, WithinText: "10m", Lo: 10, Hi: math.MaxInt64, Op: "at_least", Limit: 10,
	}, burst.All[0])
	require.Equal(t, Condition{
		Measure: Distinct, Value: FieldBuyer, Of: Selector{Kinds: created}, By: []Field{FieldShop},
		Within: 300_000, WithinText: "5m", Lo: 100, Hi: math.MaxInt64, Op: "at_least", Limit: 100,
	}, flood.All[0])
}

func TestFullForm(t *testing.T) {
	set := parse(t, `rules:
  - id: x
    scenario: malicious_refund
    severity: critical
    score: 99
    shadow: true
    description: words
    on: [order, dispute]
    where: {status: [created, opened]}
    all:
      - {count: order, by: shop, within: 1d12h, above: 3, where: {status: created, custom: true}}
      - {sum: qty, of: order.created, by: [shop, buyer], within: 90s, at_least: 3, at_most: 9, context: true}
    any:
      - {count: order.paid, by: [shop], within: 1ms, below: 3}
`)
	r := set.Rules[0]
	require.True(t, r.Shadow)
	require.Equal(t, 99, r.Score)
	require.Equal(t, kindSet(orderguard.OrderCreated)|kindSet(orderguard.DisputeOpened), r.On.Kinds)
	require.Empty(t, r.On.Where)
	first, second, third := r.Condition(0), r.Condition(1), r.Condition(2)
	require.Equal(t, created, first.Of.Kinds)
	require.Equal(t, []Filter{{Field: FieldCustom, Test: OneOfNumbers, Numbers: []int64{1}}}, first.Of.Where)
	require.Equal(t, orderguard.Millis(36*3600_000), first.Within)
	require.Equal(t, "above", first.Op)
	require.EqualValues(t, 4, first.Lo)
	require.EqualValues(t, 3, first.Limit)
	require.False(t, first.Context)
	require.Equal(t, []Field{FieldBuyer, FieldShop}, second.By)
	require.True(t, second.Context)
	require.Equal(t, "at_least", second.Op)
	require.EqualValues(t, 9, second.Hi)
	require.True(t, third.Context, "a condition without a lower bound is context")
	require.EqualValues(t, 2, third.Hi)
	require.EqualValues(t, math.MinInt64, third.Lo)
	require.True(t, third.Holds(0))
	require.False(t, third.Holds(3))
}

func TestTextFieldsTakeAnyScalar(t *testing.T) {
	r := parse(t, `rules: [{id: x, scenario: harassment, on: order.created, where: {postcode: [01234, NO, 2020-01-01, true]}}]`).Rules[0]
	require.Equal(t, []string{"01234", "2020-01-01", "NO", "true"}, r.On.Where[0].Values)
}

func TestVersionIsOfTheContent(t *testing.T) {
	first := parse(t, shortest)
	require.Equal(t, "e70a17bd", first.Rules[0].Version, "versions must not change from one build to the next")
	same := parse(t, `# a comment
rules:
- {on: [order.created], id: order-burst, scenario: malicious_order, severity: medium, shadow: false,
   description: other words,
   all: [{at_least: 10, within: 600s, by: [shop, buyer], count: [order.created]}]}
- id: shop-flood
  scenario: malicious_order
  on: order.created
  all:
    - distinct: buyer
      of: order.created
      by: shop
      within: 300s
      at_least: 100
`)
	require.Equal(t, first.Version, same.Version)
	for name, other := range map[string]string{
		"id":       `{id: y, scenario: malicious_order, on: order.created, all: [{count: order.created, by: [buyer, shop], within: 10m, at_least: 10}]}`,
		"limit":    `{id: order-burst, scenario: malicious_order, on: order.created, all: [{count: order.created, by: [buyer, shop], within: 10m, at_least: 11}]}`,
		"window":   `{id: order-burst, scenario: malicious_order, on: order.created, all: [{count: order.created, by: [buyer, shop], within: 11m, at_least: 10}]}`,
		"by":       `{id: order-burst, scenario: malicious_order, on: order.created, all: [{count: order.created, by: [buyer], within: 10m, at_least: 10}]}`,
		"shadow":   `{id: order-burst, scenario: malicious_order, shadow: true, on: order.created, all: [{count: order.created, by: [buyer, shop], within: 10m, at_least: 10}]}`,
		"where":    `{id: order-burst, scenario: malicious_order, on: order.created, where: {custom: true}, all: [{count: order.created, by: [buyer, shop], within: 10m, at_least: 10}]}`,
		"any":      `{id: order-burst, scenario: malicious_order, on: order.created, any: [{count: order.created, by: [buyer, shop], within: 10m, at_least: 10}]}`,
		"expr":     `{id: order-burst, scenario: malicious_order, on: order.created, expr: custom, all: [{count: order.created, by: [buyer, shop], within: 10m, at_least: 10}]}`,
		"severity": `{id: order-burst, scenario: malicious_order, severity: low, on: order.created, all: [{count: order.created, by: [buyer, shop], within: 10m, at_least: 10}]}`,
	} {
		require.NotEqual(t, first.Rules[0].Version, parse(t, "rules: ["+other+"]").Rules[0].Version, name)
	}
}

// FuzzParseRules holds that no file makes the parser panic, and that what it
// accepts is whole: a second reading gives the same rules, each can be asked
// for all that the engine asks of it.
func FuzzParseRules(f *testing.F) {
	f.Add([]byte(shortest))
	f.Add(ShippedYAML)
	f.Add([]byte(factRules))
	f.Add([]byte("rules: [{id: x, scenario: harassment, on: order, where: {status: created, rating: {below: 3}}, expr: 'custom'}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := ParseRules("fuzz.yaml", data)
		if err != nil {
			return
		}
		again, err := ParseRules("fuzz.yaml", data)
		require.NoError(t, err)
		require.Equal(t, set.Version, again.Version)
		event := &orderguard.Event{Kind: orderguard.OrderCreated}
		for i := range set.Rules {
			r := &set.Rules[i]
			require.NotEmpty(t, r.ID)
			require.Len(t, r.Version, 8)
			require.NotZero(t, r.On.Kinds)
			r.On.Match(event)
			require.NotEmpty(t, r.Reason(event, -1, 0).Text)
			for j := range r.Conditions() {
				c := r.Condition(j)
				require.NotEmpty(t, c.By)
				require.Equal(t, c.ofEdge(), c.Within == 0)
				require.LessOrEqual(t, c.Lo, c.Hi)
				require.True(t, c.Lo > math.MinInt64 || c.Context)
				require.NotEmpty(t, r.Reason(event, j, 1).TextZh)
			}
		}
	})
}
