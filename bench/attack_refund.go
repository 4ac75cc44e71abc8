package bench

import (
	"github.com/orderguard/orderguard"
)

// refundAttacks are buyers who keep paying and refunding.
var refundAttacks = []kind{
	{name: "refund", scenario: orderguard.MaliciousRefund, expand: serialRefund, turnsTo: .98, Family: Family{
		Count: 8, Orders: some(9, 24), Shops: some(5, 14),
		Span: span(3*aDay, 28*aDay), Age: span(5*aDay, 1200*aDay), Turns: new(.5)}},
}

// leastTurns is how often a buyer does it before anybody would call it a habit.
const leastTurns = 8

// habit returns how many orders it takes for a habit to show.
func (in *instance) habit() int {
	return max(in.p.Orders.pick(in.r), int(leastTurns/max(.2, *in.p.Turns))+1)
}

// again says whether the buyer does it with order i of n too, so that in the end
// he has done it leastTurns times, if he has ordered as often.
func (in *instance) again(i, n int, done *int) bool {
	if *done+n-i > leastTurns && i > 0 && !in.turns() {
		return false
	}
	*done++
	return true
}

// serialRefund is one account that buys at many shops over weeks and takes the
// money back most times, before the parcel leaves or after it has come. Orders
// that it keeps are no part of the attack.
func serialRefund(in *instance) {
	shops := in.shops()
	a := in.account(in.zone(shops[0]))
	early := in.r.Float64() * .7 // before the seller can ship
	times, done := in.times(in.habit()), 0
	for i, at := range times {
		shop := shops[in.r.IntN(len(shops))]
		if i < len(shops) {
			shop = shops[i]
		}
		o := in.place(at, shop, a)
		paid := o.pay(in.r)
		if !in.again(i, len(times), &done) {
			o.label = nil
			o.arrive(in.r, &habits{}, paid)
			continue
		}
		if in.r.Float64() < early {
			back := paid + delay(in.r, 2*hour, 12*hour)
			if in.r.IntN(2) == 0 {
				o.add(back, orderguard.OrderCancelled, uint8(orderguard.ByBuyer))
				back += delay(in.r, hour, day)
			}
			o.add(back, orderguard.OrderRefunded, uint8(orderguard.ByBuyer))
			continue
		}
		shipped := paid + slower(in.w.m.shipping, delay(in.r, 10*hour, 30*hour))
		o.add(shipped, orderguard.OrderShipped, 0)
		delivered := shipped + 8*hour + slower(in.w.m.transit, delay(in.r, day, 3*day))
		o.add(delivered, orderguard.OrderDelivered, 0)
		by := orderguard.ByBuyer
		switch in.r.IntN(10) {
		case 0:
			by = orderguard.BySeller // who gives way at once
		case 1, 2:
			by = orderguard.ByPlatform
		}
		o.add(delivered+delay(in.r, 6*hour, 2*day), orderguard.OrderRefunded, uint8(by))
	}
}
