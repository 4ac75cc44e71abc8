package bench

import (
	"time"

	"github.com/orderguard/orderguard"
)

// roamAttacks are attacks that go from shop to shop.
var roamAttacks = []kind{
	{name: "sweep", scenario: orderguard.MaliciousOrder, expand: sweep, paysTo: .1, Family: Family{
		Count: 3, Orders: some(20, 120), Shops: some(8, 45), Span: span(15*time.Minute, 4*time.Hour), Age: span(10*time.Minute, 600*aDay), Pays: new(0.)}},
	{name: "waves", scenario: orderguard.MaliciousOrder, expand: waves, paysTo: .4, Family: Family{
		Count: 2, Accounts: some(6, 40), Shops: some(4, 8), Span: span(2*time.Hour, 5*aDay), Age: span(6*time.Hour, 600*aDay), Pays: new(0.)}},
	{name: "copies", scenario: orderguard.Harassment, texts: true, expand: copies, Family: Family{
		Count: 3, Accounts: some(1, 4), Orders: some(12, 40), Shops: some(7, 30), Span: span(80*time.Minute, 10*time.Hour), Age: span(10*time.Minute, 400*aDay), Pays: new(0.)}},
}

// sweep is one account, a program, that goes through the shops and takes an
// order or some at each: shop after shop, or now here, now there.
func sweep(in *instance) {
	shops := in.shops()
	a := in.account(in.zone(shops[0]))
	inTurn := in.r.IntN(2) == 0
	times := in.times(max(in.p.Orders.pick(in.r), len(shops)))
	for i, at := range times {
		shop := shops[i*len(shops)/len(times)]
		if !inTurn {
			shop = shops[in.r.IntN(len(shops))]
		}
		in.abandon(in.place(at, shop, a))
	}
}

// waves is accounts that share no identifier, and come to the same shops in
// waves of up to three hours, one after the other or a day apart. Some pay, and
// call it off again.
func waves(in *instance) {
	who := in.accounts(in.w.m.pickCountry(in.r.Float64()))
	route := in.shops()
	apart := in.span / int64(len(route))
	lasts := min(apart, int64(logBetween(in.r, 20, 180)*float64(minute)))
	skips := in.r.Float64() * .2
	for i, shop := range route {
		from := in.start + int64(i)*apart
		for k, a := range who {
			if k > 4 && in.r.Float64() < skips {
				continue
			}
			o := in.place(from+in.r.Int64N(lasts+second), shop, a)
			if in.r.Float64() >= *in.p.Pays {
				o.unpaid(in.r, in.drops)
				continue
			}
			in.takeBack(o, o.pay(in.r))
		}
	}
}

// copies is one text that some accounts, mostly on one device, leave with
// unpaid orders at shop after shop: a slogan, a chain letter, an offer that names
// no contact. Few of them change it a little.
func copies(in *instance) {
	shops := in.shops()
	zone := in.zone(shops[0])
	who := in.accounts(zone)
	n := max(in.p.Orders.pick(in.r), len(shops))
	if in.r.IntN(5) > 0 && len(in.known(fieldDevice)) > 0 {
		for i := range who {
			who[i].take(fieldDevice, &who[0])
		}
	} else { // each by himself
		who = who[:max(1, min(len(who), n/10))]
	}
	words := in.p.Texts
	if len(words) == 0 {
		words = in.w.m.occasion(countries[zone].lang, "leaflet")
	}
	text := in.fill(in.w.m.compose(in.r, countries[zone].lang, draw(in.r, words)))
	changes := in.r.IntN(8) == 0
	for i, at := range in.times(n) {
		o := in.place(at, shops[i%len(shops)], who[i%len(who)])
		if o.note = text; changes {
			o.note = vary(in, text)
		}
		in.abandon(o)
	}
}
