package bench

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Marketplaces differ in all that a rule could lean on, and stay believable.
func TestMarketsDiffer(t *testing.T) {
	lowest, highest := map[string]float64{}, map[string]float64{}
	alone, lacking := 0, 0
	for seed := range uint64(200) {
		m := newMarket(seed)
		sum := 0.
		for _, share := range m.shares {
			sum += share
		}
		require.InDelta(t, 1, sum, 1e-9)
		require.NotEmpty(t, m.present())
		if len(m.present()) <= 3 {
			alone++
		}
		for _, share := range m.lacks {
			if share == 1 {
				lacking++
			}
		}
		for name, v := range map[string]float64{
			"orders of a shop": m.shopOrders, "orders of a buyer": m.buyerOrders, "newcomers": m.newcomers, "pays": m.habits.pays,
			"refunds": m.habits.refunds, "timeout": float64(m.timeout), "prices": m.price, "trend": m.trend, "notes": m.notes,
			"time to pay": float64(m.payTime), "shipping": m.shipping, "evening": m.hours[21] / m.hours[4],
		} {
			if lowest[name] == 0 {
				lowest[name], highest[name] = v, v
			}
			lowest[name], highest[name] = math.Min(lowest[name], v), math.Max(highest[name], v)
			require.False(t, math.IsNaN(v) || math.IsInf(v, 0), name)
		}
	}
	require.Positive(t, alone, "some have few countries")
	require.Positive(t, lacking, "some know an identifier of nobody")
	require.Less(t, lacking, 60)
	for name := range lowest {
		require.Greater(t, highest[name]-lowest[name], .1*math.Abs(highest[name]), name)
	}
	require.GreaterOrEqual(t, lowest["timeout"], float64(15*minute))
	require.LessOrEqual(t, highest["timeout"], float64(3*day))
}

// A field that a marketplace lacks is in none of its orders, and one that it
// has lacks in about as many as it says.
func TestFieldsAreLeftOut(t *testing.T) {
	for seed := range uint64(60) {
		m := newMarket(seed)
		some := m.lacks[fieldDevice]
		if some < .05 {
			continue
		}
		without := 0
		orders := trade(t, GenOptions{Seed: seed, Orders: 2000})
		for _, e := range orders {
			if e.Device == "" {
				without++
			}
		}
		require.InDelta(t, some, float64(without)/float64(len(orders)), .03, "seed %d", seed)
	}
}

// However ids are written, two numbers are never one.
func TestIDsAreUnique(t *testing.T) {
	for form := range idForms {
		s := idStyle{form: form}
		seen := map[string]bool{}
		numbers := func(i uint64) []uint64 { return []uint64{i, i << 32, i << 48, scramble(i)} }
		if form == formShort { // of scrambled numbers only
			numbers = func(i uint64) []uint64 { return []uint64{scramble(i)} }
		}
		for i := range uint64(2000) {
			for _, n := range numbers(i) {
				id := string(s.append(nil, idOrder, n))
				if i > 0 {
					require.False(t, seen[id], "form %d: %s", form, id)
				}
				seen[id] = true
			}
		}
	}
}

// An attack that hides in a flash sale stays where it is without the sale.
func TestHiddenAttacksAreIndependent(t *testing.T) {
	o := GenOptions{Seed: 4, Orders: 1000, Families: map[string]Family{"burst": {Count: 40}, "crew": {Count: 10}}}
	hidden := 0
	g := &generator{o: o.withDefaults(), w: nil}
	g.w = newWorld(&g.o)
	for f := range families {
		if k := &families[f]; k.hides {
			for i := range 40 {
				if newInstance(g, k, k.with(Family{}, g.o.Orders, g.w.seed), f, i).venue != nil {
					hidden++
				}
			}
		}
	}
	require.Positive(t, hidden)
	_, labels, _ := generate(t, o)
	o.Families["flash-sale"] = Family{Off: true}
	events, same, _ := generate(t, o)
	require.True(t, bytes.Equal(labels, same))
	require.Positive(t, strings.Count(string(events), "\n"))
}
