package detect

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// askable is an order that has not come, among events that have: one of a party
// that is known, at about the time of the last event, sometimes late, with an
// order id that is new or, rarely, one of these.
func askable(rng *rand.Rand, events []orderguard.Event, upto, n int) *orderguard.Event {
	last := &events[upto-1]
	e := orderguard.Event{Kind: orderguard.OrderCreated}
	for range 50 {
		if x := &events[max(0, upto-1-rng.IntN(60))]; x.Kind == orderguard.OrderCreated {
			e = *x
			break
		}
	}
	e.ID, e.Order, e.Late = fmt.Sprint("asked-", n), fmt.Sprint("asked-order-", n), false
	e.Time, e.Clock = last.Clock+orderguard.Millis(rng.IntN(2000)), last.Clock
	switch rng.IntN(12) {
	case 0:
		e.Time = last.Clock - orderguard.Millis(rng.IntN(90_000))
	case 1:
		e.Time = last.Clock - orderguard.Millis(rng.IntN(30*3_600_000))
	case 2:
		e.Time += orderguard.Millis(rng.IntN(30 * 60_000))
	}
	if rng.IntN(8) == 0 {
		e.Order = events[max(0, upto-1-rng.IntN(40))].Order
	}
	if rng.IntN(4) == 0 {
		e.Device, e.Shop = fmt.Sprint("d", rng.IntN(9)), fmt.Sprint("s", rng.IntN(4))
	}
	return &e
}

// asksAsProcessed holds what a screener says of orders against what a copy of the
// engine says of each once its creation came, and that the engine is the same
// after it.
func asksAsProcessed(t testing.TB, s *Screener, rules *RuleSet, what string, orders ...*orderguard.Event) (list []Screening) {
	t.Helper()
	before := save(t, s.engine)
	for _, e := range orders {
		list = append(list, s.Screen(e))
	}
	require.True(t, bytes.Equal(before, save(t, s.engine)), "who asks leaves a trace")
	for i, e := range orders {
		again, err := Load(rules, Options{}, bytes.NewReader(before))
		require.NoError(t, err)
		saysAs(t, again, e, list[i], what)
	}
	return list
}

// saysAs holds what was said of an order against what an engine says of it.
func saysAs(t testing.TB, again *Engine, e *orderguard.Event, got Screening, what string) {
	t.Helper()
	known := map[string]bool{} // what the rules have said of the order before
	for i := range again.plan.rules {
		r := &again.plan.rules[i]
		known[r.ID+r.Scenario.String()] = again.flagger.hasFlagged(r, r.slot, e.Order, e.Clock)
	}
	fresh := strings.HasPrefix(e.Order, "asked-")
	r := NewRunner(again, 1)
	defer r.Close()
	var want []ScreenFinding
	for _, a := range r.Process(&orderguard.Batch{Events: []orderguard.Event{*e}}) {
		// Of an order that is not new, what fell due by now may speak too.
		a.Reasons = slices.DeleteFunc(a.Reasons, func(r orderguard.Reason) bool { return !fresh && looksAgain(again, r.Rule) })
		if a.Order == e.Order && len(a.Reasons) > 0 {
			want = append(want, ScreenFinding{Scenario: a.Scenario, Score: a.Score, Severity: a.Severity, Reasons: a.Reasons})
		}
	}
	var would []ScreenFinding
	for _, f := range got.Findings {
		if f.Spared == nil {
			would = append(would, f)
		}
	}
	if fresh {
		require.Equal(t, want, would, "%s\n%+v", what, e)
		return
	}
	// Of such an order, a rule says nothing twice, and may name another condition.
	for i := range would {
		would[i].Reasons = slices.DeleteFunc(slices.Clone(would[i].Reasons), func(r orderguard.Reason) bool { return known[r.Rule+would[i].Scenario.String()] })
	}
	require.Equal(t, rulesOf(want), rulesOf(would), "%s\n%+v", what, e)
}

func looksAgain(e *Engine, id string) bool {
	return slices.ContainsFunc(e.plan.rules, func(r compiled) bool { return r.ID == id && r.After > 0 })
}

// rulesOf lists which rules speak under which scenario.
func rulesOf(findings []ScreenFinding) (list []string) {
	for _, f := range findings {
		for _, r := range f.Reasons {
			list = append(list, f.Scenario.String()+" "+r.Rule)
		}
	}
	slices.Sort(list)
	return list
}

// asksAlong feeds a stream to an engine and asks, between batches, for orders. It
// counts in fired how often each rule would fire.
func asksAlong(t testing.TB, rules *RuleSet, events []orderguard.Event, most int, rng *rand.Rand, what string, fired map[string]int) {
	t.Helper()
	e, err := New(rules, Options{})
	require.NoError(t, err)
	r := NewRunner(e, 1+rng.IntN(3))
	defer r.Close()
	s := NewScreener(e)
	for from := 0; from < len(events); {
		to := from + 1 + rng.IntN(min(len(events)-from, most))
		r.Process(&orderguard.Batch{Events: events[from:to]})
		from = to
		orders := make([]*orderguard.Event, 3)
		for n := range orders {
			orders[n] = askable(rng, events, to, 3*from+n)
		}
		for _, got := range asksAsProcessed(t, s, rules, what, orders...) {
			for _, f := range got.Findings {
				for _, reason := range f.Reasons {
					fired[reason.Rule]++
				}
			}
		}
	}
}

func TestScreenAgainstProcess(t *testing.T) {
	fired, total := map[string]int{}, 0
	for seed := range seeds(20) {
		rng := rand.New(rand.NewPCG(seed, 91))
		text := randomRules(rng)
		rules, err := ParseRules("random.yaml", []byte(text))
		if err != nil {
			continue // two random conditions contradict each other
		}
		asksAlong(t, rules, disturbed(rng, 1000), 150, rng, text, fired)
	}
	for _, n := range fired {
		total += n
	}
	require.Greater(t, total, fewer(300), "the streams must make the rules fire")
}

// walking are rules whose conditions walk over the orders in a window, or ask
// what was learned.
const walking = `
  - id: newest
    scenario: unfulfillable
    on: order.created
    any:
      - {sum: qty, of: order.created, by: [shop], within: 9m, newest: 12, at_least: 15}
      - {distinct: device, of: order.created, by: [shop], within: 9m, newest: 9, at_least: 3, state: unpaid}
      - {sum: qty, of: order.created, by: [order], within: 9m, newest: 3, at_least: 3, state: pending}
  - id: pieces
    scenario: malicious_review
    on: order.created
    all:
      - {sum: qty, of: order.created, by: [shop, cluster], within: 20m, at_least: 5, where: {custom: true}}
      - {spread: buyer_age, of: order.created, by: [cluster], within: 40m, at_most: 99}
  - id: rates
    scenario: malicious_refund
    on: order.created
    all:
      - {rate: order.cancelled, of: order.created, by: [buyer], within: 1h, at_least: 3}
  - id: lone
    scenario: malicious_dispute
    on: order
    all:
      - {distinct: buyer, of: order.created, by: [shop], within: 9m, newest: 20, lone: 90s, at_least: 3}
  - id: counted
    scenario: harassment
    on: order.created
    all:
      - {distinct: buyer, of: order.created, by: [shop], within: 9m, at_least: 3, as: buyers}
    any:
      - {count: order.created, by: [shop], within: 9m, aged: 1s, at_least: 4, as: older}
      - {count: order.cancelled, by: [shop], within: 9m, at_least: 2}
    expr: older * 2 >= buyers && qty > 1
`

func TestScreenAgainstProcessWithEveryKindOfRule(t *testing.T) {
	fired := map[string]int{}
	for seed := range max(4, seeds(4)) {
		rng := rand.New(rand.NewPCG(seed, 92))
		rules := parse(t, strings.Replace(manyRules, "\nlists:", walking+"\nlists:", 1))
		events := disturbed(rng, 1200)
		if seed%2 == 1 {
			events = linkedEvents(rng, 1200)
		}
		asksAlong(t, rules, events, 400, rng, "", fired)
	}
	for _, id := range []string{"states", "crew", "step", "much", "edge", "newest", "pieces", "rates", "lone", "counted", "tardy"} {
		require.Positive(t, fired[id], "no order makes %s fire", id)
	}
	require.Zero(t, fired["quiet"], "a rule in shadow")
	require.Zero(t, fired["later"], "a rule that looks again")
}

// TestScreensChangeNoAlert asks between the batches of a stream, of any size and
// with any number of workers, between their parts, and after reloads: alerts and state are those of a
// stream that nobody asked about.
func TestScreensChangeNoAlert(t *testing.T) {
	findings, between := 0, 0
	for seed := range seeds(6) {
		rng := rand.New(rand.NewPCG(seed, 93))
		more := parse(t, strings.Replace(manyRules, "\nlists:", walking+"\nlists:", 1))
		h := evenly(disturbed(rng, 2000), parse(t, manyRules), more, parse(t, "rules:"+longer))
		at := append(points(rng, len(h.events)), len(h.events)-1, len(h.events))
		through := func(workers int, ask func(s *Screener, upto, n int)) (alerts string, state []byte) {
			e, err := New(h.rules[0], Options{})
			require.NoError(t, err)
			var out bytes.Buffer
			cuts, s, from := rand.New(rand.NewPCG(seed, 94)), NewScreener(e), 0
			h.between = func() {
				ask(s, max(from, 1), between)
				between++
			}
			for _, to := range at {
				h.judge(t, e, from, to, workers, cuts, &out)
				from = to
				for n := 0; n < 30 && to > 0; n++ {
					ask(s, to, n)
				}
			}
			return out.String(), save(t, e)
		}
		workers := 1 + rng.IntN(4)
		want, state := through(workers, func(*Screener, int, int) {})
		got, now := through(workers, func(s *Screener, upto, n int) {
			findings += len(s.Screen(askable(rng, h.events, upto, n)).Findings)
		})
		require.Equal(t, want, got)
		require.True(t, bytes.Equal(state, now), "the state is another")
	}
	require.Greater(t, findings, fewer(200))
	require.Greater(t, between, fewer(200))
}
