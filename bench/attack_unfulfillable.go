package bench

import (
	"time"

	"github.com/orderguard/orderguard"
)

// unfulfillableAttacks are orders that a seller cannot fulfil, and would be
// blamed for.
var unfulfillableAttacks = []kind{
	{name: "unreachable", scenario: orderguard.Unfulfillable, expand: unreachable, paysTo: .95, Family: Family{
		Count: 8, Orders: some(1, 8), Shops: some(1, 4), Span: span(2*time.Minute, 30*time.Hour), Age: span(time.Minute, 1000*aDay), Pays: new(.4)}},
	{name: "silent", scenario: orderguard.Unfulfillable, expand: silent, Family: Family{
		Count: 8, Orders: some(1, 3), Span: span(time.Minute, 5*time.Hour), Age: span(time.Hour, 1000*aDay)}},
}

// unreachable is an account whose orders go to addresses that no parcel can
// reach.
func unreachable(in *instance) {
	shops := in.shops()
	zone := in.zone(shops[0])
	a := in.account(zone)
	where := in.nowhere(zone)
	for _, at := range in.times(in.p.Orders.pick(in.r)) {
		if in.r.IntN(3) == 0 {
			where = in.nowhere(zone)
		}
		o := in.place(at, shops[in.r.IntN(len(shops))], a)
		o.ship = where
		in.stranded(o)
	}
}

// stranded gives the order the life of one that cannot be sent: unpaid, or paid
// until the seller, who mostly asks first, gives up.
func (in *instance) stranded(o *order) {
	if in.r.Float64() >= *in.p.Pays {
		o.unpaid(in.r, in.drops)
		return
	}
	asked := o.pay(in.r) + delay(in.r, 3*hour, 20*hour)
	if in.r.IntN(4) > 0 {
		o.message(asked, orderguard.FromSeller, o.say(in.r, "address_ask"))
	}
	gone := asked + day + in.r.Int64N(3*day)
	o.add(gone, orderguard.OrderCancelled, uint8(orderguard.BySeller))
	o.add(gone+delay(in.r, hour, day), orderguard.OrderRefunded, uint8(orderguard.BySeller))
}

// nones are what people put where they want to say nothing.
var nones = []string{"xxx", "test", "asdf", "0", "-", "none", "?", "aaaa", "null", "无", "n/a", "...", "qwe", "xx", "abc", ".", "测试", "нет", "asd asd", "zzz", "//", "hjkl", "nil", "===="}

// nowhere draws an address that no parcel can reach: with nothing in it, with
// something that is no address, or for a place that does not exist.
func (in *instance) nowhere(zone uint8) *shipTo {
	c := &countries[zone]
	d := dice(in.r.Uint64())
	s := c.address(&d)
	none := draw(in.r, nones)
	switch d.n(9) {
	case 0:
		s.line1, s.city, s.postcode = "", "", ""
	case 1:
		s.line1 = none
	case 2:
		s.line1, s.city = none, none
	case 3:
		s.postcode, s.line1 = draw(in.r, []string{"00000", "99999", "0", "000000"}), none
	case 4:
		s.line1, s.phone = none, draw(in.r, []string{"0", "000000", "123", "11111111111", "0000000000"})
	case 5:
		s.name, s.line1, s.phone = none, in.fill("~~~~~~~~~~"), "0000000000"
	case 6, 7:
		s.line1 = in.w.m.compose(in.r, c.lang, draw(in.r, in.w.m.occasion(c.lang, "no_place")))
	case 8: // keys struck at random, everywhere
		s.name, s.line1, s.city = in.fill("~~~~~"), in.fill("~~~~~~~ ~~~"), in.fill("~~~~~~")
	}
	return s
}

// silent is a buyer of something made to order who pays and then answers
// nothing, so that the seller cannot begin. What he asked before he was asked
// is no answer.
func silent(in *instance) {
	shop := in.shop()
	s := &in.w.shops[shop]
	a := in.account(s.country)
	talks := in.r.IntN(6) == 0
	for _, at := range in.times(in.p.Orders.pick(in.r)) {
		o := in.place(at, shop, a)
		o.item = in.customItem(s)
		paid := o.pay(in.r)
		asked := paid + delay(in.r, 2*hour, 12*hour)
		if talks {
			o.message(paid/2, orderguard.FromBuyer, o.say(in.r, "question"))
		}
		again := asked + 4*hour + in.r.Int64N(32*hour)
		o.message(asked, orderguard.FromSeller, o.say(in.r, "custom_ask"))
		o.message(again, orderguard.FromSeller, o.say(in.r, "custom_remind"))
		last := again
		for range in.r.IntN(3) {
			last += 10*hour + in.r.Int64N(40*hour)
			o.message(last, orderguard.FromSeller, o.say(in.r, "custom_remind"))
		}
		gone := max(last+hour, again+49*hour) + in.r.Int64N(40*hour)
		o.add(gone, orderguard.OrderCancelled, uint8(orderguard.BySeller))
		o.add(gone+delay(in.r, hour, day), orderguard.OrderRefunded, uint8(orderguard.BySeller))
	}
}

// customItem draws an item made to order.
func (in *instance) customItem(s *shop) item {
	it := in.w.item(s, int(s.skus)+in.r.IntN(4), 1)
	it.custom = true
	return it
}
