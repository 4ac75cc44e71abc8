package bench

import (
	"time"

	"github.com/orderguard/orderguard"
)

// orderAttacks are orders that a single account, or very few, take without
// meaning to buy.
var orderAttacks = []kind{
	{name: "burst", scenario: orderguard.MaliciousOrder, expand: burst, hides: true, paysTo: .1, Family: Family{
		Count: 6, Accounts: some(1, 2), Orders: some(12, 60), Span: span(90*time.Second, 30*time.Minute), Age: span(10*time.Minute, 1500*aDay), Pays: new(0.)}},
	{name: "slow", scenario: orderguard.MaliciousOrder, expand: burst, paysTo: .25, Family: Family{
		Count: 4, Accounts: some(1, 2), Orders: some(15, 60), Span: span(3*time.Hour, 30*time.Hour), Age: span(aDay, 1000*aDay), Pays: new(0.)}},
	{name: "hoard", scenario: orderguard.MaliciousOrder, expand: hoard, Family: Family{
		Count: 4, Accounts: some(1, 4), Orders: some(4, 12), Quantity: some(25, 500),
		Span: span(5*time.Hour, 48*time.Hour), Age: span(2*time.Hour, 1000*aDay), Pays: new(0.)}},
}

// burst is one account, or two that take turns, that order again and again at
// one shop, within minutes or all day long, and leave the orders unpaid. Two
// share what their owner did not think of.
func burst(in *instance) {
	shop := in.shop()
	who := in.accounts(in.zone(shop))
	for i := range who[1:] {
		for _, field := range in.known(fieldDevice, fieldIP, fieldPayment) {
			if in.r.IntN(2) == 0 {
				who[i+1].take(field, &who[0])
			}
		}
	}
	which, one := in.r.IntN(int(in.w.shops[shop].skus)), in.r.IntN(2) == 0
	for i, at := range in.times(len(who) * in.p.Orders.pick(in.r)) {
		o := in.place(at, shop, who[i%len(who)])
		if one { // the same item again and again
			o.buys(in.w.item(&in.w.shops[shop], which, 1+in.r.Int64N(3)))
		}
		in.abandon(o)
	}
}

// hoard keeps a shop's stock of one item reserved: large quantities, never
// paid, ordered again when the platform lets the last ones go.
func hoard(in *instance) {
	shop := in.shop()
	s := &in.w.shops[shop]
	which := in.r.IntN(int(s.skus)/3 + 1)
	for _, a := range in.accounts(s.country) {
		for _, at := range in.times(in.p.Orders.pick(in.r)) {
			o := in.place(at, shop, a)
			o.buys(in.w.item(s, which, int64(in.p.Quantity.pick(in.r))))
			in.abandon(o)
		}
	}
}
