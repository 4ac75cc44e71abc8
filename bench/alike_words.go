package bench

import "time"

// wordLookAlikes are words that look wrong and are not.
var wordLookAlikes = []kind{
	{name: "short-address", expand: shortAddress, Family: Family{
		Count: 60, Orders: some(1, 3), Span: span(time.Minute, time.Hour), Pays: new(.85)}, paysTo: .98},
	{name: "odd-note", texts: true, expand: oddNote, Family: Family{
		Count: 200, Orders: some(1, 2), Span: span(time.Minute, 20*time.Minute), Pays: new(.88)}},
}

// shortAddress is an ordinary buyer in a village, or with a post box.
func shortAddress(in *instance) {
	shop := in.shop()
	a := in.ordinary(in.zone(shop))
	c := &countries[a.country]
	who, where := dice(a.code), dice(a.address)
	t := c.cities[where.n(len(c.cities))]
	ship := &shipTo{
		name: string(c.appendName(nil, &who)), phone: string(appendPattern(nil, c.phones[who.n(len(c.phones))], "", &who)),
		country: c.code, region: t.region, city: t.name, line1: in.w.m.compose(in.r, c.lang, draw(in.r, in.w.m.occasion(c.lang, "short_line"))),
		postcode: string(appendPattern(nil, t.postcode, "", &where)),
	}
	switch in.r.IntN(4) { // forms often leave one of these out
	case 0:
		ship.region = ""
	case 1:
		ship.phone = ""
	}
	for _, at := range in.times(in.p.Orders.pick(in.r)) {
		o := in.place(at, shop, a)
		o.ship = ship
		in.live(o)
	}
}

// oddNote is an ordinary buyer who writes little, or loudly; some of them do
// not pay, as others do not.
func oddNote(in *instance) {
	shop := in.shop()
	a := in.ordinary(in.zone(shop))
	for _, at := range in.times(in.p.Orders.pick(in.r)) {
		o := in.place(at, shop, a)
		o.note = o.say(in.r, "odd_note")
		if len(in.p.Texts) > 0 {
			o.note = in.fill(draw(in.r, in.p.Texts))
		}
		in.live(o)
	}
}
