package main

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

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
	for lines := group[0].Count; lines < maxJoined; {
		p := f.dequeueIf(func(p *parcel) bool { return p.joins() && lines+p.Count <= maxJoined })
		if p == nil {
			break
		}
		group, lines = append(group, p), lines+p.Count
	}
	return group
}

// joins says whether a parcel may be judged with others.
func (p *parcel) joins() bool { return p.Kind == store.Lines && p.judged == nil }

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
func (f *flow) judgeGroup(work context.Context, group []*parcel, judged []judgedParcel) ([]judgedParcel, error) {
	var duplicates int64
	var err error
	if len(group) == 1 {
		duplicates, err = f.judgeParcel(work, group[0])
	} else {
		err = f.judgeJoined(work, group)
	}
	for _, p := range group {
		f.letGo(p)
		judged = append(judged, judgedParcel{parcel: p, duplicates: duplicates})
	}
	if err != nil {
		return judged, fmt.Errorf("record %d of the journal: %w", group[len(group)-1].Number, err)
	}
	return judged, nil
}

// judgeJoined judges parcels as one batch. Those that were let go of are read again
// from the journal, side by side.
func (f *flow) judgeJoined(work context.Context, group []*parcel) error {
	held := make([]decoded, len(group))
	defer func() {
		for i := range held {
			held[i].free()
		}
	}()
	var readers errgroup.Group
	readers.SetLimit(f.pipeline.options.workers)
	for i, p := range group {
		readers.Go(func() (err error) {
			held[i], err = f.contentOf(p)
			return err
		})
	}
	if err := readers.Wait(); err != nil {
		return err
	}
	return f.pipeline.applyJoined(work, group, held)
}

// applyJoined judges records of lines as one batch. What comes of them is that of
// the last.
func (p *pipeline) applyJoined(ctx context.Context, group []*parcel, held []decoded) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	joined := orderguard.Batch{Events: p.joined[:0]}
	runs := p.runs[:0]
	for i, x := range group {
		p.record, p.wall = x.Number, orderguard.Millis(x.Wall)
		p.count(held[i].batch)
		for b := p.order.Push(x.Source, held[i].batch, wallOf(&x.Record)); b != nil; b = p.order.Next() {
			if b.Feed != joined.Feed {
				if err := p.judgeBatch(ctx, &joined, runs); err != nil {
					return err
				}
				joined.Feed, joined.Events, runs = b.Feed, joined.Events[:0], runs[:0]
			}
			runs = append(runs, run{len(b.Events), p.record, p.wall})
			joined.Events = append(joined.Events, b.Events...)
		}
	}
	err := p.judgeBatch(ctx, &joined, runs)
	p.joined, p.runs = joined.Events, runs
	clear(p.joined) // their strings are the batches'
	return err
}
