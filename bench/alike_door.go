package bench

import (
	"time"
)

// doorLookAlikes are people who pay at the door, and do not always take what
// comes.
var doorLookAlikes = []kind{
	{name: "door-campaign", expand: doorCampaign, leads: true, Family: Family{
		Count: 2, Accounts: some(20, 250), Span: span(10*time.Minute, 3*time.Hour), Age: span(5*time.Minute, 9*aDay), Turns: new(.03)}, turnsTo: .3},
	{name: "door-line", expand: doorLine, leads: true, Family: Family{
		Count: 3, Accounts: some(6, 80), Orders: some(1, 3), Span: span(6*time.Hour, 5*aDay), Age: span(aDay, 1200*aDay), Turns: new(.03)}, turnsTo: .28},
	{name: "door-batch", expand: doorBatch, leads: true, Family: Family{
		Count: 2, Accounts: some(10, 70), Span: span(6*time.Hour, 3*aDay), Turns: new(.5)}, turnsTo: .9},
}

// doorCampaign is new customers who came for a coupon, each with a line of his
// own, most of whom pay at the door, as the shop's other buyers do.
func doorCampaign(in *instance) {
	shop := in.lesser()
	share := between(in.r, .2, .9)
	in.doorTrade(shop, share)
	share = between(in.r, share, 1)
	who := in.accounts(in.zone(shop))
	for i, at := range in.times(len(who)) {
		in.atDoor(in.place(at, shop, who[i]), share)
	}
}

// atDoor gives the order an ordinary life, as a share of them paid at the door.
func (in *instance) atDoor(o *order, share float64) {
	if in.r.Float64() < share {
		o.atDoor(in.r, &in.w.m.habits, in.turns())
		return
	}
	o.live(in.r, &in.w.m.habits)
}

// doorLine is neighbours behind one line, of whom some refuse what they ordered,
// as people do.
func doorLine(in *instance) {
	shop := in.lesser()
	share := between(in.r, .35, .9)
	in.doorTrade(shop, share)
	share = between(in.r, share, 1)
	who := in.accounts(in.zone(shop))
	for i := range who {
		who[i].take(fieldIP, &who[0])
	}
	all := in.turnsOf(who)
	for i, at := range in.times(len(all)) {
		in.atDoor(in.place(at, shop, all[i]), share)
	}
}

// doorBatch is ordinary buyers of one bad item, most of whom refuse it at the
// door. It has got about.
func doorBatch(in *instance) {
	shop := in.lesser()
	in.doorTrade(shop, between(in.r, .1, .5))
	s := &in.w.shops[shop]
	which := in.r.IntN(int(s.skus))
	who := in.crowd(s.country)
	for i, at := range in.times(len(who)) {
		o := in.place(at, shop, who[i])
		o.buys(in.w.item(s, which, 1))
		o.atDoor(in.r, &in.w.m.habits, in.turns())
	}
}
