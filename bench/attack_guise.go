package bench

import (
	"math/rand/v2"
	"time"

	"github.com/orderguard/orderguard"
)

// guiseAttacks look like the ways of ordinary buyers: they pay, they are new,
// they praised others before, they forgot the street.
var guiseAttacks = []kind{
	{name: "take-back", scenario: orderguard.MaliciousOrder, expand: takeBack, paysTo: 1, Family: Family{
		Count: 3, Accounts: some(6, 36), Orders: some(1, 3), Span: span(20*time.Minute, 10*time.Hour), Age: span(time.Hour, 500*aDay), Pays: new(.7)}},
	{name: "new-ring", scenario: orderguard.MaliciousDispute, expand: newRing, Family: Family{
		Count: 2, Accounts: some(10, 32), Span: span(4*time.Hour, 2*aDay), Age: span(time.Hour, 6*aDay)}},
	{name: "camouflage", scenario: orderguard.MaliciousReview, texts: true, expand: camouflage, Family: Family{
		Count: 2, Accounts: some(6, 26), Devices: some(1, 5), Span: span(3*time.Hour, 50*time.Hour), Age: span(6*time.Hour, 85*aDay)}},
	{name: "rude-address", scenario: orderguard.Unfulfillable, expand: rudeAddress, paysTo: .95, Family: Family{
		Count: 5, Accounts: some(1, 3), Orders: some(1, 5), Shops: some(1, 4), Span: span(2*time.Minute, 30*time.Hour), Age: span(time.Minute, 1000*aDay), Pays: new(.3)}},
	{name: "no-street", scenario: orderguard.Unfulfillable, expand: noStreet, paysTo: .95, Family: Family{
		Count: 5, Accounts: some(1, 3), Orders: some(1, 5), Shops: some(1, 4), Span: span(2*time.Minute, 30*time.Hour), Age: span(time.Minute, 1000*aDay), Pays: new(.3)}},
}

// takeBack is a crew in links of two to nine that pays for nearly all of its
// orders at a smaller shop and calls them off again within hours, so that the
// shop packs and refunds all day.
func takeBack(in *instance) {
	shop := in.lesser()
	in.batch = in.p.Age.pick(in.r)
	who := in.accounts(in.zone(shop))
	links := in.known(fieldDevice, fieldPayment, fieldAddress)
	for i := 0; i < len(who); {
		size, field := 2+in.r.IntN(8), in.one(links)
		if len(who)-i-size < 2 {
			size = len(who) - i
		}
		for k := range size {
			who[i+k].take(field, &who[i])
		}
		i += size
	}
	latest := int64(logBetween(in.r, 10, 300) * float64(minute))
	all := in.turnsOf(who)
	for i, at := range in.times(len(all)) {
		o := in.place(at, shop, all[i])
		if in.r.Float64() >= *in.p.Pays {
			o.unpaid(in.r, in.drops)
			continue
		}
		in.callOff(o, o.pay(in.r)+2*minute+in.r.Int64N(latest))
	}
}

// takeBack adds what follows a payment that the buyer takes back within hours.
func (in *instance) takeBack(o *order, paid int64) {
	in.callOff(o, paid+delay(in.r, hour, 8*hour))
}

// callOff adds that the buyer calls off what he has paid.
func (in *instance) callOff(o *order, at int64) {
	o.add(at, orderguard.OrderCancelled, uint8(orderguard.ByBuyer))
	o.add(at+delay(in.r, hour, day), orderguard.OrderRefunded, uint8(orderguard.ByPlatform))
}

// newRing is accounts of a few days that share nothing, buy at one shop and
// dispute what they got as soon as it has come, with evidence of their own or
// without.
func newRing(in *instance) {
	shop := in.lesser()
	zone := in.zone(shop)
	pictures, talks, wins := in.r.Float64(), in.r.Float64()*.7, between(in.r, .1, .6)
	reason := []orderguard.DisputeReason{orderguard.NotAsDescribed, orderguard.Quality, orderguard.NotReceived}[in.r.IntN(3)]
	patience := logBetween(in.r, 2, 40) * float64(hour)
	for i, who := 0, in.accounts(zone); i < len(who); i++ {
		o := in.place(in.start+in.r.Int64N(in.span+second), shop, who[i])
		shipped := o.pay(in.r) + hour + delay(in.r, 8*hour, 30*hour)
		o.add(shipped, orderguard.OrderShipped, 0)
		came := shipped + 10*hour + delay(in.r, day, 3*day)
		o.add(came, orderguard.OrderDelivered, 0)
		disputes := came + 10*minute + in.r.Int64N(int64(patience))
		if in.r.Float64() < talks {
			o.message(disputes-in.r.Int64N(5*minute)-minute, orderguard.FromBuyer, o.say(in.r, "story"))
		}
		var evidence [2]uint64
		if in.r.Float64() < pictures {
			evidence[0] = in.fresh()
		}
		o.dispute(in.r, disputes, reason, wins, evidence)
	}
}

// camouflage is linked accounts of the last months that buy elsewhere first and
// praise what they got, which is no part of it, and then rate one shop badly
// within the same hours or days.
func camouflage(in *instance) {
	shop := in.lesser()
	s := &in.w.shops[shop]
	cheap := in.cheap(s)
	write := in.flooder(countries[s.country].lang)
	who := in.accounts(s.country)
	pools := max(1, min(in.p.Devices.pick(in.r), len(who)/5))
	field := in.one(in.known(fieldDevice, fieldPayment, fieldAddress))
	terse, own := in.r.Float64()*.6, in.r.IntN(2) == 0
	for i, a := range who {
		a.take(field, &who[i%pools])
		for range 1 + in.r.IntN(2) {
			o := in.place(in.start+in.r.Int64N(2*day), in.shop(), a)
			o.label = nil
			rating := uint8(4 + in.r.IntN(2))
			o.review(o.hurry(in.r)+hour+in.r.Int64N(10*hour), rating, o.opinion(in.r, rating, 1))
		}
		o := in.place(in.start+day+in.r.Int64N(3*day), shop, a)
		o.item = cheap[in.r.IntN(len(cheap))]
		came := o.hurry(in.r)
		text := write()
		if own {
			text = o.opinion(in.r, 1, 2)
		}
		if in.r.Float64() < terse {
			text = ""
		}
		rated := in.start + 9*day + in.r.Int64N(in.span+second) - o.at
		o.review(max(came+hour, rated), uint8(1+in.r.IntN(4)/3), text)
	}
}

// hurry adds payment, shipping and delivery within four days, and returns the
// time of delivery.
func (o *order) hurry(r *rand.Rand) int64 {
	shipped := o.pay(r) + hour + delay(r, 6*hour, 20*hour)
	o.add(shipped, orderguard.OrderShipped, 0)
	came := shipped + 8*hour + delay(r, 15*hour, 2*day)
	o.add(came, orderguard.OrderDelivered, 0)
	return came
}

// rudeAddress is accounts that put an insult where the street should be, beside
// a town and a postcode that are sound.
func rudeAddress(in *instance) {
	in.unsent(func(zone uint8) *shipTo {
		c := &countries[zone]
		d := dice(in.r.Uint64())
		s := c.address(&d)
		s.line1 = in.w.m.compose(in.r, c.lang, draw(in.r, in.w.m.occasion(c.lang, "abuse")))
		return s
	})
}

// noStreet is accounts that give no street where goods are sent, and not the
// town or the postcode either, or neither.
func noStreet(in *instance) {
	in.unsent(func(zone uint8) *shipTo {
		d := dice(in.r.Uint64())
		s := countries[zone].address(&d)
		s.line1 = ""
		switch in.r.IntN(4) {
		case 0:
			s.region, s.city, s.postcode = "", "", ""
		case 1:
			s.city = ""
		default:
			s.postcode = ""
		}
		if in.r.IntN(3) == 0 {
			s.phone = ""
		}
		return s
	})
}

// unsent places the orders of accounts that give such addresses.
func (in *instance) unsent(address func(zone uint8) *shipTo) {
	shops := in.shops()
	zone := in.zone(shops[0])
	all := in.turnsOf(in.accounts(zone))
	where := address(zone)
	for i, at := range in.times(len(all)) {
		if in.r.IntN(3) == 0 {
			where = address(zone)
		}
		o := in.place(at, shops[in.r.IntN(len(shops))], all[i])
		o.ship = where
		in.stranded(o)
	}
}
