package bench

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"
)

// LoadOptions says what plain stream Load writes. The zero value is the
// default one. Ids have a constant width up to 90 million orders, 9 million
// buyers and 90,000 shops, and lines then have 237 to 253 bytes, without their
// ends.
type LoadOptions struct {
	// Seed chooses the stream; equal options make equal bytes.
	Seed uint64 `json:"seed" yaml:"seed"`
	// Start is the time of the first order, from 1970 on; zero is 2 November
	// 2026, 00:00 UTC.
	Start time.Time `json:"start" yaml:"start"`
	// Duration is the event time from the first order to the last; zero is a
	// day.
	Duration Duration `json:"duration" yaml:"duration"`
	// Orders is how many orders there are besides the injected ones; zero is 2
	// million.
	Orders int `json:"orders" yaml:"orders"`
	// Buyers is how many buyers there are; zero is half of Orders, at least 1,000.
	Buyers int `json:"buyers" yaml:"buyers"`
	// Shops is how many shops there are; zero is one for 100 orders, from 1,000
	// to 20,000. Their sizes follow Zipf's law, but are cut where a shop would
	// have more than 30 orders in 5 minutes, which would be a flood by itself.
	Shops int `json:"shops" yaml:"shops"`
	// InTurn lets all buyers order equally often, one after the other, instead
	// of at random. With 5 million buyers and 10 million orders each orders
	// twice, half of the duration apart.
	InTurn bool `json:"in_turn" yaml:"in_turn"`
	// Bursts is how many pairs of a buyer and a shop have 10 to 16 orders within
	// 10 minutes, Floods how many shops have orders of 100 to 140 different
	// buyers within 5 minutes; zero is 20, and less than zero none.
	Bursts int `json:"bursts" yaml:"bursts"`
	Floods int `json:"floods" yaml:"floods"`
}

func (o LoadOptions) withDefaults() LoadOptions {
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	}
	o.Duration = cmp.Or(o.Duration, Day)
	o.Orders = cmp.Or(o.Orders, 2_000_000)
	o.Buyers = cmp.Or(o.Buyers, max(1000, o.Orders/2))
	o.Shops = cmp.Or(o.Shops, min(20_000, max(1000, o.Orders/100)))
	o.Bursts = max(0, cmp.Or(o.Bursts, 20))
	o.Floods = max(0, cmp.Or(o.Floods, 20))
	return o
}

// perWindow returns how many orders fall in five minutes.
func (o *LoadOptions) perWindow() float64 {
	return float64(o.Orders) * 300_000 / float64(max(1, o.Duration.ms()))
}

// Validate returns every fault of the options at once, or nil.
func (o LoadOptions) Validate() error {
	var errs []error
	bad := func(wrong bool, format string, a ...any) {
		if wrong {
			errs = append(errs, fmt.Errorf(format, a...))
		}
	}
	d := o.withDefaults()
	bad(!startFits(d.Start, 1970), "start %s: want a year from 1970 to %d", d.Start.Format(time.RFC3339), lastStart)
	bad(d.Duration < Duration(time.Hour) || d.Duration > 3650*Day, "duration %s: want 1h to 3650d", d.Duration)
	bad(d.Orders < 1 || d.Orders > 1<<36, "orders %d: want 1 to 2^36", d.Orders)
	bad(d.Buyers < 200 || d.Buyers > 1<<32, "buyers %d: want 200 to 2^32", d.Buyers)
	bad(d.Shops < 10 || d.Shops > 1<<24, "shops %d: want 10 to 2^24", d.Shops)
	bad(d.perWindow() > 25*float64(d.Shops), "shops %d: too few for %d orders in %s, which would be floods by themselves: want %d",
		d.Shops, d.Orders, d.Duration, int(d.perWindow()/25)+1)
	bad(d.Bursts > 10_000 || d.Floods > 10_000, "bursts %d, floods %d: want at most 10000", d.Bursts, d.Floods)
	return errors.Join(errs...)
}

// loadOrder is one order of a load stream.
type loadOrder struct {
	at          int64
	buyer, shop uint64
	attack      string // empty unless injected
}

// loader writes a load stream.
type loader struct {
	o      LoadOptions
	w      *bufio.Writer
	labels io.Writer
	pcg    *rand.PCG
	line   []byte
	n      uint64
}

// Load writes nothing but orders, in order of time, with known bursts and
// floods in them: what speed is measured on. Labels names the injected orders;
// nil drops them. Memory does not grow with Orders.
func Load(w, labels io.Writer, o LoadOptions) error {
	if err := o.Validate(); err != nil {
		return fmt.Errorf("load: %w", err)
	}
	o = o.withDefaults()
	if labels == nil {
		labels = io.Discard
	}
	l := &loader{o: o, w: bufio.NewWriterSize(w, 1<<20), labels: labels, pcg: rand.NewPCG(scramble(o.Seed), hashName("load"))}
	injected := l.inject()
	sizes := newAlias(l.shopSizes())
	start := o.Start.UnixMilli()
	step := float64(o.Duration.ms()) / float64(o.Orders)
	turn := scramble(o.Seed) % uint64(o.Buyers)
	for i := range o.Orders {
		next := loadOrder{at: start + int64(float64(i)*step), shop: sizes.draw(l.pcg)}
		if o.InTurn {
			next.buyer = (turn + uint64(i)) % uint64(o.Buyers)
		} else {
			next.buyer = (l.pcg.Uint64() >> 32) * uint64(o.Buyers) >> 32
		}
		for len(injected) > 0 && injected[0].at <= next.at {
			if err := l.write(&injected[0]); err != nil {
				return fmt.Errorf("load: %w", err)
			}
			injected = injected[1:]
		}
		if err := l.write(&next); err != nil {
			return fmt.Errorf("load: %w", err)
		}
	}
	for i := range injected {
		if err := l.write(&injected[i]); err != nil {
			return fmt.Errorf("load: %w", err)
		}
	}
	if err := l.w.Flush(); err != nil {
		return fmt.Errorf("load: %w", err)
	}
	return nil
}

// inject draws the bursts and floods, by time. They go to small shops.
func (l *loader) inject() []loadOrder {
	r := rand.New(rand.NewPCG(scramble(l.o.Seed), hashName("inject")))
	start, whole := l.o.Start.UnixMilli(), l.o.Duration.ms()
	small := func() uint64 { return uint64(l.o.Shops/2 + r.IntN(l.o.Shops-l.o.Shops/2)) }
	var all []loadOrder
	for i := range l.o.Bursts {
		n, shop, buyer := 10+r.IntN(7), small(), r.Uint64N(uint64(l.o.Buyers))
		at := start + r.Int64N(whole-10*minute)
		for k := range n {
			all = append(all, loadOrder{at: at + int64(k)*9*minute/int64(n), buyer: buyer, shop: shop, attack: fmt.Sprintf("burst-%d", i+1)})
		}
	}
	for i := range l.o.Floods {
		n, shop := 100+r.IntN(41), small()
		at, first := start+r.Int64N(whole-5*minute), r.Uint64N(uint64(l.o.Buyers))
		for k := range n {
			buyer := (first + uint64(k)) % uint64(l.o.Buyers)
			all = append(all, loadOrder{at: at + int64(k)*4*minute/int64(n), buyer: buyer, shop: shop, attack: fmt.Sprintf("flood-%d", i+1)})
		}
	}
	slices.SortStableFunc(all, func(a, b loadOrder) int { return cmp.Compare(a.at, b.at) })
	return all
}

// shopSizes returns the weights of the shops.
func (l *loader) shopSizes() []float64 {
	sizes := make([]float64, l.o.Shops)
	sum := 0.
	for i := range sizes {
		sizes[i] = 1 / float64(i+1)
		sum += sizes[i]
	}
	limit := 30 / l.o.perWindow() * sum
	for i := range sizes {
		sizes[i] = min(sizes[i], limit)
	}
	return sizes
}

// write writes an order, and its label if it was injected.
func (l *loader) write(o *loadOrder) error {
	d := dice(o.buyer ^ o.shop<<32)
	x := d.next()
	b := append(l.line[:0], `{"type":"order","id":"e-`...)
	b = appendInt(b, int64(10_000_000+l.n))
	b = appendTime(append(b, `","ts":"`...), o.at)
	b = appendInt(append(b, `","shop":"s-`...), int64(10_000+o.shop))
	b = appendInt(append(b, `","buyer":"b-`...), int64(1_000_000+o.buyer))
	b = appendInt(append(b, `","order":"o-`...), int64(10_000_000+l.n))
	b = appendInt(append(b, `","status":"created","sku":"k-`...), int64(10_000+o.shop))
	b = two(b, int(x%100))
	b = appendInt(append(b, `","qty":`...), int64(1+x>>8%4))
	b = appendInt(append(b, `,"amount":`...), int64(500+x>>16%60_000))
	b = append(append(b, `,"category":"`...), categories[o.shop%uint64(len(categories))].name...)
	b = appendInt(append(b, `","device":"d-`...), int64(1_000_000+o.buyer))
	b = append(b, '"')
	b = append((&idStyle{}).appendIP(b, scramble(o.buyer)), "}\n"...)
	l.line = b
	if _, err := l.w.Write(b); err != nil {
		return fmt.Errorf("events: %w", err)
	}
	l.n++
	if o.attack == "" {
		return nil
	}
	_, err := fmt.Fprintf(l.labels, "{\"order\":\"o-%d\",\"buyer\":\"b-%d\",\"scenario\":\"malicious_order\",\"attack\":\"%s\"}\n",
		10_000_000+l.n-1, 1_000_000+o.buyer, o.attack)
	if err != nil {
		return fmt.Errorf("labels: %w", err)
	}
	return nil
}
