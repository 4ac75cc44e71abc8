package store

import (
	"slices"

	"github.com/orderguard/orderguard"
)

// recentMost is how many alerts recentAlerts holds twice, of 2 to 3 KB each.
const recentMost = 4096

// recentAlerts are alerts as they were last committed: the next finding on one comes soon, most of the time, and to read
// it again and understand its JSON takes as long as all else of a commit. One is good only for the seq that the disk
// still gives it. It is guarded like Store.seq.
type recentAlerts struct {
	young, old map[alertName]orderguard.Alert // no larger than recentMost
}

type alertName struct{ shop, id string }

// at returns an alert as it stood since a seq, if it is held.
func (r *recentAlerts) at(shop, id string, seq uint64) (a orderguard.Alert, ok bool) {
	name := alertName{shop, id}
	if a, ok = r.young[name]; !ok {
		a, ok = r.old[name]
	}
	return a, ok && a.Seq == seq
}

// hold takes in alerts that are durable. What is appended to their lists later goes elsewhere.
func (r *recentAlerts) hold(alerts []orderguard.Alert) {
	for _, a := range alerts {
		if len(r.young) >= recentMost || r.young == nil {
			r.young, r.old = map[alertName]orderguard.Alert{}, r.young
		}
		a.Reasons, a.Evidence.Orders, a.Evidence.Buyers = slices.Clip(a.Reasons), slices.Clip(a.Evidence.Orders), slices.Clip(a.Evidence.Buyers)
		r.young[alertName{a.Shop, a.ID}] = a
	}
}

// forget lets go of all: something else than a commit may have written.
func (r *recentAlerts) forget() { *r = recentAlerts{} }
