package main

import (
	"iter"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/ingest"
)

// ordersOf lets the store index the orders that lines name. What it returns is
// for one goroutine.
func ordersOf() func(line []byte) string {
	var d ingest.Decoder
	var e orderguard.Event
	return func(line []byte) string {
		d.Reset()
		if d.Decode(line, &e) != nil {
			return "" // a dead letter
		}
		return e.Order
	}
}

// namesIn gives the orders that the events of a batch name, as ordersOf finds them in
// its lines.
func namesIn(b *orderguard.Batch) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range b.Events {
			if !yield(b.Events[i].Order) {
				return
			}
		}
	}
}
