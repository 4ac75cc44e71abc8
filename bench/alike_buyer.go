package bench

import (
	"time"

	"github.com/orderguard/orderguard"
)

// buyerLookAlikes are single buyers with many orders, and the reason for them.
var buyerLookAlikes = []kind{
	{name: "wholesale", expand: wholesale, Family: Family{
		Count: 5, Orders: some(8, 60), Quantity: some(3, 120), Span: span(5*time.Minute, 10*time.Hour), Age: span(20*aDay, 1500*aDay), Pays: new(1.)}},
	{name: "retry", expand: retry, Family: Family{
		Count: 60, Orders: some(2, 8), Span: span(90*time.Second, 40*time.Minute)}},
	{name: "late-answer", expand: lateAnswer, Family: Family{
		Count: 20, Orders: some(1, 2), Span: span(8*time.Hour, 46*time.Hour)}},
	{name: "seller-buys", expand: sellerBuys, Family: Family{
		Count: 20, Orders: some(1, 4), Span: span(time.Minute, aDay), Age: span(10*aDay, 1500*aDay), Pays: new(.9)}, paysTo: 1},
}

// wholesale is a trader who orders a shop's items one after the other, in
// large quantities, and pays: each order at once, or all of them when the last
// is placed, or by the evening.
func wholesale(in *instance) {
	shop := in.shop()
	s := &in.w.shops[shop]
	a := in.account(s.country)
	late := in.r.IntN(6) == 0 && in.given().Pays == nil
	settled := in.start + in.span + in.r.Int64N(8*hour)
	for i, at := range in.times(in.p.Orders.pick(in.r)) {
		o := in.place(at, shop, a)
		o.buys(in.w.item(s, i%int(s.skus), int64(in.p.Quantity.pick(in.r))))
		if latest := in.w.m.timeout * 9 / 10; late {
			paid := min(settled-at+int64(i)*second, latest)
			o.add(paid, orderguard.OrderPaid, 0)
			o.arrive(in.r, &in.w.m.habits, paid)
			continue
		}
		in.live(o)
	}
}

// retry is a buyer whose payment fails: the same item, ordered and called off,
// until it is paid.
func retry(in *instance) {
	shop := in.shop()
	a := in.ordinary(in.zone(shop))
	times := in.times(in.p.Orders.pick(in.r))
	var first item
	for i, at := range times {
		o := in.place(at, shop, a)
		if i == 0 {
			first = o.item
		}
		o.item = first
		if i == len(times)-1 {
			h := in.w.m.habits
			h.pays = 1
			o.live(in.r, &h)
			continue
		}
		by := orderguard.ByPlatform
		if in.r.IntN(2) == 0 {
			by = orderguard.ByBuyer
		}
		o.add(max(second, (times[i+1]-at)*int64(60+in.r.IntN(60))/100), orderguard.OrderCancelled, uint8(by))
	}
}

// lateAnswer is a buyer of something made to order who lets the seller ask
// twice and answers late, but answers.
func lateAnswer(in *instance) {
	shop := in.shop()
	s := &in.w.shops[shop]
	for range in.p.Orders.pick(in.r) {
		o := in.place(in.start+in.r.Int64N(hour), shop, in.ordinary(s.country))
		o.item = in.customItem(s)
		asked := o.pay(in.r) + delay(in.r, 2*hour, 8*hour)
		again := asked + in.p.Span.Min.ms()/2 + in.r.Int64N(hour)
		answered := again + in.p.Span.pick(in.r).ms()
		o.message(asked, orderguard.FromSeller, o.say(in.r, "custom_ask"))
		o.message(again, orderguard.FromSeller, o.say(in.r, "custom_remind"))
		o.message(answered, orderguard.FromBuyer, o.say(in.r, "custom_answer"))
		o.arrive(in.r, &habits{reviews: .5}, answered+day)
	}
}

// sellerBuys is a seller who buys at another shop, as sellers do, and pays.
func sellerBuys(in *instance) {
	own := in.r.IntN(len(in.w.shops))
	shop := in.shop()
	if int(shop) == own {
		shop = uint32((own + 1) % len(in.w.shops))
	}
	a := in.account(in.w.shops[own].country)
	seller := in.w.seller(own)
	a.device, a.ip, a.payment, a.address = seller.device, seller.ip, seller.payment, seller.address
	for _, at := range in.times(in.p.Orders.pick(in.r)) {
		in.live(in.place(at, shop, a))
	}
}
