package bench

import (
	"time"

	"github.com/orderguard/orderguard"
)

// guiseLookAlikes are ordinary buyers who do what looks like a guise.
var guiseLookAlikes = []kind{
	{name: "second-thoughts", expand: secondThoughts, Family: Family{
		Count: 20, Accounts: some(1, 3), Orders: some(1, 2), Span: span(5*time.Minute, 2*time.Hour), Age: span(2*aDay, 1500*aDay), Pays: new(.9)}, paysTo: 1},
	{name: "outcry", expand: outcry, Family: Family{
		Count: 2, Accounts: some(12, 90), Span: span(6*time.Hour, 3*aDay), Turns: new(.3)}, turnsTo: .85},
	{name: "launch-batch", expand: launchBatch, Family: Family{
		Count: 2, Accounts: some(15, 120), Span: span(time.Hour, 2*aDay), Age: span(time.Hour, 6*aDay), Turns: new(.2)}, turnsTo: .6},
	{name: "house-ratings", expand: houseRatings, Family: Family{
		Count: 5, Accounts: some(3, 14), Span: span(6*time.Hour, 4*aDay), Age: span(20*aDay, 1500*aDay), Turns: new(.4)}, turnsTo: 1},
	{name: "rude-place", expand: rudePlace, Family: Family{
		Count: 40, Orders: some(1, 3), Span: span(time.Minute, time.Hour), Pays: new(.85)}, paysTo: .98},
	{name: "pick-up", expand: pickUp, Family: Family{
		Count: 2, Accounts: some(10, 90), Span: span(2*aDay, 6*aDay), Pays: new(.85)}, paysTo: .98},
	{name: "hamlet", expand: hamlet, Family: Family{
		Count: 20, Orders: some(1, 3), Span: span(time.Minute, time.Hour), Pays: new(.85)}, paysTo: .98},
}

// secondThoughts is a household that thinks better of what it has just paid for,
// up to four orders, and calls all of it off within hours.
func secondThoughts(in *instance) {
	shop := in.shop()
	who := in.accounts(in.zone(shop))
	for i := range who[1:] {
		who[i+1].take(fieldAddress, &who[0])
		who[i+1].take(fieldIP, &who[0])
		if in.r.IntN(3) == 0 {
			who[i+1].take(fieldPayment, &who[0])
		}
	}
	all := in.turnsOf(who)
	all = all[:min(4, len(all))]
	for i, at := range in.times(len(all)) {
		o := in.place(at, shop, all[i])
		if in.r.Float64() >= *in.p.Pays {
			o.unpaid(in.r, in.w.m.dropped)
			continue
		}
		in.takeBack(o, o.pay(in.r))
	}
}

// outcry is ordinary buyers of one shop who hear something bad of it, and call
// off on one day what they have paid in the days before and was not sent yet.
func outcry(in *instance) {
	shop := in.shop()
	who := in.crowd(in.zone(shop))
	public := in.start + in.span + 5*hour
	for i, at := range in.times(len(who)) {
		o := in.place(at, shop, who[i])
		paid := o.pay(in.r)
		if !in.turns() {
			o.arrive(in.r, &in.w.m.habits, paid)
			continue
		}
		in.callOff(o, max(public-at, paid+hour)+delay(in.r, 2*hour, day))
	}
}

// launchBatch is a campaign of a shop whose new item is bad: new customers and
// old ones alike dispute, each with an own picture, and many are content.
func launchBatch(in *instance) {
	shop := in.shop()
	s := &in.w.shops[shop]
	zone, which := s.country, in.r.IntN(int(s.skus))
	who := in.accounts(zone)
	who = append(who, in.crowdOf(zone, 5+int(between(in.r, .3, 1.5)*float64(len(who))))...)
	in.r.Shuffle(len(who), func(i, j int) { who[i], who[j] = who[j], who[i] })
	for i, at := range in.times(len(who)) {
		o := in.place(at, shop, who[i])
		o.buys(in.w.item(s, which, 1))
		came := o.hurry(in.r)
		if !in.turns() {
			o.add(came+delay(in.r, 2*day, 9*day), orderguard.OrderCompleted, 0)
			continue
		}
		asked := came + delay(in.r, 5*hour, 2*day)
		o.message(asked, orderguard.FromBuyer, o.say(in.r, "bad_batch"))
		o.dispute(in.r, asked+delay(in.r, 5*hour, 2*day), orderguard.Quality, in.w.m.wins, [2]uint64{in.fresh()})
	}
}

// houseRatings is an office, or a hall of students, with one address, who bought
// from a bad batch and say so in their own words, as others do. They buy
// elsewhere too.
func houseRatings(in *instance) {
	shop := in.shop()
	who := in.accounts(in.zone(shop))
	office := in.r.IntN(3) == 0
	for i := range who[1:] {
		who[i+1].take(fieldAddress, &who[0])
		who[i+1].take(fieldIP, &who[0])
		if office {
			who[i+1].take(fieldPayment, &who[0])
		}
	}
	others := in.crowdOf(in.zone(shop), 2+in.r.IntN(12))
	for i, a := range append(who, others...) {
		if i < len(who) {
			for range 1 + in.r.IntN(4) {
				o := in.place(in.start+in.r.Int64N(day), in.shop(), a)
				o.arrive(in.r, &in.w.m.habits, o.pay(in.r))
			}
		}
		o := in.place(in.start+hour+in.r.Int64N(in.span+second), shop, a)
		came := o.hurry(in.r)
		done := came + hour + delay(in.r, day, 4*day)
		o.add(done, orderguard.OrderCompleted, 0)
		if in.turns() {
			o.review(done+delay(in.r, 5*hour, 2*day), uint8(1+in.r.IntN(2)), o.opinion(in.r, 1, 3))
		}
	}
}

// sends places the orders of an ordinary buyer who gives an address of his own.
func (in *instance) sends(shop uint32, change func(c *country, s *shipTo)) {
	a := in.ordinary(in.zone(shop))
	c := &countries[a.country]
	d := dice(a.address)
	ship := c.address(&d)
	change(c, ship)
	for _, at := range in.times(in.p.Orders.pick(in.r)) {
		o := in.place(at, shop, a)
		o.ship = ship
		in.live(o)
	}
}

// rudePlace is an ordinary buyer in a street whose name only looks rude.
func rudePlace(in *instance) {
	in.sends(in.shop(), func(c *country, s *shipTo) {
		s.line1 = in.w.m.compose(in.r, c.lang, draw(in.r, in.w.m.occasion(c.lang, "rude_place")))
	})
}

// hamlet is an ordinary buyer in a place without streets, whom the postcode and
// his name find.
func hamlet(in *instance) {
	in.sends(in.shop(), func(_ *country, s *shipTo) {
		if s.line1 = ""; in.r.IntN(3) == 0 {
			s.region = ""
		}
	})
}

// pickUp is the buyers of something that is not sent (vouchers, what is collected
// at the counter), who give their name and at most a town.
func pickUp(in *instance) {
	shop := in.shop()
	town, phone, vouchers := in.r.Float64(), in.r.IntN(3) == 0, in.r.IntN(4) > 0
	who := in.crowd(in.zone(shop))
	for i, at := range in.times(len(who)) {
		o := in.place(at, shop, who[i])
		d := dice(who[i].address)
		o.ship = countries[who[i].country].address(&d)
		o.ship.line1, o.ship.postcode, o.ship.region = "", "", ""
		if in.r.Float64() >= town {
			o.ship.city = ""
		}
		if !phone {
			o.ship.phone = ""
		}
		if vouchers {
			o.kind = "vouchers"
		}
		in.live(o)
	}
}
