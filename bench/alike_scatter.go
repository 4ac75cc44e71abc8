package bench

import (
	"time"

	"github.com/orderguard/orderguard"
)

// scatterLookAlikes are ordinary buyers who have something in common by chance.
var scatterLookAlikes = []kind{
	{name: "forum", expand: forum, Family: Family{
		Count: 3, Accounts: some(8, 50), Shops: some(3, 7), Span: span(16*time.Hour, 50*time.Hour), Pays: new(.65)}, paysTo: .97},
	{name: "gone-bust", expand: goneBust, Family: Family{
		Count: 2, Accounts: some(15, 90), Span: span(6*time.Hour, 4*aDay), Turns: new(.7)}, turnsTo: 1},
	{name: "locker", expand: locker, Family: Family{
		Count: 3, Accounts: some(6, 40), Orders: some(1, 2), Span: span(5*time.Hour, 3*aDay), Age: span(aDay, 1500*aDay), Turns: new(.03)}, turnsTo: .2},
}

// forum is ordinary buyers who read of the same bargains, and order them at the
// same smaller shops, each when he reads of them.
func forum(in *instance) {
	route := in.lessers()
	keen := between(in.r, .5, 1)
	for _, a := range in.crowd(in.zone(route[0])) {
		for i, shop := range route {
			if i == 0 || in.r.Float64() < keen {
				in.live(in.place(in.meet+in.r.Int64N(in.span+second), shop, a))
			}
		}
	}
}

// goneBust is a shop that sends nothing any more, which nearly all of its buyers
// dispute. A third of them come through a line or two of their carrier, as do others who
// buy elsewhere.
func goneBust(in *instance) {
	shop := in.lesser()
	zone := in.zone(shop)
	lines := []account{in.account(zone), in.account(zone)}
	for _, a := range in.crowdOf(zone, 60) {
		a.take(fieldIP, &lines[in.r.IntN(2)])
		in.place(in.meet+in.r.Int64N(in.span+second), in.shop(), a).live(in.r, &in.w.m.habits)
	}
	who := in.crowd(zone)
	for i, at := range in.times(len(who)) {
		if in.r.IntN(3) == 0 {
			who[i].take(fieldIP, &lines[in.r.IntN(2)])
		}
		o := in.place(at, shop, who[i])
		paid := o.pay(in.r)
		if in.turns() {
			o.dispute(in.r, paid+5*day+delay(in.r, day, 4*day), orderguard.NotReceived, .9, [2]uint64{})
		}
	}
}

// locker is people who have their parcels sent to one locker, from many shops,
// and of whom some pay when they fetch them.
func locker(in *instance) {
	who := in.accounts(in.w.m.pickCountry(in.r.Float64()))
	for i := range who {
		who[i].take(fieldAddress, &who[0])
	}
	share := in.r.Float64() * .6
	all := in.turnsOf(who)
	for i, at := range in.times(len(all)) {
		in.atDoor(in.place(at, in.shop(), all[i]), share)
	}
}
