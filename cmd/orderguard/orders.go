package main

import (
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
