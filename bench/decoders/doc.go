// Package decoders compares ingest's decoder with JSON libraries on the same
// lines: orders of the full contract, decoded and checked into the same Event.
// It is a module of its own so that the product does not depend on them.
//
//	go test -bench . -count 10
//	GOEXPERIMENT=jsonv2 go test -bench Decode/json -count 10
package decoders
