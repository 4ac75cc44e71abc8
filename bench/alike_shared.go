package bench

import "time"

// sharedLookAlikes are people who share what accounts are linked by.
var sharedLookAlikes = []kind{
	{name: "household", expand: household, Family: Family{
		Count: 40, Accounts: some(2, 9), Orders: some(1, 4), Span: span(10*time.Minute, 12*time.Hour), Age: span(2*aDay, 1500*aDay), Pays: new(.85)}, paysTo: 1},
	{name: "campus", expand: campus, Family: Family{
		Count: 6, Accounts: some(15, 150), Span: span(15*time.Minute, 6*time.Hour), Age: span(5*time.Hour, 1200*aDay), Pays: new(.82)}, paysTo: .97},
	{name: "carrier", expand: carrier, Family: Family{
		Count: 4, Accounts: some(50, 1500), Span: span(time.Hour, 40*time.Hour), Pays: new(.82)}, paysTo: .97},
	{name: "kiosk", expand: kiosk, Family: Family{
		Count: 4, Accounts: some(8, 60), Span: span(3*time.Hour, 40*time.Hour), Age: span(time.Hour, 1200*aDay), Pays: new(.82)}, paysTo: .97},
}

// household is a family with one address, one line and a few devices that
// orders at the same shop. A child may have an account since today.
func household(in *instance) {
	shop := in.shop()
	all := in.accounts(in.zone(shop))
	devices := [3]uint64{in.fresh(), in.fresh(), in.fresh()}
	child := in.r.IntN(5)
	var who []account
	for i, a := range all {
		a.address, a.ip, a.device = all[0].address, all[0].ip, devices[in.r.IntN(2+len(all)/5)]
		if i == len(all)-1 && child == 0 {
			a.since = in.start - minute - in.r.Int64N(5*hour)
		}
		for range in.p.Orders.pick(in.r) {
			who = append(who, a)
		}
	}
	for i, at := range in.times(len(who)) {
		in.live(in.place(at, shop, who[i]))
	}
}

// campus is students behind one address of the network, some in the same
// halls, who order at a shop they have told each other of.
func campus(in *instance) {
	shop := in.shop()
	who := in.accounts(in.zone(shop))
	ip := in.fresh()
	halls := [3]uint64{in.fresh(), in.fresh(), in.fresh()}
	for i, at := range in.times(len(who)) {
		who[i].ip, who[i].address = ip, halls[in.r.IntN(3)]
		in.live(in.place(at, shop, who[i]))
	}
}

// carrier is ordinary buyers behind one address of a mobile network, at many
// shops.
func carrier(in *instance) {
	zone := in.w.m.pickCountry(in.r.Float64())
	who := in.crowd(zone)
	ip := in.fresh()
	for i, at := range in.times(len(who)) {
		who[i].ip = ip
		in.live(in.place(at, in.shop(), who[i]))
	}
}

// kiosk is people who order at a counter, on its one device, at many shops.
func kiosk(in *instance) {
	who := in.accounts(in.w.m.pickCountry(in.r.Float64()))
	device, ip, counter := in.fresh(), in.fresh(), in.fresh()
	for i, at := range in.times(len(who)) {
		who[i].device, who[i].ip = device, ip
		if in.r.IntN(2) == 0 {
			who[i].address = counter // collected there
		}
		in.live(in.place(at, in.shop(), who[i]))
	}
}
