package casework

import (
	"maps"
	"slices"
)

// seller returns the record of a shop.
func (d *Desk) seller(shop string) SellerRecord {
	if s := d.sellers[shop]; s != nil {
		return *s
	}
	return SellerRecord{Shop: shop, Weight: 100}
}

// recount moves the record of a shop, and weighs it anew.
func (d *Desk) recount(shop string, open, upheld, rejected int) {
	s := d.seller(shop)
	s.Open += open
	s.Upheld += upheld
	s.Rejected += rejected
	d.p.Sellers.weigh(&s)
	if s.Open == 0 && s.Upheld == 0 && s.Rejected == 0 {
		delete(d.sellers, shop)
	} else {
		d.sellers[shop] = &s
	}
	d.emit(Change{Seller: &s})
}

// weighSellers weighs all records anew, when the policy is another one.
func (d *Desk) weighSellers() {
	for _, shop := range slices.Sorted(maps.Keys(d.sellers)) {
		s := *d.sellers[shop]
		if d.p.Sellers.weigh(&s); s != *d.sellers[shop] {
			d.sellers[shop] = &s
			d.emit(Change{Seller: &s})
		}
	}
}

// weigh works out how much a seller's word weighs.
func (p *SellerPolicy) weigh(s *SellerRecord) {
	s.Weight = p.weight(s.Upheld, s.Rejected)
	s.Doubted = s.Weight < p.DoubtedWeight
}

// weight returns the percent that a seller's word weighs: all of it while
// enough of his reports are upheld, and less in proportion.
func (p *SellerPolicy) weight(upheld, rejected int) int64 {
	decided := int64(upheld + rejected)
	if decided < p.DecidedFirst {
		return 100
	}
	share := int64(upheld) * 100 / decided
	if share >= p.FairShare {
		return 100
	}
	return max(p.LeastWeight, share*100/p.FairShare)
}

// openLimit returns how many reports of a shop may be open.
func (d *Desk) openLimit(s SellerRecord) int64 {
	if s.Doubted {
		return d.p.Sellers.DoubtedOpen
	}
	return d.p.Sellers.OpenReports
}

// Seller returns how a shop has used reports.
func (d *Desk) Seller(shop string) SellerRecord { return d.seller(shop) }
