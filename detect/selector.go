package detect

import (
	"sort"
	"strings"

	"github.com/orderguard/orderguard"
)

// KindSet is a set of kinds of events: bit k is set when it holds Kind k.
type KindSet uint32

func kindSet(k orderguard.Kind) KindSet { return 1 << k }

// kindRange returns the kinds from first to last.
func kindRange(first, last orderguard.Kind) KindSet {
	return (kindSet(last) << 1) - kindSet(first)
}

// Has says whether k is in the set.
func (s KindSet) Has(k orderguard.Kind) bool { return s>>k&1 == 1 }

// String lists the kinds by their names, parted by commas. All kinds of orders
// are "order", all kinds of disputes "dispute", as rules write them.
func (s KindSet) String() string {
	var names []string
	for _, g := range []struct {
		name string
		set  KindSet
	}{{"order", orders}, {"dispute", disputes}} {
		if s&g.set == g.set {
			names = append(names, g.name)
			s &^= g.set
		}
	}
	for k := orderguard.Kind(1); int(k) < orderguard.Kinds; k++ {
		if s.Has(k) {
			names = append(names, k.String())
		}
	}
	return strings.Join(names, ",")
}

// Selector picks events: one of its kinds, and all of its filters hold.
type Selector struct {
	Kinds KindSet
	Where []Filter
	timed bool // see plan.trigger
}

// Match says whether the selector picks e. It does not allocate.
func (s *Selector) Match(e *orderguard.Event) bool { return s.match(e, &derived{}) }

// match is Match for one who tests an event many times.
func (s *Selector) match(e *orderguard.Event, d *derived) bool {
	if !s.Kinds.Has(e.Kind) {
		return false
	}
	for i := range s.Where {
		if !s.Where[i].match(e, d) {
			return false
		}
	}
	return true
}

// Key returns the selector's canonical text, equal for selectors that were
// written differently but pick the same way: neither the order of kinds,
// filters and values nor repetitions matter.
func (s *Selector) Key() string {
	parts := make([]string, len(s.Where))
	for i := range s.Where {
		parts[i] = s.Where[i].key()
	}
	sort.Strings(parts)
	return s.Kinds.String() + "{" + strings.Join(parts, "&") + "}"
}
