package detect

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/orderguard/orderguard"
)

// trade makes the orders of a marketplace of a million buyers and 20,000 shops, some of
// them far busier than others, and most orders' payments.
type trade struct {
	rng  *rand.Rand
	shop *rand.Zipf
	at   float64
	n    int
}

// order is one of a buyer, most of them in turn, or, one in so many, of a crew: accounts
// that share a device and flood shops.
func (m *trade) order(crews int) orderguard.Event {
	m.n++
	buyer := m.n % 1_000_000
	if m.n%6 == 0 {
		buyer = m.rng.IntN(1_000_000)
	}
	e := orderguard.Event{
		Kind: orderguard.OrderCreated, ID: fmt.Sprint("e-", m.n), Order: fmt.Sprint("o-", m.n), Buyer: fmt.Sprint("b-", buyer),
		Shop: fmt.Sprint("s-", m.shop.Uint64()), SKU: fmt.Sprint("k-", m.rng.IntN(100_000)), Qty: 1, Amount: 1999, Currency: "EUR",
		Device: fmt.Sprint("d-", buyer), IP: fmt.Sprint("i-", buyer/5), Address: fmt.Sprint("a-", buyer/2), Payment: fmt.Sprint("p-", buyer),
		Time: orderguard.Millis(m.at), Clock: orderguard.Millis(m.at), BuyerSince: orderguard.Millis(m.at) - orderguard.Millis(buyer%700)*millisPerDay,
		ShipTo: orderguard.ShipTo{Name: "Ada King", Country: "GB", City: "London", Line1: "12 St James's Square", Postcode: "SW1Y 4JH"},
	}
	if m.rng.IntN(crews) == 0 {
		buyer %= 400
		e.Buyer, e.Device, e.Shop = fmt.Sprint("c-", buyer), fmt.Sprint("cd-", buyer/20), fmt.Sprint("s-", 40+buyer/20)
		e.Payment, e.Address, e.IP = fmt.Sprint("cp-", buyer), fmt.Sprint("ca-", buyer/2), fmt.Sprint("ci-", buyer/20)
		e.BuyerSince = e.Time - millisPerDay
	}
	return e
}

// batch makes a thousand events at 500 a second.
func (m *trade) batch() *orderguard.Batch {
	b := &orderguard.Batch{Feed: "test"}
	for len(b.Events) < 1000 {
		m.at += 2
		e := m.order(1000)
		if b.Events = append(b.Events, e); e.Buyer[0] == 'b' && m.rng.IntN(10) > 0 {
			m.at += 2
			paid := orderguard.Event{Kind: orderguard.OrderPaid, ID: e.ID + "-p", Order: e.Order, Buyer: e.Buyer, Shop: e.Shop, Time: orderguard.Millis(m.at), Clock: orderguard.Millis(m.at)}
			b.Events = append(b.Events, paid)
		}
	}
	return b
}

// threadTime is the processor time of this thread: on a shared machine, what the
// clock says of the slowest calls is how long others had the processor.
func threadTime(b *testing.B) time.Duration {
	var at unix.Timespec
	require.NoError(b, unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &at))
	return time.Duration(at.Nano())
}

// reportTimes reports how long some calls took.
func reportTimes(b *testing.B, of string, took []time.Duration) {
	slices.Sort(took)
	for _, p := range []int{50, 99} {
		b.ReportMetric(float64(took[len(took)*p/100].Nanoseconds())/1000, fmt.Sprint("µs", of, "/p", p))
	}
	b.ReportMetric(float64(took[len(took)-1].Nanoseconds())/1000, "µs"+of+"/max")
}

// BenchmarkScreen asks the shipped rules about orders between batches of a
// thousand events, when a million buyers stand in the windows.
func BenchmarkScreen(b *testing.B) {
	rng := rand.New(rand.NewPCG(9, 9))
	m := &trade{rng: rng, shop: rand.NewZipf(rng, 1.1, 30, 20_000), at: 1_700_000_000_000}
	rules, err := ParseRules("shipped.yaml", ShippedYAML)
	require.NoError(b, err)
	e, err := New(rules, Options{})
	require.NoError(b, err)
	r := NewRunner(e, 2)
	defer r.Close()
	for range 2300 {
		r.Process(m.batch())
	}
	s := NewScreener(e)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all, crews []time.Duration
	found := 0
	b.ReportAllocs()
	for b.Loop() {
		if len(all)%20 == 0 {
			b.StopTimer()
			r.Process(m.batch())
			b.StartTimer()
		}
		order := m.order(100)
		began := threadTime(b)
		found += len(s.Screen(&order).Findings)
		all = append(all, threadTime(b)-began)
		if order.Buyer[0] == 'c' {
			crews = append(crews, all[len(all)-1])
		}
	}
	reportTimes(b, "", all)
	reportTimes(b, "-crew", crews)
	b.ReportMetric(float64(found)/float64(len(all)), "found/op")
	b.ReportMetric(float64(e.Held())/(1<<20), "MiB/engine")
}
