package bench

import (
	"time"

	"github.com/orderguard/orderguard"
)

// moreLookAlikes are further crowds, habits and troubles that are lawful.
var moreLookAlikes = []kind{
	{name: "outage", expand: outage, Family: Family{
		Count: 2, Accounts: some(60, 600), Orders: some(1, 4), Span: span(20*time.Minute, 2*time.Hour), Pays: new(.05)}, paysTo: .5},
	{name: "dormitory", expand: dormitory, Family: Family{
		Count: 4, Accounts: some(8, 90), Orders: some(1, 2), Shops: some(1, 8), Span: span(2*time.Hour, 3*aDay), Age: span(time.Hour, 600*aDay), Pays: new(.85)}, paysTo: .98},
	{name: "cafe", expand: cafe, Family: Family{
		Count: 3, Accounts: some(12, 90), Devices: some(3, 15), Shops: some(2, 30), Span: span(3*time.Hour, 30*time.Hour), Age: span(2*time.Hour, 900*aDay), Pays: new(.82)}, paysTo: .97},
	{name: "corporate", expand: corporate, Family: Family{
		Count: 5, Accounts: some(3, 30), Orders: some(1, 5), Shops: some(1, 4), Span: span(20*time.Minute, 12*time.Hour), Age: span(time.Hour, 1200*aDay), Pays: new(.97)}, paysTo: 1},
	{name: "gifts", expand: gifts, Family: Family{
		Count: 6, Orders: some(8, 40), Shops: some(1, 3), Span: span(15*time.Minute, 6*time.Hour), Age: span(5*aDay, 1500*aDay), Pays: new(.96)}, paysTo: 1},
	{name: "late-region", expand: lateRegion, Family: Family{
		Count: 2, Accounts: some(20, 120), Span: span(4*time.Hour, 2*aDay), Turns: new(.3)}, turnsTo: .8},
	{name: "bad-shop", expand: badShop, Family: Family{
		Count: 2, Accounts: some(30, 120), Span: span(4*aDay, 7*aDay), Turns: new(.2)}, turnsTo: .5},
	{name: "critique", expand: critique, Family: Family{
		Count: 2, Accounts: some(15, 90), Span: span(90*time.Minute, 14*time.Hour)}},
	{name: "returner", expand: returner, Family: Family{
		Count: 6, Orders: some(10, 24), Span: span(2*aDay, 10*aDay), Age: span(60*aDay, 1500*aDay), Turns: new(.55)}, turnsTo: .85},
}

// outage is an hour in which payments fail for everybody: ordinary buyers at
// all shops who do not get through, some of whom try again.
func outage(in *instance) {
	for _, a := range in.crowd(in.w.m.pickCountry(in.r.Float64())) {
		shop := in.w.pickShop(in.r, int(in.zone(in.shop())))
		at := in.start + in.r.Int64N(in.span+second)
		var first item
		for i := range in.p.Orders.pick(in.r) {
			o := in.place(at, shop, a)
			if i == 0 {
				first = o.item
			}
			if o.item = first; in.r.Float64() < *in.p.Pays {
				o.arrive(in.r, &in.w.m.habits, o.pay(in.r))
				break
			}
			o.unpaid(in.r, in.drops)
			at += minute + delay(in.r, 5*minute, hour)
		}
	}
}

// dormitory is people in one house, with one address and one line, who order at
// a few shops; at the beginning of a term many are new.
func dormitory(in *instance) {
	shops := in.shops()
	who := in.accounts(in.zone(shops[0]))
	for i := range who[1:] {
		who[i+1].take(fieldAddress, &who[0])
		who[i+1].take(fieldIP, &who[0])
	}
	all := in.turnsOf(who)
	for i, at := range in.times(len(all)) {
		in.live(in.place(at, shops[in.r.IntN(len(shops))], all[i]))
	}
}

// cafe is people at the computers of an internet café: one line, some devices.
func cafe(in *instance) {
	shops := in.shops()
	zone := in.zone(shops[0])
	seats := make([]account, in.p.Devices.pick(in.r))
	for i := range seats {
		seats[i] = in.account(zone)
	}
	who := in.accounts(zone)
	for i, at := range in.times(len(who)) {
		who[i].take(fieldDevice, &seats[in.r.IntN(len(seats))])
		who[i].take(fieldIP, &seats[0])
		in.live(in.place(at, shops[in.r.IntN(len(shops))], who[i]))
	}
}

// corporate is the staff of a firm, each with an account, who order to its
// address and on its card.
func corporate(in *instance) {
	shops := in.shops()
	who := in.accounts(in.zone(shops[0]))
	for i := range who[1:] {
		who[i+1].take(fieldPayment, &who[0])
		who[i+1].take(fieldAddress, &who[0])
		if in.r.IntN(2) == 0 {
			who[i+1].take(fieldIP, &who[0])
		}
	}
	all := in.turnsOf(who)
	for i, at := range in.times(len(all)) {
		in.live(in.place(at, shops[in.r.IntN(len(shops))], all[i]))
	}
}

// gifts is one buyer before the feast, who sends something to many people.
func gifts(in *instance) {
	shops := in.shops()
	a := in.account(in.zone(shops[0]))
	for _, at := range in.times(in.p.Orders.pick(in.r)) {
		to := a
		to.address = in.fresh()
		in.live(in.place(at, shops[in.r.IntN(len(shops))], to))
	}
}

// lateRegion is ordinary buyers of one country whose parcels all come late, from
// many shops: a strike, a flood. They dispute, within the same days.
func lateRegion(in *instance) {
	zone := in.w.m.pickCountry(in.r.Float64())
	who := in.crowd(zone)
	for i, at := range in.times(len(who)) {
		o := in.place(at, in.w.pickShop(in.r, int(in.zone(in.shop()))), who[i])
		paid := o.pay(in.r)
		if !in.turns() {
			o.arrive(in.r, &habits{reviews: .3}, paid)
			continue
		}
		o.add(paid+hour+delay(in.r, 10*hour, 2*day), orderguard.OrderShipped, 0)
		reason := orderguard.NotReceived
		if in.r.IntN(3) == 0 {
			reason = orderguard.LateDelivery
		}
		o.dispute(in.r, paid+8*day+delay(in.r, day, 5*day), reason, in.w.m.wins, [2]uint64{})
	}
}

// badShop is a shop that is simply bad: its buyers, who have nothing to do with
// each other, dispute and complain all the time.
func badShop(in *instance) {
	shop := in.shop()
	who := in.crowd(in.zone(shop))
	for i, at := range in.times(len(who)) {
		o := in.place(at, shop, who[i])
		paid := o.pay(in.r)
		if in.turns() {
			delivered := o.deliver(in.r, paid)
			reason := orderguard.DisputeReason(1 + in.r.IntN(7))
			o.dispute(in.r, delivered+delay(in.r, day, 6*day), reason, in.w.m.wins, [2]uint64{in.fresh()})
			continue
		}
		delivered := o.deliver(in.r, paid)
		done := delivered + delay(in.r, day, 6*day)
		o.add(done, orderguard.OrderCompleted, 0)
		rating := "1111222334"[in.r.IntN(10)] - '0'
		o.review(done+delay(in.r, 5*hour, 3*day), rating, o.opinion(in.r, rating, 3))
	}
}

// critique is many buyers of a shop who rate it badly within hours, after
// somebody with many followers has: accounts with a past, who bought on other
// days and write in words of their own.
func critique(in *instance) {
	shop := in.shop()
	who := in.crowd(in.zone(shop))
	before := 2 * day
	public := in.start + before + 14*day
	for i := range who {
		at := in.start + in.r.Int64N(before)
		o := in.place(at, shop, who[i])
		shipped := o.pay(in.r) + hour + delay(in.r, 10*hour, 3*day)
		o.add(shipped, orderguard.OrderShipped, 0)
		delivered := shipped + 10*hour + delay(in.r, 30*hour, 5*day)
		o.add(delivered, orderguard.OrderDelivered, 0)
		o.add(delivered+hour, orderguard.OrderCompleted, 0)
		rating := "1111122223"[in.r.IntN(10)] - '0'
		rated := public + delay(in.r, max(1, in.span/3), max(2, in.span)) - at
		o.review(rated, rating, o.opinion(in.r, rating, 4))
	}
}

// returner is a buyer who orders clothes to try on and sends most back, always
// to the one shop, and keeps what he buys elsewhere.
func returner(in *instance) {
	shop := in.shop()
	for range 20 {
		if categories[in.w.shops[shop].category].name == "fashion" {
			break
		}
		shop = in.shop()
	}
	a := in.account(in.zone(shop))
	for i, at := range in.times(in.p.Orders.pick(in.r)) {
		if i%3 == 2 {
			o := in.place(at, in.shop(), a)
			o.arrive(in.r, &habits{reviews: .3}, o.pay(in.r))
			continue
		}
		o := in.place(at, shop, a)
		delivered := o.deliver(in.r, o.pay(in.r))
		if in.turns() {
			o.add(delivered+delay(in.r, 2*day, 9*day), orderguard.OrderRefunded, uint8(orderguard.ByBuyer))
			continue
		}
		o.add(delivered+delay(in.r, 2*day, 9*day), orderguard.OrderCompleted, 0)
	}
}
