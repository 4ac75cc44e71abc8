package bench

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/orderguard/orderguard"
)

// kind is a family: a kind of attack, or of lawful trade that looks like one.
type kind struct {
	name     string
	scenario orderguard.Scenario // 0 for a look-alike
	texts    bool                // whether it has texts of its own
	hides    bool                // whether it may be hidden in a flash sale
	leads    bool                // whether it begins with days of ordinary trade, before it comes to what it is
	expand   func(*instance)     // draws the orders of an instance
	Family                       // its defaults: what is zero it does not have
	paysTo   float64             // the default of Pays is drawn from Pays to this, if it is more
	turnsTo  float64             // and that of Turns
}

// families are all kinds, in the order in which they were added; the place of
// a kind is part of the numbers of its orders, so new ones go to the end.
var families []kind

func init() {
	families = slices.Concat(
		orderAttacks, crewAttacks, refundAttacks, disputeAttacks, reviewAttacks, noteAttacks, unfulfillableAttacks,
		saleLookAlikes, buyerLookAlikes, sharedLookAlikes, troubleLookAlikes, wordLookAlikes,
		moreLookAlikes,
		roamAttacks, doorAttacks, guiseAttacks, roamLookAlikes, doorLookAlikes, guiseLookAlikes,
		scatterAttacks, scatterLookAlikes,
	)
}

// instance is one attack, or one occasion of a look-alike.
type instance struct {
	g      *generator
	w      *world
	kind   *kind
	p      Family
	r      *rand.Rand
	base   uint64 // of its numbers
	start  int64  // ms, of its first order at the earliest
	meet   int64  // ms, when it comes to what it is: its start, unless it leads
	span   int64  // ms, from then on
	orders []*order
	label  *label   // nil for a look-alike
	made   uint64   // accounts and identifiers made so far
	drops  float64  // share of unpaid orders that the buyer calls off
	batch  Duration // age of accounts that were made together; 0: each has its own
	venue  *uint32  // the shop, where it is hidden in a flash sale
}

func newInstance(g *generator, k *kind, p Family, f, i int) *instance {
	in := &instance{
		g: g, w: g.w, kind: k, p: p, base: 1<<63 | uint64(f)<<48 | uint64(i)<<32,
		r: rand.New(rand.NewPCG(g.w.seed+hashName(k.name), scramble(uint64(i)))),
	}
	whole := g.o.Duration.ms()
	in.span = min(p.Span.pick(in.r).ms(), whole*9/10)
	in.start = in.begins(max(1, whole-in.span-minute))
	in.drops = in.r.Float64() * .8
	given := g.o.Families[k.name]
	if given.Pays == nil && k.paysTo > 0 {
		in.p.Pays = new(between(in.r, *p.Pays, k.paysTo))
	}
	if given.Turns == nil && k.turnsTo > 0 {
		in.p.Turns = new(between(in.r, *p.Turns, k.turnsTo))
	}
	if k.hides && in.r.IntN(6) == 0 {
		in.hide()
	}
	in.meet = in.start
	if k.leads {
		in.start = max(in.w.start+minute, in.meet-int64(between(in.r, 1.5, 5)*float64(day)))
	}
	if k.scenario != 0 {
		in.label = &label{scenario: k.scenario, attack: k.name + "-" + strconv.Itoa(i+1)}
	}
	return in
}

// begins draws when an instance begins: at any time, in the evening's rush or,
// if it is an attack, at night.
func (in *instance) begins(room int64) int64 {
	first := in.w.start + minute
	if in.kind.leads {
		lead := min(room/2, 2*day)
		first, room = first+lead, room-lead
	}
	at := first + in.r.Int64N(room)
	want := int64(-1)
	switch k := in.r.IntN(10); {
	case k < 3:
		want = 19 + in.r.Int64N(3)
	case k < 5 && in.kind.scenario != 0:
		want = 1 + in.r.Int64N(4)
	}
	zone := countries[in.w.m.pickCountry(in.r.Float64())]
	moved := (at+zone.offset*hour)/day*day + want*hour - zone.offset*hour + in.r.Int64N(hour)
	if want < 0 || moved < first || moved >= first+room {
		return at
	}
	return moved
}

// hide puts an attack into the middle of a flash sale: same shop, same time.
// Sales are drawn here as they will be, so that the attack stays where it is
// when they are left out.
func (in *instance) hide() {
	f := slices.IndexFunc(families, func(k kind) bool { return k.name == "flash-sale" })
	k := &families[f]
	sale := newInstance(in.g, k, k.with(in.g.o.Families[k.name], in.g.o.Orders, in.w.seed), f, 0)
	in.venue = new(sale.shop())
	in.start = sale.start + in.r.Int64N(max(1, sale.span/2))
}

// number returns a number of the instance's own.
func (in *instance) number(i uint64) uint64 { return in.base | i }

// fresh returns a new identifier.
func (in *instance) fresh() uint64 {
	in.made++
	return in.w.number(saltAccount, in.number(in.made))
}

// account makes an account of the family's age, with identifiers of its own.
func (in *instance) account(zone uint8) account {
	age := in.p.Age.pick(in.r)
	if in.batch > 0 {
		age = max(Duration(time.Minute), Duration(float64(in.batch)*between(in.r, .7, 1.3)))
	}
	return account{
		code: in.fresh(), country: zone, since: in.meet - second - age.ms(),
		device: in.fresh(), ip: in.fresh(), address: in.fresh(), payment: in.fresh(),
	}
}

// accounts makes as many accounts as the family has.
func (in *instance) accounts(zone uint8) []account {
	all := make([]account, in.p.Accounts.pick(in.r))
	for i := range all {
		all[i] = in.account(zone)
	}
	return all
}

// ordinary draws an ordinary buyer.
func (in *instance) ordinary(zone uint8) account {
	return in.w.buyer(in.w.pickBuyer(in.r, zone), in.r.Uint64())
}

// crowd draws ordinary buyers, each another, as many as the family has
// accounts or as there are.
func (in *instance) crowd(zone uint8) []account {
	return in.crowdOf(zone, in.p.Accounts.pick(in.r))
}

// crowdOf draws n ordinary buyers, or as many as there are.
func (in *instance) crowdOf(zone uint8, n int) []account {
	n = min(n, in.g.o.Buyers/2)
	seen := map[uint64]bool{}
	all := make([]account, 0, n)
	for len(all) < n {
		i := in.r.IntN(in.g.o.Buyers)
		if in.r.IntN(3) > 0 {
			i = in.w.pickBuyer(in.r, zone)
		}
		a := in.w.buyer(i, in.r.Uint64())
		if !seen[a.code] {
			seen[a.code] = true
			all = append(all, a)
		}
	}
	return all
}

// shop draws a shop, half the time by size.
func (in *instance) shop() uint32 {
	if in.venue != nil {
		return *in.venue
	}
	zone := in.w.m.pickCountry(in.r.Float64())
	if in.r.IntN(2) == 0 && len(in.w.byZone[zone]) > 0 {
		return in.w.pickShop(in.r, int(zone))
	}
	return uint32(in.r.IntN(len(in.w.shops)))
}

// lesser draws a shop, one of the smaller ones.
func (in *instance) lesser() uint32 {
	least := in.shop()
	for range 2 {
		if s := in.shop(); in.w.usual(s) < in.w.usual(least) {
			least = s
		}
	}
	return least
}

// shops draws different shops, as many as the family has or as there are.
func (in *instance) shops() []uint32 { return in.shopsBy(in.shop) }

// shopsBy is shops with a way to draw one, which must come to each of them sooner or later.
func (in *instance) shopsBy(draw func() uint32) []uint32 {
	n := min(in.p.Shops.pick(in.r), len(in.w.shops))
	var all []uint32
	for len(all) < n {
		if s := draw(); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// zone returns the country of a shop.
func (in *instance) zone(shop uint32) uint8 { return in.w.shops[shop].country }

// times returns k rising times that fill the span, the first at its beginning.
func (in *instance) times(k int) []int64 {
	gaps := make([]float64, k)
	sum := 0.
	for i := 1; i < k; i++ {
		gaps[i] = .2 + in.r.ExpFloat64()
		sum += gaps[i]
	}
	all := make([]int64, k)
	at := 0.
	for i := range all {
		at += gaps[i]
		all[i] = in.meet
		if i > 0 {
			all[i] += int64(at / sum * float64(in.span))
		}
	}
	return all
}

// place adds an order of one item, labelled if the family is an attack. The
// caller gives it its life.
func (in *instance) place(at int64, shop uint32, buyer account) *order {
	o := &order{m: in.w.m, n: in.number(uint64(len(in.orders)) + 1), at: at, shop: shop, buyer: buyer, label: in.label}
	o.item = in.w.pickItem(in.r, &in.w.shops[shop])
	if o.item.custom { // a talk would be part of its life
		o.item.custom = false
	}
	o.begin()
	in.orders = append(in.orders, o)
	return o
}

// live gives the order an ordinary life, paid as often as the family pays.
func (in *instance) live(o *order) {
	h := in.w.m.habits
	h.pays = *in.p.Pays
	o.live(in.r, &h)
	if in.r.Float64() < in.w.m.notes && o.note == "" {
		o.note = o.ordinaryNote(in.r)
	}
}

// abandon gives the order the life of one that nobody means to buy: left
// unpaid, or paid, as often as the family pays, and mostly called off.
func (in *instance) abandon(o *order) {
	if in.r.Float64() >= *in.p.Pays {
		o.unpaid(in.r, in.drops)
		return
	}
	paid := o.pay(in.r)
	if in.r.IntN(10) < 7 {
		in.takeBack(o, paid)
		return
	}
	o.arrive(in.r, &in.w.m.habits, paid)
}

// given returns what options say of the family.
func (in *instance) given() Family { return in.g.o.Families[in.kind.name] }

// known lists what accounts are linked by, as far as the marketplace knows it.
func (in *instance) known(of ...int) []int {
	return slices.DeleteFunc(of, func(field int) bool { return in.w.m.lacks[field] > .5 })
}

// one draws one of several fields.
func (in *instance) one(of []int) int { return of[in.r.IntN(len(of))] }

// take gives the account an identifier of another.
func (a *account) take(field int, of *account) {
	switch field {
	case fieldDevice:
		a.device = of.device
	case fieldIP:
		a.ip = of.ip
	case fieldAddress:
		a.address = of.address
	case fieldPayment:
		a.payment = of.payment
	}
}

// turnsOf returns each account as often as it orders, in any order.
func (in *instance) turnsOf(who []account) []account {
	var all []account
	for _, a := range who {
		for range in.p.Orders.pick(in.r) {
			all = append(all, a)
		}
	}
	in.r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// turns says of one order whether the buyer does what the family is about.
func (in *instance) turns() bool { return in.r.Float64() < *in.p.Turns }

// some returns the range from lo to hi.
func some(lo, hi int) Range[int] { return Range[int]{lo, hi} }

// span returns the range between two times.
func span(lo, hi time.Duration) Range[Duration] { return Range[Duration]{Duration(lo), Duration(hi)} }

const aDay = 24 * time.Hour
