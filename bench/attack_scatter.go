package bench

import (
	"time"

	"github.com/orderguard/orderguard"
)

// scatterAttacks are attacks of which each shop sees a few orders, far apart.
var scatterAttacks = []kind{
	{name: "scattered", scenario: orderguard.MaliciousOrder, expand: scattered, paysTo: .1, Family: Family{
		Count: 2, Accounts: some(10, 30), Shops: some(4, 8), Span: span(16*time.Hour, 50*time.Hour), Age: span(20*aDay, 1200*aDay), Pays: new(0.)}},
}

// scattered is accounts that share no identifier, each of which comes to the same
// smaller shops in an order of its own, at any time within two days. Some leave
// a shop out, and some buy elsewhere too, which is no part of it.
func scattered(in *instance) {
	route := in.lessers()
	who := in.accounts(in.zone(route[0]))
	skips, noise := in.r.Float64()*.2, in.r.Float64()*.5
	for _, a := range who {
		for i, shop := range route {
			if i > 1 && in.r.Float64() < skips {
				continue
			}
			in.abandon(in.place(in.meet+in.r.Int64N(in.span+second), shop, a))
		}
		if in.r.Float64() < noise {
			o := in.place(in.meet+in.r.Int64N(in.span+second), in.shop(), a)
			o.label = nil
			o.arrive(in.r, &habits{}, o.pay(in.r))
		}
	}
}

// lessers draws different shops of the smaller ones, as many as the family has or
// as there are.
func (in *instance) lessers() []uint32 {
	tries := 0
	return in.shopsBy(func() uint32 {
		s := in.shop()
		if tries++; tries <= 100 {
			s = in.lesser()
		}
		return s
	})
}
