package detect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// history is a stream, and the rules that judge it from some event on.
type history struct {
	events []orderguard.Event
	rules  []*RuleSet
	from   []int // the event from which on each judges; that of the first is 0
	// between is called between the parts of batches.
	between func()
}

// evenly makes a history in which each of the rules judges an equal part.
func evenly(events []orderguard.Event, rules ...*RuleSet) history {
	h := history{events: events, rules: rules}
	for i := range rules {
		h.from = append(h.from, len(events)*i/len(rules))
	}
	return h
}

// at returns the rules that judge event i.
func (h *history) at(i int) *RuleSet {
	n := 0
	for n+1 < len(h.from) && h.from[n+1] <= i {
		n++
	}
	return h.rules[n]
}

// judge puts the events [from, to) through an engine, cut into batches at random,
// and writes the alerts.
func (h *history) judge(t testing.TB, e *Engine, from, to, workers int, rng *rand.Rand, alerts io.Writer) {
	r := NewRunner(e, workers)
	defer r.Close()
	if h.between != nil {
		r.Between(h.between)
	}
	write := func(list []orderguard.Alert) {
		for i := range list {
			require.NoError(t, json.NewEncoder(alerts).Encode(&list[i]))
		}
	}
	for from < to {
		end := to
		for i, at := range h.from {
			if at == from && i > 0 {
				require.NoError(t, e.Reload(h.rules[i]))
			}
			if at > from {
				end = min(end, at)
			}
		}
		for from < end {
			n := 1 + rng.IntN(min(end-from, []int{1, 7, 60, 900}[rng.IntN(4)]))
			write(r.Process(&orderguard.Batch{Events: h.events[from : from+n]}))
			from += n
		}
	}
	if to == len(h.events) {
		write(r.Finish())
	}
}

func save(t testing.TB, e *Engine) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, e.Save(&b))
	return b.Bytes()
}

// reborn returns what Load makes of what Save writes, and holds that it reads just
// that, and would write the same.
func reborn(t testing.TB, e *Engine, rules *RuleSet) *Engine {
	t.Helper()
	state := save(t, e)
	require.True(t, bytes.Equal(state, save(t, e)), "one state, two snapshots")
	from := bytes.NewReader(append(slices.Clone(state), "more"...))
	again, err := Load(rules, Options{}, from)
	require.NoError(t, err)
	require.Equal(t, 4, from.Len(), "Load must read the state and no more")
	require.True(t, bytes.Equal(state, save(t, again)), "what is loaded is not what was saved")
	return again
}

// survives holds that engines of which each is loaded from what the one before
// saved find what one does that goes through.
func (h *history) survives(t testing.TB, rng *rand.Rand, points ...int) (alerts int) {
	t.Helper()
	through, err := New(h.rules[0], Options{})
	require.NoError(t, err)
	var want, got bytes.Buffer
	h.judge(t, through, 0, len(h.events), 1+rng.IntN(3), rng, &want)
	e, err := New(h.rules[0], Options{})
	require.NoError(t, err)
	from := 0
	for _, to := range append(points, len(h.events)) {
		h.judge(t, e, from, to, 1+rng.IntN(3), rng, &got)
		if from = to; to < len(h.events) {
			judging := h.rules[0]
			if to > 0 {
				judging = h.at(to - 1) // a reload at that event comes after the snapshot
			}
			e = reborn(t, e, judging)
		}
	}
	require.Equal(t, want.String(), got.String(), "saved after %v events", points)
	require.Equal(t, through.Stats(), e.Stats())
	require.Equal(t, through.Duplicates(), e.Duplicates())
	return bytes.Count(want.Bytes(), []byte("\n"))
}

// points returns some events, in order, after which to save.
func points(rng *rand.Rand, n int) []int {
	list := make([]int, 1+rng.IntN(3))
	for i := range list {
		list[i] = rng.IntN(n)
	}
	slices.Sort(list)
	return list
}

// disturbed is randomEvents with all that makes a stream hard: events that are
// hours late or years ahead, ids that come again, addresses, notes, evidence.
func disturbed(rng *rand.Rand, n int) []orderguard.Event {
	events := randomEvents(rng, n)
	for i := range events {
		e := &events[i]
		switch rng.IntN(60) {
		case 0:
			e.Time -= orderguard.Millis(3_600_000 * (2 + rng.IntN(30)))
			e.Late = true
		case 1:
			e.Time += orderguard.Millis(3_600_000 * rng.IntN(60))
		}
		if e.Kind == orderguard.OrderCreated {
			e.Address, e.BuyerSince = fmt.Sprint("a", rng.IntN(20)), e.Time-orderguard.Millis(rng.IntN(90))*millisPerDay
			e.Amount, e.Currency = int64(rng.IntN(5000)), "EUR"
		}
	}
	return events
}

func TestSavedEngineGoesOn(t *testing.T) {
	total := 0
	for seed := range seeds(30) {
		rng := rand.New(rand.NewPCG(seed, 81))
		rules, err := ParseRules("random.yaml", []byte(randomRules(rng)))
		if err != nil {
			continue // two random conditions contradict each other
		}
		h := evenly(disturbed(rng, 1500), rules)
		total += h.survives(t, rng, points(rng, len(h.events))...)
	}
	require.Greater(t, total, fewer(3000), "the streams must make the rules fire")
}

// manyRules have rules of every kind, allow and block lists, a shadow rule, sums,
// surprises of a key and of an edge.
const manyRules = richRules + `
  - id: quiet
    scenario: malicious_order
    on: order.created
    shadow: true
    all:
      - {count: order.created, by: [device], within: 10m, at_least: 3}
  - id: much
    scenario: unfulfillable
    on: order.created
    all:
      - {sum: amount, of: order.created, by: [shop], within: 1h, at_least: 30000}
      - {distinct: buyer, of: order.created, by: [shop], within: 1h, at_least: 3}
  - id: evidence
    scenario: malicious_dispute
    on: dispute.opened
    all:
      - {count: dispute.opened, by: [shop, evidence], within: 1h, at_least: 2}
  - id: unusual
    scenario: malicious_order
    on: order.created
    all:
      - {surprise: order.created, by: [buyer], within: 10m, at_least: 1}
  - id: edge
    scenario: malicious_refund
    on: order.created
    all:
      - {surprise: order.created, by: [buyer, shop], at_least: 5}
  - id: slow
    scenario: malicious_review
    on: [order.created, message]
    all:
      - {count: order.created, by: [shop], within: 20m, newest: 30, paid_after: 5s, at_least: 2}
  - id: old
    scenario: malicious_refund
    on: order.cancelled
    where: {buyer_age: {at_most: 40}}
    all:
      - {count: order.cancelled, by: [buyer], within: 1h, at_least: 2}
lists:
  - {allow: buyer, values: [b1, b2], until: 2030-01-01, reason: x}
  - {allow: device, values: [d1], until: 2030-01-01, reason: x}
  - {block: address, values: [a3], until: 2030-01-01, reason: x, scenarios: [unfulfillable]}
`

func TestSavedEngineGoesOnWithEveryKindOfRule(t *testing.T) {
	for seed := range seeds(6) {
		rng := rand.New(rand.NewPCG(seed, 82))
		h := evenly(disturbed(rng, 2500), parse(t, manyRules))
		require.Greater(t, h.survives(t, rng, points(rng, len(h.events))...), 1000)
	}
}

// longer are rules among which some tables of the others go on only in part.
const longer = `
  - id: added-long
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [buyer, shop], within: 90d, at_least: 4}
      - {distinct: device, of: order.created, by: [shop], within: 2m, at_least: 2}
      - {distinct: payment, of: order.created, by: [shop], within: 2h, at_least: 2}
  - id: added-short
    scenario: malicious_review
    on: order
    all:
      - {count: order.created, by: [buyer, shop], within: 11s, at_least: 3}
      - {sum: qty, of: order.created, by: [shop], within: 11s, at_least: 2}
`

// TestSavedEngineGoesOnAfterReloads saves before, between and after reloads,
// whose tables are not those that the rules alone would make.
func TestSavedEngineGoesOnAfterReloads(t *testing.T) {
	total := 0
	for seed := range seeds(20) {
		rng := rand.New(rand.NewPCG(seed, 83))
		text := randomRules(rng)
		rules, err := ParseRules("random.yaml", []byte(text))
		if err != nil {
			continue // two random conditions contradict each other
		}
		sets := []*RuleSet{rules, parse(t, text+longer), parse(t, manyRules), parse(t, strings.Replace(text, "rules:\n", "rules:"+longer, 1))}
		rng.Shuffle(len(sets), func(i, j int) { sets[i], sets[j] = sets[j], sets[i] })
		h := evenly(disturbed(rng, 1500), sets...)
		total += h.survives(t, rng, append(points(rng, len(h.events)), len(h.events)-1)...)
	}
	require.Greater(t, total, fewer(3000), "the streams must make the rules fire")
}
