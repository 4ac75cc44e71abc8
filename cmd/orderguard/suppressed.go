package main

import (
	"cmp"
	"slices"

	"github.com/orderguard/orderguard"
)

// The alerts that verdicts of normal suppress are remembered while they do, so that whoever
// takes such a verdict back finds them flagged.
const (
	maxSuppressed   = 5000 // alerts, in all
	maxSuppressedOf = 200  // of one buyer at one shop under one scenario
)

// suppressKey is what a verdict of normal is about.
type suppressKey struct {
	shop, buyer string
	scenario    orderguard.Scenario
}

// suppressed are the alerts that verdicts suppress, in the order in which they were found.
type suppressed struct {
	alerts map[suppressKey][]orderguard.Alert
	n      int
}

// put remembers an alert, unless there are too many.
func (s *suppressed) put(a *orderguard.Alert) {
	k := suppressKey{a.Shop, a.Buyer, a.Scenario}
	if s.n == maxSuppressed || len(s.alerts[k]) == maxSuppressedOf {
		return
	}
	if s.alerts == nil {
		s.alerts = map[suppressKey][]orderguard.Alert{}
	}
	s.alerts[k] = append(s.alerts[k], a.Clone())
	s.n++
}

// take forgets the alerts that a quiet time suppressed, and returns them.
func (s *suppressed) take(q *orderguard.Quiet) []orderguard.Alert {
	k := suppressKey{q.Shop, q.Buyer, q.Scenario}
	alerts := s.alerts[k]
	delete(s.alerts, k)
	s.n -= len(alerts)
	return alerts
}

// list returns all that is remembered, for a snapshot: that of a key in its order.
func (s *suppressed) list() (all []orderguard.Alert) {
	for _, alerts := range s.alerts {
		all = append(all, alerts...)
	}
	slices.SortStableFunc(all, func(a, b orderguard.Alert) int {
		return cmp.Or(cmp.Compare(a.Shop, b.Shop), cmp.Compare(a.Buyer, b.Buyer), cmp.Compare(a.Scenario, b.Scenario))
	})
	return all
}
