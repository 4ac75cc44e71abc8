package bench

import (
	"math/rand/v2"

	"github.com/orderguard/orderguard"
)

// arrivals draws the times and places of the orders of ordinary trade, as a
// Poisson process whose rate follows the rhythm of each country.
type arrivals struct {
	w     *world
	r     *rand.Rand
	rate  float64 // orders an ms and unit of rhythm
	end   int64
	at    float64 // ms
	hour  int64   // the hour for which sums hold
	sums  []float64
	count uint64
}

func newArrivals(w *world, o *GenOptions) *arrivals {
	a := &arrivals{
		w: w, r: rand.New(rand.NewPCG(w.seed, hashName("arrivals"))), end: w.start + o.Duration.ms(),
		at: float64(w.start), hour: -1, sums: make([]float64, len(countries)),
	}
	total := 0.
	for t := w.start; t < a.end; t += hour {
		total += a.rhythm(t/hour) * float64(min(hour, a.end-t))
	}
	// Follow-up orders come on top of arrivals.
	a.rate = float64(o.Orders) / (1 + w.m.follows*followMean) / total
	return a
}

// rhythm returns how busy an hour is, and leaves the running sums over the
// countries in a.sums.
func (a *arrivals) rhythm(h int64) float64 {
	m := a.w.m
	grown := 1 + m.trend*float64(h*hour-a.w.start)/float64(max(hour, a.end-a.w.start))
	sum := 0.
	for z := range countries {
		local := h + countries[z].offset
		if len(a.w.byZone[z]) > 0 {
			busy := m.shares[z] * m.hours[local%24] * m.week[local/24%7] * grown
			if m.feast >= 0 && local/24 == a.w.start/day+m.feast {
				busy *= m.crowds
			}
			sum += busy
		}
		a.sums[z] = sum
	}
	a.hour = h
	return sum
}

// next returns the time, country and number of the next order; ok is false
// when the time is over.
func (a *arrivals) next() (at int64, zone int, n uint64, ok bool) {
	need := a.r.ExpFloat64()
	for {
		if a.at >= float64(a.end) {
			return 0, 0, 0, false
		}
		h := int64(a.at) / hour
		if h != a.hour {
			a.rhythm(h)
		}
		rate := a.rate * a.sums[len(a.sums)-1]
		left := float64((h+1)*hour) - a.at
		if need < left*rate {
			a.at += need / rate
			break
		}
		need -= left * rate
		a.at = float64((h + 1) * hour)
	}
	if a.at >= float64(a.end) {
		return 0, 0, 0, false
	}
	u := a.r.Float64() * a.sums[len(a.sums)-1]
	for zone < len(a.sums)-1 && u >= a.sums[zone] {
		zone++
	}
	a.count++
	return int64(a.at), zone, a.count, true
}

// A number of an order of ordinary trade is its arrival's number times four,
// plus which order of the same basket it is.
const (
	basket     = 4
	followMean = 1.5 // further orders of an arrival that has any
)

// nextArrival puts the next order of ordinary trade into the queue.
func (g *generator) nextArrival() {
	at, zone, n, ok := g.arrival.next()
	if ok {
		shop := g.w.pickShop(g.arrival.r, zone)
		g.q.push(task{at: at, n: n * basket, shop: shop, step: stepArrival})
	}
}

// follow puts the rest of a basket into the queue: the same buyer at the same
// shop, some moments later.
func (g *generator) follow(t task) {
	g.reseed(t.n, saltBuyer)
	if g.r.Float64() >= g.w.m.follows {
		return
	}
	for i := range 1 + g.r.IntN(2) {
		t.at += 5*second + g.r.Int64N(90*second)
		g.q.push(task{at: t.at, n: t.n + uint64(i) + 1, shop: t.shop})
	}
}

// reseed makes g.r draw what belongs to a number, under a salt.
func (g *generator) reseed(n, salt uint64) {
	g.pcg.Seed(g.w.number(salt, n), salt)
}

// tradeOrder draws the order of a task of ordinary trade, the same at each of
// its steps. Most steps say nothing, so the texts are drawn only if one is due.
func (g *generator) tradeOrder(o *order, t task) {
	o.mute = true
	g.draw(o, t)
	switch kind := o.steps[t.step].kind; {
	case kind == orderguard.OrderCreated && o.note != "", kind == orderguard.MessageSent, kind == orderguard.ReviewGiven:
		o.mute = false
		g.draw(o, t)
	}
	o.at = t.at - o.steps[t.step].at
}

// draw draws the order of a task of ordinary trade.
func (g *generator) draw(o *order, t task) {
	shop := &g.w.shops[t.shop]
	head := t.n / basket * basket
	g.reseed(head, saltAccount)
	o.m, o.n, o.shop, o.ship, o.kind, o.note, o.label = g.w.m, t.n, t.shop, nil, "", "", nil
	if g.r.Float64() < g.w.m.newcomers {
		o.buyer = g.w.newcomer(g.r, head, shop.country, t.at)
	} else {
		o.buyer = g.w.buyer(g.w.pickBuyer(g.r, shop.country), g.r.Uint64())
	}
	g.reseed(t.n, saltPlan)
	o.item = g.w.pickItem(g.r, shop)
	if g.r.Float64() < g.w.m.notes {
		o.note = o.ordinaryNote(g.r)
	}
	o.begin()
	o.live(g.r, &g.w.m.habits)
	o.end()
}

// ordinaryNote draws what a buyer remarks.
func (o *order) ordinaryNote(r *rand.Rand) string {
	if r.Float64() < o.m.oddNotes {
		return o.say(r, "odd_note")
	}
	return o.say(r, "note")
}

// newcomer returns an account that was registered shortly before at.
func (w *world) newcomer(r *rand.Rand, n uint64, zone uint8, at int64) account {
	d := dice(w.number(saltAccount, n))
	return account{
		code: d.next(), country: zone, since: at - minute - r.Int64N(10*hour),
		device: d.next(), ip: d.next(), address: d.next(), payment: d.next(),
	}
}

// seller returns the identifiers that a shop's seller uses.
func (w *world) seller(i int) account {
	s := &w.shops[i]
	d := dice(s.code + 1)
	return account{code: d.next(), country: s.country, since: w.start - 900*day, device: d.next(), ip: d.next(), address: d.next(), payment: d.next()}
}
