package casework

import (
	"cmp"
	"slices"

	"github.com/orderguard/orderguard"
)

// Rate is a share of a shop's orders, disputes or reviews.
type Rate struct {
	Numerator   int64 `json:"numerator"`
	Denominator int64 `json:"denominator"`
	// Rate is 0 where there is nothing to be a share of.
	Rate float64 `json:"rate"`
}

func rateOf(n, d int64) Rate {
	r := Rate{Numerator: n, Denominator: d}
	if d > 0 {
		r.Rate = float64(n) / float64(d)
	}
	return r
}

// Figure is one indicator: cleansed is raw less excluded.
type Figure struct {
	Indicator orderguard.Indicator `json:"indicator"`
	Raw       Rate                 `json:"raw"`
	Excluded  Rate                 `json:"excluded"`
	Cleansed  Rate                 `json:"cleansed"`
}

// Part is how many disputes have a reason or an sku.
type Part struct {
	Reason   orderguard.DisputeReason `json:"reason,omitzero"`
	SKU      string                   `json:"sku,omitempty"`
	Raw      int64                    `json:"raw"`
	Excluded int64                    `json:"excluded"`
	Cleansed int64                    `json:"cleansed"`
}

// Indicators are those of a shop over some days of orders.
type Indicators struct {
	Shop     string         `json:"shop"`
	From     orderguard.Day `json:"from"`
	To       orderguard.Day `json:"to"`
	Rates    []Figure       `json:"rates"`
	ByReason []Part         `json:"by_reason"`
	BySKU    []Part         `json:"by_sku"` // the most disputed first
}

// Indicators returns those of a shop over the last days, today included.
func (l *Ledger) Indicators(shop string, days int) Indicators {
	in := Indicators{Shop: shop, From: l.today - orderguard.Day(days) + 1, To: l.today, ByReason: []Part{}, BySKU: []Part{}}
	var raw, deltas [counters]int64
	skus := map[uint32]*Part{}
	for d := in.From; d <= in.To; d++ {
		f := l.days[shopDay{l.numbers[shop], d}]
		if f == nil {
			continue
		}
		for i := range raw {
			raw[i] += int64(f.raw[i])
			deltas[i] += int64(f.deltas[i])
		}
		for sku, n := range f.skus {
			p := skus[sku]
			if p == nil {
				p = &Part{SKU: l.names[sku]}
				skus[sku] = p
			}
			p.Raw += int64(n[0])
			p.Excluded -= int64(n[1])
		}
	}
	for i := orderguard.DisputeRate; i < orderguard.Disputes; i++ {
		n, d := rates[i][0], rates[i][1]
		in.Rates = append(in.Rates, Figure{
			Indicator: i, Raw: rateOf(raw[n], raw[d]), Excluded: rateOf(-deltas[n], -deltas[d]),
			Cleansed: rateOf(raw[n]+deltas[n], raw[d]+deltas[d]),
		})
	}
	for r := range int(orderguard.OtherReason) + 1 {
		in.ByReason = appendPart(in.ByReason, Part{Reason: orderguard.DisputeReason(r), Raw: raw[reasons+r], Excluded: -deltas[reasons+r]})
	}
	for _, p := range skus {
		in.BySKU = appendPart(in.BySKU, *p)
	}
	slices.SortFunc(in.BySKU, func(a, b Part) int { return cmp.Or(cmp.Compare(b.Raw, a.Raw), cmp.Compare(a.SKU, b.SKU)) })
	return in
}

// appendPart appends what there is anything of.
func appendPart(list []Part, p Part) []Part {
	if p.Raw == 0 && p.Excluded == 0 {
		return list
	}
	p.Cleansed = p.Raw - p.Excluded
	return append(list, p)
}
