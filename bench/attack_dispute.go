package bench

import (
	"time"

	"github.com/orderguard/orderguard"
)

// disputeAttacks are disputes as a habit, and as a ring.
var disputeAttacks = []kind{
	{name: "dispute", scenario: orderguard.MaliciousDispute, expand: serialDispute, turnsTo: .97, Family: Family{
		Count: 6, Orders: some(8, 20), Shops: some(5, 12),
		Span: span(3*aDay, 28*aDay), Age: span(10*aDay, 1200*aDay), Turns: new(.55)}},
	{name: "ring", scenario: orderguard.MaliciousDispute, expand: ring, Family: Family{
		Count: 4, Accounts: some(5, 24), Orders: some(1, 2),
		Span: span(2*time.Hour, 48*time.Hour), Age: span(6*time.Hour, 500*aDay)}},
}

// serialDispute is one account that disputes most of what it buys, over the
// whole site. It wins some.
func serialDispute(in *instance) {
	shops := in.shops()
	a := in.account(in.zone(shops[0]))
	wins := between(in.r, .1, .5)
	times, done := in.times(in.habit()), 0
	for i, at := range times {
		shop := shops[in.r.IntN(len(shops))]
		if i < len(shops) {
			shop = shops[i]
		}
		o := in.place(at, shop, a)
		delivered := o.deliver(in.r, o.pay(in.r))
		if !in.again(i, len(times), &done) {
			o.label = nil
			o.add(delivered+delay(in.r, 2*day, 10*day), orderguard.OrderCompleted, 0)
			continue
		}
		reason := []orderguard.DisputeReason{
			orderguard.NotReceived, orderguard.NotAsDescribed, orderguard.Damaged, orderguard.Quality, orderguard.WrongItem,
		}[in.r.IntN(5)]
		var evidence [2]uint64
		if in.r.IntN(3) > 0 {
			evidence[0] = in.fresh()
		}
		o.dispute(in.r, delivered+delay(in.r, 5*hour, 2*day), reason, wins, evidence)
	}
}

// ring is accounts that buy at one shop and dispute together. They pass the
// same few pictures round, and tell the same story in other words.
func ring(in *instance) {
	shop := in.shop()
	pictures := make([]uint64, 1+in.r.IntN(3))
	for i := range pictures {
		pictures[i] = in.fresh()
	}
	in.batch = in.p.Age.pick(in.r)
	own, talks, wins := in.r.Float64()*.25, in.r.Float64(), between(in.r, .1, .6)
	base, linked := in.account(in.zone(shop)), in.r.Float64()*.6
	who := in.accounts(in.zone(shop))
	for i := range who {
		if in.r.Float64() < linked {
			who[i].take(in.one(in.known(fieldDevice, fieldIP, fieldAddress, fieldPayment)), &base)
		}
	}
	all := in.turnsOf(who)
	reason := []orderguard.DisputeReason{orderguard.NotAsDescribed, orderguard.Quality, orderguard.WrongItem, orderguard.NotReceived}[in.r.IntN(4)]
	story := draw(in.r, in.w.m.occasion(countries[in.zone(shop)].lang, "story"))
	meet := in.start + in.span + 9*day // when they dispute
	lasts := int64(logBetween(in.r, 2, 30) * float64(hour))
	for i, at := range in.times(len(all)) {
		o := in.place(at, shop, all[i])
		shipped := o.pay(in.r) + hour + delay(in.r, 8*hour, 30*hour)
		o.add(shipped, orderguard.OrderShipped, 0)
		o.add(shipped+10*hour+delay(in.r, day, 3*day), orderguard.OrderDelivered, 0)
		evidence := [2]uint64{pictures[in.r.IntN(len(pictures))]}
		if in.r.IntN(3) == 0 {
			evidence[1] = in.fresh()
		}
		if i > 2 && in.r.Float64() < own {
			evidence = [2]uint64{in.fresh()}
		}
		why := reason
		if in.r.IntN(6) == 0 {
			why = orderguard.NotAsDescribed
		}
		disputes := meet - at + in.r.Int64N(lasts)
		if in.r.Float64() < talks {
			o.message(disputes-in.r.Int64N(hour)-minute, orderguard.FromBuyer,
				in.w.m.slip(in.r, in.w.m.compose(in.r, countries[in.zone(shop)].lang, story)))
		}
		o.dispute(in.r, disputes, why, wins, evidence)
	}
}
