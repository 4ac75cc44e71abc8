package main

import (
	"github.com/orderguard/orderguard"
)

// run is events of a batch, one after the other, that came with one record.
type run struct {
	events int
	record uint64
	wall   orderguard.Millis // when it came; 0 without a journal
}

// countFor counts the events of a batch that the engine has judged, but not those that it
// dropped as repeated, for the service indicators. It takes them from the runs.
func (p *pipeline) countFor(b *orderguard.Batch, runs []run) []run {
	if p.book == nil || b.Feed == screenFeed {
		return runs
	}
	repeated := p.runner.Repeated()
	for from := 0; from < len(b.Events); {
		r := &runs[0]
		to := min(from+r.events, len(b.Events))
		r.events -= to - from
		for from < to {
			end, next := to, to
			if len(repeated) > 0 && repeated[0] < to {
				end, next, repeated = repeated[0], repeated[0]+1, repeated[1:]
			}
			p.papers = p.keep(r.record, p.book.events(r, b.Events[from:end], p.papers))
			from = next
		}
		if r.events == 0 {
			runs = runs[1:]
		}
	}
	return runs
}
