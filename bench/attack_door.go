package bench

import (
	"math/rand/v2"
	"time"

	"github.com/orderguard/orderguard"
)

// doorAttacks go for shops that send on trust and are paid at the door.
var doorAttacks = []kind{
	{name: "strangers", scenario: orderguard.MaliciousOrder, expand: strangers, leads: true, paysTo: .08, Family: Family{
		Count: 2, Accounts: some(35, 250), Span: span(8*time.Minute, 75*time.Minute), Age: span(5*time.Minute, 9*aDay), Pays: new(0.)}},
	{name: "refusers", scenario: orderguard.MaliciousOrder, expand: refusers, leads: true, turnsTo: 1, Family: Family{
		Count: 3, Accounts: some(6, 24), Orders: some(1, 3), Span: span(time.Hour, 4*aDay), Age: span(6*time.Hour, 30*aDay), Turns: new(.85)}},
}

// strangers is a crowd of new accounts that share nothing, at a shop most of
// whose buyers are honest and pay at the door, so that it is no wonder that
// nobody has paid yet. Their orders lapse; a few are sent, and refused.
func strangers(in *instance) {
	shop := in.lesser()
	in.doorTrade(shop, between(in.r, .1, .8))
	zone := in.zone(shop)
	if in.r.IntN(2) == 0 {
		in.batch = in.p.Age.pick(in.r)
	}
	who, sent := in.accounts(zone), in.r.Float64()*.1
	which, one := in.r.IntN(int(in.w.shops[shop].skus)), in.r.IntN(2) == 0
	for i, at := range in.times(len(who)) {
		o := in.place(at, shop, who[i])
		if one {
			o.buys(in.w.item(&in.w.shops[shop], which, 1))
		}
		if in.r.Float64() < sent {
			o.atDoor(in.r, &habits{}, true)
			continue
		}
		in.abandon(o)
	}
}

// refusers is a crew behind one line, or two, that has parcels sent on trust and
// refuses nearly all of them at the door.
func refusers(in *instance) {
	shop := in.lesser()
	in.doorTrade(shop, between(in.r, .1, .8))
	in.batch = in.p.Age.pick(in.r)
	who := in.accounts(in.zone(shop))
	lines := 1
	if len(who) >= 12 && in.r.IntN(3) == 0 {
		lines = 2
	}
	for i := range who {
		who[i].take(fieldIP, &who[i%lines])
	}
	all := in.turnsOf(who)
	for i, at := range in.times(len(all)) {
		o := in.place(at, shop, all[i])
		o.atDoor(in.r, &habits{}, in.turns())
	}
}

// doorTrade adds ordinary buyers who pay at the door, as a share of all the
// orders that the shop has in the days before the attack and until a day after
// it.
func (in *instance) doorTrade(shop uint32, share float64) {
	lasts := in.meet - in.start + in.span + day
	usual := in.w.usual(shop) * float64(in.g.o.Orders) * float64(lasts) / float64(in.g.o.Duration.ms())
	n := min(max(25, int(usual*share/(1-share))), 400)
	refuse := between(in.r, .02, .15)
	for _, a := range in.crowdOf(in.zone(shop), n) {
		o := in.place(in.start+in.r.Int64N(lasts), shop, a)
		o.label = nil
		o.atDoor(in.r, &in.w.m.habits, in.r.Float64() < refuse)
	}
}

// atDoor gives the order the life of one that is sent unpaid: paid at the door,
// or refused there.
func (o *order) atDoor(r *rand.Rand, h *habits, refused bool) {
	shipped := 30*minute + slower(o.m.shipping, delay(r, 9*hour, 2*day))
	o.add(shipped, orderguard.OrderShipped, 0)
	came := shipped + 10*hour + slower(o.m.transit, delay(r, 36*hour, 5*day))
	if refused {
		by := orderguard.ByBuyer
		if r.IntN(4) == 0 {
			by = orderguard.ByPlatform
		}
		o.add(came, orderguard.OrderCancelled, uint8(by))
		return
	}
	o.add(came, orderguard.OrderDelivered, 0)
	o.add(came+minute+r.Int64N(hour), orderguard.OrderPaid, 0)
	done := came + delay(r, 2*day, 10*day) + hour
	o.add(done, orderguard.OrderCompleted, 0)
	if r.Float64() < h.reviews {
		rating := o.m.ratings[r.IntN(len(o.m.ratings))] - '0'
		o.review(done+delay(r, 6*hour, 5*day), rating, o.opinion(r, rating, 2))
	}
}
