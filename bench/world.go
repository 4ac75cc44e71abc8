package bench

import (
	"math"
	"math/rand/v2"
	"sort"
)

// world is what does not change in a marketplace: its shops and its buyers.
// Buyers are not kept but drawn from their numbers.
type world struct {
	m      *market
	seed   uint64
	start  int64 // ms
	shops  []shop
	byZone [][]uint32  // shop indexes by country
	weight [][]float64 // running sums of their sizes
	buyers []int       // the first buyer of each country, and the end
}

type shop struct {
	code     uint64
	country  uint8
	category uint8
	skus     uint16
	weight   float64
}

// account is what an order says of its buyer. The numbers are what identifiers
// are made of; equal numbers are equal identifiers.
type account struct {
	code                         uint64
	country                      uint8
	since                        int64
	device, ip, address, payment uint64
}

// category of a shop, with the price of its median item in our units, and how
// often an item is made to order.
type category struct {
	name   string
	price  float64
	custom float64
}

var categories = []category{
	{"electronics", 45, 0}, {"fashion", 22, .01}, {"home", 18, .02}, {"beauty", 12, 0}, {"toys", 14, 0}, {"sports", 25, .01},
	{"food", 9, 0}, {"books", 10, 0}, {"crafts", 20, .35}, {"gifts", 15, .2}, {"pets", 13, 0}, {"tools", 28, 0},
}

// Salts keep the numbers of different things apart.
const (
	saltShop = 0x5e0b + iota<<20
	saltOrder
	saltBuyer
	saltAccount
	saltHousehold
	saltCarrier
	saltKiosk
	saltSKU
	saltPlan
)

func newWorld(o *GenOptions) *world {
	w := &world{m: newMarket(o.Seed), seed: scramble(o.Seed), start: o.Start.UnixMilli()}
	if w.m.ids.form == formShort && o.Orders > shortEnough {
		w.m.ids.form = formDigit
	}
	r := rand.New(rand.NewPCG(w.seed, hashName("world")))
	w.byZone, w.weight = make([][]uint32, len(countries)), make([][]float64, len(countries))
	home := w.m.present()
	for i := range o.Shops {
		s := shop{
			code:     scramble(w.seed ^ scramble(saltShop+uint64(i))),
			country:  w.m.pickCountry(r.Float64()),
			category: uint8(r.IntN(len(categories))),
			skus:     uint16(w.m.skus[0] + r.IntN(w.m.skus[1])),
			weight:   math.Pow(float64(i)+w.m.head, -w.m.zipf),
		}
		if i < len(home) {
			s.country = home[i] // every country has a shop, if there are enough
		}
		w.shops = append(w.shops, s)
		z := s.country
		sum := s.weight
		if k := len(w.weight[z]); k > 0 {
			sum += w.weight[z][k-1]
		}
		w.byZone[z], w.weight[z] = append(w.byZone[z], uint32(i)), append(w.weight[z], sum)
	}
	sum := 0.
	for _, share := range w.m.shares {
		w.buyers = append(w.buyers, int(sum*float64(o.Buyers)))
		sum += share
	}
	w.buyers = append(w.buyers, o.Buyers)
	return w
}

// pickShop draws a shop of the country by size.
func (w *world) pickShop(r *rand.Rand, zone int) uint32 {
	sums := w.weight[zone]
	u := r.Float64() * sums[len(sums)-1]
	return w.byZone[zone][min(sort.SearchFloat64s(sums, u), len(sums)-1)]
}

// usual returns the share of ordinary trade that a shop has.
func (w *world) usual(i uint32) float64 {
	s := &w.shops[i]
	sums := w.weight[s.country]
	return w.m.shares[s.country] * s.weight / sums[len(sums)-1]
}

// pickBuyer draws the number of an ordinary buyer, mostly of the given
// country; low numbers of a country are the busy ones.
func (w *world) pickBuyer(r *rand.Rand, zone uint8) int {
	if r.Float64() < w.m.foreign {
		zone = w.m.pickCountry(r.Float64())
	}
	lo, hi := w.buyers[zone], w.buyers[zone+1]
	if lo == hi {
		return r.IntN(w.buyers[len(w.buyers)-1])
	}
	return lo + int(float64(hi-lo)*math.Pow(r.Float64(), w.m.busy))
}

// number returns a number of the kind of thing that the salt names.
func (w *world) number(salt, i uint64) uint64 {
	return scramble(w.seed + scramble(salt) ^ scramble(i+salt))
}

// buyer returns ordinary buyer i. A buyer has an own phone and computer, and
// one or the other by the draw; some share a household or a carrier's address,
// and few order at a kiosk.
func (w *world) buyer(i int, draw uint64) account {
	zone := sort.SearchInts(w.buyers[1:], i+1)
	code := w.number(saltBuyer, uint64(i))
	d := dice(code)
	a := account{
		code: code, country: uint8(zone),
		since:   w.start - Day.ms() - int64(d.next()%uint64(1500*Day.ms())),
		address: d.next(), ip: d.next(), payment: d.next(), device: d.next(),
	}
	if house := uint64(i) / 3; float64(w.number(saltHousehold, house)%1000) < 1000*w.m.households {
		a.address, a.ip = w.number(saltHousehold, house<<8|1), w.number(saltHousehold, house<<8|2)
		if i%3 < 2 {
			a.device = w.number(saltHousehold, house<<8|3)
		}
	}
	here := w.buyers[zone+1] - w.buyers[zone]
	switch k := float64(d.n(1000)) / 1000; {
	case k < w.m.kiosks:
		a.device = w.number(saltKiosk, uint64(zone)<<32|uint64(d.n(here/w.m.kioskSize+1)))
		a.ip = scramble(a.device)
	case k < w.m.kiosks+w.m.carriers:
		a.ip = w.number(saltCarrier, uint64(zone)<<32|uint64(d.n(here/w.m.carrierSize+1)))
	}
	switch draw % 10 {
	case 0, 1:
		a.device = scramble(a.device + 1)
	case 2, 3:
		a.ip = scramble(a.ip + draw>>8%3)
	}
	return a
}

// item is what an order is for.
type item struct {
	sku    uint64
	amount int64 // minor units, for the whole quantity
	qty    int64
	custom bool
}

// pickItem draws an item of a shop; few of its items sell most.
func (w *world) pickItem(r *rand.Rand, s *shop) item {
	u := r.Float64()
	return w.item(s, int(float64(s.skus)*u*u), 1+int64(math.Abs(r.NormFloat64())*.6))
}

// item returns qty pieces of a shop's i-th item.
func (w *world) item(s *shop, i int, qty int64) item {
	sku := w.number(saltSKU, s.code+uint64(i))
	d := dice(sku)
	c := &categories[s.category]
	spread := float64(d.n(1000))/1000*2 - 1 // price from a quarter to four times the median
	price := c.price * w.m.price * math.Pow(4, spread) * countries[s.country].minor
	unit := max(1, int64(price))
	if unit > 1000 {
		unit -= unit%100 + 1 // prices end in 99
	}
	return item{sku: sku, qty: qty, amount: unit * qty, custom: float64(d.n(1000)) < c.custom*1000}
}
