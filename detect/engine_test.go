package detect

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orderguard/orderguard"
)

// steady makes batches of ordinary orders that set off neither of the rules of the shortest form:
// perSecond events a second of event time.
func steady(rng *rand.Rand, batches, buyers, shops, perSecond int) []*orderguard.Batch {
	at, n := 1_700_000_000_000.0, 0
	list := make([]*orderguard.Batch, batches)
	for i := range list {
		b := &orderguard.Batch{Feed: "test", Events: make([]orderguard.Event, 2048)}
		for j := range b.Events {
			at += 1000 / float64(perSecond)
			n++
			b.Events[j] = orderguard.Event{
				Kind: orderguard.OrderCreated, ID: fmt.Sprint("e-", n), Order: fmt.Sprint("o-", n),
				Buyer: fmt.Sprint("b-", rng.IntN(buyers)), Shop: fmt.Sprint("s-", rng.IntN(shops)),
				Time: orderguard.Millis(at), Clock: orderguard.Millis(at),
			}
		}
		list[i] = b
	}
	return list
}

// TestEngineDoesNotAllocateForEachEvent holds that a batch of ordinary events
// costs at most a few allocations, those of slices that grow.
func TestEngineDoesNotAllocateForEachEvent(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector allocates")
	}
	rng := rand.New(rand.NewPCG(1, 1))
	e, err := New(parse(t, shortest), Options{})
	require.NoError(t, err)
	r := NewRunner(e, 1)
	defer r.Close()
	batches := steady(rng, 320, 20_000, 1000, 200)
	for _, b := range batches[:250] {
		r.Process(b)
	}
	i := 250
	perBatch := testing.AllocsPerRun(60, func() {
		require.Empty(t, r.Process(batches[i]))
		i++
	})
	require.Less(t, perBatch/2048, 0.05, "allocations an event")
}

func TestLedger(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	l := ledger{next: ^uint32(0) - 30_000}
	type known struct {
		ref uint32
		party
		at orderguard.Millis
	}
	var all []known
	for i := range 90_000 {
		e := orderguard.Event{
			Order: fmt.Sprint("order-", 1_000_000+i), Shop: fmt.Sprint("s", rng.IntN(50)),
			Buyer: fmt.Sprint("buyer-", rng.IntN(9000)), Time: orderguard.Millis(i),
		}
		if i%1000 < 300 { // of all lengths, and alike for all lengths
			id := strings.Repeat("x", rng.IntN(orderguard.MaxID)) + strings.Repeat("y", rng.IntN(10))
			e.Order, e.Buyer = id[:min(len(id), orderguard.MaxID)], id[:min(len(id)/2, orderguard.MaxID)]
		}
		e.Clock = e.Time
		all = append(all, known{l.add(&e), party{e.Order, e.Shop, e.Buyer}, e.Time})
	}
	for _, k := range all {
		got, ok := l.find(k.ref)
		require.True(t, ok)
		require.Equal(t, k.party, got)
	}
	for _, p := range l.pages {
		require.True(t, p.whole())
		cut := *p
		cut.data = p.data[:len(p.data)-1]
		require.False(t, cut.whole())
		requireRenewed(t, p)
	}
	_, before := l.size()
	oldest := l.letGo(60_000)
	_, after := l.size()
	require.Less(t, after, before)
	for _, k := range all {
		got, ok := l.find(k.ref)
		switch {
		case ok:
			require.Equal(t, k.party, got)
		default:
			require.LessOrEqual(t, k.at, orderguard.Millis(60_000))
			require.Negative(t, int32(k.ref-oldest))
		}
	}
	_, ok := l.find(l.next)
	require.False(t, ok)
}

// requireRenewed writes a page as the format before did, and reads that.
func requireRenewed(t *testing.T, p *page) {
	var former []byte
	var last [3]string
	for n := range p.count {
		if n%recordsPerStart == 0 {
			last = [3]string{}
		}
		who := p.read(n)
		for i, s := range []string{who.order, who.shop, who.buyer} {
			keep := shared([]byte(last[i]), s)
			former = append(append(former, uint8(keep), uint8(len(s)-keep)), s[keep:]...)
			last[i] = s
		}
	}
	again := page{first: p.first, count: p.count, newest: p.newest, starts: slices.Clone(p.starts)}
	require.True(t, again.renewed(former))
	require.Equal(t, p.data, again.data)
	require.Equal(t, p.starts, again.starts)
	cut := page{count: p.count, starts: slices.Clone(p.starts)}
	require.False(t, cut.renewed(former[:len(former)-1]))
}

func BenchmarkEngine(b *testing.B) {
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprint("workers=", workers), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(3, 3))
			e, err := New(parse(b, shortest), Options{})
			require.NoError(b, err)
			r := NewRunner(e, workers)
			defer r.Close()
			batches := steady(rng, 400, 500_000, 20_000, 2000)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.Process(batches[i%len(batches)])
				if i%len(batches) == len(batches)-1 {
					b.Fatal("the benchmark ran out of batches: lower -benchtime")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*2048), "ns/event")
		})
	}
}
