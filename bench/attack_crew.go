package bench

import (
	"time"

	"github.com/orderguard/orderguard"
)

// crewAttacks are orders that several accounts take together.
var crewAttacks = []kind{
	{name: "crew", scenario: orderguard.MaliciousOrder, expand: crew, hides: true, paysTo: .12, Family: Family{
		Count: 6, Accounts: some(6, 80), Devices: some(1, 8), Orders: some(1, 3),
		Span: span(5*time.Minute, 6*time.Hour), Age: span(time.Minute, 5*aDay), Pays: new(0.)}},
	{name: "rival", scenario: orderguard.MaliciousOrder, expand: rival, paysTo: .12, Family: Family{
		Count: 4, Accounts: some(1, 6), Orders: some(4, 14),
		Span: span(time.Hour, 30*time.Hour), Age: span(3*aDay, 1000*aDay), Pays: new(0.)}},
	{name: "lockstep", scenario: orderguard.MaliciousOrder, expand: lockstep, paysTo: .12, Family: Family{
		Count: 4, Accounts: some(5, 20), Shops: some(4, 9),
		Span: span(30*time.Minute, 8*time.Hour), Age: span(5*aDay, 1000*aDay), Pays: new(0.)}},
	{name: "flood", scenario: orderguard.MaliciousOrder, expand: flood, paysTo: .08, Family: Family{
		Count: 2, Accounts: some(60, 400), Span: span(2*time.Minute, 40*time.Minute), Age: span(10*time.Minute, 30*aDay), Pays: new(0.)}},
}

// crew is many accounts that were registered for it, or bought, and share what
// their owner was careless with: his devices, his card, his line. They go for
// one shop or, if they are many, now and then for a few at once. A crew that
// shares nothing shows by its age: all of it was registered within hours.
func crew(in *instance) {
	where := []uint32{in.shop()}
	zone := in.zone(where[0])
	in.batch = in.p.Age.pick(in.r)
	how := in.r.IntN(10)
	if how == 9 && in.w.m.lacks[fieldSince] > .5 {
		how = 0
	}
	switch how {
	case 8: // old accounts, bought together
		in.batch = Duration(between(in.r, 30, 1000) * float64(Day))
	case 9: // nothing in common but that they are new
		in.batch = min(in.batch, Duration(4*time.Hour))
		in.p.Accounts.Min, in.p.Accounts.Max = max(15, in.p.Accounts.Min), max(15, in.p.Accounts.Max)
	}
	who := in.accounts(zone)
	if how != 9 {
		in.tie(who, how)
		if len(who) >= 16 && in.venue == nil && in.r.IntN(4) == 0 {
			where = append(where, in.shop(), in.shop())[:2+in.r.IntN(2)]
		}
	}
	all := in.turnsOf(who)
	for i, at := range in.times(len(all)) {
		in.abandon(in.place(at, where[in.r.IntN(len(where))], all[i]))
	}
}

// tie gives the accounts of a crew what they have in common: mostly one kind of
// thing, or one line for all, or each this or that.
func (in *instance) tie(who []account, how int) {
	bases := make([]account, in.p.Devices.pick(in.r))
	links := in.known(fieldDevice, fieldPayment, fieldAddress)
	first := in.one(links)
	switch {
	case how < 3 && len(in.known(fieldDevice)) > 0:
		first = fieldDevice
	case how == 5:
		first, bases = fieldIP, bases[:1]
	}
	for i := range bases {
		bases[i] = in.account(who[0].country)
	}
	for i := range who {
		base, field := &bases[in.r.IntN(len(bases))], first
		if how == 6 || how == 7 {
			field = in.one(links)
		}
		who[i].take(field, base)
		if field == fieldDevice && in.r.IntN(4) > 0 { // else a phone that has left its Wi-Fi
			who[i].ip = base.ip
		}
	}
}

// rival is buyer accounts that use identifiers of another seller, and order at
// a shop of the same category where there is one. Some share them with the
// seller only by way of another account.
func rival(in *instance) {
	seller := in.r.IntN(len(in.w.shops))
	shop := in.shop()
	for try := 0; try < 200 && (int(shop) == seller || in.w.shops[shop].category != in.w.shops[seller].category); try++ {
		shop = in.shop()
	}
	if int(shop) == seller {
		shop = uint32((seller + 1) % len(in.w.shops))
	}
	own := in.w.seller(seller)
	who := in.accounts(own.country)
	links := in.known(fieldDevice, fieldPayment, fieldAddress)
	for i := range who {
		a, with := &who[i], &own
		if i > 0 && in.r.IntN(5) == 0 {
			with = &who[0]
		}
		a.take(in.one(links), with)
		if in.r.IntN(2) == 0 { // careless twice
			a.take(in.one(append(in.known(fieldIP), links...)), with)
		}
	}
	all := in.turnsOf(who)
	for i, at := range in.times(len(all)) {
		in.abandon(in.place(at, shop, all[i]))
	}
}

// lockstep is accounts that share no identifier, and go through the same shops
// in the same order, within moments of each other or at leisure. Some leave a
// shop out, and some buy elsewhere for a change, which is no part of it.
func lockstep(in *instance) {
	who := in.accounts(in.w.m.pickCountry(in.r.Float64()))
	route := in.shops()
	jitter := min(int64(logBetween(in.r, 1, 45)*float64(minute)), in.span/int64(len(route)))
	skips, noise := in.r.Float64()*.2, in.r.Float64()*.25
	for i, at := range in.times(len(route)) {
		for k, a := range who {
			if in.r.Float64() < skips && k > 3 {
				continue
			}
			in.abandon(in.place(at+in.r.Int64N(jitter+second), route[i], a))
		}
	}
	for _, a := range who {
		if in.r.Float64() >= noise {
			continue
		}
		o := in.place(in.start+in.r.Int64N(in.span+hour), in.shop(), a)
		o.label = nil
		o.arrive(in.r, &habits{}, o.pay(in.r))
	}
}

// flood is a crowd of accounts that fill a shop with orders within minutes, as
// many as a sale would bring, and pay for next to none. They were made or bought
// for it, and come from a farm: a few addresses of the network, an emulator each.
func flood(in *instance) {
	shop := in.shop()
	zone := in.zone(shop)
	in.batch = in.p.Age.pick(in.r)
	bought := max(0, in.r.Float64()*.9-.4)
	lines := make([]account, 1+in.r.IntN(12))
	for i := range lines {
		lines[i] = in.account(zone)
	}
	devices, straight := in.r.Float64()*.5, between(in.r, .4, 1)
	s := &in.w.shops[shop]
	which, one := in.r.IntN(int(s.skus)), in.r.IntN(2) == 0
	who := in.accounts(zone)
	for i, at := range in.times(len(who)) {
		a, line := who[i], &lines[in.r.IntN(len(lines))]
		if in.r.Float64() < bought {
			a.since = in.start - day - in.r.Int64N(900*day)
		}
		if in.r.Float64() < straight {
			a.take(fieldIP, line)
		}
		if in.r.Float64() < devices {
			a.take(fieldDevice, line)
		}
		o := in.place(at, shop, a)
		if one {
			o.buys(in.w.item(s, which, 1))
		}
		in.abandon(o)
	}
}
