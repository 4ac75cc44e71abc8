package bench

import (
	"time"

	"github.com/orderguard/orderguard"
)

// troubleLookAlikes are refunds, disputes and bad ratings that are deserved.
var troubleLookAlikes = []kind{
	{name: "unlucky", expand: unlucky, Family: Family{
		Count: 12, Orders: some(4, 12), Span: span(3*aDay, 28*aDay), Turns: new(.25)}, turnsTo: .5},
	{name: "bad-batch", expand: badBatch, Family: Family{
		Count: 4, Accounts: some(10, 80), Span: span(3*time.Hour, 5*aDay), Turns: new(.35)}, turnsTo: .8},
	{name: "bad-ratings", expand: badRatings, Family: Family{
		Count: 6, Accounts: some(4, 16), Span: span(10*time.Hour, 5*aDay)}},
}

// unlucky is one bad month of an ordinary buyer: some orders refunded, the
// others kept and liked.
func unlucky(in *instance) {
	zone := in.w.m.pickCountry(in.r.Float64())
	a := in.ordinary(zone)
	times := in.times(in.p.Orders.pick(in.r))
	refunds := min(5, int(float64(len(times))**in.p.Turns))
	for i, at := range times {
		o := in.place(at, in.shop(), a)
		paid := o.pay(in.r)
		if (i+1)*refunds/len(times) == i*refunds/len(times) {
			o.arrive(in.r, &habits{reviews: .4}, paid)
			continue
		}
		delivered := o.deliver(in.r, paid)
		o.message(delivered+hour, orderguard.FromBuyer, o.say(in.r, "bad"))
		o.add(delivered+delay(in.r, day, 5*day), orderguard.OrderRefunded, uint8(wanted(in.r)))
	}
}

// badBatch is ordinary buyers of one bad item: each disputes with an own
// picture, in own words, when the parcel has come.
func badBatch(in *instance) {
	shop := in.shop()
	s := &in.w.shops[shop]
	which := in.r.IntN(int(s.skus))
	who := in.crowd(s.country)
	for i, at := range in.times(len(who)) {
		o := in.place(at, shop, who[i])
		o.buys(in.w.item(s, which, 1))
		paid := o.pay(in.r)
		if !in.turns() {
			o.arrive(in.r, &habits{refunds: .3, reviews: .5}, paid)
			continue
		}
		delivered := o.deliver(in.r, paid)
		reason := orderguard.Quality
		if in.r.IntN(3) == 0 {
			reason = orderguard.NotAsDescribed
		}
		asked := delivered + delay(in.r, 8*hour, 3*day)
		o.message(asked, orderguard.FromBuyer, o.say(in.r, "bad_batch"))
		o.dispute(in.r, asked+delay(in.r, 10*hour, 3*day), reason, in.w.m.wins, [2]uint64{in.fresh()})
	}
}

// badRatings is ordinary buyers, some days apart, who did not like what they
// got and say so.
func badRatings(in *instance) {
	shop := in.shop()
	who := in.crowd(in.zone(shop))
	for i, at := range in.times(len(who)) {
		o := in.place(at, shop, who[i])
		delivered := o.deliver(in.r, o.pay(in.r))
		done := delivered + delay(in.r, day, 6*day)
		o.add(done, orderguard.OrderCompleted, 0)
		o.review(done+delay(in.r, 5*hour, 2*day), uint8(1+in.r.IntN(2)), o.opinion(in.r, 1, 3))
	}
}
