package bench

import "time"

// roamLookAlikes are ordinary buyers whom something leads from shop to shop.
var roamLookAlikes = []kind{
	{name: "carts", expand: carts, Family: Family{
		Count: 10, Orders: some(8, 40), Shops: some(6, 30), Span: span(2*time.Minute, 5*time.Hour), Age: span(5*aDay, 1500*aDay), Pays: new(.6)}, paysTo: .97},
	{name: "followers", expand: followers, Family: Family{
		Count: 3, Accounts: some(8, 90), Shops: some(3, 8), Span: span(2*time.Hour, 5*aDay), Pays: new(.72)}, paysTo: .97},
	{name: "same-note", expand: sameNote, Family: Family{
		Count: 10, Orders: some(6, 24), Shops: some(5, 20), Span: span(10*time.Minute, 10*time.Hour), Age: span(aDay, 1500*aDay), Pays: new(.75)}, paysTo: 1},
}

// carts is a buyer before a feast who fills a basket at one shop after the other,
// and pays for most; one in five fills but one, of up to fourteen lines, and
// leaves it at the till.
func carts(in *instance) {
	shops := in.shops()
	a := in.account(in.zone(shops[0]))
	n, left := in.p.Orders.pick(in.r), in.r.IntN(5) == 0
	if left {
		n, in.span = min(n, 14), min(in.span, 8*minute)
	}
	for _, at := range in.times(n) {
		o := in.place(at, shops[in.r.IntN(len(shops))], a)
		if left {
			o.unpaid(in.r, 0)
			continue
		}
		in.live(o)
	}
}

// followers is ordinary buyers whom the same sales draw to the same shops at the
// same times, over hours or days.
func followers(in *instance) {
	route := in.shops()
	who := in.crowd(in.zone(route[0]))
	apart := in.span / int64(len(route))
	lasts := min(apart, int64(logBetween(in.r, 2, 120)*float64(minute)))
	keen := between(in.r, .5, 1)
	for i, shop := range route {
		from := in.start + int64(i)*apart
		for k, a := range who {
			if i == 0 && k == 0 || in.r.Float64() < keen {
				in.live(in.place(from+in.r.Int64N(lasts+second), shop, a))
			}
		}
	}
}

// sameNote is a buyer who writes the same remark on whatever he orders that day,
// and pays; one in six orders all of it at once, and leaves it.
func sameNote(in *instance) {
	shops := in.shops()
	a := in.account(in.zone(shops[0]))
	n, left := in.p.Orders.pick(in.r), in.r.IntN(6) == 0
	if left {
		n, in.span = min(n, 14), min(in.span, 8*minute)
	}
	note := ""
	for i, at := range in.times(n) {
		o := in.place(at, shops[i%len(shops)], a)
		for try := 0; try < 4 && len(note) < 24; try++ {
			note = o.say(in.r, "note")
		}
		if o.note = note; left {
			o.unpaid(in.r, 0)
			continue
		}
		in.live(o)
	}
}
