package casework

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/orderguard/orderguard"
)

// BenchmarkEvents counts events of a million orders, at random.
func BenchmarkEvents(b *testing.B) {
	l := NewLedger(DefaultPolicy())
	events := make([]orderguard.Event, 1<<20)
	for i := range events {
		events[i] = *event(orderguard.OrderCreated, fmt.Sprint("s-", i%5000), fmt.Sprint("o-", i), start)
	}
	l.Events(events, 0, nil)
	rand.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	for i := range events {
		events[i].Kind = orderguard.OrderShipped
	}
	for n := 0; b.Loop(); n++ {
		at := n * 512 % len(events)
		l.Events(events[at:at+512], 0, nil)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/512, "ns/event")
}
