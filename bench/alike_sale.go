package bench

import "time"

// saleLookAlikes are crowds that a shop has called itself.
var saleLookAlikes = []kind{
	{name: "flash-sale", expand: flashSale, Family: Family{
		Count: 4, Accounts: some(30, 2000), Span: span(3*time.Minute, time.Hour), Pays: new(.72)}, paysTo: .97},
	{name: "campaign", expand: campaign, Family: Family{
		Count: 3, Accounts: some(20, 400), Span: span(10*time.Minute, 4*time.Hour), Age: span(time.Minute, 5*time.Hour), Pays: new(.78)}, paysTo: .97},
}

// flashSale is many ordinary buyers who order the same item within minutes,
// some of them new to the marketplace.
func flashSale(in *instance) {
	shop := in.shop() // the first draw: see hide
	s := &in.w.shops[shop]
	fresh := in.r.Float64() * .25
	which := in.r.IntN(int(s.skus))
	who := in.crowd(s.country)
	for i, at := range in.times(len(who)) {
		if in.r.Float64() < fresh {
			who[i] = in.w.newcomer(in.r, in.number(uint64(i)), s.country, at)
		}
		o := in.place(at, shop, who[i])
		o.buys(in.w.item(s, which, 1+int64(in.r.IntN(20)/18)))
		o.item.amount = max(1, o.item.amount*6/10)
		in.live(o)
	}
}

// campaign is new customers who registered for a coupon: fresh accounts in the
// same minutes, each with its own device, who pay. With a code for friends, some
// of them live together.
func campaign(in *instance) {
	shop := in.shop()
	who := in.accounts(in.zone(shop))
	friends := max(0, in.r.Float64()*.8-.3)
	for i, at := range in.times(len(who)) {
		if i > 0 && in.r.Float64() < friends {
			who[i].take(fieldIP, &who[i-1])
			if in.r.IntN(2) == 0 {
				who[i].take(fieldAddress, &who[i-1])
			}
		}
		who[i].since = at - second - in.p.Age.pick(in.r).ms()
		in.live(in.place(at, shop, who[i]))
	}
}
