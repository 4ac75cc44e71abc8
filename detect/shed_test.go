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

// forget makes the twin forget what a horizon says.
func (w *twin) forget(h Horizon) {
	for r := range w.rules.Rules {
		for i := range w.rules.Rules[r].All {
			c := &w.rules.Rules[r].All[i]
			if tableName(c) != h.Table {
				continue
			}
			newest, keys := map[string]orderguard.Millis{}, map[int]string{}
			for i := range w.events {
				if x := &w.events[i]; c.Of.Match(x) && !w.forgot[h.Table][i] {
					for _, f := range c.By {
						keys[i] += f.Text(x) + "\x00"
					}
					newest[keys[i]] = max(newest[keys[i]], x.Time)
				}
			}
			if w.forgot[h.Table] == nil {
				w.forgot[h.Table] = map[int]bool{}
			}
			for i, k := range keys {
				if newest[k]/1000 < h.Before/1000 {
					w.forgot[h.Table][i] = true
				}
			}
		}
	}
}

const shedRules = `rules:
  - id: pair
    scenario: malicious_order
    on: order.created
    all:
      - {count: order.created, by: [buyer, shop], within: 1h, at_least: 3}
  - id: payments
    scenario: malicious_refund
    on: order.created
    all:
      - {distinct: payment, of: order.created, by: [device], within: 1h, at_least: 4}
      - {sum: qty, of: order.created, by: [sku], within: 30m, at_least: 9}
  - id: cancels
    scenario: malicious_dispute
    on: order.cancelled
    all:
      - {count: order.cancelled, by: [buyer], within: 30m, at_least: 2}
`

// TestDropAgainstTwin lets go of keys now and then, and compares the engine with
// a twin that forgets them too; and that engine with one that a snapshot was made of.
func TestDropAgainstTwin(t *testing.T) {
	total, keys := 0, 0
	for seed := range seeds(8) {
		rng := rand.New(rand.NewPCG(seed, 87))
		rules := parse(t, shedRules)
		events := randomEvents(rng, 1000)
		e, err := New(rules, Options{})
		require.NoError(t, err)
		w := newTwin(rules)
		w.forgot = map[string]map[int]bool{}
		got := map[string]string{}
		for len(events) > 0 {
			n := min(len(events), 1+rng.IntN(300))
			r := NewRunner(e, 1+rng.IntN(3))
			for _, a := range r.Process(&orderguard.Batch{Events: events[:n]}) {
				for _, x := range a.Reasons {
					got[a.Scenario.String()+" "+a.Order] += fmt.Sprintf("%s=%d ", x.Rule, x.Value)
				}
			}
			r.Close()
			for _, x := range events[:n] {
				w.judge(x)
			}
			var horizons []Horizon
			for _, name := range []string{"order.created{} by buyer,shop", "order.created{} by device", "order.created{} by sku", "order.cancelled{} by buyer"} {
				if rng.IntN(2) == 0 {
					horizons = append(horizons, Horizon{Table: name, Before: events[n-1].Clock - orderguard.Millis(rng.IntN(1_000_000))})
				}
			}
			for _, h := range horizons {
				w.forget(h)
			}
			for _, d := range e.Drop(horizons).Dropped {
				keys += d.Keys
			}
			if rng.IntN(3) == 0 {
				e = reborn(t, e, rules)
			}
			events = events[n:]
		}
		want := map[string]string{}
		for k, f := range w.found {
			want[k] = strings.Join(f.Reasons, " ") + " "
		}
		require.Equal(t, want, got, "seed %d", seed)
		total += len(want)
	}
	require.Greater(t, total, fewer(1000))
	require.Greater(t, keys, fewer(300))
}

// TestShed holds that memory comes down to what was asked for, that what is idle
// goes before anything else, and that the journalled form does the same again.
func TestShed(t *testing.T) {
	rules := parse(t, strings.Replace(shedRules, "within: 1h", "within: 2d", 1))
	two := func() (one, other *Engine) {
		rng := rand.New(rand.NewPCG(1, 88))
		e, err := New(rules, Options{})
		require.NoError(t, err)
		r := NewRunner(e, 1)
		for _, b := range steady(rng, 60, 4000, 50, 2) {
			r.Process(b)
		}
		r.Close()
		return e, reborn(t, e, rules)
	}
	e, again := two()
	idle := e.Shed(e.Held())
	for _, d := range idle.Dropped {
		require.Equal(t, e.reached, d.Before+orderguard.Millis(e.keepOf(d.Table)), "what is still seen must stay: %+v", d)
	}
	target := e.Held() * 4 / 5
	r := e.Shed(target)
	require.LessOrEqual(t, r.Held, target)
	require.Equal(t, r.Held, e.Held())
	require.NotEmpty(t, r.Dropped)
	again.Drop(r.Horizons())
	batches := steady(rand.New(rand.NewPCG(1, 88)), 70, 4000, 50, 2)[60:]
	for _, b := range batches {
		one, two := NewRunner(e, 1), NewRunner(again, 2)
		want := slices.Clone(one.Process(b))
		require.NotEmpty(t, want)
		require.Equal(t, want, slices.Clone(two.Process(b)))
		one.Close()
		two.Close()
	}
	require.Equal(t, e.Stats(), again.Stats())
	none := e.Shed(0)
	require.Positive(t, none.Held, "ids and the ledger stay")
	require.Equal(t, none.Held, e.Shed(0).Held)
}

func (e *Engine) keepOf(name string) (keep int64) {
	for i := range e.plan.tables {
		if e.plan.tables[i].name == name {
			keep = max(keep, e.plan.tables[i].Keep())
		}
	}
	return keep
}
