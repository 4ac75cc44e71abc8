package main

import (
	"context"
	"fmt"

	"github.com/orderguard/orderguard"
	"github.com/orderguard/orderguard/store"
)

// maxJoined is how many events of several records are judged as one batch. A feed
// that trickles in brings many small ones, which keep one worker busy and the others
// waiting; where batches end changes no alert.
const maxJoined = 4096

// dequeueMore adds to a parcel those behind it that may be judged with it: lines
// of which nobody wants to know how many were repeated.
func (f *flow) dequeueMore(group []*parcel) []*parcel {
	if !group[0].joins() {
		return group
	}
	for events := len(group[0].batch.Events); events < maxJoined; {
		p := f.dequeueIf(func(p *parcel) bool { return p.joins() && events+len(p.batch.Events) <= maxJoined })
		if p == nil {
			break
		}
		group, events = append(group, p), events+len(p.batch.Events)
	}
	return group
}

// joins says whether a parcel may be judged with others.
func (p *parcel) joins() bool { return p.Kind == store.Lines && p.batch != nil && p.judged == nil }

// dequeueIf returns the next parcel if it is as wanted, else nil.
func (f *flow) dequeueIf(wanted func(p *parcel) bool) *parcel {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue) == 0 || !wanted(f.queue[0]) {
		return nil
	}
	return f.pop()
}

// judgeGroup takes parcels through the pipeline, and lets their batches go.
func (f *flow) judgeGroup(work context.Context, group []*parcel, judged []verdict) ([]verdict, error) {
	var duplicates int64
	var err error
	if len(group) == 1 {
		duplicates, err = f.judgeParcel(work, group[0])
	} else {
		err = f.pipeline.applyJoined(work, group)
	}
	for _, p := range group {
		f.letGo(p)
		judged = append(judged, verdict{parcel: p, duplicates: duplicates})
	}
	if err != nil {
		return judged, fmt.Errorf("record %d of the journal: %w", group[len(group)-1].Number, err)
	}
	return judged, nil
}

// applyJoined judges records of lines as one batch. What comes of them is that of
// the last.
func (p *pipeline) applyJoined(ctx context.Context, group []*parcel) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	joined := orderguard.Batch{Events: p.joined[:0]}
	for _, x := range group {
		p.record = x.Number
		p.count(x.batch)
		for b := p.order.Push(x.Source, x.batch, wallOf(&x.Record)); b != nil; b = p.order.Next() {
			if b.Feed != joined.Feed {
				if err := p.judgeBatch(ctx, &joined); err != nil {
					return err
				}
				joined.Feed, joined.Events = b.Feed, joined.Events[:0]
			}
			p.note(b)
			joined.Events = append(joined.Events, b.Events...)
		}
	}
	err := p.judgeBatch(ctx, &joined)
	p.joined = joined.Events
	clear(p.joined) // their strings are the batches'
	return err
}
