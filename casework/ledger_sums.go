package casework

import (
	"github.com/orderguard/orderguard"
)

// Sums adds up deltas by shop and day, to hold those that were kept against what a
// ledger has excluded. The zero Sums is empty.
type Sums struct {
	of map[sumKey]int64
}

type sumKey struct {
	shop      string
	day       orderguard.Day
	indicator orderguard.Indicator
	reason    orderguard.DisputeReason
	base      bool // of the denominator
}

// Add adds a delta.
func (s *Sums) Add(d *orderguard.Delta) {
	s.add(sumKey{d.Shop, d.Day, d.Indicator, d.Reason, false}, int64(d.Numerator))
	s.add(sumKey{d.Shop, d.Day, d.Indicator, d.Reason, true}, int64(d.Denominator))
}

func (s *Sums) add(k sumKey, n int64) {
	if s.of == nil {
		s.of = map[sumKey]int64{}
	}
	if s.of[k] += n; s.of[k] == 0 {
		delete(s.of, k)
	}
}

// SumFault is a figure of which the deltas do not add up.
type SumFault struct {
	Shop          string
	Day           orderguard.Day
	Indicator     orderguard.Indicator
	Kept, Counted int64 // by the deltas, and by the ledger
}

// Audit returns where the sums are not those of the ledger, of the days that it
// keeps.
func (l *Ledger) Audit(kept *Sums) (faults []SumFault) {
	first := l.today - l.keep
	var counted Sums
	for at, f := range l.days {
		if at.day < first {
			continue
		}
		shop := l.names[at.shop]
		for i, r := range rates {
			if i == 0 {
				continue
			}
			k := sumKey{shop: shop, day: at.day, indicator: orderguard.Indicator(i)}
			counted.add(k, int64(f.deltas[r[0]]))
			k.base = true
			counted.add(k, int64(f.deltas[r[1]]))
		}
		for r, n := range f.deltas[reasons:] {
			counted.add(sumKey{shop: shop, day: at.day, indicator: orderguard.Disputes, reason: orderguard.DisputeReason(r)}, int64(n))
		}
	}
	for k, n := range counted.of {
		if kept.of[k] != n {
			faults = append(faults, SumFault{k.shop, k.day, k.indicator, kept.of[k], n})
		}
	}
	for k, n := range kept.of {
		if _, is := counted.of[k]; !is && k.day >= first {
			faults = append(faults, SumFault{k.shop, k.day, k.indicator, n, 0})
		}
	}
	return faults
}
