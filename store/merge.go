package store

import (
	"slices"

	"github.com/orderguard/orderguard"
)

// maxEvidence is how many orders, and buyers, of an attack an alert names when
// several findings were merged.
const maxEvidence = 100

// fresh returns a as it is first stored.
func fresh(a orderguard.Alert) orderguard.Alert {
	a.Status = orderguard.Open
	a.Revision = 1
	// A client sees empty lists as [], never as null.
	a.Reasons = orEmpty(slices.Clone(a.Reasons))
	a.Evidence.Orders = orEmpty(slices.Clone(a.Evidence.Orders))
	a.Evidence.Buyers = orEmpty(slices.Clone(a.Evidence.Buyers))
	return a
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// merge adds to known what a found anew, and says whether that is anything: a
// reason of a rule that known does not name, or a higher score or severity.
// Evidence follows only then, or each order of a flood would revise all those
// before it. Merging the same finding again changes nothing.
func merge(known *orderguard.Alert, a orderguard.Alert) bool {
	changed := false
	if known.Order == "" { // it was lost
		known.Order = a.Order
		changed = a.Order != ""
	}
	for _, r := range a.Reasons {
		if !slices.ContainsFunc(known.Reasons, func(k orderguard.Reason) bool { return k.Rule == r.Rule }) {
			known.Reasons = append(known.Reasons, r)
			changed = true
		}
	}
	if a.Score > known.Score {
		known.Score, changed = a.Score, true
	}
	if a.Severity > known.Severity {
		known.Severity, changed = a.Severity, true
	}
	if changed {
		known.Revision++
		known.Evidence.Orders = union(known.Evidence.Orders, a.Evidence.Orders)
		known.Evidence.Buyers = union(known.Evidence.Buyers, a.Evidence.Buyers)
	}
	return changed
}

// union appends to s what it lacks of more, up to maxEvidence.
func union(s, more []string) []string {
	for _, m := range more {
		if len(s) >= maxEvidence {
			break
		}
		if !slices.Contains(s, m) {
			s = append(s, m)
		}
	}
	return s
}
