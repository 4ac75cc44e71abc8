package bench

import (
	"math"
	"math/rand/v2"
)

// market is what makes one marketplace unlike the next: its parameters, all
// drawn from its seed, so that rules are judged on many kinds of them.
type market struct {
	heldOut bool      // whether texts come from both halves of the lists
	pen     *rand.PCG // draws texts
	penRand *rand.Rand

	shopOrders  float64 // ordinary orders for each shop, where options name no number
	buyerOrders float64 // and for each buyer
	zipf, head  float64 // exponent of the sizes of shops, and how flat the largest ones are
	busy        float64 // how much oftener busy buyers order
	newcomers   float64 // share of orders by accounts of the last hours
	foreign     float64 // share of orders from abroad
	follows     float64 // share of arrivals with further orders in the basket
	households  float64 // share of buyers who live with others
	carriers    float64 // share of buyers behind a carrier's address
	carrierSize int     // buyers for each such address
	kiosks      float64 // share of buyers without a device of their own
	kioskSize   int
	shares      []float64 // of the countries, which add up to 1
	price       float64   // by which prices differ from ours
	skus        [2]int

	hours  [24]float64 // how busy each local hour is
	week   [7]float64  // and each day, from Thursday
	trend  float64     // how much busier the end is than the beginning
	feast  int64       // the day of a feast, from the first; below 0 there is none
	crowds float64     // how much busier that is

	habits   habits
	payTime  int64   // ms, median time to pay
	slowPay  float64 // share of payments that take hours: transfers, slips
	timeout  int64   // ms, after which the platform cancels what is unpaid
	dropped  float64 // share of unpaid orders that the buyer cancels himself
	shipping float64 // by which shipping takes longer than ours
	transit  float64
	ratings  string // from which ratings are drawn
	wins     float64
	notes    float64 // share of orders with a note
	oddNotes float64 // of these, terse or loud ones
	typos    float64 // share of texts with a slip of the pen
	emoji    float64
	guests   float64 // share of buyers who write in another language

	lacks [fields]float64 // share of orders without a field
	plain bool            // whether goods have no category
	ids   idStyle
}

// The fields that a marketplace may leave out of an order.
const (
	fieldDevice = iota
	fieldIP
	fieldAddress
	fieldPayment
	fieldSince
	fieldShip
	fieldName
	fieldPhone
	fieldRegion
	fieldPostcode
	fields
)

// HeldOutSeeds is the first seed whose texts come from both halves of the lists.
// Seeds below are for everyday tuning; nobody tunes on it and those above.
const HeldOutSeeds = 1001

// newMarket draws the parameters of a seed's marketplace.
func newMarket(seed uint64) *market {
	r := rand.New(rand.NewPCG(scramble(seed), hashName("market")))
	m := &market{
		heldOut:    seed >= HeldOutSeeds,
		shopOrders: logBetween(r, 120, 1000), buyerOrders: logBetween(r, 1.6, 7),
		zipf: between(r, .8, 1.25), head: between(r, 1, 7), busy: between(r, 1, 1.3),
		newcomers: logBetween(r, .01, .18), foreign: logBetween(r, .01, .15), follows: between(r, .02, .16),
		households: between(r, .04, .3), carriers: between(r, .03, .35), carrierSize: int(logBetween(r, 60, 3000)),
		kiosks: logBetween(r, .001, .025), kioskSize: int(logBetween(r, 150, 2500)),
		price: logBetween(r, .4, 3), skus: [2]int{4 + r.IntN(8), 20 + r.IntN(120)},
		trend: between(r, -.4, .8), feast: -1, crowds: between(r, 1.4, 3.5),
		payTime: int64(logBetween(r, 20, 240) * float64(second)), timeout: int64(logBetween(r, 15, 3*24*60)) * minute,
		dropped: between(r, .1, .7), shipping: logBetween(r, .4, 2.2), transit: logBetween(r, .4, 2.2),
		wins: between(r, .4, .8), notes: logBetween(r, .02, .3), oddNotes: between(r, .02, .3),
		typos: between(r, 0, .12), emoji: between(r, 0, .1), guests: between(r, 0, .08),
		ratings: []string{"5555555555555444433211", "55555555444444333222111", "555555555555555555544321", "5555555544443333221"}[r.IntN(4)],
	}
	if r.IntN(3) == 0 {
		m.slowPay = between(r, .01, .15)
	}
	if r.IntN(5) < 2 {
		m.feast = int64(r.IntN(7))
	}
	m.habits = habits{
		pays: between(r, .82, .97), refunds: logBetween(r, .01, .09), disputes: logBetween(r, .003, .025),
		reviews: between(r, .06, .5), asks: between(r, .01, .12),
	}
	m.pen = rand.NewPCG(0, 0)
	m.penRand = rand.New(m.pen)
	m.drawRhythm(r)
	m.drawCountries(r)
	m.drawLacks(r)
	m.ids = drawIDStyle(r)
	m.plain = r.IntN(10) == 0
	return m
}

// byHour is how busy an hour is in a marketplace of the middle: a night trough,
// a peak at noon and a higher one in the evening. byWeekday does so for days
// from Thursday, the first of January 1970.
var (
	byHour = [24]float64{.45, .25, .15, .1, .09, .12, .25, .5, .8, 1.05, 1.25, 1.4,
		1.5, 1.3, 1.15, 1.15, 1.2, 1.25, 1.35, 1.6, 1.9, 2, 1.6, .95}
	byWeekday = [7]float64{.96, 1, 1.12, 1.16, .98, .95, .95}
)

// drawRhythm shifts the day by up to two hours, and makes it steeper or
// flatter; weekends may be busy or quiet.
func (m *market) drawRhythm(r *rand.Rand) {
	shift, steep, noon := r.IntN(5)-2, between(r, .6, 1.4), between(r, .8, 1.3)
	for h := range m.hours {
		m.hours[h] = math.Pow(byHour[(h+24-shift)%24], steep)
		if local := (h + 24 - shift) % 24; local >= 10 && local <= 14 {
			m.hours[h] *= noon
		}
	}
	weekend := between(r, -1.5, 2.5)
	for d := range m.week {
		m.week[d] = math.Pow(byWeekday[d], weekend)
	}
}

// drawCountries draws which countries there are, and how large each is.
func (m *market) drawCountries(r *rand.Rand) {
	m.shares = make([]float64, len(countries))
	home := r.IntN(len(countries))
	absent := between(r, 0, .7)
	sum := 0.
	for i, c := range countries {
		v := c.share * math.Exp(r.NormFloat64()*.9)
		if gone := r.Float64() < absent; i == home {
			v = max(v, .3)
		} else if gone {
			v = 0
		}
		m.shares[i] = v
		sum += v
	}
	for i := range m.shares {
		m.shares[i] /= sum
	}
}

// drawLacks draws which fields orders go without. One of the identifiers, or
// the age of accounts, may be unknown to the whole marketplace.
func (m *market) drawLacks(r *rand.Rand) {
	for i := range m.lacks {
		if share := logBetween(r, .003, .2); r.IntN(5) < 2 {
			m.lacks[i] = share
		}
	}
	switch k := r.IntN(20); {
	case k < 2:
		m.lacks[[]int{fieldDevice, fieldAddress, fieldPayment}[r.IntN(3)]] = 1
	case k < 3:
		m.lacks[fieldSince] = 1
	}
}

// lack says whether an order goes without a field; 0 stands for an account that
// says all that the marketplace asks.
func (m *market) lack(field int, n uint64) bool {
	share := m.lacks[field]
	if n == 0 {
		return share >= 1
	}
	return share > 0 && float64(scramble(n*fields+uint64(field))>>40)/(1<<24) < share
}

// pickCountry turns a uniform draw into a country by share.
func (m *market) pickCountry(u float64) uint8 {
	last := 0
	for i, share := range m.shares {
		if share == 0 {
			continue
		}
		if u -= share; u < 0 {
			return uint8(i)
		}
		last = i
	}
	return uint8(last)
}

// present lists the countries that there are.
func (m *market) present() []uint8 {
	var all []uint8
	for i, share := range m.shares {
		if share > 0 {
			all = append(all, uint8(i))
		}
	}
	return all
}

// between draws from lo to hi.
func between(r *rand.Rand, lo, hi float64) float64 { return lo + r.Float64()*(hi-lo) }

// logBetween draws from lo to hi, each doubling as likely as the next.
func logBetween(r *rand.Rand, lo, hi float64) float64 { return lo * math.Pow(hi/lo, r.Float64()) }
