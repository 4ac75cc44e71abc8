package main

import (
	"cmp"
	"slices"

	"github.com/orderguard/orderguard"
)

// What verdicts of normal keep quiet is remembered while they do, so that whoever takes
// one back finds flagged what was silenced.
const (
	maxHushed   = 5000 // alerts, in all
	maxHushedOf = 200  // of one buyer at one shop under one scenario
)

// hushKey is whom a verdict keeps quiet.
type hushKey struct {
	shop, buyer string
	scenario    orderguard.Scenario
}

// hushed are the alerts that verdicts keep quiet, in the order in which they were found.
type hushed struct {
	alerts map[hushKey][]orderguard.Alert
	n      int
}

// put remembers an alert, unless there are too many.
func (h *hushed) put(a *orderguard.Alert) {
	k := hushKey{a.Shop, a.Buyer, a.Scenario}
	if h.n == maxHushed || len(h.alerts[k]) == maxHushedOf {
		return
	}
	if h.alerts == nil {
		h.alerts = map[hushKey][]orderguard.Alert{}
	}
	h.alerts[k] = append(h.alerts[k], a.Clone())
	h.n++
}

// take forgets what was silenced, and returns it.
func (h *hushed) take(q *orderguard.Quiet) []orderguard.Alert {
	k := hushKey{q.Shop, q.Buyer, q.Scenario}
	alerts := h.alerts[k]
	delete(h.alerts, k)
	h.n -= len(alerts)
	return alerts
}

// list returns all that is remembered, for a snapshot: that of a key in its order.
func (h *hushed) list() (all []orderguard.Alert) {
	for _, alerts := range h.alerts {
		all = append(all, alerts...)
	}
	slices.SortStableFunc(all, func(a, b orderguard.Alert) int {
		return cmp.Or(cmp.Compare(a.Shop, b.Shop), cmp.Compare(a.Buyer, b.Buyer), cmp.Compare(a.Scenario, b.Scenario))
	})
	return all
}
