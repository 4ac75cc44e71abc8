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
	bySKU     bool // of disputes: of sku, whatever the reason
	sku       string
}

// Add adds a delta.
func (s *Sums) Add(d *orderguard.Delta) {
	k := sumKey{shop: d.Shop, day: d.Day, indicator: d.Indicator, reason: d.Reason}
	s.add(k, int64(d.Numerator))
	k.base = true
	s.add(k, int64(d.Denominator))
	if d.Indicator == orderguard.Disputes {
		s.add(sumKey{shop: d.Shop, day: d.Day, indicator: d.Indicator, bySKU: true, sku: d.SKU}, int64(d.Numerator))
	}
}

func (s *Sums) add(k sumKey, n int64) {
	if n == 0 {
		return
	}
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
	SKU           string // of disputes by sku
	Kept, Counted int64  // by the deltas, and by the ledger
}

// Excluded is what a ledger has taken out of the indicators at one moment, of the
// days that it keeps.
type Excluded struct {
	sums  Sums
	first orderguard.Day
}

// Excluded adds up what is taken out.
func (l *Ledger) Excluded() *Excluded {
	x := &Excluded{first: l.today - l.keep}
	for at, f := range l.days {
		if at.day < x.first {
			continue
		}
		shop := l.names[at.shop]
		for i, r := range rates {
			if i == 0 {
				continue
			}
			k := sumKey{shop: shop, day: at.day, indicator: orderguard.Indicator(i)}
			x.sums.add(k, int64(f.deltas[r[0]]))
			k.base = true
			x.sums.add(k, int64(f.deltas[r[1]]))
		}
		for r, n := range f.deltas[reasons:] {
			x.sums.add(sumKey{shop: shop, day: at.day, indicator: orderguard.Disputes, reason: orderguard.DisputeReason(r)}, int64(n))
		}
		for sku, n := range f.skus {
			x.sums.add(sumKey{shop: shop, day: at.day, indicator: orderguard.Disputes, bySKU: true, sku: l.names[sku]}, int64(n[1]))
		}
	}
	return x
}

// Audit returns where the sums of deltas are not what was taken out.
func (x *Excluded) Audit(kept *Sums) (faults []SumFault) {
	for k, n := range x.sums.of {
		if kept.of[k] != n {
			faults = append(faults, SumFault{k.shop, k.day, k.indicator, k.sku, kept.of[k], n})
		}
	}
	for k, n := range kept.of {
		if _, is := x.sums.of[k]; !is && k.day >= x.first {
			faults = append(faults, SumFault{k.shop, k.day, k.indicator, k.sku, n, 0})
		}
	}
	return faults
}
