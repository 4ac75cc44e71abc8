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

const surpriseOfShop = `rules:
  - id: unusual
    scenario: malicious_order
    on: order.created
    all:
      - {surprise: order.created, by: [shop], within: 10m, at_least: 60%s}
`

// twoShops are ten days of trade at a big shop, whose noon is busy, and a small
// one with an order every forty minutes; and at the last noon thirty orders at
// each within five minutes.
func twoShops() (events []orderguard.Event, last int) {
	const start, minute = orderguard.Millis(1_700_006_400_000), 60_000 // at midnight
	add := func(shop string, at orderguard.Millis) {
		n := len(events)
		events = append(events, orderguard.Event{
			ID: fmt.Sprint("e-", n), Kind: orderguard.OrderCreated, Shop: shop, Buyer: fmt.Sprint("b-", n%5000),
			Order: fmt.Sprint(shop, "-", n), Time: start + at, Clock: start + at,
		})
	}
	for m := range orderguard.Millis(10*1440 + 720) {
		orders := 1
		if m%1440 >= 690 && m%1440 < 780 {
			orders = 5
		}
		for range orders {
			add("big", m*minute)
		}
		if m%40 == 0 {
			add("small", m*minute)
		}
	}
	last = len(events)
	for i := range orderguard.Millis(30) {
		add("big", (10*1440+720)*minute+i*10_000)
		add("small", (10*1440+720)*minute+i*10_000)
	}
	return events, last
}

// TestSurpriseKnowsASmallShopFromABig holds that the same thirty orders are
// nothing at a busy shop and all of them are flagged at a quiet one.
func TestSurpriseKnowsASmallShopFromABig(t *testing.T) {
	events, last := twoShops()
	var all []string
	for i := last; i < len(events); i++ {
		if events[i].Shop == "small" {
			all = append(all, events[i].Order)
		}
	}
	flagged := func(rules *RuleSet) (orders []string) {
		alerts := run(t, rules, events, 2, rand.New(rand.NewPCG(1, 42)))
		for _, a := range alerts {
			orders = append(orders, a.Order)
		}
		require.NotEmpty(t, alerts)
		require.Regexp(t, `^\d+ orders at this shop within 10 minutes are unusual for this shop at this time of day: `+
			`a chance of about 1 in [0-9,]+ \(limit 1 in 1,000,000\)$`, alerts[0].Reasons[0].Text)
		require.Regexp(t, `^本店 10 分钟内下单 \d+ 笔，就该店铺这一时段的以往情况而言并不寻常：偶然发生的概率约为 1/[0-9,]+（阈值 1/1,000,000）$`, alerts[0].Reasons[0].TextZh)
		require.Equal(t, "10m", alerts[0].Reasons[0].Within)
		return orders
	}
	whole := flagged(parse(t, fmt.Sprintf(surpriseOfShop, "")))
	require.Subset(t, whole, all, "those before the limit was crossed too")
	require.LessOrEqual(t, len(whole), len(all)+1, "and the one before them in the window")
	some := flagged(parse(t, fmt.Sprintf(surpriseOfShop, ", context: true")))
	require.Less(t, len(some), len(all))
	require.Subset(t, all, some)
}

// TestSurpriseWhateverTheWorkersAndBatches holds the alerts byte for byte, with
// orders that took part.
func TestSurpriseWhateverTheWorkersAndBatches(t *testing.T) {
	forms := slices.Clone(surpriseForms)
	for i := range forms {
		forms[i][1] = strings.Replace(forms[i][1], ", context: true", "", 1)
	}
	rules, total := surpriseRules(t, forms), 0
	for seed := range seeds(8) {
		rng := rand.New(rand.NewPCG(seed, 43))
		events := weekOfEvents(rng, 3000)
		alerts := run(t, rules, events, 1, nil)
		total += len(alerts)
		want, err := json.Marshal(alerts)
		require.NoError(t, err)
		for workers := 1; workers <= 4; workers++ {
			got, err := json.Marshal(run(t, rules, events, workers, rng))
			require.NoError(t, err)
			require.Equal(t, string(want), string(got), "seed %d, %d workers", seed, workers)
		}
	}
	require.Greater(t, total, fewer(3000))
}

// TestReloadKeepsSurprises holds that what was learned goes on, also where other
// rules come and go that share a table or a surprise, or ask the table for more.
func TestReloadKeepsSurprises(t *testing.T) {
	more := append(slices.Clone(surpriseForms), [][2]string{
		{"order.created", "{count: order.created, by: [shop], within: 3h, at_least: 40}"},
		{"order.cancelled", "{surprise: order.created, by: [shop], within: 10m, at_least: 2}"},
		{"order.created", "{surprise: order.created, by: [shop], within: 45m, at_least: 5}"},
		{"order.paid", "{surprise: order.created, by: [buyer, shop], at_least: 10}"},
	}...)
	total := 0
	for seed := range seeds(10) {
		rng := rand.New(rand.NewPCG(seed, 44))
		events := slices.DeleteFunc(weekOfEvents(rng, 2000), func(e orderguard.Event) bool {
			return e.Time <= e.Clock-600_000 // a table that is shared remembers longer
		})
		rules, longer := surpriseRules(t, surpriseForms), surpriseRules(t, more)
		want := byRule(run(t, rules, events, 1, nil))
		alerts, _ := runReloading(t, []*RuleSet{rules, longer, rules, longer}, events, 1+int(seed%3), rng)
		got := byRule(alerts)
		for id := range want {
			require.Equal(t, valuesIn(want[id]), valuesIn(got[id]), "seed %d, %s", seed, id)
			total += len(want[id])
		}
	}
	require.Greater(t, total, fewer(3000))
}

// TestSurpriseOfRulesThatLookAgain holds that surprises can stand under first, and
// that a copy of an event asks for one without being learned.
func TestSurpriseOfRulesThatLookAgain(t *testing.T) {
	events, last := twoShops()
	again := parse(t, fmt.Sprintf(surpriseOfShop, ", context: true")+`
  - id: again
    scenario: harassment
    on: order.created
    first:
      - {surprise: order.created, by: [shop], within: 10m, at_least: 60}
    after: 3m
    all:
      - {surprise: order.created, by: [shop], within: 10m, at_least: 60, as: now}
    expr: now > 0
`)
	for workers := 1; workers <= 2; workers++ {
		found := byRule(run(t, again, events, workers, rand.New(rand.NewPCG(1, 46))))
		require.Equal(t, found["unusual"], byRule(run(t, parse(t, fmt.Sprintf(surpriseOfShop, ", context: true")), events, 1, nil))["unusual"])
		orders := strings.Join(found["again"], " ")
		for i := last; i < len(events)-1; i++ { // the last comes after the last look
			require.Equal(t, events[i].Shop == "small", strings.Contains(orders, events[i].Order+" "), events[i].Order)
		}
	}
}

// TestExplainSurprise holds what an engineer reads of a key's and of an edge's
// surprise.
func TestExplainSurprise(t *testing.T) {
	events, last := twoShops()
	for i := last; i < len(events); i++ {
		if events[i].Shop == "small" {
			events[i].Buyer = "b-x"
		}
	}
	rules := parse(t, fmt.Sprintf(surpriseOfShop, ", context: true")+`
  - id: pair
    scenario: malicious_order
    on: order.created
    all:
      - {surprise: order.created, by: [buyer, shop], above: 1, as: pair}
    expr: pair > 900
  - id: lacking
    scenario: malicious_order
    on: order.created
    all:
      - {surprise: order.created, by: [buyer, device], at_least: 30}
`)
	order := events[len(events)-1].Order
	byID, x, ok := explain(t, rules, order, events)
	require.True(t, ok)
	require.Equal(t, []orderguard.Scenario{orderguard.MaliciousOrder}, x.Flagged)
	c := byID["unusual"].Judged[0].Conditions[0]
	require.Equal(t, "decibans of surprise at the orders at this shop", c.Text)
	require.Greater(t, c.Value, int64(90))
	require.Equal(t, "a chance below 1 in 1,000,000,000", c.Chance)
	require.Len(t, c.Counted, maxCounted)
	require.Equal(t, order, c.Counted[0].Order)
	require.Regexp(t, `^with \d+ fewer decibans of surprise at the orders at this shop within 10 minutes it would not have fired$`, byID["unusual"].Judged[0].Nearest)

	pair := byID["pair"].Judged[0]
	require.Empty(t, pair.Conditions[0].Within)
	require.Empty(t, pair.Conditions[0].Counted)
	require.True(t, pair.Conditions[0].Context)
	require.False(t, byID["lacking"].Judged[0].Conditions[0].Known)
	var text strings.Builder
	require.NoError(t, x.WriteText(&text, false))
	require.Regexp(t, `(?m)^    yes \d+ decibans of surprise at the orders at this shop within 10m, a chance below 1 in 1,000,000,000 \(at least 60, context\)$`, text.String())
	require.Regexp(t, `(?m)^    yes pair = \d+ decibans of surprise at the orders by this buyer at this shop, a chance .* 1 in [0-9,]+ \(above 1, context\)$`, text.String())
	require.Regexp(t, `(?m)^    no  decibans of surprise at the orders by this buyer from this device, context: the event has no device$`, text.String())
}

// TestSurprisesCostNoAllocations holds that events allocate nothing, and that
// the structures stand among what the engine holds.
func TestSurprisesCostNoAllocations(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector allocates")
	}
	e, err := New(surpriseRules(t, [][2]string{
		{"order.created", "{surprise: order.created, by: [shop], within: 10m, at_least: 900, context: true}"},
		{"order.created", "{surprise: order.created, by: [buyer, shop], at_least: 900}"},
	}), Options{})
	require.NoError(t, err)
	r := NewRunner(e, 1)
	defer r.Close()
	batches := steady(rand.New(rand.NewPCG(1, 45)), 320, 20_000, 1000, 200)
	for _, b := range batches[:250] {
		r.Process(b)
	}
	i := 250
	perBatch := testing.AllocsPerRun(60, func() {
		r.Process(batches[i])
		i++
	})
	require.Less(t, perBatch/2048, 0.05, "allocations an event")
	sizes := map[string]TableSize{}
	for _, s := range e.Memory() {
		sizes[s.Table] = s
	}
	require.Equal(t, 1000, sizes["surprise of order.created{} by shop within 10 minutes"].Keys)
	require.Greater(t, sizes["surprise of order.created{} by shop within 10 minutes"].Bytes, int64(1000*156))
	require.InDelta(t, 6.3e6, sizes["surprise of order.created{} by buyer, shop"].Bytes, 1e5)
}
